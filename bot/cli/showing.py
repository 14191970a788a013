"""An answer on a terminal: its words as they arrive, then its numbered sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from bot.answers import Answer, Event, Finished, Found, Searching, Text
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


def finished(events: Iterable[Event]) -> Answer:
    """The answer that a stream of events ends with."""
    for event in events:
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("a stream of events ended without its answer")


def _stream(events: Iterable[Event]) -> Answer:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    streamed = False
    with ExitStack() as waiting:
        status = waiting.enter_context(console.status("Searching…"))
        for event in events:
            match event:
                case Searching(question):
                    status.update(f"Searching: {_escaped(question)}")
                case Found(hits):
                    status.update(f"Reading {len({hit.article.id for hit in hits})} articles…")
                case Text(text):
                    waiting.close()
                    streamed = True
                    console.print(clean(text), end="", markup=False)
                case Finished(answer):
                    waiting.close()
                    console.print("" if streamed else clean(answer.text), markup=False)
                    _end(console, answer)
                    return answer
    raise AssertionError("a stream of events ended without its answer")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(one_line(text))


def _end(console: Console, answer: Answer) -> None:
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
            console.print(Words(f"    “{one_line(quote.text)}”", style="italic"))
        if link:
            console.print("    ", Words(link, style=Style(color="cyan", link=link)), sep="")
