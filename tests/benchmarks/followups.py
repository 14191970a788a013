"""What the turns before a question add to the search, and what they cost where the question starts something new.

On ``threads``: the questions with history that name articles, and as many changes of topic, which are these and
the questions without history, each behind the turns of another conversation. The weights are chosen on nine
tenths of the conversations and judged on the last; what is shipped is judged beside that.
"""

from __future__ import annotations

import itertools
import random
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers import finished
from bot.app import App, open_app
from bot.composing import Turn
from bot.evaluation.gold import Gold, read_gold
from bot.followups import Followup, Weighing, standalone, understand
from config import Secrets
from config.layers import load
from tests.benchmarks.tables import Cell, Grid, Section
from tests.benchmarks.workers import telling

SET = "threads"
FLOOR = 0.92
FOLDS, _CHANGES, _SEED, _DRAWS = 10, 1, 1, 4000
_METRICS = ("recall@5", "mrr@10", "hit@1")
_GRID = tuple(
    Weighing(turn, answer, *bounds)
    for turn, answer, bounds in itertools.product((0.5, 1.0), (0.0, 0.5), ((0.05, 0.15), (0.1, 0.3)))
)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question behind some turns, the stories it wants, and whether these turns are its own."""

    question: str
    history: tuple[Turn, ...]
    stories: frozenset[str]
    fold: int
    own: bool


def measure(gold: Path, library: Path) -> Section:
    """Both tables: ranks with and without the turns before, and what they cost in time."""
    telling(f"followups {gold.parent.name}")
    with open_app(load(library=library, overrides=["chat.model=none"]), Secrets()) as app:
        cases = _cases(app, read_gold(gold).questions)
        tried = _Trying(app)
        shipped = tried.with_weights(cases, Weighing())
        ways = {
            "the last turn as typed": tried.scores(cases, lambda case: Followup(case.question)),
            "standalone by rules, alone": tried.scores(
                cases, lambda case: Followup(standalone(case.question, case.history))
            ),
            "the same and with the turn before, always": tried.scores(cases, partial(tried.understood, always=True)),
            "as shipped": shipped,
            "as shipped, weights chosen without the fold": _held_out(cases, tried),
            "as shipped, and what we cited in the turn before": tried.scores(cases, tried.citing),
        }
        costs = tried.seconds(cases)
    own = np.array([case.own for case in cases])
    figures = {
        "questions": int(own.sum()),
        "changes": int((~own).sum()),
        "ways": {
            name: {
                group: dict(zip(_METRICS, map(_interval, scores[mask].T), strict=True))
                for group, mask in (("followups", own), ("changes", ~own))
            }
            for name, scores in ways.items()
        },
        "seconds_p50": costs,
        "reached": float(shipped[own, 0].mean()) >= FLOOR,
    }
    return Section(figures, [_grid(figures)])


class _Trying:
    """Searches with one library in several ways; the same search is made once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._search = app._search
        self._found: dict[Followup, list[str]] = {}
        self._cited: dict[tuple[Turn, ...], tuple[str, ...]] = {}

    def scores(self, cases: Sequence[Case], way: Callable[[Case], Followup]) -> Floats:
        """Recall at 5, reciprocal rank and hit at 1 of every case."""
        return np.array([_score(self._stories(way(case)), case.stories) for case in cases])

    def with_weights(self, cases: Sequence[Case], weighing: Weighing) -> Floats:
        """The same as ``scores`` for what would be shipped with these weights."""
        return self.scores(cases, partial(self.understood, weighing=weighing))

    def understood(self, case: Case, *, weighing: Weighing = Weighing(), always: bool = False) -> Followup:
        """What the chain makes of a case; ``always``: as if no question ever started something new."""
        similarities = None if always else self._search.similarities
        return understand(case.question, case.history, similarities, weighing=weighing)

    def citing(self, case: Case) -> Followup:
        """The same with the articles that our own answer to the turn before cites, as a real conversation has them."""
        *earlier, last = case.history
        if case.history not in self._cited:
            answer = finished(self._app.ask(last.question, history=earlier))
            self._cited[case.history] = tuple(citation.article.id for citation in answer.citations)
        turn = Turn(last.question, last.answer, self._cited[case.history])
        return understand(case.question, (*earlier, turn), self._search.similarities)

    def seconds(self, cases: Sequence[Case]) -> dict[str, float]:
        """Medians over follow-ups whose vectors nobody has asked for yet, but for those of the turns before."""
        own = [case for case in cases if case.own]
        taken: dict[str, list[float]] = {"the question alone": [], "with the turns before": []}
        for case in own:
            for name, history in (("the question alone", ()), ("with the turns before", case.history)):
                search = type(self._search)(self._app.library, self._search._ranking)
                search.similarities("warm", [turn.question for turn in history])
                began = time.perf_counter()
                followup = understand(case.question, history, search.similarities)
                search.find(followup.standalone, alternatives=followup.alternatives)
                taken[name].append(time.perf_counter() - began)
        return {name: float(np.median(seconds)) for name, seconds in taken.items()}

    def _stories(self, followup: Followup) -> list[str]:
        if followup not in self._found:
            hits, _ = self._search.find(followup.standalone, alternatives=followup.alternatives, cited=followup.cited)
            self._found[followup] = list(dict.fromkeys(hit.article.copy_of or hit.article.id for hit in hits))
        return self._found[followup]


def _cases(app: App, questions: Sequence[Gold]) -> list[Case]:
    random_ = random.Random(_SEED)
    wanted = [question for question in questions if question.articles]
    articles = app.library.catalogue.articles([id_ for question in wanted for id_ in question.articles])
    stories = {
        question.id: frozenset(articles[id_].copy_of or id_ for id_ in question.articles if id_ in articles)
        for question in wanted
    }
    histories = [(question.id, question.history) for question in questions if question.history]
    cases = []
    for question in wanted:
        fold = zlib.crc32(question.id.partition("<")[0].encode()) % FOLDS
        if question.history:
            cases.append(Case(question.question, question.history, stories[question.id], fold, True))
        others = [
            history
            for id_, history in histories
            if id_ != question.id and not stories.get(id_, frozenset()) & stories[question.id]
        ]
        for history in random_.sample(others, _CHANGES):
            cases.append(Case(question.question, history, stories[question.id], fold, False))
    return [case for case in cases if case.stories]


def _score(found: Sequence[str], wanted: frozenset[str]) -> tuple[float, float, float]:
    rank = next((rank for rank, story in enumerate(found[:10], start=1) if story in wanted), 0)
    return len(wanted & set(found[:5])) / len(wanted), 1 / rank if rank else 0.0, float(rank == 1)


def _held_out(cases: Sequence[Case], tried: _Trying) -> Floats:
    """Every case under the weights that are best on the other folds, follow-ups and changes counting alike."""
    scores = {weighing: tried.with_weights(cases, weighing) for weighing in _GRID}
    own, folds = np.array([case.own for case in cases]), np.array([case.fold for case in cases])
    held = np.zeros((len(cases), len(_METRICS)))
    for fold in range(FOLDS):
        rest = folds != fold
        worth = {weighing: of[rest & own, :2].mean() + of[rest & ~own, :2].mean() for weighing, of in scores.items()}
        held[folds == fold] = scores[max(worth, key=lambda weighing: worth[weighing])][folds == fold]
    return held


def _interval(values: Floats) -> dict[str, float]:
    drawn = np.random.default_rng(_SEED).integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), (2.5, 97.5))
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def _grid(figures: dict[str, Any]) -> Grid:
    rows: list[list[Cell]] = []
    for name, groups in figures["ways"].items():
        own, changes = groups["followups"], groups["changes"]
        recall = own["recall@5"]
        rows.append(
            [
                name,
                f"{recall['value']:.3f} ({recall['low']:.3f} to {recall['high']:.3f})",
                *(f"{own[metric]['value']:.3f}" for metric in _METRICS[1:]),
                *(f"{changes[metric]['value']:.3f}" for metric in _METRICS),
            ]
        )
    seconds = ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in figures["seconds_p50"].items())
    notes = [
        f"{figures['questions']} follow-ups, {figures['changes']} changes of topic. Wanted of recall@5 of follow-ups: "
        f"{FLOOR}: {'reached' if figures['reached'] else 'NOT reached'}.",
        f"Understanding and searching, median: {seconds}.",
    ]
    columns = ("", *(f"follow-ups {name}" for name in _METRICS), *(f"new topics {name}" for name in _METRICS))
    return Grid("Follow-ups of conversations, by article, a copy counting as its original", columns, rows, notes)
