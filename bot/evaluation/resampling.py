"""How far a figure would move with other questions: resampling of what questions share, and intervals from it.

Questions about one article, or of one conversation, are right and wrong together; drawing them one by one would claim
more certainty than there is. So whole clusters are drawn (Davison and Hinkley, "Bootstrap Methods", 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.rows import Row

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DRAWS = 2_000
LEVEL = 0.95


def clusters(rows: Sequence[Row]) -> IntArray:
    """For each row the number of its cluster, counted from 0 in order of appearance.

    Rows belong together that share a gold article, a story, an article with a gold quote, or a conversation, which its
    first question names; so do rows that each share something with a third.
    """
    parents = list(range(len(rows)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    first: dict[Hashable, int] = {}
    for index, row in enumerate(rows):
        for key in _shared(row):
            other, own = root(first.setdefault(key, index)), root(index)
            parents[max(other, own)] = min(other, own)
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(index), len(numbers)) for index in range(len(rows))], dtype=np.int64)


def bootstrap_weights(clusters: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """How often each question is in each draw, draws x questions: as many clusters as there are, with replacement."""
    count = int(clusters.max()) + 1 if clusters.size else 0
    if not count:
        return np.zeros((draws, 0))
    drawn = rng.integers(count, size=(draws, count)) + count * np.arange(draws)[:, None]
    times = np.bincount(drawn.ravel(), minlength=draws * count).reshape(draws, count)
    return times[:, clusters].astype(np.float64)


def interval(values: FloatArray) -> tuple[float, float] | None:
    """The middle 95 % of the draws; None where nothing counted in any. NaN marks a draw in which nothing did."""
    counted = values[np.isfinite(values)]
    if not counted.size:
        return None
    low, high = np.quantile(counted, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(low), 12), round(float(high), 12)


def exact_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that is all (1.0) or nothing (0.0) of ``count`` independent trials.

    Draws from trials that all agree agree too, so the bootstrap would call ten right answers out of ten certain. The
    bound of Clopper and Pearson (1934) does not: with ten of ten the true share may be as low as .69. A share in
    between, which is that of a single cluster, says nothing about other clusters: 0 to 1.
    """
    reach = float(((1 - LEVEL) / 2) ** (1 / count))
    if share in (0.0, 1.0):
        return (0.0, 1 - reach) if share == 0.0 else (reach, 1.0)
    return 0.0, 1.0


def _shared(row: Row) -> Iterable[tuple[str, Any]]:
    """What makes a row belong with others."""
    history = row.gold.history
    opening = history[0].question if history else row.gold.question
    yield "conversation", " ".join(opening.casefold().split())
    for article in (*row.stories, *row.gold.articles, *(span.article_id for span in row.quoted)):
        yield "article", article
