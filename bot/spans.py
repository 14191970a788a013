"""How likely each span that a reader marked in the hits is the answer, by its passage and across all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from retrieval.articles import Hit

_RELEVANCE = 1.0  # how much a passage's relevance decides which passage is believed
_ABSENT = 1.0  # how much "not here" holds against the spans of its own passage


def are_read(hits: Sequence[Hit]) -> bool:
    """Whether a reader has read any of the hits."""
    return any(hit.reading for hit in hits)


def chances(hits: Sequence[Hit]) -> Sequence[Sequence[float]]:
    """For each hit the chance of each of its spans; what they lack to 1 is the chance that none is the answer."""
    return _chances(tuple(hits))


@lru_cache(maxsize=8)
def _chances(hits: tuple[Hit, ...]) -> tuple[tuple[float, ...], ...]:
    best = max((hit.reading.relevance for hit in hits if hit.reading), default=0.0)
    believed = [math.exp(_RELEVANCE * (hit.reading.relevance - best)) if hit.reading else 0.0 for hit in hits]
    total = sum(believed) or 1.0
    found = []
    for hit, belief in zip(hits, believed, strict=True):
        spans = hit.reading.spans if hit.reading else ()
        absent = _ABSENT * hit.reading.absent if hit.reading else 0.0
        top = max((span.score for span in spans), default=absent)
        top = max(top, absent)
        odds = [math.exp(span.score - top) for span in spans]
        whole = sum(odds) + math.exp(absent - top)
        found.append(tuple(belief / total * odd / whole for odd in odds))
    return tuple(found)
