"""The reader: what a question's passages cost to read beside embedding the same tokens, and what 8 bits change.

Passages are stretches of a set's articles. The two models take turns within every round, so that whatever else the
machine does meets both.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.articles import Article, Reading
from retrieval.embedding import MiniLM
from retrieval.reading import Reader, Text
from retrieval.splitting import split
from tests.benchmarks.datasets import Dataset
from tests.benchmarks.tables import Grid, Section
from tests.benchmarks.workers import telling

SET = "newsqa"
PASSAGES, CHARACTERS = 16, 800
MOST = 1.3  # times what embedding the same tokens takes
_ROUNDS, _WARM = 40, 3
_COMPARED = 150  # questions that both precisions read
_SEED, _DRAWS = 7, 5_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Round:
    """The seconds of one question's passages, and the tokens that each model read of them."""

    reader: float
    embedder: float
    reader_tokens: int
    embedder_tokens: int

    @property
    def ratio(self) -> float:
        """Of the times for a token."""
        return (self.reader / self.reader_tokens) / (self.embedder / self.embedder_tokens)


def measure(dataset: Dataset, full: Path | None) -> Section:
    """``full``: the reader in full precision, as its build script writes it; without it nothing is compared."""
    cost = _cost(dataset)
    if full is None:
        skipped = "8 bits against full precision: skipped, --full names no file."
        return Section({"cost": cost, "precision": None}, [_cost_grid(cost, skipped)])
    precision = _precision(dataset, full)
    return Section({"cost": cost, "precision": precision}, [_cost_grid(cost), _precision_grid(precision)])


def _cost(dataset: Dataset) -> dict[str, Any]:
    telling(f"reading {dataset.name}: {_ROUNDS} questions, {PASSAGES} passages each")
    reader, embedder = Reader(), MiniLM()
    rounds = list(_rounds(reader, embedder, dataset))[_WARM:]
    ratios = np.array([each.ratio for each in rounds])
    low, high = _interval(ratios)
    return {
        "rounds": len(rounds),
        "ratio": float(np.median(ratios)),
        "low": low,
        "high": high,
        "reader_ms": float(np.median([each.reader for each in rounds])) * 1000,
        "reader_ms_p95": float(np.percentile([each.reader for each in rounds], 95)) * 1000,
        "embedder_ms": float(np.median([each.embedder for each in rounds])) * 1000,
        "reader_tokens_per_second": sum(e.reader_tokens for e in rounds) / sum(e.reader for e in rounds),
        "embedder_tokens_per_second": sum(e.embedder_tokens for e in rounds) / sum(e.embedder for e in rounds),
        "reached": float(np.median(ratios)) <= MOST,
    }


def _rounds(reader: Reader, embedder: MiniLM, dataset: Dataset) -> Iterator[Round]:
    long = [article["text"] for article in dataset.articles if len(article["text"]) >= CHARACTERS]
    random = np.random.default_rng(_SEED)
    for number in range(_WARM + _ROUNDS):
        question = dataset.questions[number % len(dataset.questions)]["question"]
        passages = [long[each][:CHARACTERS] for each in random.choice(len(long), PASSAGES)]
        texts = [Text("", passage) for passage in passages]
        joined = [f"{question} {passage}" for passage in passages]  # what the reader reads, but for one [SEP]
        seconds = {}
        for who in ("reader", "embedder") if number % 2 else ("embedder", "reader"):
            started = time.perf_counter()
            if who == "reader":
                reader.read(question, texts)
            else:
                embedder.embed_documents(joined)
            seconds[who] = time.perf_counter() - started
        tokens = [embedder.tokens(text) for text in joined]
        yield Round(seconds["reader"], seconds["embedder"], sum(n + 3 for n in tokens), sum(n + 2 for n in tokens))


def _precision(dataset: Dataset, full: Path) -> dict[str, Any]:
    telling(f"reading {dataset.name}: {_COMPARED} questions in 8 bits and in full precision")
    articles = {article["id"]: article for article in dataset.articles}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(full, Path(folder) / "model.onnx")
        readers = Reader(), Reader(Path(folder))
        same, overlap, first, apart = [], [], [], []
        for question in dataset.findable[:_COMPARED]:
            texts = _texts([articles[id_] for id_ in question["articles"] if id_ in articles])
            eight, whole = (reader.read(question["question"], texts) for reader in readers)
            pairs = [pair for pair in zip(eight, whole, strict=True) if pair[0].spans and pair[1].spans]
            same.append(
                np.mean([a.spans[0].start == b.spans[0].start and a.spans[0].end == b.spans[0].end for a, b in pairs])
            )
            overlap.append(
                np.mean([a.spans[0].start < b.spans[0].end and b.spans[0].start < a.spans[0].end for a, b in pairs])
            )
            first.append(_most_relevant(eight) == _most_relevant(whole))
            apart.append(np.mean([abs(a.relevance - b.relevance) for a, b in pairs]))
    shares = {"same_best_span": same, "overlapping_best_span": overlap, "same_best_passage": first}
    return {
        "questions": len(first),
        **{
            name: {"mean": float(np.mean(of)), "interval": _interval(np.array(of, float), np.mean)}
            for name, of in shares.items()
        },
        "relevance_apart": float(np.mean(apart)),
    }


def _texts(articles: Sequence[dict[str, Any]]) -> list[Text]:
    """The passages of the articles, at most as many as are read for a question."""
    passages = [
        Text(article.get("title") or "", passage.text, passage.start)
        for article in articles
        for passage in split(Article(article["id"], article.get("title") or "", article["text"]))
    ]
    return passages[:PASSAGES]


def _most_relevant(readings: Sequence[Reading]) -> int:
    return max(range(len(readings)), key=lambda number: readings[number].relevance)


def _interval(values: Floats, statistic: Any = np.median) -> tuple[float, float]:
    """95 %, bootstrapped."""
    drawn = np.random.default_rng(_SEED).integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(statistic(values[drawn], axis=1), (2.5, 97.5))
    return float(low), float(high)


def _cost_grid(cost: dict[str, Any], *more: str) -> Grid:
    rows = [
        ("reader", cost["reader_ms"], cost["reader_tokens_per_second"]),
        ("embedder", cost["embedder_ms"], cost["embedder_tokens_per_second"]),
    ]
    notes = [
        f"For the same tokens the reader takes {cost['ratio']:.2f} times as long "
        f"({cost['low']:.2f}–{cost['high']:.2f}, {cost['rounds']} rounds); wanted: at most {MOST}.",
        f"The reader's p95: {cost['reader_ms_p95']:.0f} ms.",
        *more,
    ]
    columns = ("milliseconds at the median, tokens a second", "ms", "tokens/s")
    return Grid(f"{PASSAGES} passages of {CHARACTERS} characters", columns, rows, notes)


def _precision_grid(precision: dict[str, Any]) -> Grid:
    names = {
        "same_best_span": "best span of a passage is the same",
        "overlapping_best_span": "best spans of a passage overlap",
        "same_best_passage": "most relevant passage is the same",
    }
    rows = [(words, precision[name]["mean"], *precision[name]["interval"]) for name, words in names.items()]
    notes = [
        f"{precision['questions']} questions and the passages of the articles that answer them; 95 % intervals.",
        f"Relevance differs by {precision['relevance_apart']:.2f} on average (a logit).",
    ]
    return Grid("8 bits against full precision", ("share", "mean", "low", "high"), rows, notes)
