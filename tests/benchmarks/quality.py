"""How good the answers are: ``footnote eval`` on every set, as its user runs it, without the reader and with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.evaluation import runs
from bot.evaluation.comparing import Paired, compare
from bot.evaluation.metrics import METRICS
from bot.evaluation.rows import Row
from tests.benchmarks.conflicting import convert
from tests.benchmarks.tables import Cell, Grid, Section
from tests.benchmarks.workers import QUIET, ROOT, telling

SETS = ("news-quiz", "newsqa", "encyclopedia", "threads")
CONFLICTING = "conflicting-sources"
MOST_SECONDS = {"news-quiz": 180.0}  # that asking all questions may take, the library being ready
_LEVEL = 0.05
WITHOUT = ("reader.model=none",)
Metric = Mapping[str, Any]


@dataclass(frozen=True)
class Evaluated:
    """One set asked twice: what ``footnote eval --json`` printed, and the folders of the runs."""

    folder: Path
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @cached_property
    def rows(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """The questions with their replies, without the reader and with it."""
        before, after = (runs.load(folder).rows for folder in _folders(self.folder))
        return before, after

    @cached_property
    def paired(self) -> Mapping[str, Paired]:
        """Every metric with the reader against the same without it."""
        before, after = self.rows
        return {one.name: one for one in compare(after, before).paired}


def evaluated(gold: Path, folder: Path, *, library: Path | None = None, articles: Path | None = None) -> Evaluated:
    """A set asked without the reader and with it."""
    without, whole = _folders(folder)
    before = evaluate(gold, without, library or articles, library is None, WITHOUT)
    return Evaluated(folder, before, evaluate(gold, whole, library or articles, library is None))


def conflicting(file: Path, work: Path) -> Evaluated:
    """The same for the questions whose documents are a collection each."""
    articles, gold = convert(file, work / CONFLICTING)
    return evaluated(gold, work / CONFLICTING, articles=articles)


def _folders(folder: Path) -> tuple[Path, Path]:
    return folder / "run-without-reader", folder / "run"


def evaluate(
    gold: Path, folder: Path, source: Path | None, reads: bool, settings: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What ``footnote eval --json`` prints, and the seconds that the whole command took; ``folder`` gets the run.

    ``source`` is a library, or articles that it ``reads`` first.
    """
    telling(f"evaluation {gold.parent.name} {' '.join(settings)}")
    where = ["--articles" if reads else "--library", str(source), *(f"-s{setting}" for setting in settings)]
    command = [sys.executable, "-m", "bot", "eval", str(gold), *where, "--out", str(folder), "--overwrite", "--json"]
    began = time.perf_counter()
    done = subprocess.run([*command, "-q"], cwd=ROOT, env={**os.environ, **QUIET}, stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - began
    record: dict[str, Any] = json.loads(done.stdout)
    return {"seconds": seconds} | {key: record[key] for key in ("n", "metrics", "settings", "versions", "failed")}


def section(results: Mapping[str, Evaluated]) -> Section:
    """The figures of all sets as one table of metrics, the differences that the reader makes, and the times."""
    figures: dict[str, Any] = {}
    for name, one in results.items():
        limit = {"reached": one.after["seconds"] <= MOST_SECONDS[name]} if name in MOST_SECONDS else {}
        paired = {metric: asdict(test) for metric, test in one.paired.items()}
        figures[name] = limit | dict(one.after) | {"without_reader": dict(one.before), "paired": paired}
    grids = [Grid("Evaluation", ("metric", *results), list(_rows(results)), _notes(results))]
    grids += [difference("the reader", name, one.paired.values()) for name, one in results.items()]
    return Section(figures, grids)


def markdown(results: Mapping[str, Evaluated]) -> str:
    """The tables for people to read: value, 95 % interval and n, and what the reader changes, for every set."""
    lines = [
        "# Evaluation of this project on public question sets",
        "",
        "Made by `python -m tests.benchmarks evaluation --markdown FILE` with the default settings: no key, no chat "
        "model. Each cell: value, 95 % interval (bootstrap over articles and conversations), number of questions that "
        "count. What each metric means: `footnote eval` writes it into its report.",
        "",
        *_table(("metric", *results), _rows(results)),
        "",
        *(f"- {note}" for note in _notes(results)),
        "",
        "## What the reader changes",
        "",
        "The same questions with `reader.model=none`, then as above; the difference with its 95 % interval, and how "
        "likely one as large would be by chance (a paired randomisation test over articles and conversations; each "
        "metric by itself). Metrics that do not differ are left out.",
    ]
    for name, one in results.items():
        grid = difference("the reader", name, one.paired.values())
        lines += ["", f"### {name}", "", *_table(grid.columns, grid.rows)]
    return "\n".join(lines) + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[str]:
    head = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return head + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def difference(what: str, name: str, paired: Iterable[Paired]) -> Grid:
    """The metrics that something changes, with paired tests."""
    columns = ("metric", "without", "with", "difference", "95 % interval", "p", "n")
    differing = [_tested(test) for test in paired if test.n and test.new != test.old]
    return Grid(f"What {what} changes: {name}", columns, differing)


def _tested(one: Paired) -> tuple[Cell, ...]:
    ends = [_number(value) for value in (one.old, one.new)]
    if one.difference is None or one.low is None or one.high is None or one.p is None:
        return (one.name, *ends, "–", "–", "–", one.n)
    verdict = ""
    if one.p < _LEVEL:
        verdict = " better" if (one.difference > 0) == (METRICS[one.name].better == "higher") else " worse"
    interval = f"{one.low:+.3f} to {one.high:+.3f}"
    return (one.name, *ends, f"{one.difference:+.3f}{verdict}", interval, f"{one.p:.4f}", one.n)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _rows(results: Mapping[str, Evaluated]) -> Iterator[tuple[Cell, ...]]:
    for name in METRICS:
        cells = [_cell(one.after["metrics"][name]) for one in results.values()]
        if any(cell != "–" for cell in cells):
            yield (name, *cells)


def _cell(metric: Metric) -> str:
    if metric["value"] is None:
        return "–"
    return f"{metric['value']:.3f} ({metric['low']:.3f}–{metric['high']:.3f}) {metric['n']}"


def _notes(results: Mapping[str, Evaluated]) -> list[str]:
    reading = {CONFLICTING: " (with reading its articles)"}
    return [
        f"{name}: {one.after['n']} questions in {one.after['seconds']:.0f} s with the start of the program and the "
        f"report, {len(one.after['failed'])} failed; {one.before['seconds']:.0f} s without the reader"
        f"{reading.get(name, '')}"
        for name, one in results.items()
    ]
