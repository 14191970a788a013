"""The catalogue's tables and the engine they live in; Alembic's revisions in ``migrations`` create them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from retrieval.articles import RetrievalError

HEAD = "0001"  # the newest Alembic revision; a test compares it with the scripts
_CHUNK = 500  # values in one IN (...)
_WRITERS = 0x466F6F74  # key of the PostgreSQL advisory lock that puts writers in a row
_HOSTS = 0x466F6F75  # and of the one that puts hosts in a row

metadata = sa.MetaData()

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    comment="How the library was made (embedder, splitting, layout) and its generation.",
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, comment="the newest version"),
    sa.Column("indexed", sa.Integer, comment="the version that search may show; null: none yet"),
    sa.Column("removing", sa.Boolean, nullable=False, default=False),
    sa.Column("content_hash", sa.String(16), nullable=False),
    sa.Column("location", sa.Text, nullable=False, comment="where the newest version was found"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("collection", sa.String(255), nullable=False),
    sa.Column("language", sa.String(16)),
    sa.Column("published", sa.Date),
    sa.Column("copy_of", sa.String(255)),
    sa.Column("text_hash", sa.String(16), nullable=False),
    sa.Column("added", sa.DateTime, nullable=False),
    sa.Index("articles_published", "published"),
    sa.Index("articles_text_hash", "text_hash"),
    sa.Index("articles_copy_of", "copy_of"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("article_id", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content_hash", sa.String(16), nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("blocks", sa.JSON, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("language", sa.String(16)),
    sa.Column("published", sa.Date),
    sa.Column("updated", sa.Date),
    sa.Column("collection", sa.String(255), nullable=False),
    sa.Column("read", sa.DateTime, nullable=False),
    comment="Every version of every article as it was read.",
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("id", sa.String(300), primary_key=True),
    sa.Column("layout", sa.Integer, primary_key=True, comment="counts the rebuilds of the indexes"),
    sa.Column("article_id", sa.String(255), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Index("passages_article", "article_id", "layout", "version"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("article_id", sa.String(255), nullable=False),
    sqlite_autoincrement=True,
    comment="Articles whose passages changed, in the order of the commits; each host's tantivy index follows it.",
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("uri", sa.String(1024), primary_key=True),
    sa.Column("collection", sa.String(255), nullable=False),
    sa.Column("read", sa.DateTime, nullable=False),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("source", sa.String(1024), primary_key=True),
    sa.Column("location", sa.String(2048), primary_key=True),
    sa.Column("article_id", sa.String(255), nullable=False),
    sa.Index("places_article", "article_id"),
    comment="Which source gave which article where; an article without a place has vanished.",
)

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("article_id", sa.String(255), primary_key=True),
    sa.Column("minhash", sa.LargeBinary, nullable=False),
)

bands = sa.Table(
    "bands",
    metadata,
    sa.Column("band", sa.String(24), primary_key=True),
    sa.Column("article_id", sa.String(255), primary_key=True),
    sa.Index("bands_article", "article_id"),
)


def open_engine(url: str) -> sa.Engine:
    """An engine for SQLite (write-ahead log, writers queue for 30 s) or PostgreSQL; RetrievalError if it cannot be."""
    try:
        if url.startswith("sqlite"):
            engine = sa.create_engine(url, connect_args={"timeout": 30})
            sa.event.listen(engine, "connect", _prepare_sqlite)
        else:
            engine = sa.create_engine(url, pool_pre_ping=True)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise RetrievalError(f"library.database_url cannot be used: {error}") from None
    sa.event.listen(engine, "begin", _begin)
    return engine


def writing(engine: sa.Engine, row: int = _WRITERS) -> sa.Engine:
    """The same engine for transactions that write: one at a time, so ``changes.seq`` is the order of the commits.

    In PostgreSQL those that stand in another ``row`` do not wait for each other; they must write other tables.
    """
    return engine.execution_options(footnote_writes=row)


@contextlib.contextmanager
def sole_host(engine: sa.Engine) -> Iterator[None]:
    """Held while a host writes to a library in PostgreSQL: file locks do not reach other hosts. Nothing for SQLite."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '120s'"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_HOSTS)))
        yield


def sqlite_url(folder: Path, name: str = "catalogue") -> str:
    """The URL of the catalogue inside a library folder, or of another database there."""
    return f"sqlite:///{folder / f'{name}.sqlite3'}"


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of one set of tables: the folder of their scripts, the newest, and the table that names it."""

    scripts: Path
    head: str
    version_table: str = "alembic_version"


CATALOGUE = History(Path(__file__).parent / "migrations", HEAD)


def migrate(engine: sa.Engine, history: History = CATALOGUE) -> None:
    """Brings tables to their newest revision; RetrievalError if a newer Footnote made them.

    Alembic is imported only where there is something to do.
    """
    with engine.connect() as connection:
        current = _revision(connection, history.version_table)
    if current == history.head:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(history.scripts))
    try:
        with writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise RetrievalError(
            f"this library was made by a newer Footnote (revision {current}); upgrade Footnote to open it"
        ) from error


def _revision(connection: sa.Connection, version_table: str) -> str | None:
    if not sa.inspect(connection).has_table(version_table):
        return None
    return connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(version_table))).scalar()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to say (SQLAlchemy's own recipe for pysqlite)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("footnote_writes")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif writes:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(writes)))


_T = TypeVar("_T")


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Slices short enough for the variables of one SQL statement."""
    for first in range(0, len(values), _CHUNK):
        yield values[first : first + _CHUNK]


def now() -> datetime:
    """This moment in UTC, without a zone, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
