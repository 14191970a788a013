"""The options of a command that asks gold questions: what is asked of what, and what the scores are held against."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.cli.invocation import Folder


@dataclass(frozen=True, slots=True)
class Target:
    """What is evaluated on what, and where the run is kept."""

    gold: Path
    articles: tuple[str, ...] = ()
    out: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Gates:
    """What the scores are held against."""

    compare: Path | None = None
    floors: tuple[tuple[str, float], ...] = ()
    not_worse: Path | None = None


class Floor(click.ParamType[tuple[str, float]]):
    """``metric=value``, the metric a known one."""

    name = "metric=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """The metric and the value it has to reach."""
        if isinstance(value, tuple):
            return value
        import difflib
        import math

        from bot.evaluation.metrics import METRICS

        name, equals, text = str(value).partition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not equals or not math.isfinite(number):
            self.fail(f"{value!r} is not like answer_contains=0.75", param, ctx)
        if name not in METRICS:
            near = difflib.get_close_matches(name, METRICS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(METRICS)}"
            self.fail(f"there is no metric {name!r}; {hint}", param, ctx)
        return name, number


def targeting(command: Callable[..., None]) -> Callable[..., None]:
    """Add what is evaluated and where the run is kept; the command gets both as one ``target``."""

    @functools.wraps(command)
    def targeted(
        *args: Any, gold: Path, articles: tuple[str, ...], out: Path | None, overwrite: bool, **kw: Any
    ) -> None:
        command(*args, target=Target(gold, articles, out, overwrite), **kw)

    path = click.Path(path_type=Path)
    for option in (
        click.option("--overwrite", is_flag=True, help="Start anew where --out holds a run already."),
        click.option(
            "--out", type=Folder(path_type=Path), help="Folder of the run; a new one in the library if not given."
        ),
        click.option(
            "--articles",
            metavar="SOURCE",
            multiple=True,
            help="Ask a library made of this source, kept in the run's folder.",
        ),
        click.argument("gold", type=path),
    ):
        targeted = option(targeted)
    return targeted


def gating(command: Callable[..., None]) -> Callable[..., None]:
    """Add what the scores are held against; the command gets it as one ``gates``."""

    @functools.wraps(command)
    def gated(
        *args: Any, compare: Path | None, floors: tuple[tuple[str, float], ...], not_worse: Path | None, **kw: Any
    ) -> None:
        command(*args, gates=Gates(compare, floors, not_worse), **kw)

    path = click.Path(path_type=Path)
    for option in (
        click.option(
            "--fail-if-worse",
            "not_worse",
            type=path,
            help="Exit code 3 where a metric is significantly worse than in this run.",
        ),
        click.option(
            "--fail-under",
            "floors",
            type=Floor(),
            multiple=True,
            help="Exit code 3 where a metric is below this; above it, for metrics where less is better.",
        ),
        click.option("--compare", type=path, help="Compare with the run in this folder, question by question."),
    ):
        gated = option(gated)
    return gated
