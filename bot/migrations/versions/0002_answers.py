"""Answers as they were given, with what people said of them, and names of turns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "turns", sa.Column("name", sa.String(length=128), nullable=True, comment="unique within its conversation")
    )
    _create_answers()


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("given", sa.DateTime(), nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("asker", sa.String(length=128), nullable=False),
        sa.Column(
            "conversation", sa.String(length=512), nullable=False, comment="as in turns; empty for a single question"
        ),
        sa.Column("collections", sa.JSON(), nullable=False, comment="that were searched for it"),
        sa.Column("record", sa.JSON(), nullable=False, comment="as ask --json prints it, with its hits"),
        sa.Column("versions", sa.JSON(), nullable=False, comment="of what made it: prompts, models"),
        sa.Column(
            "question", sa.String(length=64), nullable=False, comment="that it was given to, by its client's own id"
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="Answers that people may judge.",
    )
    op.create_index("answers_given", "answers", ["given"], unique=False)
    op.create_index("answers_question", "answers", ["question"], unique=False)
    op.create_index("answers_conversation", "answers", ["conversation"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("answer_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False, comment="right or wrong"),
        sa.Column("kind", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("judged", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "user"),
    )


def downgrade() -> None:
    for name in ("verdicts", "answers"):
        op.drop_table(name)
    op.drop_column("turns", "name")
