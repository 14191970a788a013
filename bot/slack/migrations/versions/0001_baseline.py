"""The Slack client's tables of its first release: deliveries, questions, messages, threads, joins."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_claims()
    _create_questions()
    _create_threads()
    _create_joins()


def _create_claims() -> None:
    op.create_table(
        "slack_claims",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("claimed", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        comment="Deliveries and messages that were taken in; none is taken in twice.",
    )
    op.create_index("slack_claims_claimed", "slack_claims", ["claimed"], unique=False)


def _create_questions() -> None:
    op.create_table(
        "slack_questions",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("ts", sa.String(length=128), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("user_team", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("by_bot", sa.Boolean(), nullable=False),
        sa.Column("response_url", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("answer_id", sa.String(length=64), nullable=False),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="queued, running, done; withdrawn: to be erased"
        ),
        sa.Column("due", sa.DateTime(), nullable=False, comment="not before; running: when its lease ends"),
        sa.Column("worker", sa.String(length=255), nullable=True, comment="who holds the lease"),
        sa.Column("begun", sa.Integer(), nullable=False, comment="the revision that the lease is for"),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("end", sa.String(length=32), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, comment="its message was deleted"),
        sa.Column("edited", sa.String(length=64), nullable=False, comment="the timestamp of the newest edit"),
        sa.Column("taken", sa.DateTime(), nullable=False, comment="when it was taken in"),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="Questions asked in Slack, in the order in which they were taken in.",
        sqlite_autoincrement=True,
    )
    op.create_index("slack_questions_id", "slack_questions", ["id"], unique=True)
    op.create_index("slack_questions_handle", "slack_questions", ["handle"], unique=True)
    op.create_index("slack_questions_message", "slack_questions", ["team", "channel", "ts"], unique=True)
    op.create_index("slack_questions_thread", "slack_questions", ["team", "channel", "thread"], unique=False)
    op.create_index("slack_questions_state", "slack_questions", ["state", "seq"], unique=False)
    op.create_index("slack_questions_changed", "slack_questions", ["changed"], unique=False)
    op.create_table(
        "slack_messages",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("ts", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "ts"),
        comment="Which question each of the bot's messages is shown for.",
    )
    op.create_index("slack_messages_question", "slack_messages", ["question"], unique=False)


def _create_threads() -> None:
    op.create_table(
        "slack_threads",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("last_speaker", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "thread"),
        comment="Threads in which the bot was asked, or that it is to leave alone.",
    )
    op.create_index("slack_threads_changed", "slack_threads", ["changed"], unique=False)


def _create_joins() -> None:
    op.create_table(
        "slack_joins",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False, comment="who joined last"),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
        comment="How often people joined a channel, for all processes to notice.",
    )
    op.create_index("slack_joins_changed", "slack_joins", ["changed"], unique=False)


def downgrade() -> None:
    for name in ("slack_joins", "slack_threads", "slack_messages", "slack_questions", "slack_claims"):
        op.drop_table(name)
