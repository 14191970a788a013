"""The bot's own tables, beside the catalogue's in the same database; the revisions in ``migrations`` create them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from retrieval.tables import History

HISTORY = History(Path(__file__).parent / "migrations", "0002", "bot_alembic_version")

metadata = sa.MetaData()

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

slack_claims = sa.Table(
    "slack_claims",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("claimed", sa.DateTime, nullable=False),
    sa.Index("slack_claims_claimed", "claimed"),
    comment="Deliveries and messages that were taken in; none is taken in twice.",
)

slack_questions = sa.Table(
    "slack_questions",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("handle", sa.String(64), nullable=False),
    sa.Column("surface", sa.String(16), nullable=False),
    sa.Column("team", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("ts", sa.String(128), nullable=False),
    sa.Column("thread", sa.String(64), nullable=False),
    sa.Column("user", sa.String(64), nullable=False),
    sa.Column("user_team", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("external", sa.Boolean, nullable=False),
    sa.Column("by_bot", sa.Boolean, nullable=False),
    sa.Column("response_url", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("messages", sa.JSON, nullable=False),
    sa.Column("answer_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, comment="queued, running, done or withdrawn"),
    sa.Column("due", sa.DateTime, nullable=False, comment="queued: not before; running: when its lease ends"),
    sa.Column("worker", sa.String(255), comment="who holds the lease"),
    sa.Column("begun", sa.Integer, nullable=False, comment="the revision that the lease is for"),
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("end", sa.String(32)),
    sa.Column("changed", sa.DateTime, nullable=False),
    sa.Index("slack_questions_id", "id", unique=True),
    sa.Index("slack_questions_handle", "handle", unique=True),
    sa.Index("slack_questions_message", "team", "channel", "ts", unique=True),
    sa.Index("slack_questions_thread", "team", "channel", "thread"),
    sa.Index("slack_questions_state", "state", "seq"),
    sa.Index("slack_questions_changed", "changed"),
    sqlite_autoincrement=True,
    comment="Questions asked in Slack, in the order in which they were taken in.",
)

slack_messages = sa.Table(
    "slack_messages",
    metadata,
    sa.Column("team", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("ts", sa.String(64), primary_key=True),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Index("slack_messages_question", "question"),
    comment="Which question each of the bot's messages is shown for.",
)

slack_threads = sa.Table(
    "slack_threads",
    metadata,
    sa.Column("team", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("thread", sa.String(64), primary_key=True),
    sa.Column("muted", sa.Boolean, nullable=False),
    sa.Column("last_speaker", sa.String(64), nullable=False),
    sa.Column("changed", sa.DateTime, nullable=False),
    sa.Index("slack_threads_changed", "changed"),
    comment="Threads in which the bot was asked, or that it is to leave alone.",
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("given", sa.DateTime, nullable=False),
    sa.Column("surface", sa.String(16), nullable=False),
    sa.Column("asker", sa.String(128), nullable=False),
    sa.Column("collections", sa.JSON, nullable=False, comment="that were searched for it"),
    sa.Column("record", sa.JSON, nullable=False, comment="as ask --json prints it, with its hits"),
    sa.Column("versions", sa.JSON, nullable=False, comment="of what made it: prompts, models"),
    sa.Index("answers_given", "given"),
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
