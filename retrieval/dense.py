"""Vectors of passages in Chroma, embedded in the library folder or on a server; the only file that knows Chroma."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from retrieval.articles import RetrievalError

# Chroma builds its graph differently each time; with 200 instead of 100 candidates 99 % of the nearest 60 passages are
# found (96 %) among 30,000, so that two libraries of the same articles hardly differ.
_HNSW = {"space": "cosine", "ef_search": 200}
_SYNCED_AFTER, _TOUCHED = 1000, 10  # changes after which Chroma writes its graph: its default, and to persist it
_PAGE = 5000  # ids per get(): 60,000 at once are too many SQL variables for Chroma


class Dense:
    """The vectors of one library, one Chroma collection a layout.

    Embedded Chroma shows a reader in another process stale vectors until it is closed and opened again, and two
    writers destroy each other's index: the library's lock and generation see to both. Errors are RetrievalErrors.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self._folder = folder
        self._url = url
        self._client: Any = None
        self._collections: dict[int, Any] = {}
        self._mutex = threading.RLock()

    def upsert(self, layout: int, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Writes vectors of any length (the space is cosine); a known id gets its new one.

        Chroma holds nothing else: what a passage is part of stands in the catalogue.
        """
        with self._guarded():
            collection = self._collection(layout)
            size = self._client.get_max_batch_size()
            for first in range(0, len(ids), size):
                last = first + size
                collection.upsert(
                    ids=list(ids[first:last]), embeddings=[list(vector) for vector in vectors[first:last]]
                )

    def persist(self, layout: int) -> None:
        """Have Chroma write its graph to disk, so that every process that opens it searches the same one.

        Embedded Chroma does so only after 1,000 changes and until then builds the rest of the graph anew at each
        opening, never quite alike: a few distant neighbours would differ from run to run. So the limit is lowered for
        the length of a few writes that change nothing.
        """
        if self._url:
            return
        with self._guarded():
            known = self._collection(layout).get(limit=_TOUCHED, include=["embeddings"])
            if len(known["ids"]) < _TOUCHED:
                return  # so few are compared one by one
            for threshold in (_TOUCHED, _SYNCED_AFTER):
                self._collection(layout).modify(configuration={"hnsw": {"sync_threshold": threshold}})
                self.close()
                if threshold == _TOUCHED:
                    self._collection(layout).upsert(ids=known["ids"], embeddings=known["embeddings"])

    def delete(self, layout: int, ids: Sequence[str]) -> None:
        """Removes rows; unknown ids are no error."""
        with self._guarded():
            collection = self._collection(layout)
            for first in range(0, len(ids), _PAGE):
                collection.delete(ids=list(ids[first : first + _PAGE]))

    def nearest(
        self, layout: int, vector: Sequence[float], count: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids and cosine similarities, the most similar first; ``among`` looks at these passages only.

        A metadata filter of Chroma's own cost 60 to 160 ms at 59,000 passages, this 10 to 40 ms for a few thousand.
        """
        if among is not None and not among:
            return []
        with self._guarded():
            found = self._collection(layout).query(
                query_embeddings=[list(vector)],
                ids=list(among) if among is not None else None,
                n_results=count,
                include=["distances"],
            )
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

    def ids(self, layout: int) -> Iterator[str]:
        """Every passage id, in pages, for the consistency check."""
        with self._guarded():
            collection = self._collection(layout)
            for offset in range(0, collection.count(), _PAGE):
                yield from collection.get(limit=_PAGE, offset=offset, include=[])["ids"]

    def vectors(self, layout: int, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored vectors of these passages."""
        with self._guarded():
            found = self._collection(layout).get(ids=list(ids), include=["embeddings"])
        return {id_: [float(x) for x in vector] for id_, vector in zip(found["ids"], found["embeddings"], strict=True)}

    def drop(self, layout: int) -> None:
        """Removes a whole layout; one that is not there is no error."""
        import chromadb.errors

        with self._guarded():
            self._collections.pop(layout, None)
            with contextlib.suppress(chromadb.errors.NotFoundError, ValueError):
                self._opened().delete_collection(_name(layout))

    def close(self) -> None:
        """Closes the client; the next call opens it again, and sees what another process wrote meanwhile."""
        with self._mutex:
            if self._client is not None:
                with contextlib.suppress(Exception):
                    self._client.close()
                if not self._url:
                    self._client.clear_system_cache()
            self._client = None
            self._collections.clear()

    def _collection(self, layout: int) -> Any:
        if layout not in self._collections:
            self._collections[layout] = self._opened().get_or_create_collection(
                _name(layout), configuration={"hnsw": _HNSW}, embedding_function=None
            )
        return self._collections[layout]

    def _opened(self) -> Any:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False)
            if not self._url:
                self._client = chromadb.PersistentClient(str(self._folder), settings)
            else:
                address = urlsplit(self._url)
                if address.scheme not in ("http", "https") or not address.hostname:
                    raise RetrievalError(f"chroma.url is not an http address: {self._url}")
                secure = address.scheme == "https"
                port = address.port or (443 if secure else 8000)
                self._client = chromadb.HttpClient(address.hostname, port, ssl=secure, settings=settings)
        return self._client

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """One thread at a time (queries take milliseconds), and Chroma's exceptions end here."""
        import chromadb.errors
        import httpx

        where = self._url or str(self._folder)
        with self._mutex:
            try:
                yield
            except (chromadb.errors.ChromaError, httpx.HTTPError) as error:
                raise RetrievalError(f"Chroma ({where}) failed: {error}") from error
            except ValueError as error:  # what HttpClient raises where nobody listens
                if "connect" not in str(error).lower():
                    raise
                raise RetrievalError(f"Chroma ({where}) cannot be reached: {error}") from error


def _name(layout: int) -> str:
    return f"footnote-passages-{layout}"
