"""What a source gave, taken into a library: only the new and the changed is embedded and indexed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from retrieval.articles import Article, Passage
from retrieval.library import Library, Progress
from retrieval.loading import Loaded, Outcome, Skipped
from retrieval.register import Known, Written
from retrieval.splitting import split

_WINDOW = 200  # articles that are looked up in the catalogue together
_Fresh = tuple[Article, str, list[Passage]]  # with its location
_Result = tuple[list[_Fresh], list[Written]]


@dataclass(frozen=True, slots=True)
class Report:
    """What reading one source did."""

    source: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    copies: int = 0
    removed: int = 0
    vanished: int = 0
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Tally:
    """A report while it is being counted."""

    began: float = field(default_factory=time.monotonic)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    copies: int = 0
    passages: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def progress(self) -> Progress:
        articles = self.added + self.updated + self.unchanged
        return Progress(articles, self.passages, time.monotonic() - self.began)

    def report(self, source: str, removed: int, vanished: int) -> Report:
        counts = (self.added, self.updated, self.unchanged, self.copies)
        return Report(source, *counts, removed, vanished, tuple(self.skipped), tuple(self.notes))


@dataclass(frozen=True, slots=True)
class _Batch:
    """A window of articles, looked up and embedded."""

    ids: frozenset[str]
    fresh: list[_Fresh]
    vectors: dict[str, list[float]]
    found: list[tuple[str, str]]


class Intake:
    """One reading of one source into a library; ``read`` does it, and everything it has reported can be found."""

    def __init__(self, library: Library, source: str, *, collection: str = "default", replace: bool = False) -> None:
        """``source`` is the name to remember; ``replace`` overwrites an article whose id is known from elsewhere."""
        self._library = library
        self._source = source
        self._collection = collection
        self._replace = replace
        self._tally = _Tally()
        self._writing: tuple[_Batch, Future[_Result]] | None = None

    def read(
        self,
        outcomes: Iterable[Outcome],
        *,
        prune: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> Report:
        """Takes in all that the source gives.

        Args:
            outcomes: What ``loading.load`` yields.
            prune: Remove the articles that the source gave before and gives no more, unless another source does.
            progress: Called whenever more can be found.
        """
        library, tally = self._library, self._tally
        library.require_writable()
        library.repair()
        with ThreadPoolExecutor(1, "footnote-intake") as writer:  # one batch is written while the next is embedded
            for window in self._windows(outcomes):
                if self._writing and self._writing[0].ids & window.keys():
                    self._settle(progress)
                batch = self._prepared(window)
                self._settle(progress)
                self._writing = batch, writer.submit(self._write, batch)
            self._settle(progress)
        if self._source not in {skipped.location for skipped in tally.skipped}:
            library.sources.remember(self._source, self._collection, ())
        gone = self._gone()
        removed = 0
        if prune and gone:
            removed = library.remove(library.sources.only_from(self._source, gone))
            library.sources.leave(self._source, gone)
        if removed or tally.added or tally.updated:
            with library.writing("the end of an ingest") as layout:
                library.dense.persist(layout)
        return tally.report(self._source, removed, len(gone))

    def _gone(self) -> list[str]:
        """Places that gave an article before and none now; what could not be read this time is not gone.

        A line that does not tell its id may be any article of its file, a folder that cannot be opened hides all that
        is in it, and what a feed or sitemap names no more has rolled off its end.
        """
        places = set(self._library.sources.places(self._source))
        unread: set[str] = set()
        hidden: tuple[str, ...] = ()
        for skipped in self._tally.skipped:
            file = skipped.location.rpartition("#")[0] or skipped.location
            unread |= {skipped.location, f"{file}#{skipped.article_id}"}
            if skipped.article_id is None:
                hidden += (f"{file}#", f"{skipped.location}/")
                unread.add(file)
        if self._source.startswith(("http://", "https://")):
            places = {place for place in places if (place.rpartition("#")[0] or place) == self._source}
        missing = places - self._tally.seen - unread
        return sorted(place for place in missing if not place.startswith(hidden))

    def _windows(self, outcomes: Iterable[Outcome]) -> Iterator[dict[str, Loaded]]:
        """Articles that are looked up, embedded and written together, each id once."""
        window: dict[str, Loaded] = {}
        characters = 0
        for outcome in outcomes:
            if isinstance(outcome, Skipped):
                self._tally.skipped.append(outcome)
                continue
            full = len(window) >= _WINDOW or characters >= self._library.batch_characters
            if outcome.article.id in window or full:
                yield window
                window, characters = {}, 0
            window[outcome.article.id] = outcome
            characters += len(outcome.article.text)
        yield window

    def _prepared(self, window: dict[str, Loaded]) -> _Batch:
        """Decides what each article of the window is, and cuts and embeds the new and the changed."""
        library, tally = self._library, self._tally
        known = library.register.known(list(window))
        fresh: list[_Fresh] = []
        found: list[tuple[str, str]] = []
        for loaded in window.values():
            article, stands = loaded.article, known.get(loaded.article.id)
            problem = _problem(loaded) or (_conflict(loaded, stands) if stands and not self._replace else None)
            if problem:
                tally.skipped.append(Skipped(loaded.location, problem, article.id))
                continue
            found.append((loaded.location, article.id))
            if stands and _is_known(loaded, stands):
                continue
            language = article.language if len(article.language or "") <= 16 else None  # a name, not a tag
            numbered = replace(article, version=stands.version + 1 if stands else 1, language=language)
            fresh.append((numbered, loaded.location, split(numbered, library.passage_characters)))
        cut = [passage for _, _, passages in fresh for passage in passages]
        vectors = dict(zip([passage.id for passage in cut], library.embed(cut), strict=True))
        return _Batch(frozenset(window), fresh, vectors, found)

    def _write(self, batch: _Batch) -> _Result:
        """Makes a batch findable, and remembers where its articles stand."""
        library = self._library
        fresh, written = batch.fresh, []
        if fresh:
            with library.writing("an ingest") as layout:
                fresh = self._still_fresh(fresh)
                written = library.register.write(fresh, layout)
                cut = [passage for _, _, passages in fresh for passage in passages]
                ids = [article.id for article, _, _ in fresh]
                library.publish(ids, cut, [batch.vectors[passage.id] for passage in cut], layout)
        if batch.found:
            library.sources.remember(self._source, self._collection, batch.found)
        return fresh, written

    def _settle(self, progress: Callable[[Progress], None] | None) -> None:
        """Waits for the batch that is being written, counts it and reports it."""
        if self._writing is None:
            return
        batch, future = self._writing
        self._writing = None
        fresh, written = future.result()
        tally = self._tally
        added = sum(article.version == 1 for article, _, _ in fresh)
        tally.added += added
        tally.updated += len(fresh) - added
        tally.unchanged += len(batch.found) - len(fresh)
        tally.passages += sum(len(passages) for _, _, passages in fresh)
        tally.seen |= {location for location, _ in batch.found}
        titles = {article.id: article.title for article, _, _ in fresh}
        for one in written:
            tally.copies += one.copy_of is not None
            if one.boilerplate:
                title = titles[one.article_id]
                tally.notes.append(
                    f"the text of “{title}” ({one.article_id}) also stands under other titles: boilerplate?"
                )
        if progress:
            progress(tally.progress())

    def _still_fresh(self, fresh: list[_Fresh]) -> list[_Fresh]:
        """Without the articles that another process took in while these were embedded. Needs the exclusive lock."""
        known = self._library.register.known([article.id for article, _, _ in fresh])
        before = {article_id: stands.version for article_id, stands in known.items()}
        return [one for one in fresh if one[0].version == before.get(one[0].id, 0) + 1]


def _problem(loaded: Loaded) -> str | None:
    """Why an article cannot be stored; None where it can."""
    article = loaded.article
    if not article.text.strip():
        return "no text"
    try:
        "".join([loaded.location, article.id, article.url or "", article.collection]).encode("utf-8")
    except UnicodeEncodeError:
        return "its file name or address is not valid Unicode; rename it"
    try:
        "".join([article.title, article.text, article.author or "", article.source or ""]).encode("utf-8")
    except UnicodeEncodeError as error:
        return f"not Unicode text: a lone surrogate at character {error.start}"
    if "\0" in f"{article.title}{article.text}{article.author}{article.source}":
        return "holds NUL characters; is it a binary file?"
    if len(article.id) > 255:
        return "its id is longer than 255 characters"
    if len(loaded.location) > 2048:
        return "its file name or address is longer than 2048 characters"
    if len(article.collection) > 255:
        return "the name of its collection is longer than 255 characters"
    return None


def _is_known(loaded: Loaded, stands: Known) -> bool:
    """Whether this reading brings nothing: the newest version, or from elsewhere any version, as it was."""
    article = loaded.article
    if loaded.location == stands.location:
        return article.content_hash == stands.content_hash
    return article.content_hash in stands.hashes


def _conflict(loaded: Loaded, stands: Known) -> str | None:
    """Why a known id from another place is left alone; a later update of the same page is taken, not left."""
    article = loaded.article
    if loaded.location == stands.location or article.content_hash in stands.hashes:
        return None
    if article.url and article.updated and article.updated > (stands.updated or stands.published or article.updated):
        return None
    return f"its id {article.id} is known from {stands.location}, which is kept (--replace overwrites)"
