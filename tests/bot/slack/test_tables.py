"""The Slack client's tables: the revisions make exactly them, in a file of their own or beside the library's."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.tables
from bot.slack.tables import HISTORY, metadata
from retrieval.tables import migrate, open_engine, sqlite_url


def differences(engine: sa.Engine) -> list[object]:
    options = {
        "version_table": HISTORY.version_table,
        "include_name": lambda name, kind, parents: kind != "table" or name in metadata.tables,
    }
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


@pytest.mark.parametrize("kind", ["a file of their own", "the library's database"])
def test_the_revisions_make_exactly_the_tables(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    own = kind == "a file of their own"
    engine = open_engine(sqlite_url(tmp_path, "slack") if own else request.getfixturevalue("empty_database"))
    if not own:
        migrate(engine)
        migrate(engine, bot.tables.HISTORY)
    assert differences(engine), "nothing is there yet"
    migrate(engine, HISTORY)
    migrate(engine, HISTORY)
    assert differences(engine) == []
    engine.dispose()


def test_the_head_in_the_code_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(HISTORY.scripts))
    assert ScriptDirectory.from_config(config).get_current_head() == HISTORY.head
