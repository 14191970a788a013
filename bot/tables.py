"""The bot's own tables, beside the catalogue's in the same database; the revisions in ``migrations`` create them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from retrieval.tables import History

HISTORY = History(Path(__file__).parent / "migrations", "0001", "bot_alembic_version")

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
    sa.Index("turns_asked", "asked"),
    sa.Index("turns_conversation", "conversation", "id"),
    sqlite_autoincrement=True,
)
