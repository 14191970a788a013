"""The bot's tables of the first release: the turns of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(length=512), nullable=False, comment="surface and key, as in slack:C1:169"),
        sa.Column("asked", sa.DateTime(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False, comment="as it stood alone"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("article_ids", sa.JSON(), nullable=False, comment="of the articles that the answer cites"),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="answer, refusal or question"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("turns_asked", "turns", ["asked"], unique=False)
    op.create_index("turns_conversation", "turns", ["conversation", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("turns_conversation", table_name="turns")
    op.drop_index("turns_asked", table_name="turns")
    op.drop_table("turns")
