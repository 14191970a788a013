"""Which sources a library remembers, and which article each of them gave where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from retrieval import tables
from retrieval.tables import chunks, now, places, sources


@dataclass(frozen=True, slots=True)
class Source:
    """A remembered source."""

    uri: str
    collection: str
    read: datetime
    articles: int


class Sources:
    """The tables of sources and places; an article without a place has vanished."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writing = tables.writing(engine)

    def remember(self, uri: str, collection: str, found: Iterable[tuple[str, str]]) -> None:
        """Remembers a source and the (location, article id) pairs that it gave."""
        with self._writing.begin() as connection:
            connection.execute(sa.delete(sources).where(sources.c.uri == uri))
            connection.execute(sa.insert(sources).values(uri=uri, collection=collection, read=now()))
            for chunk in chunks(list(found)):
                locations = [location for location, _ in chunk]
                connection.execute(sa.delete(places).where((places.c.source == uri) & places.c.location.in_(locations)))
                rows = {location: article_id for location, article_id in chunk}
                connection.execute(
                    sa.insert(places),
                    [{"source": uri, "location": where, "article_id": id_} for where, id_ in rows.items()],
                )

    def places(self, uri: str) -> dict[str, str]:
        """location -> article id of a source."""
        query = sa.select(places.c.location, places.c.article_id).where(places.c.source == uri)
        with self._engine.connect() as connection:
            return {location: article_id for location, article_id in connection.execute(query)}

    def leave(self, uri: str, locations: Sequence[str] | None) -> list[str]:
        """Forgets places (all and the source itself for None) and returns the articles that no source gives any more."""
        with self._writing.begin() as connection:
            mine = sa.select(places.c.location, places.c.article_id).where(places.c.source == uri)
            held = {location: article_id for location, article_id in connection.execute(mine)}
            gone = list(held) if locations is None else [location for location in locations if location in held]
            for chunk in chunks(gone):
                connection.execute(sa.delete(places).where((places.c.source == uri) & places.c.location.in_(chunk)))
            if locations is None:
                connection.execute(sa.delete(sources).where(sources.c.uri == uri))
            lost = {held[location] for location in gone}
            still: set[str] = set()
            for chunk in chunks(sorted(lost)):
                still |= set(connection.scalars(sa.select(places.c.article_id).where(places.c.article_id.in_(chunk))))
        return sorted(lost - still)

    def all(self) -> list[Source]:
        """Every remembered source with the number of its articles."""
        count = sa.func.count(sa.distinct(places.c.article_id))
        query = (
            sa.select(sources.c.uri, sources.c.collection, sources.c.read, count)
            .join(places, places.c.source == sources.c.uri, isouter=True)
            .group_by(sources.c.uri, sources.c.collection, sources.c.read)
            .order_by(sources.c.uri)
        )
        with self._engine.connect() as connection:
            return [Source(*row) for row in connection.execute(query)]
