"""The threshold of confidence at which the answers that are still given are wrong no more often than one accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answers import BotError
from bot.evaluation.resampling import DRAWS, FloatArray, IntArray, bootstrap_weights, clusters, interval
from bot.evaluation.rows import Row
from bot.evaluation.scoring import Sureness, sureness

Flags = NDArray[np.bool_]

_FEWEST_QUESTIONS = 20  # that a threshold may rest on
_FEWEST_ANSWERED = 10  # of them with an answer above it
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and what it does to the ``n`` questions that it was chosen on, ``unanswerable`` of them.

    ``risk`` is the share of wrong ones among the ``answered``, with its 95 % interval; ``expected_risk`` the same on
    questions that the threshold was not chosen on, by cross-validation over articles and conversations; None where no
    fold answered any.
    """

    threshold: float
    n: int
    unanswerable: int
    answered: int
    wrong: int
    risk: float
    low: float
    high: float
    expected_risk: float | None
    refused_unanswerable: int


def calibrate(rows: Sequence[Row], risk: float, *, seed: int = 0) -> Calibration:
    """The lowest threshold whose answers are wrong in at most the share ``risk``: the most answers at that risk.

    Rests on the questions whose gold states whether they are answerable; an answer to an unanswerable one is wrong.
    The method is selective classification by a threshold on confidence (Geifman and El-Yaniv, 2017), without their
    guarantee for the worst case, which few gold files are large enough for. Raises BotError where too few questions
    count, or no threshold is good enough.
    """
    counted = [(row, one) for row in rows if (one := sureness(row)) is not None]
    if len(counted) < _FEWEST_QUESTIONS:
        raise BotError(
            f"a threshold needs at least {_FEWEST_QUESTIONS} questions with “answerable” and something to judge an "
            f"answer by; here there are {len(counted)}"
        )
    sure = [pair[1] for pair in counted]
    threshold = _threshold(sure, risk, _FEWEST_ANSWERED)
    if threshold is None:
        raise BotError(f"no threshold keeps the share of wrong answers at {risk:g}; {_best(sure)}")
    above = [one.covered and one.confidence >= threshold for one in sure]
    groups = clusters([row for row, _ in counted])
    low, high = _interval(
        np.array([one.right for one in sure]),
        np.array(above),
        bootstrap_weights(groups, DRAWS, np.random.default_rng(seed)),
    )
    answered, wrong = sum(above), sum(not one.right for one, is_above in zip(sure, above, strict=True) if is_above)
    unanswerable = [row.gold.answerable is False for row, _ in counted]
    return Calibration(
        threshold=threshold,
        n=len(sure),
        unanswerable=sum(unanswerable),
        answered=answered,
        wrong=wrong,
        risk=wrong / answered,
        low=low,
        high=high,
        expected_risk=_cross_validated(sure, groups, risk, seed),
        refused_unanswerable=sum(u and not a for u, a in zip(unanswerable, above, strict=True)),
    )


def _threshold(sure: Sequence[Sureness], risk: float, fewest: int) -> float | None:
    """Half-way between the last answer that is still given and the next one, which is not."""
    covered = sorted((one for one in sure if one.covered), key=lambda one: -one.confidence)
    wrong = 0
    chosen: float | None = None
    for place, one in enumerate(covered, start=1):
        wrong += not one.right
        following = covered[place].confidence if place < len(covered) else None
        if following == one.confidence or place < fewest or wrong > risk * place:
            continue
        chosen = one.confidence if following is None else (one.confidence + following) / 2
    return chosen


def _best(sure: Sequence[Sureness]) -> str:
    """The lowest risk that there is, in words."""
    covered = sorted((one for one in sure if one.covered), key=lambda one: -one.confidence)
    wrong = np.cumsum([not one.right for one in covered])
    places = range(_FEWEST_ANSWERED, len(covered) + 1)
    if not places:
        return f"only {len(covered)} of {len(sure)} questions have an answer at all"
    place = min(places, key=lambda place: (wrong[place - 1] / place, -place))
    return f"the lowest is {wrong[place - 1] / place:.3f}, with {place} of {len(sure)} questions answered"


def _interval(right: Flags, above: Flags, weights: FloatArray) -> tuple[float, float]:
    answered = weights @ above
    with np.errstate(invalid="ignore", divide="ignore"):
        risks = np.where(answered > 0, weights @ (above & ~right) / answered, np.nan)
    return interval(risks) or (0.0, 1.0)


def _cross_validated(sure: Sequence[Sureness], groups: IntArray, risk: float, seed: int) -> float | None:
    """The risk on each fold under the threshold of the others; folds are of whole articles and conversations."""
    folds = np.random.default_rng(seed).permutation(int(groups.max()) + 1)[groups] % _FOLDS
    answered = wrong = 0
    for fold in range(_FOLDS):
        others = [one for one, at in zip(sure, folds, strict=True) if at != fold]
        threshold = _threshold(others, risk, max(1, _FEWEST_ANSWERED * (_FOLDS - 1) // _FOLDS))
        if threshold is None:
            continue
        given = [
            one
            for one, at in zip(sure, folds, strict=True)
            if at == fold and one.covered and one.confidence >= threshold
        ]
        answered += len(given)
        wrong += sum(not one.right for one in given)
    return wrong / answered if answered else None
