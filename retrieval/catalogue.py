"""The truth about a library: its articles, their versions and passages, and what of them is indexed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from retrieval.articles import Article, Block, Filters, Passage
from retrieval.tables import articles, chunks, facts, passages, versions


@dataclass(frozen=True, slots=True)
class Located:
    """A passage that search may show, with what ranking needs to know of its article."""

    id: str
    article_id: str
    version: int
    start: int
    end: int
    story: str
    source: str | None
    published: date | None


class Catalogue:
    """What stands in the catalogue; ``retrieval.register`` is how it gets there."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def facts(self) -> dict[str, str]:
        """How the library was made, its layout and its generation."""
        with self._engine.connect() as connection:
            return {row.name: row.value for row in connection.execute(sa.select(facts))}

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """One article as search shows it, or an older version of it."""
        wanted = versions.c.version == (articles.c.indexed if version is None else version)
        with self._engine.connect() as connection:
            row = connection.execute(full_articles(wanted).where(articles.c.id == article_id)).first()
        return to_article(row) if row else None

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Articles as search shows them, by id; those that are hidden or unknown are left out."""
        found: dict[str, Article] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                query = full_articles(versions.c.version == articles.c.indexed)
                for row in connection.execute(query.where(articles.c.id.in_(chunk) & ~articles.c.removing)):
                    found[row.id] = to_article(row)
        return found

    def copies(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """For each of these articles that has copies their ids, in order."""
        found: dict[str, list[str]] = {}
        query = sa.select(articles.c.copy_of, articles.c.id).where(articles.c.indexed.is_not(None))
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                wanted = articles.c.copy_of.in_(chunk) & ~articles.c.removing
                for original, id_ in connection.execute(query.where(wanted).order_by(articles.c.id)):
                    found.setdefault(original, []).append(id_)
        return found

    def newest(self, filters: Filters, limit: int, offset: int = 0) -> list[Article]:
        """Articles that meet the filters, the latest published first, those without a date last."""
        query = (
            full_articles(versions.c.version == articles.c.indexed)
            .where(~articles.c.removing, *self._conditions(filters))
            .order_by(
                articles.c.published.is_(None), articles.c.published.desc(), articles.c.added.desc(), articles.c.id
            )
        )
        with self._engine.connect() as connection:
            return [to_article(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def located(self, passage_ids: Sequence[str], layout: int) -> dict[str, Located]:
        """Of these passages those that search may show: of the indexed version of an article that stays."""
        found: dict[str, Located] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(passage_ids):
                for row in connection.execute(_LOCATED, {"ids": chunk, "layout": layout}):
                    story = row.copy_of or row.article_id
                    found[row.id] = Located(
                        row.id, row.article_id, row.version, row.start, row.end, story, row.source, row.published
                    )
        return found

    def passages(self, article: Article, layout: int) -> list[Passage]:
        """The passages of one version of an article, in order."""
        query = (
            sa.select(passages.c.id, passages.c.start, passages.c.end)
            .where(passages.c.article_id == article.id, passages.c.version == article.version)
            .where(passages.c.layout == layout)
            .order_by(passages.c.start)
        )
        with self._engine.connect() as connection:
            return [
                Passage(id_, article.id, article.version, start, end, article.text[start:end])
                for id_, start, end in connection.execute(query)
            ]

    def ids(self, after: str = "", limit: int | None = None) -> list[str]:
        """Article ids in order, for work that goes on where it stopped."""
        query = sa.select(articles.c.id).where(articles.c.id > after, ~articles.c.removing).order_by(articles.c.id)
        with self._engine.connect() as connection:
            return list(connection.scalars(query.limit(limit)))

    def passage_ids(self, layout: int) -> set[str]:
        """Ids of all passages that search may show."""
        query = (
            sa.select(passages.c.id)
            .join(articles, (articles.c.id == passages.c.article_id) & (articles.c.indexed == passages.c.version))
            .where(passages.c.layout == layout, ~articles.c.removing)
        )
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def eligible(self, filters: Filters) -> frozenset[str]:
        """Ids of the articles that meet the filters."""
        query = sa.select(articles.c.id).where(articles.c.indexed.is_not(None), ~articles.c.removing)
        with self._engine.connect() as connection:
            return frozenset(connection.scalars(query.where(*self._conditions(filters))))

    def passages_of(self, ids: Collection[str], layout: int) -> list[str]:
        """Ids of the passages of these articles."""
        query = (
            sa.select(passages.c.id)
            .join(articles, (articles.c.id == passages.c.article_id) & (articles.c.indexed == passages.c.version))
            .where(passages.c.layout == layout)
        )
        with self._engine.connect() as connection:
            return [
                id_
                for chunk in chunks(list(ids))
                for id_ in connection.scalars(query.where(passages.c.article_id.in_(chunk)))
            ]

    def fingerprint(self) -> str:
        """Hash of all that search may show and of how it was cut and embedded (12 hex digits)."""
        query = (
            sa.select(articles.c.id, articles.c.copy_of, versions.c.content_hash)
            .join(versions, (versions.c.article_id == articles.c.id) & (versions.c.version == articles.c.indexed))
            .where(~articles.c.removing)
            .order_by(articles.c.id)
        )
        known = self.facts()
        digest = hashlib.sha256("\x1f".join(known.get(name, "") for name in ("embedder", "splitting")).encode())
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                digest.update("\x1f".join((row.id, row.copy_of or "", row.content_hash, "\x1e")).encode())
        return digest.hexdigest()[:12]

    def outlets(self) -> dict[str, int]:
        """Outlets and how many articles each has."""
        return self._tally(articles.c.source)

    def languages(self) -> dict[str, int]:
        """Languages and how many articles each has."""
        return self._tally(articles.c.language)

    def count(self) -> int:
        """Articles that search may show."""
        query = sa.select(sa.func.count()).where(articles.c.indexed.is_not(None), ~articles.c.removing)
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def _conditions(self, filters: Filters) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if filters.sources:
            wanted = {source.casefold() for source in filters.sources}  # SQLite's lower() knows only ASCII
            outlets = [outlet for outlet in self.outlets() if outlet.casefold() in wanted]
            conditions.append(articles.c.source.in_(outlets))
        if filters.collections:
            conditions.append(articles.c.collection.in_(filters.collections))
        if filters.since:
            conditions.append(articles.c.published >= filters.since)
        if filters.until:
            conditions.append(articles.c.published <= filters.until)
        return conditions

    def _tally(self, column: sa.ColumnElement[Any]) -> dict[str, int]:
        query = sa.select(column, sa.func.count()).where(articles.c.indexed.is_not(None), ~articles.c.removing)
        with self._engine.connect() as connection:
            return {value: n for value, n in connection.execute(query.group_by(column)) if value}


_LOCATED = (
    sa.select(
        passages.c.id,
        passages.c.article_id,
        passages.c.version,
        passages.c.start,
        passages.c.end,
        articles.c.copy_of,
        articles.c.source,
        articles.c.published,
    )
    .join(articles, (articles.c.id == passages.c.article_id) & (articles.c.indexed == passages.c.version))
    .where(passages.c.id.in_(sa.bindparam("ids", expanding=True)), ~articles.c.removing)
    .where(passages.c.layout == sa.bindparam("layout"))
)


def full_articles(wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(articles.c.id, articles.c.copy_of, versions).join(
        versions, (versions.c.article_id == articles.c.id) & wanted
    )


def to_article(row: Any) -> Article:
    return Article(
        id=row.id,
        title=row.title,
        text=row.text,
        blocks=tuple(Block(start, end, kind) for start, end, kind in row.blocks),
        version=row.version,
        url=row.url,
        author=row.author,
        source=row.source,
        language=row.language,
        published=row.published,
        updated=row.updated,
        collection=row.collection,
        content_hash=row.content_hash,
        copy_of=row.copy_of,
    )
