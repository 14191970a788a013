"""How articles get into the catalogue and out of it, in steps that a crash cannot leave half done.

An article is first written as pending (``write``), shown once the indexes hold it (``publish``), hidden before they let
go of it (``mark_removing``) and deleted last (``forget``). Whatever stands between two steps is found by ``unfinished``
and ``stale_passages``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from retrieval import tables
from retrieval.articles import Article, Passage
from retrieval.catalogue import full_articles, to_article
from retrieval.copies import Print, bands, boilerplate, fingerprint, original
from retrieval.tables import articles, changes, chunks, facts, now, passages, places, signatures, versions


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue holds under an id when a new reading of it comes in."""

    version: int
    content_hash: str
    location: str
    published: date | None
    updated: date | None
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written:
    """What the catalogue noticed while it wrote an article down."""

    article_id: str
    copy_of: str | None
    boilerplate: bool


class Register:
    """Writes of the catalogue; writers stand in a row, and every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writing = tables.writing(engine)

    def set_facts(self, **values: str) -> None:
        """Writes facts; an empty value removes one."""
        with self._writing.begin() as connection:
            set_facts(connection, values)

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """What stands under these ids now."""
        found: dict[str, Known] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                hashes: dict[str, set[str]] = {}
                older = sa.select(versions.c.article_id, versions.c.content_hash)
                for article_id, hash_ in connection.execute(older.where(versions.c.article_id.in_(chunk))):
                    hashes.setdefault(article_id, set()).add(hash_)
                newest = sa.select(articles, versions.c.updated).join(
                    versions,
                    (versions.c.article_id == articles.c.id) & (versions.c.version == articles.c.version),
                )
                where = articles.c.id.in_(chunk) & ~articles.c.removing
                for row in connection.execute(newest.where(where)):
                    found[row.id] = Known(
                        row.version,
                        row.content_hash,
                        row.location,
                        row.published,
                        row.updated,
                        frozenset(hashes[row.id]),
                    )
        return found

    def write(self, batch: Sequence[tuple[Article, str, Sequence[Passage]]], layout: int) -> list[Written]:
        """Writes articles (with location and passages) as pending: nothing of them shows until ``publish``."""
        written = []
        with self._writing.begin() as connection:
            set_facts(connection, {"unfinished": "yes"})
            for article, location, cut in batch:
                own = fingerprint(article)
                candidates = _candidates(connection, own)
                copy_of = _root(connection, original(own, candidates), article.id)
                _write_article(connection, replace(article, copy_of=copy_of), location, own)
                _part_from_copies(connection, own, copy_of)
                rows = [
                    {"id": p.id, "layout": layout, "article_id": p.article_id, "version": p.version}
                    | {"start": p.start, "end": p.end}
                    for p in cut
                ]
                if rows:
                    connection.execute(sa.insert(passages), rows)
                connection.execute(sa.insert(changes).values(article_id=article.id))
                written.append(Written(article.id, copy_of, boilerplate(own, candidates)))
        return written

    def publish(self, ids: Sequence[str]) -> None:
        """Makes the newest version of these articles the one that search shows, and turns the generation."""
        with self._writing.begin() as connection:
            for chunk in chunks(ids):
                where = articles.c.id.in_(chunk)
                connection.execute(sa.update(articles).where(where).values(indexed=articles.c.version))
            _turn_generation(connection)

    def mark_removing(self, ids: Sequence[str]) -> None:
        """Hides articles at once; their rows go when the indexes have let go of them (``forget``)."""
        with self._writing.begin() as connection:
            set_facts(connection, {"unfinished": "yes"})
            for chunk in chunks(ids):
                connection.execute(sa.update(articles).where(articles.c.id.in_(chunk)).values(removing=True))
                connection.execute(sa.insert(changes), [{"article_id": id_} for id_ in chunk])
            _turn_generation(connection)

    def begin(self, values: Mapping[str, str]) -> None:
        """Writes down how a new library is made; one that another process has just begun is left as it is."""
        with self._writing.begin() as connection:
            if not connection.execute(sa.select(facts.c.name).where(facts.c.name == "layout")).first():
                set_facts(connection, values)

    def unfinished(self) -> tuple[list[str], list[str]]:
        """Ids of articles whose newest version is not indexed, and of those that are being removed."""
        with self._engine.connect() as connection:
            pending = sa.select(articles.c.id).where(~articles.c.removing & _PENDING)
            removing = sa.select(articles.c.id).where(articles.c.removing)
            return list(connection.scalars(pending)), list(connection.scalars(removing))

    def stale_passages(self, layout: int, ids: Sequence[str] | None = None) -> list[str]:
        """Passages (of these articles, or of all) that search no longer shows, still in the indexes."""
        query = (
            sa.select(passages.c.id)
            .join(articles, articles.c.id == passages.c.article_id)
            .where(passages.c.layout == layout)
            .where(
                articles.c.removing
                | ((passages.c.version != articles.c.indexed) & (passages.c.version != articles.c.version))
            )
        )
        with self._engine.connect() as connection:
            if ids is None:
                return list(connection.scalars(query))
            found: list[str] = []
            for chunk in chunks(ids):
                found += connection.scalars(query.where(passages.c.article_id.in_(chunk)))
            return found

    def forget(self, passage_ids: Sequence[str], article_ids: Sequence[str], layout: int) -> None:
        """Deletes stale passages and removed articles for good, once no index holds them.

        The library counts as finished only if nothing else is half done: another process may have died in between.
        """
        with self._writing.begin() as connection:
            for chunk in chunks(passage_ids):
                connection.execute(sa.delete(passages).where(passages.c.id.in_(chunk) & (passages.c.layout == layout)))
            for chunk in chunks(article_ids):
                for table in (versions, passages, signatures, tables.bands, places):
                    connection.execute(sa.delete(table).where(table.c.article_id.in_(chunk)))
                connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
                _adopt_orphans(connection, chunk)
            if not connection.execute(sa.select(articles.c.id).where(articles.c.removing | _PENDING).limit(1)).first():
                set_facts(connection, {"unfinished": ""})

    def add_passages(self, cut: Sequence[Passage], layout: int) -> None:
        """Passages of another layout, while the indexes are rebuilt."""
        with self._writing.begin() as connection:
            for chunk in chunks(cut):
                ids = [p.id for p in chunk]
                connection.execute(sa.delete(passages).where(passages.c.id.in_(ids) & (passages.c.layout == layout)))
                connection.execute(
                    sa.insert(passages),
                    [
                        {"id": p.id, "layout": layout, "article_id": p.article_id, "version": p.version}
                        | {"start": p.start, "end": p.end}
                        for p in chunk
                    ],
                )

    def drop_passages(self, layout: int) -> None:
        """Deletes the passages of an unfinished layout."""
        with self._writing.begin() as connection:
            connection.execute(sa.delete(passages).where(passages.c.layout == layout))

    def switch_layout(self, layout: int, **values: str) -> None:
        """Makes a finished layout, which holds every newest version, the library's own; the other passages go."""
        with self._writing.begin() as connection:
            connection.execute(sa.update(articles).where(~articles.c.removing).values(indexed=articles.c.version))
            connection.execute(sa.delete(passages).where(passages.c.layout != layout))
            set_facts(connection, {"layout": str(layout), **values})
            _turn_generation(connection)

    def changes_after(self, seq: int) -> tuple[list[str], int]:
        """Ids of the articles that changed after ``seq`` (each once), and the newest seq."""
        with self._engine.connect() as connection:
            last = connection.scalar(sa.select(sa.func.max(changes.c.seq))) or 0
            query = sa.select(changes.c.article_id).distinct().where(changes.c.seq > seq, changes.c.seq <= last)
            return sorted(connection.scalars(query)), last

    def newest_version(self, article_id: str) -> Article | None:
        """The newest version, indexed or not; None where the article is gone or going."""
        query = full_articles(versions.c.version == articles.c.version)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(articles.c.id == article_id, ~articles.c.removing)).first()
        return to_article(row) if row else None


_PENDING = articles.c.indexed.is_(None) | (articles.c.indexed != articles.c.version)


def _write_article(connection: sa.Connection, article: Article, location: str, own: Print) -> None:
    shared = {
        "content_hash": article.content_hash,
        "title": article.title,
        "source": article.source,
        "collection": article.collection,
        "language": article.language,
        "published": article.published,
    }
    current = {"version": article.version, "location": location, "copy_of": article.copy_of, "removing": False}
    current |= shared | {"text_hash": own.text_hash}
    is_known = sa.select(articles.c.id).where(articles.c.id == article.id)
    if connection.execute(is_known).first():
        connection.execute(sa.update(articles).where(articles.c.id == article.id).values(**current))
    else:
        connection.execute(sa.insert(articles).values(id=article.id, added=now(), **current))
    connection.execute(
        sa.insert(versions).values(
            article_id=article.id,
            version=article.version,
            url=article.url,
            text=article.text,
            blocks=[[block.start, block.end, block.kind] for block in article.blocks],
            author=article.author,
            updated=article.updated,
            read=now(),
            **shared,
        )
    )
    for table in (signatures, tables.bands):
        connection.execute(sa.delete(table).where(table.c.article_id == article.id))
    connection.execute(sa.insert(signatures).values(article_id=article.id, minhash=own.minhash))
    rows = [{"band": band, "article_id": article.id} for band in bands(own.minhash)]
    connection.execute(sa.insert(tables.bands), rows)


def _candidates(connection: sa.Connection, own: Print) -> list[Print]:
    """Articles that share a band or the whole text with this one; at most 100 of either, the oldest first."""
    columns = (articles.c.id, articles.c.title, articles.c.source, articles.c.text_hash, signatures.c.minhash)
    query = (
        sa.select(*columns)
        .join(signatures, signatures.c.article_id == articles.c.id)
        .where(articles.c.id != own.article_id, ~articles.c.removing)
        .order_by(articles.c.added, articles.c.id)
        .limit(100)
    )
    sharing = sa.select(tables.bands.c.article_id).where(tables.bands.c.band.in_(bands(own.minhash)))
    found = [
        *connection.execute(query.where(articles.c.id.in_(sharing))),
        *connection.execute(query.where(articles.c.text_hash == own.text_hash)),
    ]
    return list({row.id: Print(*row) for row in found}.values())


def _root(connection: sa.Connection, article_id: str | None, own: str) -> str | None:
    """The first article of the story; a copy of a copy is a copy of the original, and nothing is a copy of itself."""
    if article_id is None:
        return None
    root = connection.scalar(sa.select(articles.c.copy_of).where(articles.c.id == article_id)) or article_id
    return None if root == own else root


def _part_from_copies(connection: sa.Connection, changed: Print, copy_of: str | None) -> None:
    """Of the copies of an article that changed, those still like it follow it; the others become their own story."""
    columns = (articles.c.id, articles.c.title, articles.c.source, articles.c.text_hash, signatures.c.minhash)
    query = sa.select(*columns).join(signatures, signatures.c.article_id == articles.c.id)
    query = query.where(articles.c.copy_of == changed.article_id).order_by(articles.c.added, articles.c.id)
    heir: str | None = None
    for row in connection.execute(query).all():
        root: str | None = copy_of or changed.article_id
        if original(Print(*row), [changed]) is None:
            root, heir = heir, heir or row.id
        connection.execute(sa.update(articles).where(articles.c.id == row.id).values(copy_of=root))


def _adopt_orphans(connection: sa.Connection, removed: Sequence[str]) -> None:
    """Copies of a removed original become copies of the oldest among them."""
    query = (
        sa.select(articles.c.id, articles.c.copy_of)
        .where(articles.c.copy_of.in_(removed))
        .order_by(articles.c.added, articles.c.id)
    )
    heirs: dict[str, str] = {}
    for article_id, copy_of in connection.execute(query).all():
        heir = heirs.setdefault(copy_of, article_id)
        value = None if heir == article_id else heir
        connection.execute(sa.update(articles).where(articles.c.id == article_id).values(copy_of=value))


def set_facts(connection: sa.Connection, values: Mapping[str, str]) -> None:
    """Writes facts within a transaction; an empty value removes one."""
    for name, value in values.items():
        connection.execute(sa.delete(facts).where(facts.c.name == name))
        if value:
            connection.execute(sa.insert(facts).values(name=name, value=value))


def _turn_generation(connection: sa.Connection) -> None:
    generation = connection.scalar(sa.select(facts.c.value).where(facts.c.name == "generation"))
    set_facts(connection, {"generation": str(int(generation or 0) + 1)})
