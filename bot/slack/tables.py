"""The Slack client's tables, apart from the library's in SQLite; the revisions in ``migrations`` create them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from retrieval.tables import History

HISTORY = History(Path(__file__).parent / "migrations", "0001", "slack_alembic_version")

metadata = sa.MetaData()

claims = sa.Table(
    "slack_claims",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("claimed", sa.DateTime, nullable=False),
    sa.Index("slack_claims_claimed", "claimed"),
    comment="Deliveries and messages that were taken in; none is taken in twice.",
)

questions = sa.Table(
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
    sa.Column("state", sa.String(16), nullable=False, comment="queued, running, done; withdrawn: to be erased"),
    sa.Column("due", sa.DateTime, nullable=False, comment="not before; running: when its lease ends"),
    sa.Column("worker", sa.String(255), comment="who holds the lease"),
    sa.Column("begun", sa.Integer, nullable=False, comment="the revision that the lease is for"),
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("end", sa.String(32)),
    sa.Column("withdrawn", sa.Boolean, nullable=False, comment="its message was deleted"),
    sa.Column("edited", sa.String(64), nullable=False, comment="the timestamp of the newest edit"),
    sa.Column("taken", sa.DateTime, nullable=False, comment="when it was taken in"),
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

messages = sa.Table(
    "slack_messages",
    metadata,
    sa.Column("team", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("ts", sa.String(64), primary_key=True),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Index("slack_messages_question", "question"),
    comment="Which question each of the bot's messages is shown for.",
)

threads = sa.Table(
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

joins = sa.Table(
    "slack_joins",
    metadata,
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("user", sa.String(64), nullable=False, comment="who joined last"),
    sa.Column("changed", sa.DateTime, nullable=False),
    sa.Index("slack_joins_changed", "changed"),
    comment="How often people joined a channel, for all processes to notice.",
)
