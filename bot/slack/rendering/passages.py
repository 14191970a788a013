"""The modals: a cited passage between its neighbours, and what was wrong with an answer."""

from __future__ import annotations

from typing import Any

from bot.answers import Quote
from bot.slack.rendering.elements import (
    Json,
    actions,
    aside,
    button,
    choice,
    free_text,
    line,
    link_button,
    modal,
    pieces,
    quote,
    rich,
    said,
)
from bot.slack.rendering.sources import byline, quoted, titled
from retrieval.articles import Article, Passage

_WRONG = {
    "answer": "The answer is wrong",
    "incomplete": "Something is missing",
    "sources": "The sources do not say so",
    "outdated": "It is out of date",
    "refused": "The articles do answer this",
}
_LONGEST_REASON = 2_000


def passage_view(
    article: Article,
    passages: tuple[Passage, ...],
    current: int,
    quotes: tuple[Quote, ...],
    metadata: str,
    link: str | None,
) -> dict[str, Any]:
    """The modal of one passage of an article, with the passages before and after it and every quoted sentence bold.

    ``passages`` are all of the article, ``current`` the index of the one in the middle. ``link`` is the citation's own.
    """
    words = byline(article)
    near = passages[max(0, current - 1) : current + 2]
    pages = [("Previous", current - 1)] if current else []
    pages += [("Next", current + 1)] if current + 1 < len(passages) else []
    buttons = [button(label, f"page:{page}", hint=f"{label} passage") for label, page in pages]
    blocks = [
        rich(line([(titled(article.title), True), (f"\n{words}" if words else "", False)])),
        aside(f"Passage {current + 1} of {len(passages)}"),
        *(block for passage in near for block in _shown(article, passage, quotes, passage is passages[current])),
        *actions([*buttons, *link_button("Open article", 0, link)]),
    ]
    return modal("Passage", blocks, metadata)


def gone_view() -> dict[str, Any]:
    """The modal for a passage that is no longer there, or not for the eyes of whoever pressed."""
    return modal("Passage", said("This passage cannot be shown: it is no longer there, or you may not read it here."))


def reason_view(metadata: str) -> dict[str, Any]:
    """The modal that asks what was wrong with an answer: a choice and a text, and nothing need be said."""
    blocks = [choice("kind", "What fits best?", _WRONG), free_text("reason", "In your words", _LONGEST_REASON)]
    return modal("What was wrong?", blocks, metadata, "reason")


def _shown(article: Article, passage: Passage, found: tuple[Quote, ...], in_the_middle: bool) -> list[Json]:
    runs = quoted(article, passage.start, passage.end, found)
    return [rich(quote(piece) if in_the_middle else line(piece)) for piece in pieces(runs)]
