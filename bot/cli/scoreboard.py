"""The scores of an evaluation as a table, and of two as another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.cli.printing import one_line

if TYPE_CHECKING:
    from rich.table import Table

    from bot.evaluation.comparing import Comparison
    from bot.evaluation.evaluating import Evaluation

CHANGES_SHOWN = 10


def show(evaluation: Evaluation, comparison: tuple[str, Comparison] | None) -> None:
    """Print every metric with its interval, what became of the questions, and the other run if there is one."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    console.print(_metrics(evaluation))
    console.print(", ".join(f"{count} {outcome}" for outcome, count in _outcomes(evaluation)), markup=False)
    if comparison:
        name, compared = comparison
        console.print()
        console.print(_paired(name, compared))
        for line in _changes(compared):
            console.print(line, markup=False, soft_wrap=True)


def comparison_record(name: str, comparison: Comparison) -> dict[str, Any]:
    """A comparison as ``eval --json`` prints it."""
    from dataclasses import asdict

    return {"with": name, **asdict(comparison)}


def _metrics(evaluation: Evaluation) -> Table:
    from bot.evaluation.metrics import METRICS
    from bot.evaluation.verdict import counted

    asked = counted(len(evaluation.run.rows), "question")
    table = _table(f"{evaluation.run.spec.gold['file']}, {asked}", "metric", "value", "95 % interval", "n")
    group = ""
    for name, metric in METRICS.items():
        if metric.group != group:
            group = metric.group
            table.add_section()
        one = evaluation.measured[name]
        interval = f"{_number(one.low)} – {_number(one.high)}" if one.low is not None else ""
        table.add_row(name, _number(one.value), interval, str(one.n), style="" if one.n else "dim")
    return table


def _paired(name: str, comparison: Comparison) -> Table:
    columns = ("metric", "this run", "the other", "difference", "95 % interval", "p")
    table = _table(f"Compared with {name}", *columns)
    for paired in comparison.paired:
        if paired.new is None and paired.old is None:
            continue
        interval = f"{_number(paired.low, True)} – {_number(paired.high, True)}" if paired.low is not None else ""
        chance = "" if paired.p is None else f"{paired.p:.3f}"
        table.add_row(
            paired.name,
            _number(paired.new),
            _number(paired.old),
            _number(paired.difference, True),
            interval,
            chance,
            style="bold" if paired.p is not None and paired.p < 0.05 else "",
        )
    return table


def _changes(comparison: Comparison) -> list[str]:
    """The questions that fare otherwise than in the other run, a line each."""
    from bot.evaluation.verdict import counted

    lines = []
    for words, better in (("worse", False), ("better", True), ("otherwise", None)):
        changed = [change for change in comparison.changed if change.better is better]
        if changed:
            lines.append(f"{counted(len(changed), 'question')} {'goes' if len(changed) == 1 else 'go'} {words}:")
        for change in changed[:CHANGES_SHOWN]:
            lines.append(f"  {one_line(change.id)}: {change.before} → {change.after}: {one_line(change.question)}")
        if len(changed) > CHANGES_SHOWN:
            lines.append(f"  and {len(changed) - CHANGES_SHOWN} more, see the report")
    return lines


def _outcomes(evaluation: Evaluation) -> Sequence[tuple[str, int]]:
    from collections import Counter

    from bot.evaluation.scoring import outcome

    return Counter(outcome(row) for row in evaluation.run.rows).most_common()


def _table(title: str, *columns: str) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=escape(one_line(title)), title_justify="left", title_style="bold", pad_edge=False
    )
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _number(value: float | None, signed: bool = False) -> str:
    if value is None:
        return "–"
    digits = 3 if abs(value) < 10 else 1
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
