"""An article to passages: whole sentences, exact offsets, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.articles import Article, Passage, passage_id

_LINE_BREAKS = re.compile(r"\n\s*")
_WORD_BREAK = re.compile(r"\s+(?=\S)")
_WRAPPED_LINE = 40  # a shorter line that is followed by lower case is a list or a verse, not a wrapped sentence


def sentences(text: str, start: int = 0, end: int | None = None, language: str | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences in ``text[start:end]``, without surrounding white space.

    Blank lines end a sentence, and so does a line break unless the next line goes on in lower case. Between two
    sentences stands nothing but white space. Boundaries inside a line are those of sentencex.
    """
    import sentencex

    spans: list[tuple[int, int]] = []
    for line_start, line_end in _lines(text, start, len(text) if end is None else end):
        line = text[line_start:line_end]
        if len(line) < 2:
            spans.append((line_start, line_end))
            continue
        for boundary in sentencex.get_sentence_boundaries(language or "en", line):
            first, last = _trimmed(text, line_start + boundary["start_index"], line_start + boundary["end_index"])
            if first < last:
                spans.append((first, last))
    return spans


def split(article: Article, size: int = 800) -> list[Passage]:
    """Passages of whole sentences, each as long as fits into ``size`` characters.

    A sentence longer than that is cut at a space. A caption never shares a passage with the author's sentences. A
    heading begins a passage once the one before is half full; a short remainder joins the passage before it.
    """
    spans: list[tuple[int, int, bool]] = []
    for start, end, kind in _units(article, size):
        caption = kind == "caption"
        if spans:
            first, last, was_caption = spans[-1]
            fits = end - first <= size and caption == was_caption
            if fits and not (kind == "heading" and last - first >= size // 2):
                spans[-1] = (first, end, caption)
                continue
        spans.append((start, end, caption))
    spans = _without_remainders(spans, size)
    return [
        Passage(
            passage_id(article.id, article.version, n),
            article.id,
            article.version,
            first,
            last,
            article.text[first:last],
        )
        for n, (first, last, _) in enumerate(spans)
    ]


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of lines that belong together: paragraphs, with wrapped lines joined."""
    first, last = _trimmed(text, start, end)
    position = first
    for match in _LINE_BREAKS.finditer(text, first, last):
        if match.start() < position:
            continue
        line_end = _trimmed(text, position, match.start())[1]
        following = text[match.end() : match.end() + 1]
        wrapped = match.group().count("\n") == 1 and following.islower() and line_end - position >= _WRAPPED_LINE
        if not wrapped:
            if position < line_end:
                yield position, line_end
            position = match.end()
    if position < last:
        yield position, last


def _units(article: Article, size: int) -> Iterator[tuple[int, int, str]]:
    """Sentences with the kind of the block they stand in, the overlong cut at spaces; blocks are never crossed."""
    for start, end, kind in _stretches(article):
        for first, last in sentences(article.text, start, end, article.language):
            while last - first > size:
                breaks = [m.start() for m in _WORD_BREAK.finditer(article.text, first + size // 2, first + size)]
                cut = breaks[-1] if breaks else first + size
                yield *_trimmed(article.text, first, cut), kind
                first, _ = _trimmed(article.text, cut, last)
            if first < last:
                yield first, last, kind


def _stretches(article: Article) -> Iterator[tuple[int, int, str]]:
    """The blocks in order, and the text between them as paragraphs."""
    position = 0
    for block in article.blocks:
        if block.kind == "page":
            continue
        if position < block.start:
            yield position, block.start, "paragraph"
        yield block.start, block.end, block.kind
        position = block.end
    if position < len(article.text):
        yield position, len(article.text), "paragraph"


def _without_remainders(spans: list[tuple[int, int, bool]], size: int) -> list[tuple[int, int, bool]]:
    joined: list[tuple[int, int, bool]] = []
    for start, end, caption in spans:
        if joined and end - start < size // 4 and joined[-1][2] == caption and end - joined[-1][0] <= size * 5 // 4:
            joined[-1] = (joined[-1][0], end, caption)
        else:
            joined.append((start, end, caption))
    return joined


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
