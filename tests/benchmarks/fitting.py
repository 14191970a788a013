"""The two small models that decide what is answered: fitted here, run from the plain numbers that this prints.

Sentences (``fitting_sentences``): a conditional logit that ranks the sentences of a question's hits. Confidence: a
logistic model of whether the hits hold the answer, which counts the score of the best sentence: paste the sentences'
weights first, and run this again with ``--reuse`` for those of confidence. Each is fitted twice, for hits that the
reader has read and for hits that it has not. All are judged on articles and conversations that they were not fitted on,
confidence also on whole sets that it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.confidence import confidence, signals
from bot.evaluation.matching import stands, words
from bot.evaluation.rows import Row
from bot.evaluation.scoring import is_right, said
from config import load
from tests.benchmarks.collecting import Found, replied, shared_out
from tests.benchmarks.tables import Cell, Grid, Section
from tests.benchmarks.workers import telling

SETS = ("encyclopedia", "newsqa", "threads", "news-quiz")
WIKI, OWN = "wiki", "own"
FITTED_ON = ("encyclopedia", "newsqa", "threads", WIKI, OWN)
READERS = {"none": "", "local": "_READ"}  # with the ending of the names that their weights have
_UNANSWERABLE = 0.4  # the weight of questions that cannot be answered, in every set
_TAKEN_AWAY = {"whole": 2.0, "article away": 1.0, "answer away": 1.0}  # their shares of that weight
_WEIGHT = 600.0  # of each set, however large
_SHRINKING = 3.0
FOLDS, SEED = 5, 7
_DRAWS = 1000
Floats = NDArray[np.float64]
Ints = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Example:
    """One question as confidence sees it, and what became of it.

    ``holds``: whether the hits can hold the answer. ``right`` and ``contains``: whether the answer without a threshold
    is right, and holds a gold answer; None where that cannot be said. ``shipped``: the confidence of today's model.
    """

    found: Found
    signals: Mapping[str, float]
    right: bool | None
    contains: bool | None
    shipped: float

    @property
    def holds(self) -> bool:
        return self.found.answerable

    @property
    def counted(self) -> bool:
        """Whether gold says that the question is answerable, or is not, and means it."""
        return self.found.gold.answerable is not None or self.found.variant != "whole"


def examples(rows: Sequence[Found]) -> list[Example]:
    """What can be fitted and judged: a question whose answer stands in other articles too is not one without answer."""
    telling(f"confidence: {len(rows)} questions")
    return [example for example in shared_out(_example, rows) if example]


def _example(row: Found) -> Example | None:
    found = signals(row.question, row.hits)
    held = any(stands(answer, words(hit.passage.text)) for answer in row.gold.answers for hit in row.hits)
    if not found or (row.variant != "whole" and held):
        return None
    right, contains, slim = False, False if row.gold.answers else None, replace(row, hits=())
    if row.variant == "whole":
        reply = replied(row)
        right = is_right(Row(row.gold, reply, stories=row.stories), reply)
        text = words(said(reply))
        contains = any(stands(wanted, text) for wanted in row.gold.answers) if row.gold.answers else None
    return Example(slim, found, right, contains, confidence(row.question, row.hits))


@dataclass(frozen=True)
class Model:
    """Coefficients for the signals as they are."""

    names: tuple[str, ...]
    bias: float
    weights: Floats

    def __call__(self, rows: Sequence[Example]) -> Floats:
        matrix = np.array([[row.signals[name] for name in self.names] for row in rows])
        return np.asarray(1 / (1 + np.exp(-(self.bias + matrix @ self.weights))))


def fitted(rows: Sequence[Example], names: Sequence[str]) -> Model:
    """A logistic regression, every set weighing the same, and unanswerable questions the same in every set."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    usable = [row for row in rows if row.counted and row.found.gold.kind != "underspecified"]
    matrix = np.array([[row.signals[name] for name in names] for row in usable])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=1 / _SHRINKING, max_iter=2000)
    model.fit(scaler.transform(matrix), [row.holds for row in usable], sample_weight=_example_weights(usable))
    weights = model.coef_[0] / scaler.scale_
    return Model(tuple(names), float(model.intercept_[0] - weights @ scaler.mean_), weights)


def _example_weights(rows: Sequence[Example]) -> Floats:
    kinds = [(row.found.set, "" if row.holds else row.found.variant) for row in rows]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    away = {set_: sum(_TAKEN_AWAY[v] for s, v in counts if s == set_ and v) for set_, _ in counts}
    shares = {
        (set_, variant): _UNANSWERABLE * _TAKEN_AWAY[variant] / away[set_] if variant else 1 - _UNANSWERABLE
        for set_, variant in counts
    }
    return np.array([_WEIGHT * shares[kind] / counts[kind] for kind in kinds])


def cross_validated(rows: Sequence[Example], names: Sequence[str]) -> Floats:
    """The confidence of each question by a model that saw no question of its article or conversation."""
    clusters = np.unique([row.found.cluster for row in rows], return_inverse=True)[1]
    folds = np.random.default_rng(SEED).permutation(int(clusters.max()) + 1)[clusters] % FOLDS
    sure = np.zeros(len(rows))
    for fold in range(FOLDS):
        held_out = [row for row, at in zip(rows, folds, strict=True) if at == fold]
        train = [r for r, at in zip(rows, folds, strict=True) if at != fold and r.found.set in FITTED_ON]
        sure[folds == fold] = fitted(train, names)(held_out)
    return sure


def other_sets(rows: Sequence[Example], names: Sequence[str]) -> Floats:
    """The confidence of each question by a model that saw no question of its set."""
    sets = np.array([row.found.set for row in rows])
    sure = np.zeros(len(rows))
    for set_ in sorted(set(sets)):
        model = fitted([row for row in rows if row.found.set in FITTED_ON and row.found.set != set_], names)
        sure[sets == set_] = model([row for row in rows if row.found.set == set_])
    return sure


def judged(rows: Sequence[Example], sure: Floats, threshold: float) -> dict[str, float]:
    """Refusal precision and recall, wrongly refused, answers that hold a gold answer, and the Brier score."""
    refused = sure < threshold
    whole = np.array([row.found.variant == "whole" and row.counted for row in rows])
    wanted = np.array([not row.holds for row in rows]) & whole
    has = np.array([row.contains is not None and row.holds for row in rows]) & whole
    contains = np.array([bool(row.contains) for row in rows])
    scored = np.array([row.right is not None for row in rows]) & whole
    right = np.array([bool(row.right) for row in rows])
    return {
        "precision": _share(refused & wanted, refused & whole),
        "recall": _share(refused & wanted, wanted),
        "wrongly refused": _share(refused & whole & ~wanted, whole & ~wanted),
        "contains": _share(contains & has & ~refused, has),
        "contains, none refused": _share(contains & has, has),
        "Brier": float(((sure - right)[scored] ** 2).mean()) if scored.any() else float("nan"),
    }


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def interval(rows: Sequence[Example], sure: Floats, threshold: float, metric: str) -> tuple[float, float]:
    """The 95 % interval of one metric, by a bootstrap over articles and conversations."""
    clusters = np.unique([row.found.cluster for row in rows], return_inverse=True)[1]
    members = [np.flatnonzero(clusters == number) for number in range(int(clusters.max()) + 1)]
    random, values = np.random.default_rng(SEED), []
    for _ in range(_DRAWS):
        drawn = np.concatenate([members[number] for number in random.integers(0, len(members), len(members))])
        values.append(judged([rows[place] for place in drawn], sure[drawn], threshold)[metric])
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)


def reliability(rows: Sequence[Example], sure: Floats) -> list[tuple[Cell, ...]]:
    """Confidence against the share of right answers, in tenths."""
    scored = [(s, bool(row.right)) for s, row in zip(sure, rows, strict=True) if row.counted and row.right is not None]
    lines: list[tuple[Cell, ...]] = []
    for tenth in range(10):
        held = [(s, right) for s, right in scored if min(int(s * 10), 9) == tenth]
        if held:
            mean, right = (float(np.mean(column)) for column in zip(*held, strict=True))
            lines.append((f"{tenth / 10:.1f}–{(tenth + 1) / 10:.1f}", mean, right, len(held)))
    return lines


def fit_confidence(rows: Sequence[Example], reader: str) -> Section:
    """The model of confidence, what it is worth at the default threshold, and what today's is worth."""
    threshold = load(library=Path(), config_file=None).answer.threshold
    names = tuple(rows[0].signals)
    model = fitted([row for row in rows if row.found.set in FITTED_ON], names)
    ways = {
        "as it is": np.array([row.shipped for row in rows]),
        "other articles": cross_validated(rows, names),
        "other sets": other_sets(rows, names),
    }
    lines: list[tuple[Cell, ...]] = []
    figures: dict[str, Any] = {"bias": model.bias, "weights": dict(zip(names, map(float, model.weights), strict=True))}
    for set_ in dict.fromkeys(row.found.set for row in rows):
        held = np.array([row.found.set == set_ for row in rows])
        of = [row for row in rows if row.found.set == set_]
        for way, sure in ways.items():
            metrics = judged(of, sure[held], threshold)
            figures.setdefault(set_, {})[way] = metrics | {
                f"{name} interval": interval(of, sure[held], threshold, name)
                for name in ("precision", "recall", "contains", "Brier")
            }
            lines.append((f"{set_}: {way}", *(None if np.isnan(value) else value for value in metrics.values())))
    whole = np.array([row.found.variant == "whole" for row in rows])
    curve = reliability([row for row in rows if row.found.variant == "whole"], ways["other articles"][whole])
    ending = READERS[reader]
    pasted = [f"_BIAS{ending} = {model.bias:.2f}", f"_WEIGHTS{ending} = {{"]
    pasted += [*(f'    "{n}": {w:.2f},' for n, w in figures["weights"].items()), "}"]
    grids = [
        Grid(f"Confidence, reader {reader}", ("", *metrics), lines, pasted),
        Grid(
            f"Confidence on other articles, all sets, reader {reader}",
            ("confidence", "mean", "right", "questions"),
            curve,
        ),
    ]
    return Section(figures, grids)


def brier(fitted_with: Mapping[str, Section]) -> Section:
    """The Brier scores of all that ``fit_confidence`` gave for the readers, side by side."""
    ways = [(reader, way) for reader in fitted_with for way in ("as it is", "other articles", "other sets")]
    lines: list[tuple[Cell, ...]] = []
    for set_ in SETS:
        held = [fitted_with[reader].figures.get(set_, {}).get(way, {}).get("Brier") for reader, way in ways]
        lines.append((set_, *(None if value is None or np.isnan(value) else value for value in held)))
    columns = ("", *(f"{'read' if reader == 'local' else 'unread'}, {way}" for reader, way in ways))
    return Section(
        {str(line[0]): dict(zip(columns[1:], line[1:], strict=True)) for line in lines}, [Grid("Brier", columns, lines)]
    )
