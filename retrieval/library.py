"""A library: catalogue, Chroma and tantivy kept in step, whatever is killed when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from retrieval import lexical, tables
from retrieval.articles import Passage, RetrievalError
from retrieval.catalogue import Catalogue
from retrieval.dense import Dense
from retrieval.embedding import Embedder
from retrieval.lexical import Lexical
from retrieval.locking import LibraryLock
from retrieval.register import Register
from retrieval.sources import Sources


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest or a reindex has come; everything counted is on the disk and can be found."""

    articles: int
    passages: int
    seconds: float


class Library:
    """The articles of one folder (and one database), with everything that finds them.

    The exclusive lock is held only while a batch is written, the shared one while a question looks; each batch turns
    the generation, and a reader that sees a new one opens Chroma and tantivy again. Errors are RetrievalErrors.
    """

    def __init__(
        self,
        folder: Path,
        engine: sa.Engine,
        embedder: Embedder,
        *,
        chroma_url: str = "",
        passage_characters: int = 800,
        batch_passages: int = 256,
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self._engine = engine
        self.catalogue = Catalogue(engine)
        self.register = Register(engine)
        self.sources = Sources(engine)
        self.dense = Dense(folder / "chroma", chroma_url)
        self.lock = LibraryLock(folder)
        self.splitting = f"sentences {passage_characters}"
        self.passage_characters = passage_characters
        self.batch_characters = batch_passages * passage_characters
        self._bm25: dict[int, Lexical] = {}
        self._generation: str | None = None
        tables.migrate(engine)
        self._start()

    @property
    def generation(self) -> int:
        """Turns whenever what can be found changes; as of the last look."""
        return int(self._generation or 0)

    def close(self) -> None:
        """Lets go of Chroma; the engine belongs to whoever made it."""
        self.dense.close()

    def bm25(self, layout: int) -> Lexical:
        """The BM25 index of a layout."""
        return self._bm25.setdefault(layout, Lexical(self.folder / "lexical" / str(layout)))

    @contextlib.contextmanager
    def reading(self) -> Iterator[int]:
        """Yields the layout to search; until the end of the block no index changes under the reader."""
        with self.lock.shared():
            layout = self._seen()
            if layout is not None:
                yield layout
                return
        while True:
            with self.lock.exclusive("catching up with the catalogue"):
                self.follow(int(self.catalogue.facts()["layout"]))
            with self.lock.shared():
                layout = self._seen()  # another host may have written again meanwhile
                if layout is not None:
                    yield layout
                    return

    @contextlib.contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Nobody else is inside this folder, and no other host writes to the same database."""
        with self.lock.exclusive(what), tables.sole_host(self._engine):
            yield

    @contextlib.contextmanager
    def writing(self, what: str) -> Iterator[int]:
        """Yields the layout to write to; nobody else is inside, and nothing stands half done at the beginning."""
        with self.exclusive(what):
            self.require_writable()
            if "unfinished" in self.catalogue.facts():
                self._finish()
            yield self.layout_for_writing()

    def publish(
        self, ids: Sequence[str], cut: Sequence[Passage], vectors: Sequence[Sequence[float]], layout: int
    ) -> None:
        """Pending articles with their passages into both indexes, then into view. Needs the exclusive lock."""
        self.dense.upsert(layout, [passage.id for passage in cut], vectors)
        self.follow(layout)
        self.register.publish(ids)
        self._sweep(layout, [], ids)
        self._generation = self.catalogue.facts()["generation"]

    def remove(self, ids: Sequence[str]) -> int:
        """Removes articles with all their versions; unknown ids are no error. Returns how many there were."""
        with self.exclusive("a removal"):
            there = self.register.known(list(ids))
            if there:
                layout = self.layout_for_writing()
                self.register.mark_removing(list(there))
                self.follow(layout)
                self._sweep(layout, list(there), list(there))
                self._generation = self.catalogue.facts()["generation"]
            return len(there)

    def remove_source(self, uri: str) -> int:
        """Forgets a source and removes the articles that only it gave."""
        if uri not in {source.uri for source in self.sources.all()}:
            raise RetrievalError(f"no such source: {uri} (footnote sources lists them)")
        removed = self.remove(self.sources.only_from(uri))
        self.sources.leave(uri)
        return removed

    def _start(self) -> None:
        """First opening: how the library is made is written down. Later: what a crash left is finished."""
        facts = self.catalogue.facts()
        if "layout" not in facts:
            self.register.begin({"layout": "1", "generation": "1", **self.making()})
        elif "unfinished" in facts:
            with self.lock.exclusive_if_free("a repair") as free:
                if free and not self.difference(facts):
                    self._finish()

    def repair(self) -> None:
        """Finishes what a crash left between two steps."""
        if "unfinished" in self.catalogue.facts():
            with self.exclusive("a repair"):
                self._finish()

    def _finish(self) -> None:
        """Completes what stands between two steps. Needs the exclusive lock, and the settings of the library."""
        layout = self.layout_for_writing()
        pending, removing = self.register.unfinished()
        for article_id in pending:
            article = self.register.newest_version(article_id)
            if article is not None:
                cut = self.catalogue.passages(article, layout)
                self.publish([article_id], cut, self.embed(cut), layout)
        self.follow(layout)
        self._sweep(layout, removing)

    def _sweep(self, layout: int, removing: Sequence[str], ids: Sequence[str] | None = None) -> None:
        """Takes out of Chroma and the catalogue what search no longer shows, of these articles or of all."""
        if "rebuilding" in self.catalogue.facts():
            self.dense.delete(layout + 1, self.register.stale_passages(layout + 1, ids))
        stale = self.register.stale_passages(layout, ids)
        self.dense.delete(layout, stale)
        self.register.forget(stale, removing, layout)

    def layout_for_writing(self) -> int:
        """Opens Chroma again if another process wrote since. Needs the exclusive lock."""
        facts = self.catalogue.facts()
        if facts["generation"] != self._generation:
            self.dense.close()
            self._generation = facts["generation"]
        return int(facts["layout"])

    def _seen(self) -> int | None:
        """The layout, with both indexes as they are now; None where tantivy has to follow. Needs the shared lock."""
        facts = self.catalogue.facts()
        self.require_same_making(facts)
        layout = int(facts["layout"])
        if facts["generation"] != self._generation:
            if self._behind(layout):
                return None
            self.dense.close()
            self.bm25(layout).reload()
            self._generation = facts["generation"]
        return layout

    def _behind(self, layout: int) -> bool:
        return bool(self.register.changes_after(self.bm25(layout).applied)[0])

    def follow(self, layout: int) -> None:
        """Applies the catalogue's change log to this host's tantivy index. Needs the exclusive lock."""
        index = self.bm25(layout)
        applied = index.applied
        changed, last = self.register.changes_after(applied)
        if changed or not applied:
            index.apply(changed, lambda article_id: self.lexical_rows(article_id, layout), last)
        else:
            index.reload()

    def lexical_rows(self, article_id: str, layout: int) -> list[lexical.Row]:
        """What the BM25 index should hold of an article: its newest version, nothing once it is being removed."""
        article = self.register.newest_version(article_id)
        if article is None:
            return []
        return [lexical.Row.of(passage, article) for passage in self.catalogue.passages(article, layout)]

    def making(self) -> dict[str, str]:
        """What must be the same whenever the library is used."""
        return {
            "embedder": f"{self.embedder.name} {self.embedder.fingerprint}",
            "dimension": str(self.embedder.dimension),
            "splitting": self.splitting,
        }

    def difference(self, facts: dict[str, str]) -> str | None:
        """How the settings differ from what the library was made with; None where they agree."""
        for name, now in self.making().items():
            if facts.get(name) != now:
                return f"this library was made with {name} “{facts.get(name)}”, the settings say “{now}”"
        return None

    def require_writable(self) -> None:
        """A RetrievalError where an ingest would have to wait for a person first."""
        facts = self.catalogue.facts()
        self.require_same_making(facts)
        if "rebuilding" in facts:
            raise RetrievalError("the indexes are being rebuilt; finish that first: footnote reindex")

    def require_same_making(self, facts: dict[str, str]) -> None:
        """A RetrievalError where the settings would read or write this library wrongly."""
        difference = self.difference(facts)
        if difference:
            raise RetrievalError(f"{difference}; run: footnote reindex")

    def embed(self, cut: Sequence[Passage]) -> list[list[float]]:
        """One vector a passage."""
        return self.embedder.embeddings.embed_documents([passage.text for passage in cut]) if cut else []
