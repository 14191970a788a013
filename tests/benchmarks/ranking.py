"""Retrieval by article: fused ranks against BM25 alone and dense alone, through the same search, with paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import workers
from tests.benchmarks.datasets import Dataset, asked
from tests.benchmarks.tables import Grid, Section
from tests.benchmarks.workers import telling

BETTER_THAN_BOTH = ("newsqa", "threads", "encyclopedia")
NOT_WORSE = ("news-quiz",)
_RETRIEVERS = {"BM25": ("search.dense_weight=0",), "dense": ("search.lexical_weight=0",), "fused": ()}
_CUT = 10
_SEED, _DRAWS, _AT_ONCE = 7, 10_000, 500
Floats = NDArray[np.float64]


def compare(dataset: Dataset, library: Path) -> Section:
    """The table of one dataset."""
    questions = dataset.findable
    ranks: dict[str, Floats] = {}
    for name, settings in _RETRIEVERS.items():
        telling(f"retrieval {dataset.name}: {name}, {len(questions)} questions")
        with workers.ours(library, "reader.model=none", *settings) as worker:
            gold = sorted({id_ for question in questions for id_ in question["articles"]})
            stories: dict[str, str] = worker.do("stories", ids=gold)
            found: list[list[str]] = worker.do("rank", questions=asked(questions))
        wanted = [{stories[id_] for id_ in question["articles"] if id_ in stories} for question in questions]
        ranks[name] = np.array([_rank(of, stories_) for of, stories_ in zip(found, wanted, strict=True)])
    metrics = {name: _metrics(of) for name, of in ranks.items()}
    reciprocal = {name: _reciprocal(of) for name, of in ranks.items()}
    tests = {name: paired(reciprocal["fused"], reciprocal[name]) for name in ("BM25", "dense")}
    figures = {"questions": len(questions), "metrics": metrics, "fused_against": tests}
    figures["reached"] = _reached(dataset, metrics, tests)
    return Section(figures, [_grid(dataset, figures)])


def paired(ours: Floats, theirs: Floats) -> dict[str, float]:
    """The mean difference, its 95 % bootstrap interval over questions, and the p of a sign-flipping test.

    Two-sided randomisation as Smucker, Allan and Carterette (2007) recommend it for comparing two retrievers.
    """
    difference, random = ours - theirs, np.random.default_rng(_SEED)
    means: list[Floats] = []
    flipped: list[Floats] = []
    for _ in range(0, _DRAWS, _AT_ONCE):
        drawn = random.integers(0, len(difference), (_AT_ONCE, len(difference)))
        means.append(difference[drawn].mean(axis=1))
        flipped.append((random.choice((-1.0, 1.0), (_AT_ONCE, len(difference))) * difference).mean(axis=1))
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    mean = float(difference.mean())
    as_far = int((np.abs(np.concatenate(flipped)) >= abs(mean) - 1e-12).sum())
    return {"difference": mean, "low": float(low), "high": float(high), "p": (as_far + 1) / (_DRAWS + 1)}


def _rank(found: Sequence[str], wanted: set[str]) -> float:
    """The rank of the first story that is wanted, among the first ten; infinity where there is none."""
    return next((float(rank) for rank, story in enumerate(found[:_CUT], start=1) if story in wanted), np.inf)


def _reciprocal(ranks: Floats) -> Floats:
    return 1.0 / ranks


def _metrics(ranks: Floats) -> dict[str, float]:
    metrics = {"mrr@10": float(_reciprocal(ranks).mean())}
    return metrics | {f"hit@{cut}": float((ranks <= cut).mean()) for cut in (1, 4, 10)}


def _reached(dataset: Dataset, metrics: dict[str, dict[str, float]], tests: dict[str, dict[str, float]]) -> bool | None:
    """Whether the fused ranks are where they must be; None for a dataset without such a demand."""
    alone = {name: of["mrr@10"] for name, of in metrics.items() if name != "fused"}
    if dataset.folder.name in BETTER_THAN_BOTH:
        return metrics["fused"]["mrr@10"] > max(alone.values())
    if dataset.folder.name in NOT_WORSE:
        test = tests[max(alone, key=lambda name: alone[name])]
        return not (test["difference"] < 0 and test["p"] < 0.05)
    return None


def _grid(dataset: Dataset, figures: dict[str, Any]) -> Grid:
    columns = ("", *figures["metrics"]["fused"], "fused − this", "95 % interval", "p")
    rows = []
    for name, metrics in figures["metrics"].items():
        test = figures["fused_against"].get(name)
        beside = (f"{test['difference']:+.3f}", f"{test['low']:+.3f} to {test['high']:+.3f}") if test else ("", "")
        rows.append(
            (name, *(f"{value:.3f}" for value in metrics.values()), *beside, f"{test['p']:.4f}" if test else "")
        )
    demand = "above both alone" if dataset.folder.name in BETTER_THAN_BOTH else "not significantly below the better one"
    reached = "reached" if figures["reached"] else "NOT reached"
    notes = [f"{figures['questions']} questions that name an article; wanted of mrr@10: {demand}: {reached}."]
    return Grid(f"Retrieval in {dataset.name}, by article, a copy counting as its original", columns, rows, notes)
