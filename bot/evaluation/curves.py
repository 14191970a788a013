"""Two curves of confidence: the risk of answering more, and whether confidence means what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation.rows import Row
from bot.evaluation.scoring import Sureness, sureness


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What a threshold would do: the share of questions answered, and the share of these answers that is wrong."""

    coverage: float
    risk: float
    threshold: float
    answered: int


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions with a confidence from ``low`` up to ``high``: mean confidence, share right, and how many."""

    low: float
    high: float
    confidence: float
    right: float
    n: int


def risk_coverage(rows: Sequence[Row]) -> tuple[RiskPoint, ...]:
    """One point for each confidence at which there is an answer, from the surest down (Geifman and El-Yaniv, 2017).

    Over the questions that ``sureness`` counts. Coverage ends below 1 where some have no answer at any threshold. The
    mean of the risk over the answered questions is the metric ``risk_coverage_area``.
    """
    sure = _counted(rows)
    points: list[RiskPoint] = []
    answered = wrong = 0
    by_confidence: dict[float, list[Sureness]] = defaultdict(list)
    for one in sure:
        if one.covered:
            by_confidence[one.confidence].append(one)
    for confidence in sorted(by_confidence, reverse=True):
        answered += len(by_confidence[confidence])
        wrong += sum(not one.right for one in by_confidence[confidence])
        points.append(RiskPoint(answered / len(sure), wrong / answered, confidence, answered))
    return tuple(points)


def reliability(rows: Sequence[Row], bins: int = 10) -> tuple[Bin, ...]:
    """Confidence against the share that is right, in bins of equal width from 0 to 1; empty bins are left out."""
    held: dict[int, list[Sureness]] = defaultdict(list)
    for one in _counted(rows):
        held[min(int(one.confidence * bins), bins - 1)].append(one)
    return tuple(
        Bin(
            low=index / bins,
            high=(index + 1) / bins,
            confidence=sum(one.confidence for one in held[index]) / len(held[index]),
            right=sum(one.right for one in held[index]) / len(held[index]),
            n=len(held[index]),
        )
        for index in sorted(held)
    )


def _counted(rows: Sequence[Row]) -> list[Sureness]:
    return [one for one in map(sureness, rows) if one is not None]
