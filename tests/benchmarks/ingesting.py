"""Ingest side by side: both pipelines take turns on slices of the same articles."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from retrieval.embedding import MiniLM
from tests.benchmarks import workers
from tests.benchmarks.datasets import Dataset
from tests.benchmarks.recording import recorded
from tests.benchmarks.tables import Grid, Section
from tests.benchmarks.workers import telling

OURS_COMPLETE, STOCK_COMPLETE = "ours.complete", "stock.complete"  # files that stand once a library is built


def build(dataset: Dataset, folder: Path) -> None:
    """Builds ``folder``/ours alone, untimed."""
    shutil.rmtree(folder, ignore_errors=True)
    [file] = dataset.sliced(folder / "slices", 1)
    telling(f"ingest {dataset.name}, untimed")
    with workers.ours(folder / "ours") as worker:
        worker.do("ingest", file=str(file))
    (folder / OURS_COMPLETE).touch()


def compare(dataset: Dataset, folder: Path, stock_python: Path, slices: int) -> Section:
    """Builds ``folder``/ours and ``folder``/stock and says how fast."""
    shutil.rmtree(folder, ignore_errors=True)
    files = dataset.sliced(folder / "slices", slices)
    turns: dict[str, list[dict[str, Any]]] = {"ours": [], "stock": []}
    with workers.ours(folder / "ours") as ours, workers.stock(stock_python, folder / "stock") as stock:
        sides = {"ours": ours, "stock": stock}
        facts = {name: worker.do("ready") for name, worker in sides.items()}
        for name, worker in sides.items():
            worker.do("record", file=str(folder / f"{name}.texts"))
        for number, file in enumerate(files):
            for name in ("ours", "stock") if number % 2 == 0 else ("stock", "ours"):
                telling(f"ingest {dataset.name}: slice {number + 1} of {slices}, {name}")
                turns[name].append(sides[name].do("ingest", file=str(file)))
        memory = {name: worker.do("memory") for name, worker in sides.items()}
    for marker in (OURS_COMPLETE, STOCK_COMPLETE):
        (folder / marker).touch()
    characters = sum(len(article["text"]) for article in dataset.articles)
    measured = {
        name: _measured(turns[name], characters, folder / f"{name}.texts", window, memory[name]["peak"])
        for name, window in (("ours", None), ("stock", facts["stock"]["window"]))
    }
    ratios = _ratios(measured["ours"], measured["stock"])
    pairs = zip(turns["ours"], turns["stock"], strict=True)
    ratios["slices"] = [theirs["seconds"] / own["seconds"] for own, theirs in pairs]
    figures = {"dataset": dataset.name, **measured, "ratios": ratios, "stock_versions": facts["stock"]["versions"]}
    return Section(figures, [_grid(dataset, figures)])


def _measured(
    turns: list[dict[str, Any]], characters: int, texts: Path, window: int | None, peak: float | None
) -> dict[str, Any]:
    """The rates of one pipeline; a text longer than the model's ``window`` counts as far as it is read."""
    model = MiniLM()
    counts = [model.tokens(text) for text in recorded(texts)]
    room = window - 2 if window else None  # without the two special tokens
    read = [min(count, room) if room else count for count in counts]
    seconds = sum(turn["seconds"] for turn in turns)
    articles = sum(turn["articles"] for turn in turns)
    return {
        "seconds": seconds,
        "articles": articles,
        "skipped": [reason for turn in turns for reason in turn["skipped"]],
        "texts": len(counts),
        "tokens": sum(read),
        "tokens_cut_off": sum(counts) - sum(read),
        "articles_per_second": articles / seconds,
        "characters_per_second": characters / seconds,
        "tokens_per_second": sum(read) / seconds,
        "peak_megabytes": peak,
    }


def _ratios(ours: Mapping[str, Any], stock: Mapping[str, Any]) -> dict[str, Any]:
    rates = ("articles_per_second", "characters_per_second", "tokens_per_second")
    return {rate: ours[rate] / stock[rate] for rate in rates}


def _grid(dataset: Dataset, figures: dict[str, Any]) -> Grid:
    ours, stock, ratios = figures["ours"], figures["stock"], figures["ratios"]
    rows = [
        (label, ours[name], stock[name], ratios.get(name))
        for label, name in (
            ("articles a second", "articles_per_second"),
            ("characters of articles a second", "characters_per_second"),
            ("tokens embedded a second", "tokens_per_second"),
            ("seconds", "seconds"),
            ("articles", "articles"),
            ("texts embedded", "texts"),
            ("tokens embedded", "tokens"),
            ("tokens cut off at the model's window", "tokens_cut_off"),
            ("largest memory, MB", "peak_megabytes"),
        )
    ]
    slices = ", ".join(f"{ratio:.1f}" for ratio in ratios["slices"])
    notes = [
        "Wanted: articles a second at least 3 times stock; 5 is the aim.",
        f"Ratio slice by slice: {slices}. The overlap of stock chunks counts as its work in tokens, not in characters.",
        "The clock runs from the file to the last passage that can be found, without starting and loading the model.",
        *(f"skipped: {reason}" for name in ("ours", "stock") for reason in figures[name]["skipped"][:5]),
    ]
    return Grid(f"Ingest of {dataset.name}", ("", "this project", "stock", "ratio"), rows, notes)
