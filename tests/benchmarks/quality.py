"""How good the answers are: ``footnote eval`` on every set with gold questions, as its user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.conflicting import convert
from tests.benchmarks.tables import Cell, Grid, Section
from tests.benchmarks.workers import QUIET, ROOT, telling

SETS = ("news-quiz", "newsqa", "encyclopedia", "threads")
CONFLICTING = "conflicting-sources"
MOST_SECONDS = {"news-quiz": 180.0}  # that asking all questions may take, the library being ready
Metric = Mapping[str, Any]


def evaluate(gold: Path, folder: Path, *, library: Path | None = None, articles: Path | None = None) -> dict[str, Any]:
    """What ``footnote eval --json`` prints, and the seconds that the whole command took."""
    telling(f"evaluation {gold.parent.name}")
    where = ["--library", str(library)] if library else ["--articles", str(articles)]
    command = [
        sys.executable,
        "-m",
        "bot",
        "eval",
        str(gold),
        *where,
        "--out",
        str(folder),
        "--overwrite",
        "--json",
        "-q",
    ]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - began
    record: dict[str, Any] = json.loads(done.stdout)
    return {"seconds": seconds} | {key: record[key] for key in ("n", "metrics", "settings", "versions", "failed")}


def conflicting(file: Path, work: Path) -> dict[str, Any]:
    """The same for the questions whose documents are a collection each."""
    articles, gold = convert(file, work / CONFLICTING)
    return evaluate(gold, work / CONFLICTING / "run", articles=articles)


def section(results: Mapping[str, dict[str, Any]]) -> Section:
    """The figures of all sets as one table of metrics, and the times."""
    figures: dict[str, Any] = {
        name: {"reached": result["seconds"] <= MOST_SECONDS[name]} | result if name in MOST_SECONDS else result
        for name, result in results.items()
    }
    return Section(figures, [Grid("Evaluation", ("metric", *results), list(_rows(results)), _notes(results))])


def markdown(results: Mapping[str, dict[str, Any]]) -> str:
    """The table for people to read: value, 95 % interval and n for every metric and set."""
    lines = [
        "# Evaluation of this project on public question sets",
        "",
        "Made by `python -m tests.benchmarks evaluation --markdown FILE` with the default settings: no key, no chat "
        "model. Each cell: value, 95 % interval (bootstrap over articles and conversations), number of questions that "
        "count. What each metric means: `footnote eval` writes it into its report.",
        "",
        "| metric | " + " | ".join(results) + " |",
        "|---" * (len(results) + 1) + "|",
    ]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in _rows(results)]
    return "\n".join([*lines, "", *(f"- {note}" for note in _notes(results))]) + "\n"


def _rows(results: Mapping[str, dict[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    names = next(iter(results.values()))["metrics"]
    for name in names:
        cells = [_cell(result["metrics"][name]) for result in results.values()]
        if any(cell != "–" for cell in cells):
            yield (name, *cells)


def _cell(metric: Metric) -> str:
    if metric["value"] is None:
        return "–"
    return f"{metric['value']:.3f} ({metric['low']:.3f}–{metric['high']:.3f}) {metric['n']}"


def _notes(results: Mapping[str, dict[str, Any]]) -> list[str]:
    reading = {CONFLICTING: " (with reading its articles, unless an earlier run had)"}
    return [
        f"{name}: {result['n']} questions in {result['seconds']:.0f} s with the start of the program and the report, "
        f"{len(result['failed'])} failed{reading.get(name, '')}"
        for name, result in results.items()
    ]
