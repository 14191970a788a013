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
                rows = dict(chunk)
                connection.execute(
                    sa.insert(places),
                    [{"source": uri, "location": where, "article_id": id_} for where, id_ in rows.items()],
                )

    def places(self, uri: str) -> dict[str, str]:
        """location -> article id of a source."""
        query = sa.select(places.c.location, places.c.article_id).where(places.c.source == uri)
        with self._engine.connect() as connection:
            return {row.location: row.article_id for row in connection.execute(query)}

    def only_from(self, uri: str, locations: Sequence[str] | None = None) -> list[str]:
        """Articles that these places of a source (None: all of them) gave, and no other place gives."""
        held = self.places(uri)
        leaving = set(held if locations is None else locations)
        given = sorted({article_id for location, article_id in held.items() if location in leaving})
        elsewhere: set[str] = set()
        with self._engine.connect() as connection:
            for chunk in chunks(given):
                rows = connection.execute(sa.select(places).where(places.c.article_id.in_(chunk)))
                elsewhere |= {row.article_id for row in rows if row.source != uri or row.location not in leaving}
        return [article_id for article_id in given if article_id not in elsewhere]

    def leave(self, uri: str, locations: Sequence[str] | None = None) -> None:
        """Forgets places; for None all of them, and the source itself. After the articles are removed, never before:
        an article that outlives its place would be found for ever.
        """
        with self._writing.begin() as connection:
            if locations is None:
                connection.execute(sa.delete(places).where(places.c.source == uri))
                connection.execute(sa.delete(sources).where(sources.c.uri == uri))
            for chunk in chunks(locations or ()):
                connection.execute(sa.delete(places).where((places.c.source == uri) & places.c.location.in_(chunk)))

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
