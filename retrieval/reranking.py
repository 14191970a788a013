"""One score from what the reader and the retrievers make of a passage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import geometric_mean

RETRIEVAL = 4.0  # of the fused score's logarithm, beside the reader's logit
BOOSTS = 4.0  # power of the factors that were made for fused scores, which lie far closer together than readings
_UNREAD = 0.5  # of the least of the scores of those that were read
_LEAST_SHARE = 1e-3  # a retriever may weigh nothing, and so may what it alone has found
NEARNESS = 1 / 8  # power of these odds in fused scores: half of 1 / BOOSTS, as no reading speaks against a date there
_SAME, _FAR = 3, 365  # days of difference that hardly matter, and beyond which no more matter
_WIDEST = 60.0  # logits below the best one; what is farther below counts as that, so that no score is 0


def combined(relevance: float, share: float, factor: float = 1.0, near: float = 1.0) -> float:
    """The logit that a passage holds the answer.

    ``relevance`` is the reader's own, ``share`` what the passage has of the best fused score, ``factor`` what the
    question says of its outlet and the like, in the scale of fused scores, and ``near`` what its date does to the odds.
    """
    of_retrieval = RETRIEVAL * math.log(max(share, _LEAST_SHARE))
    return relevance + of_retrieval + BOOSTS * math.log(factor) + math.log(near)


def nearness(days: Sequence[int | None]) -> list[float]:
    """What the days between its article and the time that is asked about do to each passage's odds; 1 from a year on.

    The odds fall with one over the days. That supposes as many questions about the last day as about the nine before
    it or the ninety before those, of an archive that grows by the same number of articles a day. A passage without a
    date is neither raised nor lowered against the others: it has their geometric mean.
    """
    dated = [max(1.0, (_FAR + _SAME) / (day + _SAME)) for day in days if day is not None]
    mean = geometric_mean(dated) if dated else 1.0
    near = iter(dated)
    return [mean if day is None else next(near) for day in days]


def scores(logits: Sequence[float]) -> list[float]:
    """How likely each of the passages that were read is the one that answers: above 0, and 1 in all."""
    best = max(logits, default=0.0)
    odds = [math.exp(max(logit - best, -_WIDEST)) for logit in logits]
    total = sum(odds)
    return [odd / total for odd in odds]


def unread(least: float, share: float) -> float:
    """The score of a passage that was not read: below the ``least`` of those that were, by its fused score."""
    return _UNREAD * least * max(share, _LEAST_SHARE)
