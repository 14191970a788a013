"""A progress bar with rate and time left, for long work on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from bot.cli.invocation import Invocation
from bot.cli.printing import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LONGEST_NAME = 30


class Bar:
    """A bar on stderr between ``begin`` and ``end``; nothing at all where stderr is no terminal or quiet is wanted."""

    def __init__(self, invocation: Invocation, unit: str = "articles") -> None:
        self._unit = unit
        self.wanted = invocation.verbosity >= 0 and sys.stderr.isatty()
        self._shown: tuple[Progress, TaskID] | None = None

    @property
    def shown(self) -> bool:
        """Whether a bar is there now."""
        return self._shown is not None

    def begin(self, what: str, total: int | None, done: int = 0) -> None:
        """Show a new bar; without a total it moves, but tells no time left."""
        self.end()
        if not self.wanted:
            return
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
            speed_estimate_period=120,
        )
        progress.start()
        name = one_line(what)
        short = name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME + 1 :]}"
        self._shown = progress, progress.add_task(escape(short), total=total, completed=done, rate="")

    def move(self, done: int) -> None:
        """Show that so many are done."""
        if self._shown is None:
            return
        progress, task = self._shown
        progress.update(task, completed=done)
        speed = progress.tasks[0].speed
        progress.update(task, rate=f"{speed:.1f} {self._unit}/s" if speed else "")

    def end(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown[0].stop()
            self._shown = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()
