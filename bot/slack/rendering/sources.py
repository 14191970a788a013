"""What an answer rests on: its sources as cards, sides that disagree, and the nearest articles of a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.answers import Citation, Disagreement, Nearest, Quote
from bot.slack.rendering.elements import (
    Json,
    Run,
    actions,
    bullets,
    button,
    folded,
    line,
    link_button,
    pieces,
    quote,
    rich,
    said,
    texts,
)
from bot.slack.rendering.escaping import clean, one_line
from bot.slack.rendering.splitting import shortened, width
from retrieval.articles import Article, Passage

_OPEN_SOURCES = 3  # the others are folded
_MOST_FOLDED = 10  # blocks in one fold
_LONGEST_FOLD = 6_000  # characters in one fold, which cannot be divided over messages
_LONGEST_LIST = 2_900  # characters in one list
_AROUND = 160  # characters of the passage on either side of a quote
_LONGEST_TITLE = 250


def sources(citations: Sequence[Citation], handle: str) -> Iterator[Json]:
    """The sources as cards, the first ones open, the others folded where they are short enough to be."""
    if citations:
        yield rich(line([("Sources" if len(citations) > 1 else "Source", True)]))
    for citation in citations[:_OPEN_SOURCES]:
        yield from _card(citation, handle)
    fold: list[Json] = []
    numbers: list[int] = []
    for citation in citations[_OPEN_SOURCES:]:
        card = _folded_card(citation, handle)
        if numbers and not _can_fold([*fold, *card]):
            yield from _folded(fold, numbers)
            fold, numbers = [], []
        fold += card
        numbers.append(citation.number)
    yield from _folded(fold, numbers)


def sides(disagreement: Disagreement) -> Iterator[Json]:
    """Who says what, each with the numbers of its sources."""
    heading = line([(f"Sources disagree about {subject(disagreement)}:", True)])
    items = [
        piece
        for side in disagreement.sides
        for piece in pieces([(one_line(side.text), False), (_markers(side.citations), True)])
    ]
    if sum(width(words) for item in items for words, _ in item) <= _LONGEST_LIST:
        yield rich(heading, bullets(items))
    else:
        yield rich(heading)
        yield from (rich(bullets([item])) for item in items)


def subject(disagreement: Disagreement) -> str:
    """What a disagreement is about; where that is a whole question, as much as a heading holds."""
    return shortened(one_line(disagreement.about), _LONGEST_TITLE)


def nearest_articles(nearest: Sequence[Nearest], handle: str) -> Iterator[Json]:
    """The articles that a refusal names, each with a button that opens it."""
    if nearest:
        yield rich(line([("Nearest articles", True)]))
    for number, article in enumerate(nearest, start=1):
        title = titled(article.title)
        opening = link_button("Open article", number, article.url, handle, f"Open {title}")
        yield from said(title, opening[0] if opening else None)


def titled(title: str) -> str:
    """A title on one line, shortened where it is none."""
    return shortened(one_line(title), _LONGEST_TITLE) or "Untitled"


def byline(article: Article) -> str:
    """Outlet, author and dates, as far as the article gives them."""
    updated = f"updated {_day(article.updated)}" if article.updated and article.updated != article.published else ""
    parts = (article.source or "", article.author or "", _day(article.published), updated)
    return ", ".join(shortened(one_line(part), _LONGEST_TITLE) for part in parts if one_line(part))


def quoted(article: Article, start: int, end: int, found: Sequence[Quote]) -> Iterator[Run]:
    """The article's words from ``start`` to ``end``, those of the quotes bold."""
    position = start
    for quote_start, quote_end in _merged([(one.start, one.end) for one in found]):
        quote_start, quote_end = max(quote_start, position), min(quote_end, end)
        if quote_start < quote_end:
            yield article.text[position:quote_start], False
            yield article.text[quote_start:quote_end], True
            position = quote_end
    yield article.text[position:end], False


def _card(citation: Citation, handle: str) -> list[Json]:
    """One source with its quotes, each bold within some words of its passage."""
    title, words = titled(citation.article.title), byline(citation.article)
    heading = line([(f"[{citation.number}] {title}", True), (f"\n{words}" if words else "", False)])
    excerpt = [quote(piece) for piece in pieces(_excerpt(citation))]
    return [rich(heading, *excerpt[:1]), *(rich(more) for more in excerpt[1:]), *_buttons(citation, handle)]


def _folded_card(citation: Citation, handle: str) -> list[Json]:
    """One source with its quotes alone, since bold is for rich text."""
    lines = [f"[{citation.number}] {titled(citation.article.title)}", byline(citation.article)]
    lines += [f"“{one_line(found.text)}”" for found in citation.quotes]
    return [*said("\n".join(filter(None, lines))), *_buttons(citation, handle)]


def _buttons(citation: Citation, handle: str) -> list[Json]:
    number, title = citation.number, titled(citation.article.title)
    show = button("Show passage", f"passage:{number}", handle, f"Show the passage of source {number}, {title}")
    return actions(
        [show, *link_button("Open article", number, citation.link, handle, f"Open source {number}, {title}")]
    )


def _excerpt(citation: Citation) -> Iterator[Run]:
    """Each quote, whole and bold, between some words of its passage."""
    passage, text = citation.passage, citation.article.text
    windows = _merged([_window(text, passage, found) for found in citation.quotes])
    for index, (start, end) in enumerate(windows):
        if index or start > passage.start:
            yield ("… ", False)
        for words, bold in quoted(citation.article, start, end, citation.quotes):
            yield re.sub(r"\s+", " ", clean(words)), bold
        if end < passage.end:
            yield (" …" if index + 1 == len(windows) else " ", False)


def _window(text: str, passage: Passage, found: Quote) -> tuple[int, int]:
    """Where the words around a quote begin and end: inside its passage, at a space, and never inside the quote."""
    start, end = max(passage.start, found.start - _AROUND), min(passage.end, found.end + _AROUND)
    if start > passage.start:
        space = re.compile(r"\s+").search(text, start - 1, found.start)
        start = space.end() if space else found.start
    if end < passage.end:
        spaces = [match.start() for match in re.compile(r"\s+").finditer(text, found.end, end + 1)]
        end = spaces[-1] if spaces else found.end
    return min(start, found.start), max(end, found.end)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches, those that touch made one, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _folded(blocks: Sequence[Json], numbers: Sequence[int]) -> Iterator[Json]:
    if not numbers:
        return
    if not _can_fold(blocks):
        yield from blocks
    else:
        names = f"Source {numbers[0]}" if len(numbers) == 1 else f"Sources {numbers[0]} to {numbers[-1]}"
        yield folded(names, blocks)


def _can_fold(blocks: Sequence[Json]) -> bool:
    return len(blocks) <= _MOST_FOLDED and sum(width(text) for text in texts(blocks)) <= _LONGEST_FOLD


def _markers(numbers: Sequence[int]) -> str:
    return " " + "".join(f"[{number}]" for number in numbers) if numbers else ""


def _day(value: date | None) -> str:
    return f"{value.day} {value:%B %Y}" if value else ""
