"""Sections of the report: figures for the JSON file, and the same as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: the first column is what a row is about, ``notes`` stand below."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of the benchmark found."""

    figures: dict[str, Any]
    grids: Sequence[Grid] = field(default=())


def show(section: Section, console: Console) -> None:
    """Prints the tables of a section."""
    for grid in section.grids:
        table = Table(box=box.SIMPLE_HEAD, title=grid.title, title_justify="left", title_style="bold", pad_edge=False)
        for number, column in enumerate(grid.columns):
            table.add_column(column, justify="right" if number else "left", overflow="fold")
        for row in grid.rows:
            table.add_row(*map(_shown, row))
        console.print(table)
        for note in grid.notes:
            console.print(note, highlight=False, markup=False)
        console.print()


def _shown(cell: Cell) -> str:
    """A number with as many digits as say something."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 1000:
        return f"{cell:,.0f}"
    return f"{cell:.1f}" if abs(cell) >= 20 else f"{cell:.2f}" if abs(cell) >= 1 else f"{cell:.3f}"
