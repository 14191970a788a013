"""Long texts cut where people pause: at paragraphs, then lines, sentences, words, and only then inside a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?:[.!?…][\"”’')\]]*(?:\s*\[\d+\])*)\s+|[。！？]"),
    re.compile(r"\s+"),
)


def width(text: str) -> int:
    """The length of a text as Slack may count it: in UTF-16 units, ``&``, ``<`` and ``>`` as their entities."""
    escapes = 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + escapes


def divided(text: str, limit: int, measure: Callable[[str], int] = width, *, strip: bool = True) -> list[str]:
    """The text in as few parts as possible, none wider than ``limit``; unstripped they join to it."""
    parts = list(_parts(text, limit, measure, _BREAKS))
    return [part.strip() for part in parts if part.strip()] if strip else parts


def shortened(text: str, limit: int, measure: Callable[[str], int] = width) -> str:
    """As much of the text as fits, with "…" where it is cut; for summaries and labels only."""
    if measure(text) <= limit:
        return text
    return f"{_most(text, limit - 1, measure).rstrip()}…"


def _parts(text: str, limit: int, measure: Callable[[str], int], breaks: Sequence[re.Pattern[str]]) -> Iterator[str]:
    if measure(text) <= limit:
        if text:
            yield text
        return
    part, filled = "", 0
    for piece in _pieces(text, limit, measure, breaks):
        size = measure(piece)
        if part and filled + size > limit:
            yield part
            part, filled = "", 0
        if size > limit:
            *whole, piece = _parts(piece, limit, measure, breaks[1:])
            yield from whole
            size = measure(piece)
        part, filled = part + piece, filled + size
    yield part


def _pieces(text: str, limit: int, measure: Callable[[str], int], breaks: Sequence[re.Pattern[str]]) -> Iterator[str]:
    start = 0
    if breaks:
        for match in breaks[0].finditer(text):
            yield text[start : match.end()]
            start = match.end()
        if start < len(text):
            yield text[start:]
        return
    while start < len(text):
        piece = _most(text[start : start + limit], limit, measure)
        yield piece
        start += len(piece)


def _most(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """The longest beginning that fits; one character at least."""
    low, high = 1, max(1, min(len(text), limit))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]
