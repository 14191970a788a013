"""Looking after a library: rebuilding its indexes from the catalogue, and checking them against it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from retrieval.articles import RetrievalError
from retrieval.library import Library, Progress
from retrieval.splitting import split

_BATCH = 32  # articles


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the check looked at: how it is, and what to do where it is not well."""

    name: str
    level: Literal["ok", "warning", "broken"]
    message: str
    todo: str | None = None


def reindex(library: Library, progress: Callable[[Progress], None] | None = None) -> Progress:
    """Rebuilds Chroma and tantivy with the embedder and the splitting of the settings.

    The old indexes serve questions until the new ones are complete. What was done is written down after each batch:
    stopped and run again, it goes on from there; run with other settings, it starts anew.
    """
    began = time.monotonic()
    layout, cursor = _where_to_go_on(library)
    articles = passages = 0
    while ids := library.catalogue.ids(after=cursor, limit=_BATCH):
        batch = [article for id_ in ids if (article := library.register.newest_version(id_))]
        cut = [passage for article in batch for passage in split(article, library.passage_characters)]
        rows = list(zip(cut, library.embed(cut), strict=True))
        with library.exclusive("a reindex"):
            _require_ours(library, _note(library, layout, cursor))
            library.layout_for_writing()
            standing = library.register.known(ids)  # less what was removed in the meantime
            rows = [(passage, vector) for passage, vector in rows if passage.article_id in standing]
            library.register.add_passages([passage for passage, _ in rows], layout)
            library.dense.upsert(layout, [passage.id for passage, _ in rows], [vector for _, vector in rows])
            cursor = ids[-1]
            library.register.set_facts(rebuilding=_note(library, layout, cursor))
        articles, passages = articles + len(batch), passages + len(rows)
        if progress:
            progress(Progress(articles, passages, time.monotonic() - began))
    index = library.bm25(layout)
    index.drop()
    _, last = library.register.changes_after(0)
    index.apply(library.catalogue.ids(), lambda id_: library.lexical_rows(id_, layout), last)
    with library.exclusive("a reindex"):
        _require_ours(library, _note(library, layout, cursor))
        old = library.layout_for_writing()
        library.follow(layout)  # what was removed in the meantime
        library.dense.persist(layout)
        library.register.switch_layout(layout, rebuilding="", **library.making())
        library.dense.drop(old)
        library.bm25(old).drop()
    library.repair()
    return Progress(articles, passages, time.monotonic() - began)


def check(library: Library) -> list[Finding]:
    """Compares catalogue, Chroma and tantivy passage by passage."""
    difference = library.difference(library.catalogue.facts())
    if difference:
        return [Finding("indexes", "broken", difference, "footnote reindex, or set the settings back")]
    if "rebuilding" in library.catalogue.facts():
        message = "a rebuild of the indexes was begun and not finished; questions are answered from the old ones"
        return [Finding("indexes", "warning", message, "footnote reindex")]
    with library.reading() as layout:
        truth = library.catalogue.passage_ids(layout)
        vectors = set(library.dense.ids(layout))
        words = library.bm25(layout).ids()
        pending, removing = library.register.unfinished()
    findings = [_compare("Chroma", truth, vectors), _compare("tantivy", truth, words)]
    if pending or removing:
        message = f"{len(pending)} articles are not indexed yet and {len(removing)} not removed yet"
        findings.append(Finding("catalogue", "warning", message, "footnote ingest, or footnote reindex"))
    else:
        findings.append(Finding("catalogue", "ok", f"{library.catalogue.count()} articles, {len(truth)} passages"))
    return findings


def _compare(name: str, truth: set[str], held: set[str]) -> Finding:
    missing, stale = len(truth - held), len(held - truth)
    if missing:
        return Finding(name, "broken", f"{missing} of {len(truth)} passages are missing", "footnote reindex")
    if stale:
        return Finding(name, "warning", f"{stale} stale passages, which search never shows", "footnote reindex")
    return Finding(name, "ok", f"{len(held)} passages, as in the catalogue")


def _where_to_go_on(library: Library) -> tuple[int, str]:
    """The layout under construction and the last article it holds."""
    facts = library.catalogue.facts()
    layout = int(facts["layout"]) + 1
    begun, _, cursor = facts.get("rebuilding", "").partition("\n")
    if begun == _note(library, layout, "").partition("\n")[0]:
        return layout, cursor
    with library.exclusive("a reindex"):
        library.dense.drop(layout)
        library.bm25(layout).drop()
        library.register.drop_passages(layout)
        library.register.set_facts(rebuilding=_note(library, layout, ""))
    return layout, ""


def _require_ours(library: Library, note: str) -> None:
    """A RetrievalError where another process has gone on with this rebuild or begun one of its own."""
    if library.catalogue.facts().get("rebuilding") != note:
        raise RetrievalError("another footnote reindex is at work on this library; this one stops")


def _note(library: Library, layout: int, cursor: str) -> str:
    return f"{layout} {sorted(library.making().items())}\n{cursor}"
