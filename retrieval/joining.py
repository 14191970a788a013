"""Passages that follow each other in an article become one hit."""

from __future__ import annotations

from dataclasses import replace

from retrieval.articles import AnswerSpan, Hit, Reading


def joined(hits: list[Hit]) -> list[Hit]:
    """Joins passages that follow each other; the joined hit keeps the best one's rank, score and span."""
    joined: list[Hit] = []
    for hit in hits:
        place = len(joined)
        for n in range(len(joined) - 1, -1, -1):  # a passage between two hits joins both, into the better one
            merged = _merged(joined[n], hit)
            if merged:
                hit = merged
                if place < len(joined):
                    del joined[place]
                place = n
        joined[place : place + 1] = [hit]
    return joined


def _merged(better: Hit, hit: Hit) -> Hit | None:
    one, other = better.passage, hit.passage
    if one.article_id != other.article_id:
        return None
    text = better.article.text
    start, end = min(one.start, other.start), max(one.end, other.end)
    between = text[one.end : other.start] if one.end <= other.start else text[other.end : one.start]
    if between.strip() or start == end:
        return None
    passage = replace(one, start=start, end=end, text=text[start:end])
    return replace(better, passage=passage, reading=_read_together(better.reading, hit.reading))


def _read_together(better: Reading | None, reading: Reading | None) -> Reading | None:
    """The reading of two passages that were joined: the better one's, with the spans of both."""
    if better is None or reading is None:
        return better or reading
    spans: dict[tuple[int, int], AnswerSpan] = {}
    for span in (*better.spans, *reading.spans):
        spans[span.start, span.end] = max(span, spans.get((span.start, span.end), span), key=lambda one: one.score)
    return replace(better, spans=tuple(sorted(spans.values(), key=lambda span: -span.score)))
