"""Fits when a second article's sentence is another answer, and measures what disagreements show and how often wrongly.

Pairs of sentences of different articles: the likeliest answer and another article's best sentence, where each gives
something of the expected kind that the other does not. Positive where, in ``conflicting-sources``, the second holds an
answer, right or wrong, that the first does not. ``encyclopedia`` and ``newsqa`` have one right answer to a question:
every pair of theirs is negative. Folds are by question there and by gold article here, so nothing is judged by what it
was fitted on.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot import disagreements
from bot.app import open_app
from bot.composing import Draft, Request
from bot.composing.extractive import compose
from bot.disagreements import best_of_each, conflict, pair_signals, stances_of
from bot.evaluation.gold import Gold, read_gold
from bot.evaluation.matching import stands, words
from bot.relevance import asked
from bot.stances import apart, kind_of
from config import Secrets
from config.layers import load
from retrieval.articles import Filters, Hit
from tests.benchmarks.tables import Grid, Section

FOLDS = 5
CONFLICTING = "conflicting-sources"
ORDINARY = ("encyclopedia", "newsqa")
MOST_ORDINARY = 0.05  # share of ordinary questions that may be shown a disagreement
Found = tuple[Gold, tuple[Hit, ...]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that give different answers, as the model sees them, and whether the second is one."""

    fold: int
    signals: Mapping[str, float]
    answers: bool


def found(gold: Path, library: Path) -> list[Found]:
    """The answerable questions of a gold file with their hits."""
    with open_app(load(library=library), Secrets()) as app:
        return [
            (question, app.search(question.question, _filters(question), question.asked_at)[0])
            for question in read_gold(gold).questions
            if question.answerable is not False
        ]


def ingest(articles: Path, library: Path) -> None:
    """Read an ``articles.jsonl`` whose lines name their collections into a library; nothing to do where it stands."""
    with open_app(load(library=library), Secrets()) as app:
        for _ in app.ingest([str(articles)]):
            pass


def _filters(question: Gold) -> Filters:
    return Filters(collections=(question.collection,)) if question.collection else Filters()


def fold_of(question: Gold) -> int:
    """The same for all questions of one article, or of one collection."""
    key = question.collection or (question.articles[0] if question.articles else question.id)
    return zlib.crc32(key.encode()) % FOLDS


def pairs(rows: Sequence[Found], *, conflicting: bool) -> Iterator[Pair]:
    """The pairs of all questions."""
    for question, hits in rows:
        kind, stances = kind_of(question.question), best_of_each(stances_of(question.question, hits))
        for other in stances[1:] if kind != "yes or no" else ():
            one = stances[0]
            if not apart(kind, one.given, other.given) or not disagreements._comparable(
                question.question, one, other, hits
            ):
                continue
            first, second = words(one.candidate.text), words(other.candidate.text)
            known = (*question.answers, *question.wrong_answers)
            adds = conflicting and any(stands(answer, second) and not stands(answer, first) for answer in known)
            yield Pair(fold_of(question), pair_signals(asked(question.question), one, other, hits), adds)


def fitted(train: Sequence[Pair]) -> tuple[float, dict[str, float]]:
    """Bias and weights, for signals as they are, of a logistic model over standardised ones."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    names = list(train[0].signals)
    matrix = np.array([[pair.signals[name] for name in names] for pair in train])
    mean, scale = matrix.mean(0), matrix.std(0) + 1e-9
    model = LogisticRegression().fit((matrix - mean) / scale, [pair.answers for pair in train])
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ mean), dict(zip(names, map(float, weights), strict=True))


def judged(rows: Mapping[str, Sequence[Found]]) -> dict[str, list[dict[str, float]]]:
    """What is shown for each question by a model that was fitted without its fold."""
    every = all_pairs(rows)
    results: dict[str, list[dict[str, float]]] = {name: [] for name in rows}
    kept = disagreements._BIAS, disagreements._WEIGHTS
    try:
        for fold in range(FOLDS):
            disagreements._BIAS, disagreements._WEIGHTS = fitted([pair for pair in every if pair.fold != fold])
            for name, part in rows.items():
                results[name] += [_shown(*row) for row in part if fold_of(row[0]) == fold]
    finally:
        disagreements._BIAS, disagreements._WEIGHTS = kept
    return results


def all_pairs(rows: Mapping[str, Sequence[Found]]) -> list[Pair]:
    """The pairs of every set; only those of conflicting sources can be positive."""
    return [pair for name, part in rows.items() for pair in pairs(part, conflicting=name == CONFLICTING)]


def _shown(question: Gold, hits: tuple[Hit, ...]) -> dict[str, float]:
    """For one question: whether a disagreement is shown, and its sides beside the single best passage as a whole."""
    disagreement = conflict(question.question, hits)
    drafts = compose(Request(question.question, question.question, hits))
    answer = [draft.text for draft in drafts if isinstance(draft, Draft)]
    texts = [side.text for side in disagreement.sides] if disagreement else []
    shown = {"a disagreement is shown": float(bool(disagreement))}
    passage = [hits[0].passage.text] if hits else []
    for name, said in (("answer with sides", [*answer, *texts]), ("answer alone", answer), ("best passage", passage)):
        heard = [words(text) for text in (" ".join(said), *said)]
        right = [_stand((answer,), heard) for answer in question.answers]
        if len(question.sides) > 1:
            shown[f"{name}: every side is shown"] = float(all(right))
        if question.wrong_answers:
            shown[f"{name}: wrong alone"] = float(_stand(question.wrong_answers, heard) and not any(right))
    return shown


def _stand(wordings: Sequence[str], heard: Sequence[Sequence[str]]) -> bool:
    return any(stands(wording, text) for wording in wordings for text in heard)


def section(rows: Mapping[str, Sequence[Found]]) -> Section:
    """The model that all pairs give, and the shares that cross-validation gives, with 95 % intervals over questions."""
    bias, weights = fitted(all_pairs(rows))
    cells = {name: _intervals(shown) for name, shown in judged(rows).items()}
    ordinary = [cells[name]["a disagreement is shown"] for name in rows if name != CONFLICTING]
    figures = {
        "weights": {"bias": bias, **weights},
        "cross-validated": cells,
        "reached": all(cell["value"] < MOST_ORDINARY for cell in ordinary),
    }
    lines = [
        (f"{name}: {measure}", f"{cell['value']:.3f}", f"{cell['low']:.3f}-{cell['high']:.3f}", cell["n"])
        for name, measures in cells.items()
        for measure, cell in measures.items()
    ]
    notes = [f"Fitted on all pairs: bias {bias:.2f}, " + ", ".join(f"{name} {w:.2f}" for name, w in weights.items())]
    return Section(figures, [Grid("Disagreements", ("what", "share", "95 %", "questions"), lines, notes)])


def _intervals(shown: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(0)
    found = {}
    for measure in dict.fromkeys(name for one in shown for name in one):
        values = np.array([one[measure] for one in shown if measure in one])
        means = rng.choice(values, (2000, len(values))).mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        found[measure] = {"value": float(values.mean()), "low": float(low), "high": float(high), "n": len(values)}
    return found
