"""The bot's own tables, beside the catalogue's in the same database; the revisions in ``migrations`` create them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from retrieval.tables import History

HISTORY = History(Path(__file__).parent / "migrations", "0002", "bot_alembic_version")

metadata = sa.MetaData()
_LONGEST_KEY = 512  # characters

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation", sa.String(512), nullable=False, comment="surface and key, as in slack:C1:169"),
    sa.Column("asked", sa.DateTime, nullable=False),
    sa.Column("question", sa.Text, nullable=False, comment="as it stood alone"),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("article_ids", sa.JSON, nullable=False, comment="of the articles that the answer cites"),
    sa.Column("kind", sa.String(16), nullable=False, comment="answer, refusal or question"),
    sa.Column("name", sa.String(128), comment="unique within its conversation"),
    sa.Index("turns_asked", "asked"),
    sa.Index("turns_conversation", "conversation", "id"),
    sqlite_autoincrement=True,
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("given", sa.DateTime, nullable=False),
    sa.Column("surface", sa.String(16), nullable=False),
    sa.Column("asker", sa.String(128), nullable=False),
    sa.Column("conversation", sa.String(512), nullable=False, comment="as in turns; empty for a single question"),
    sa.Column("collections", sa.JSON, nullable=False, comment="that were searched for it"),
    sa.Column("record", sa.JSON, nullable=False, comment="as ask --json prints it, with its hits"),
    sa.Column("versions", sa.JSON, nullable=False, comment="of what made it: prompts, models"),
    sa.Column("question", sa.String(64), nullable=False, comment="that it was given to, by its client's own id"),
    sa.Index("answers_given", "given"),
    sa.Index("answers_question", "question"),
    sa.Index("answers_conversation", "conversation"),
    comment="Answers that people may judge.",
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("answer_id", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("verdict", sa.String(16), nullable=False, comment="right or wrong"),
    sa.Column("kind", sa.String(64)),
    sa.Column("reason", sa.Text),
    sa.Column("judged", sa.DateTime, nullable=False),
)


def storable(text: str) -> str:
    """The text as every database takes it: without lone surrogates and zero characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def earlier(moment: datetime, days: float) -> datetime:
    """The moment so many days before another, but no earlier than the calendar goes."""
    try:
        return moment - timedelta(days=days)
    except OverflowError:
        return datetime.min


def conversation_name(key: str) -> str:
    """The key as the table holds it."""
    return bounded(key, _LONGEST_KEY)


def bounded(key: str, longest: int) -> str:
    """A key of so many characters at most; a longer one ends in a hash of itself."""
    name = storable(key)
    return name if len(name) <= longest else f"{name[: longest - 64]}{hashlib.sha256(name.encode()).hexdigest()}"
