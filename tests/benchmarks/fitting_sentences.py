"""The weights by which the sentences of a question's hits are ranked, and how often the one on top holds the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.matching import stands, tokens, words
from bot.relevance import WEIGHTS, WEIGHTS_READ, ranked
from tests.benchmarks.collecting import Found, shared_out
from tests.benchmarks.fitting import FOLDS, READERS, SEED, Floats
from tests.benchmarks.tables import Cell, Grid, Section
from tests.benchmarks.workers import telling

_LONGEST_ANSWER = 8  # words; a longer one is in nobody's passage word for word


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of one question, their signals, and which of them hold a gold answer."""

    cluster: str
    signals: Floats
    holds: NDArray[np.bool_]


def choices(rows: Sequence[Found]) -> tuple[tuple[str, ...], list[Choice]]:
    """The questions of which some sentences hold a short gold answer and others do not, and the signals' names."""
    telling(f"sentences: {len(rows)} questions")
    made = [made for made in shared_out(_choice, [row for row in rows if row.variant == "whole"]) if made]
    return (made[0][0], [choice for _, choice in made]) if made else ((), [])


def _choice(row: Found) -> tuple[tuple[str, ...], Choice] | None:
    answers = [answer for answer in row.gold.answers if len(tokens(answer)) <= _LONGEST_ANSWER]
    candidates = ranked(row.question, row.hits) if answers else ()
    holds = np.array([any(stands(answer, words(one.text)) for answer in answers) for one in candidates], bool)
    if not holds.any() or holds.all():
        return None
    names = tuple(candidates[0].signals)
    matrix = np.array([[one.signals[name] for name in names] for one in candidates])
    return names, Choice(row.cluster, matrix, holds)


def fit_sentences(rows: Sequence[Found], reader: str) -> Section:
    """The weights of the sentences' signals, and how often the sentence on top holds the answer, against today's."""
    names, made = choices(rows)
    clusters = np.unique([choice.cluster for choice in made], return_inverse=True)[1]
    folds = np.random.default_rng(SEED).permutation(int(clusters.max()) + 1)[clusters] % FOLDS
    models = [_conditional_logit([c for c, at in zip(made, folds, strict=True) if at != f]) for f in range(FOLDS)]
    of_today = WEIGHTS_READ if READERS[reader] else WEIGHTS
    now = np.array([of_today.get(name, 0.0) for name in names])
    lines: list[tuple[Cell, ...]] = []
    for set_ in dict.fromkeys(row.set for row in rows):
        held = [(c, models[f]) for c, f in zip(made, folds, strict=True) if c.cluster.startswith(f"{set_} ")]
        if held:
            refitted = [c.holds[np.argsort(-(c.signals @ weights))] for c, weights in held]
            today = [c.holds[np.argsort(-(c.signals @ now))] for c, _ in held]
            tops = [float(np.mean([h[:k].any() for h in of])) for k in (1, 3) for of in (today, refitted)]
            lines.append((set_, *tops, len(held)))
    weights = _conditional_logit(made)
    pasted = [f'    "{name}": {weight:.2f},' for name, weight in zip(names, weights, strict=True)]
    pasted = [f"WEIGHTS{READERS[reader]} = {{", *pasted, "}"]
    columns = ("", "first, now", "first, refitted", "of three, now", "of three, refitted", "questions")
    figures = {"weights": dict(zip(names, map(float, weights), strict=True)), "holds the answer": lines}
    return Section(
        figures, [Grid(f"The sentence that answers, on other articles, reader {reader}", columns, lines, pasted)]
    )


def _conditional_logit(made: Sequence[Choice]) -> Floats:
    """Weights under which the sentences with the answer are likely among all of their question (McFadden, 1974)."""
    from scipy.optimize import minimize

    matrix = np.concatenate([choice.signals for choice in made])
    holds = np.concatenate([choice.holds for choice in made])
    starts = np.cumsum([0, *(len(choice.holds) for choice in made)])[:-1]
    sizes = np.diff([*starts, len(holds)])

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = matrix @ weights
        odds = np.exp(score - np.repeat(np.maximum.reduceat(score, starts), sizes))
        among = odds / np.repeat(np.add.reduceat(odds, starts), sizes)
        right = odds * holds
        of_right = right / np.repeat(np.add.reduceat(right, starts), sizes)
        likely = np.add.reduceat(among * holds, starts)
        value = -float(np.log(np.maximum(likely, 1e-300)).sum()) + 0.5 * float(weights @ weights)
        return value, matrix.T @ (among - of_right) + weights

    found = minimize(loss, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x)
