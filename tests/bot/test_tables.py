from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.composing import Turn
from bot.conversations import Conversations
from bot.tables import HISTORY, metadata
from retrieval.tables import migrate, now, open_engine, sqlite_url, writing


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


def former_release(url: str) -> sa.Engine:
    """A library as the release of revision 0001 left it, with one turn in it."""
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", str(HISTORY.scripts))
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO turns (conversation, asked, question, answer, article_ids, kind) VALUES"
                " ('chat:1', :now, 'Who opened the bridge?', 'The mayor. [1]', '[\"bridge\"]', 'answer')"
            ),
            {"now": now()},
        )
    return engine


def opens(engine: sa.Engine) -> None:
    assert "name" not in {column["name"] for column in sa.inspect(engine).get_columns("turns")}
    kept = Conversations(engine)
    assert differences(engine) == []
    assert [turn.question for turn in kept.turns("chat:1")] == ["Who opened the bridge?"]
    kept.append("chat:1", Turn("And when?", "In May. [1]"), "162.5")
    assert len(kept.turns("chat:1")) == 2
    engine.dispose()


def test_a_library_of_the_former_release_opens_with_its_turns(tmp_path: Path) -> None:
    opens(former_release(sqlite_url(tmp_path)))


def test_a_library_of_the_former_release_opens_in_postgresql_too(empty_database: str) -> None:
    opens(former_release(empty_database))


def test_the_way_back_leaves_the_turns(tmp_path: Path) -> None:
    engine = former_release(sqlite_url(tmp_path))
    migrate(engine, HISTORY)
    config = Config()
    config.set_main_option("script_location", str(HISTORY.scripts))
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    assert set(sa.inspect(engine).get_table_names()) == {"turns", HISTORY.version_table}
    opens(engine)


def test_the_head_in_the_code_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(HISTORY.scripts))
    assert ScriptDirectory.from_config(config).get_current_head() == HISTORY.head
