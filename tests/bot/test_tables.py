from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.tables import HISTORY, metadata
from retrieval.tables import migrate, open_engine, sqlite_url


def differences(engine: sa.Engine) -> list[object]:
    """How the database differs from the bot's tables, the catalogue's left aside."""
    options = {
        "version_table": HISTORY.version_table,
        "include_name": lambda name, kind, parents: kind != "table" or name in metadata.tables,
    }
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_the_revisions_make_exactly_the_tables_beside_the_catalogue(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    assert differences(engine), "nothing is there yet"
    migrate(engine, HISTORY)
    migrate(engine, HISTORY)
    assert differences(engine) == []


def test_the_same_in_postgresql(empty_database: str) -> None:
    engine = open_engine(empty_database)
    migrate(engine, HISTORY)
    assert differences(engine) == []


def test_the_head_in_the_code_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(HISTORY.scripts))
    assert ScriptDirectory.from_config(config).get_current_head() == HISTORY.head
