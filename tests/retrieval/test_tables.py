from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import retrieval
from retrieval.articles import RetrievalError
from retrieval.tables import HEAD, metadata, migrate, open_engine, sqlite_url


def test_the_revisions_make_exactly_the_tables(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata

    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_head_in_the_code_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(retrieval.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_library_of_a_newer_release_says_so(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RetrievalError, match="newer Footnote"):
        migrate(engine)


@pytest.mark.parametrize("url", ["nonsense", "nosuchdatabase://host/name"])
def test_a_wrong_database_url_is_named(url: str) -> None:
    with pytest.raises(RetrievalError, match=r"library\.database_url"):
        open_engine(url)
