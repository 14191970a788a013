"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_articles()
    _create_change_log()
    _create_sources()
    _create_signatures()


def _create_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the newest version"),
        sa.Column("indexed", sa.Integer(), nullable=True, comment="the version that search may show; null: none yet"),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=16), nullable=False),
        sa.Column("location", sa.Text(), nullable=False, comment="where the newest version was found"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("collection", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("copy_of", sa.String(length=255), nullable=True),
        sa.Column("text_hash", sa.String(length=16), nullable=False),
        sa.Column("added", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("articles_copy_of", "articles", ["copy_of"], unique=False)
    op.create_index("articles_published", "articles", ["published"], unique=False)
    op.create_index("articles_text_hash", "articles", ["text_hash"], unique=False)
    op.create_table(
        "versions",
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("updated", sa.Date(), nullable=True),
        sa.Column("collection", sa.String(length=255), nullable=False),
        sa.Column("read", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "version"),
        comment="Every version of every article as it was read.",
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.String(length=300), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False, comment="counts the rebuilds of the indexes"),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", "layout"),
    )
    op.create_index("passages_article", "passages", ["article_id", "layout", "version"], unique=False)


def _create_change_log() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="Articles whose passages changed, in the order of the commits; each host's tantivy index follows it.",
        sqlite_autoincrement=True,
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="How the library was made (embedder, splitting, layout) and its generation.",
    )


def _create_sources() -> None:
    op.create_table(
        "places",
        sa.Column("source", sa.String(length=1024), nullable=False),
        sa.Column("location", sa.String(length=2048), nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("source", "location"),
        comment="Which source gave which article where; an article without a place has vanished.",
    )
    op.create_index("places_article", "places", ["article_id"], unique=False)
    op.create_table(
        "sources",
        sa.Column("uri", sa.String(length=1024), nullable=False),
        sa.Column("collection", sa.String(length=255), nullable=False),
        sa.Column("read", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("uri"),
    )


def _create_signatures() -> None:
    op.create_table(
        "bands",
        sa.Column("band", sa.String(length=24), nullable=False),
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("band", "article_id"),
    )
    op.create_index("bands_article", "bands", ["article_id"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("article_id", sa.String(length=255), nullable=False),
        sa.Column("minhash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id"),
    )


def downgrade() -> None:
    op.drop_table("versions")
    op.drop_table("sources")
    op.drop_table("signatures")
    op.drop_index("places_article", table_name="places")
    op.drop_table("places")
    op.drop_index("passages_article", table_name="passages")
    op.drop_table("passages")
    op.drop_table("facts")
    op.drop_table("changes")
    op.drop_index("bands_article", table_name="bands")
    op.drop_table("bands")
    op.drop_index("articles_text_hash", table_name="articles")
    op.drop_index("articles_published", table_name="articles")
    op.drop_index("articles_copy_of", table_name="articles")
    op.drop_table("articles")
