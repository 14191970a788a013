"""An answer on a terminal: its words as they arrive, then its numbered sources."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from textwrap import shorten
from typing import TYPE_CHECKING

import click

from bot.answers import Answer, Event, Finished, Found, Lead, Searching, Text, finished
from bot.cli.printing import byline, clean, one_line, plain, remarks

if TYPE_CHECKING:
    from rich.console import Console


def show(events: Iterable[Event]) -> Answer:
    """Print an answer: streamed on a terminal, as plain text where stdout is something else."""
    if sys.stdout.isatty():
        return _stream(events)
    answer = finished(events)
    click.echo(plain(answer))
    return answer


def _stream(events: Iterable[Event]) -> Answer:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True, emoji=False)
    page = _Page(console)
    with ExitStack() as waiting:
        status = waiting.enter_context(console.status("Searching…"))
        for event in events:
            match event:
                case Searching(question):
                    status.update(f"Searching: {_escaped(shorten(question, 60, placeholder='…'))}")
                case Found(hits):
                    status.update(f"Reading {len({hit.article.id for hit in hits})} articles…")
                case Lead(text):
                    waiting.close()
                    console.print(f"{one_line(text)}\n", markup=False, style="bold", soft_wrap=False)
                case Text(text):
                    waiting.close()
                    page.write(clean(text))
                case Finished(answer):
                    waiting.close()
                    if not page.begun:
                        page.write(clean(answer.text))
                    console.print()
                    _end(console, answer)
                    return answer
    raise AssertionError("a stream of events ended without its answer")


class _Page:
    """Streamed words, broken between words at the terminal's width."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._column = 0

    @property
    def begun(self) -> bool:
        """Whether anything has been written."""
        return self._column > 0

    def write(self, text: str) -> None:
        """Writes at once what has come; line breaks in the text stay."""
        from rich.cells import cell_len

        for piece in re.findall(r"\n|[^\S\n]+|\S+", text):
            width = cell_len(piece)
            if piece == "\n":
                self._column = 0
            elif self._column + width > self._console.width and self._column:
                piece, self._column = ("", self._column) if piece.isspace() else (f"\n{piece}", width)
            else:
                self._column += width
            self._console.print(piece, end="", markup=False)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(one_line(text))


def _end(console: Console, answer: Answer) -> None:
    from rich.padding import Padding
    from rich.style import Style
    from rich.text import Text as Words

    lines = list(remarks(answer))
    if lines:
        console.print()
    for line in lines:
        console.print(line, markup=False, style="yellow" if line.startswith("Note: ") else "")
    if answer.citations:
        console.print()
    for citation in answer.citations:
        link = one_line(citation.link) if citation.link else None
        style = Style(bold=True, link=link)
        console.print(Words(f"[{citation.number}] "), Words(one_line(citation.article.title), style=style), sep="")
        if words := byline(citation.article):
            console.print(Words(f"    {words}", style="dim"))
        for quote in citation.quotes:
            console.print(Padding(Words(f"“{one_line(quote.text)}”", style="italic"), (0, 0, 0, 4)), soft_wrap=False)
        if link:
            console.print("    ", Words(link, style=Style(color="cyan", link=link)), sep="")
