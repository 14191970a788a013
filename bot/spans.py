"""How likely each span that a reader marked in the hits is the answer, by its passage and across all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from retrieval.articles import Hit

BELIEF = 0.3  # power of a hit's score by which its passage is believed: agreement of several counts for more
_ABSENT = 2.0  # taken from the logit of "not here", beside the spans of its own passage


def are_read(hits: Sequence[Hit]) -> bool:
    """Whether a reader has read any of the hits."""
    return any(hit.reading for hit in hits)


def chances(hits: Sequence[Hit]) -> Sequence[Sequence[float]]:
    """For each hit the chance of each of its spans; what they lack to 1 is the chance that none is the answer."""
    return _chances(tuple(hits))


@lru_cache(maxsize=8)
def _chances(hits: tuple[Hit, ...]) -> tuple[tuple[float, ...], ...]:
    best = max((hit.score for hit in hits), default=1.0)
    believed = [(hit.score / best) ** BELIEF if hit.reading else 0.0 for hit in hits]
    total = sum(believed) or 1.0
    found = []
    for hit, belief in zip(hits, believed, strict=True):
        spans = hit.reading.spans if hit.reading else ()
        absent = hit.reading.absent - _ABSENT if hit.reading else 0.0
        top = max((span.score for span in spans), default=absent)
        top = max(top, absent)
        odds = [math.exp(span.score - top) for span in spans]
        whole = sum(odds) + math.exp(absent - top)
        found.append(tuple(belief / total * odd / whole for odd in odds))
    return tuple(found)
