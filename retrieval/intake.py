"""What a source gave, taken into a library: only the new and the changed is embedded and indexed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from retrieval.articles import Article, Passage
from retrieval.library import Library, Progress
from retrieval.loading import Loaded, Outcome, Skipped
from retrieval.register import Known
from retrieval.splitting import split

_WINDOW = 200  # articles that are looked up in the catalogue together
_Fresh = tuple[Article, str, list[Passage]]  # with its location


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


class Intake:
    """One reading of one source into a library; ``read`` does it, and everything it has reported can be found."""

    def __init__(self, library: Library, source: str, *, collection: str = "default", replace: bool = False) -> None:
        """``source`` is the name to remember; ``replace`` overwrites an article whose id is known from elsewhere."""
        self._library = library
        self._source = source
        self._collection = collection
        self._replace = replace
        self._tally = _Tally()

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
        window: dict[str, Loaded] = {}
        for outcome in outcomes:
            if isinstance(outcome, Skipped):
                tally.skipped.append(outcome)
                continue
            if outcome.article.id in window or self._is_full(window):
                self._take(window)
                window = {}
                if progress:
                    progress(tally.progress())
            window[outcome.article.id] = outcome
        self._take(window)
        if progress:
            progress(tally.progress())
        if self._source not in {skipped.location for skipped in tally.skipped}:
            library.sources.remember(self._source, self._collection, ())
        gone = self._gone()
        removed = 0
        if prune and gone:
            removed = library.remove(library.sources.only_from(self._source, gone))
            library.sources.leave(self._source, gone)
        return tally.report(self._source, removed, len(gone))

    def _gone(self) -> list[str]:
        """Places that gave an article before and none now; what could not be read this time is not gone.

        A line that does not tell its id may be any article of its file, a folder that cannot be opened hides all that
        is in it, and behind an address that gave no article before may be a list of any of them.
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
        missing = places - self._tally.seen - unread
        gone = sorted(place for place in missing if not place.startswith(hidden))
        addresses = {one.location for one in self._tally.skipped if "://" in one.location and one.article_id is None}
        lists = addresses - places
        if gone and lists:
            reason = f"{min(lists)} may list more articles and was not read; none is taken to have vanished"
            self._tally.notes.append(reason)
            return []
        return gone

    def _is_full(self, window: dict[str, Loaded]) -> bool:
        characters = sum(len(loaded.article.text) for loaded in window.values())
        return len(window) >= _WINDOW or characters >= self._library.batch_characters

    def _take(self, window: dict[str, Loaded]) -> None:
        """Decides what each article of the window is, and indexes the new and the changed."""
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
                tally.unchanged += 1
                continue
            language = article.language if len(article.language or "") <= 16 else None  # a name, not a tag
            numbered = replace(article, version=stands.version + 1 if stands else 1, language=language)
            fresh.append((numbered, loaded.location, split(numbered, library.passage_characters)))
            tally.updated += bool(stands)
            tally.added += not stands
        if fresh:
            self._index(fresh)
        if found:
            library.sources.remember(self._source, self._collection, found)
        tally.seen |= {location for location, _ in found}

    def _index(self, fresh: list[_Fresh]) -> None:
        library, tally = self._library, self._tally
        cut = [passage for _, _, passages in fresh for passage in passages]
        vectors = dict(zip([passage.id for passage in cut], library.embed(cut), strict=True))
        with library.writing("an ingest") as layout:
            fresh = self._still_fresh(fresh)
            articles = {article.id: article for article, _, _ in fresh}
            written = library.register.write(fresh, layout)
            cut = [passage for _, _, passages in fresh for passage in passages]
            library.publish(list(articles), cut, [vectors[passage.id] for passage in cut], layout)
        tally.passages += len(cut)
        for one in written:
            tally.copies += one.copy_of is not None
            if one.boilerplate:
                title = articles[one.article_id].title
                tally.notes.append(
                    f"the text of “{title}” ({one.article_id}) also stands under other titles: boilerplate?"
                )

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
