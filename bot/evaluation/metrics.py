"""The metrics of a run: what each is called and means, its value, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.ranking import ranking_scores
from bot.evaluation.resampling import (
    DRAWS,
    FloatArray,
    IntArray,
    bootstrap_weights,
    clusters,
    exact_interval,
    interval,
)
from bot.evaluation.rows import Row
from bot.evaluation.scoring import Score, scores, sureness

Group = Literal["retrieval", "answers", "citations", "refusals", "effort"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as reports show it; ``gate``: whether ``--fail-if-worse`` heeds it."""

    name: str
    group: Group
    better: Literal["higher", "lower"]
    about: str
    gate: bool


METRICS: dict[str, Metric] = {
    "hit@1": Metric("hit@1", "retrieval", "higher", "the first article found is a gold article", True),
    "hit@4": Metric("hit@4", "retrieval", "higher", "a gold article is among the first 4 found", True),
    "hit@10": Metric("hit@10", "retrieval", "higher", "a gold article is among the first 10 found", True),
    "mrr@10": Metric("mrr@10", "retrieval", "higher", "1 / rank of the first gold article, 0 beyond rank 10", True),
    "recall@5": Metric("recall@5", "retrieval", "higher", "share of gold articles among the first 5 found", True),
    "recall@10": Metric("recall@10", "retrieval", "higher", "share of gold articles among the first 10 found", True),
    "ndcg@10": Metric(
        "ndcg@10", "retrieval", "higher", "gold articles among the first 10, early ones weigh more", True
    ),
    "answer_in@1": Metric("answer_in@1", "retrieval", "higher", "a gold answer stands in the first passage", True),
    "answer_in@4": Metric("answer_in@4", "retrieval", "higher", "a gold answer stands in the first 4 passages", True),
    "quote_in@4": Metric("quote_in@4", "retrieval", "higher", "one of the first 4 passages holds a gold quote", True),
    "answer_contains": Metric("answer_contains", "answers", "higher", "a gold answer stands in the answer", True),
    "answer_words": Metric("answer_words", "answers", "lower", "words of an answer; a refusal has none", False),
    "answer_exact": Metric("answer_exact", "answers", "higher", "the short answer is a gold answer", True),
    "answer_f1": Metric("answer_f1", "answers", "higher", "words that the short answer shares with gold (F1)", True),
    "choice_accuracy": Metric("choice_accuracy", "answers", "higher", "the answer names the right choice", True),
    "sides_shown": Metric("sides_shown", "answers", "higher", "where sources disagree, every side is shown", True),
    "wrong_alone": Metric("wrong_alone", "answers", "lower", "a known wrong answer is given, and no right one", True),
    "citation_gold": Metric("citation_gold", "citations", "higher", "an answer cites gold: its article or quote", True),
    "citation_precision": Metric(
        "citation_precision", "citations", "higher", "share of an answer's citations that it needs, as judged", True
    ),
    "citation_recall": Metric(
        "citation_recall", "citations", "higher", "share of an answer's sentences supported, as judged", True
    ),
    "refusal_precision": Metric(
        "refusal_precision", "refusals", "higher", "share of refusals that were in place", True
    ),
    "refusal_recall": Metric(
        "refusal_recall", "refusals", "higher", "share of unanswerable questions that were refused", True
    ),
    "risk_coverage_area": Metric(
        "risk_coverage_area", "refusals", "lower", "share of wrong answers, averaged over all thresholds", True
    ),
    "brier": Metric("brier", "refusals", "lower", "squared distance of confidence from right (1) or wrong (0)", True),
    "seconds_p50": Metric("seconds_p50", "effort", "lower", "seconds for the median question", False),
    "seconds_p95": Metric("seconds_p95", "effort", "lower", "seconds that 95 % of questions stay under", False),
    "tokens": Metric("tokens", "effort", "lower", "tokens of the chat model for a question", False),
    "cost": Metric("cost", "effort", "lower", "price of these tokens for a question", False),
}
_QUANTILES = {"seconds_p50": 0.5, "seconds_p95": 0.95}
_AREA = "risk_coverage_area"
_UNBOUNDED = ("answer_words", "seconds_p50", "seconds_p95", "tokens", "cost")  # all others lie between 0 and 1
_BLOCK = 250  # draws whose risk curves are computed at once, to bound the memory


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value, its 95 % interval, and how many questions counted; without any, n is 0 and the rest None."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def measure(rows: Sequence[Row], price: tuple[float, float] | None = None, seed: int = 0) -> dict[str, Measured]:
    """Every metric of a run, each with its interval, in the order of METRICS.

    ``price``: of a million input and of a million output tokens; without it there is no cost. The same rows give the
    same figures to the last digit, in whatever order they come.
    """
    rows = sorted(rows, key=lambda row: row.gold.id)
    table = Table(rows, price)
    groups = clusters(rows)
    values = table.values(np.ones((1, len(rows))))
    drawn = table.values(bootstrap_weights(groups, DRAWS, np.random.default_rng(seed)))
    return {name: _measured(table, name, float(values[name][0]), drawn[name], groups) for name in METRICS}


class Table:
    """The scores of rows as arrays, so that thousands of weighted samples of the rows are measured at once."""

    def __init__(self, rows: Sequence[Row], price: tuple[float, float] | None = None) -> None:
        per_row = [
            {**ranking, **scores(row), "cost": _cost(row, price)}
            for row, ranking in zip(rows, ranking_scores(rows), strict=True)
        ]
        self._means = [name for name in METRICS if name not in _QUANTILES and name != _AREA]
        shape = (len(rows), len(self._means))
        self._numerators = np.array([[one[name].numerator for name in self._means] for one in per_row]).reshape(shape)
        self._denominators = np.array([[one[name].denominator for name in self._means] for one in per_row]).reshape(
            shape
        )
        self._seconds = np.array([row.seconds for row in rows], dtype=np.float64)
        self._timed = np.array([row.reply is not None for row in rows], dtype=bool)
        sure = [sureness(row) for row in rows]
        self._covered = np.array([one is not None and one.covered for one in sure], dtype=bool)
        self._confidence = np.array([one.confidence if one else 0.0 for one in sure], dtype=np.float64)
        self._wrong = np.array([one is not None and not one.right for one in sure], dtype=np.float64)

    def counted(self, name: str) -> NDArray[np.bool_]:
        """For each row whether it counts in a metric."""
        if name in _QUANTILES:
            return self._timed
        if name == _AREA:
            return self._covered
        counted: NDArray[np.bool_] = self._denominators[:, self._means.index(name)] > 0
        return counted

    def single(self, name: str) -> FloatArray:
        """The value of each row that counts, as if it were the only one."""
        counted = self.counted(name)
        if name in _QUANTILES:
            return self._seconds[counted]
        if name == _AREA:
            return self._wrong[counted]
        column = self._means.index(name)
        ratio: FloatArray = self._numerators[counted, column] / self._denominators[counted, column]
        return ratio

    def values(self, weights: FloatArray) -> dict[str, FloatArray]:
        """Each metric's value in each draw, by weights of draws x rows that count how often a row was drawn.

        NaN where nothing counts. Rounded to twelve decimals: the order of a sum must not show in the last digits.
        """
        numerators, denominators = weights @ self._numerators, weights @ self._denominators
        means = np.full_like(numerators, np.nan)
        np.divide(numerators, denominators, out=means, where=denominators > 0)
        found = dict(zip(self._means, means.T, strict=True))
        for name, share in _QUANTILES.items():
            found[name] = self._quantiles(weights, share)
        blocks = [self._areas(weights[start : start + _BLOCK]) for start in range(0, len(weights), _BLOCK)]
        found[_AREA] = np.concatenate(blocks) if blocks else np.zeros(0)
        return {name: np.round(found[name], 12) for name in METRICS}

    def _quantiles(self, weights: FloatArray, share: float) -> FloatArray:
        """The quantile of the seconds of each draw, interpolated between neighbours as numpy does by default."""
        timed = np.flatnonzero(self._timed)
        order = timed[np.argsort(self._seconds[timed], kind="stable")]
        seconds, upto = self._seconds[order], np.cumsum(weights[:, order], axis=1)
        found = np.full(len(weights), np.nan)
        for draw in np.flatnonzero(upto[:, -1] > 0) if order.size else ():
            place = share * (upto[draw, -1] - 1)
            low, high = np.searchsorted(upto[draw], [np.floor(place), np.ceil(place)], side="right")
            found[draw] = seconds[low] + (place - np.floor(place)) * (seconds[high] - seconds[low])
        return found

    def _areas(self, weights: FloatArray) -> FloatArray:
        """The area under the risk-coverage curve of each draw (AURC; Geifman and El-Yaniv, 2017).

        Questions of equal confidence are answered or refused together, so they share the risk at the end of their tie.
        """
        covered = np.flatnonzero(self._covered)
        found = np.full(len(weights), np.nan)
        if not covered.size:
            return found
        order = covered[np.argsort(-self._confidence[covered], kind="stable")]
        ends = np.append(np.flatnonzero(np.diff(self._confidence[order])), order.size - 1)
        answered = np.cumsum(weights[:, order], axis=1)[:, ends]
        wrong = np.cumsum(weights[:, order] * self._wrong[order], axis=1)[:, ends]
        risk = np.divide(wrong, answered, out=np.zeros_like(wrong), where=answered > 0)
        total = (np.diff(answered, axis=1, prepend=0.0) * risk).sum(axis=1)
        np.divide(total, answered[:, -1], out=found, where=answered[:, -1] > 0)
        return found


def _measured(table: Table, name: str, value: float, drawn: FloatArray, groups: IntArray) -> Measured:
    counted = table.counted(name)
    n = int(counted.sum())
    if not n:
        return Measured(None, None, None, 0)
    low, high = interval(drawn) or (value, value)
    count = np.unique(groups[counted]).size
    single = table.single(name)
    certain = np.all(single == single[0]) and single[0] in (0.0, 1.0)
    if name not in _UNBOUNDED and (certain or count == 1):
        low, high = exact_interval(value, count)
    return Measured(value, low, high, n)


def _cost(row: Row, price: tuple[float, float] | None) -> Score:
    if price is None:
        return Score(0.0, 0.0)
    if row.reply is None:
        return Score(0.0, 1.0)
    return Score((row.reply.input_tokens * price[0] + row.reply.output_tokens * price[1]) / 1e6, 1.0)
