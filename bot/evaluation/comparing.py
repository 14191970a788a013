"""Two runs over the same questions, side by side: what changed, and whether chance alone would explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.metrics import METRICS, Table
from bot.evaluation.resampling import DRAWS, FloatArray, bootstrap_weights, clusters, interval
from bot.evaluation.rows import Outcome, Row
from bot.evaluation.scoring import outcome

_SEED = 0
_TOLERANCE = 1e-9  # two swaps that differ by less are equally far
_GOOD: dict[Outcome, int] = {"right": 2, "rightly refused": 2, "wrong citation": 1}


@dataclass(frozen=True, slots=True)
class Paired:
    """A metric in both runs over the questions of both; ``difference`` is new - old, with its 95 % interval.

    ``p``: how likely a difference as large would be if the runs were alike. ``n``: the questions that count in either
    run. None stands where nothing counts.
    """

    name: str
    new: float | None
    old: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose outcome is another one now; ``better`` is None where neither is better than the other."""

    id: str
    question: str
    before: Outcome
    after: Outcome
    better: bool | None
    before_text: str
    after_text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the ``n`` questions that both asked, and the ids of the questions that only one of them did."""

    n: int
    paired: tuple[Paired, ...]
    changed: tuple[Change, ...]
    only_new: tuple[str, ...]
    only_old: tuple[str, ...]


def compare(new: Sequence[Row], old: Sequence[Row], price: tuple[float, float] | None = None) -> Comparison:
    """Every metric of two runs with a paired test, in the order of METRICS, and the questions that changed.

    Questions are paired by id; ``price`` is that of ``metrics.measure``. The test is a two-sided randomisation test
    (Smucker, Allan and Carterette, 2007): were the runs alike, each cluster of questions could as well have got its
    replies from the other run. Intervals come from the bootstrap over the same clusters.
    """
    by_id = {row.gold.id: row for row in old}
    pairs = sorted(((row, by_id[row.gold.id]) for row in new if row.gold.id in by_id), key=lambda pair: pair[0].gold.id)
    ids = {row.gold.id for row in new}
    changes = [change for one, other in pairs if (change := _change(one, other))]
    return Comparison(
        n=len(pairs),
        paired=_paired([pair[0] for pair in pairs], [pair[1] for pair in pairs], price),
        changed=tuple(sorted(changes, key=lambda change: (change.better is not False, change.better is None))),
        only_new=tuple(row.gold.id for row in new if row.gold.id not in by_id),
        only_old=tuple(row.gold.id for row in old if row.gold.id not in ids),
    )


def worse(comparison: Comparison, level: float = 0.05) -> tuple[Paired, ...]:
    """The metrics that hold a gate and got worse by more than chance explains, or that nothing counts in any more."""
    return tuple(one for one in comparison.paired if METRICS[one.name].gate and _is_worse(one, level))


def _is_worse(one: Paired, level: float) -> bool:
    more_is_better = METRICS[one.name].better == "higher"
    if one.difference is None or one.p is None:
        lost = one.new is None and one.old is not None
        return lost and not (more_is_better and one.old == 0)  # from 0 it cannot have got worse
    fell = one.difference < 0 if more_is_better else one.difference > 0
    return fell and one.p < level


def _paired(new: Sequence[Row], old: Sequence[Row], price: tuple[float, float] | None) -> tuple[Paired, ...]:
    count = len(new)
    table = Table([*new, *old], price)
    groups = clusters([*new, *old])[:count]  # the clusters of both runs: an article may have been added between them
    rng = np.random.default_rng(_SEED)
    whole = np.ones((1, count))
    swapped = rng.integers(2, size=(DRAWS, int(groups.max()) + 1 if count else 0))[:, groups].astype(np.float64)
    drawn = bootstrap_weights(groups, DRAWS, rng)
    observed_new = table.values(_beside(whole, 0 * whole))
    observed_old = table.values(_beside(0 * whole, whole))
    by_chance = _differences(table, _beside(1 - swapped, swapped), _beside(swapped, 1 - swapped))
    sampled = _differences(table, _beside(drawn, 0 * drawn), _beside(0 * drawn, drawn))
    found = []
    for name in METRICS:
        value, before = float(observed_new[name][0]), float(observed_old[name][0])
        counted = table.counted(name)
        n = int((counted[:count] | counted[count:]).sum())
        difference, low, high, p = _tested(round(value - before, 12), by_chance[name], sampled[name])
        found.append(Paired(name, _known(value), _known(before), difference, low, high, p, n))
    return tuple(found)


def _tested(
    difference: float, by_chance: FloatArray, sampled: FloatArray
) -> tuple[float | None, float | None, float | None, float | None]:
    """The difference, its interval and p; draws in which nothing counts on one side are left out."""
    if not np.isfinite(difference):
        return None, None, None, None
    chances = by_chance[np.isfinite(by_chance)]
    as_far = int((np.abs(chances) >= abs(difference) - _TOLERANCE).sum())
    low, high = interval(sampled) or (difference, difference)
    return difference, low, high, (as_far + 1) / (chances.size + 1)


def _differences(table: Table, ours: FloatArray, theirs: FloatArray) -> dict[str, FloatArray]:
    first, second = table.values(ours), table.values(theirs)
    return {name: first[name] - second[name] for name in METRICS}


def _beside(new: FloatArray, old: FloatArray) -> FloatArray:
    """Weights of the rows of both runs, the new run's first."""
    return np.concatenate([new, old], axis=1)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _change(new: Row, old: Row) -> Change | None:
    after, before = outcome(new), outcome(old)
    if after == before:
        return None
    better: bool | None = None
    if "unjudged" not in (after, before) and _GOOD.get(after, 0) != _GOOD.get(before, 0):
        better = _GOOD.get(after, 0) > _GOOD.get(before, 0)
    return Change(new.gold.id, new.gold.question, before, after, better, _text(old), _text(new))


def _text(row: Row) -> str:
    return row.reply.text if row.reply else row.failed or ""
