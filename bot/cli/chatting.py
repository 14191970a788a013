"""``chat``: questions one after the other; a follow-up may lean on what was said before it."""

from __future__ import annotations

import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.answers import Answer, Event, Searching
from bot.cli.invocation import Invocation, everywhere, note
from bot.cli.printing import byline, one_line, sources

if TYPE_CHECKING:
    from types import FrameType

    from bot.app import App

PROMPT = "> "
TYPED = "chat_history"  # file in the library's folder: what was typed at a terminal, for the arrow keys
HELP = """\
Ask in your own words. A follow-up such as “and when was that?” uses the questions before it.
/sources   the sources of the last answer
/open N    source N: its passage here, its page in the browser
/reset     forget what was said so far
/help      this
/quit      leave (or Ctrl-D); Ctrl-C stops an answer"""


@click.command()
@everywhere
@click.pass_obj
def chat(invocation: Invocation) -> None:
    """Ask one question after the other.

    A follow-up, such as “and when was that?”, uses the questions before it. Type /help there for what else it takes.
    """
    with invocation.open() as app:
        if sys.stdin.isatty():
            note(invocation, ["Ask a question, or /help. Ctrl-D leaves."])
        session = Session(app)
        for line in _lines(app.folder):
            if line.strip() and not session.take(line.strip()):
                return


class Session:
    """One conversation at the prompt."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._conversation = f"chat:{uuid.uuid4().hex}"
        self._last: Answer | None = None

    def take(self, line: str) -> bool:
        """Do what ``line`` says; False when it says to leave."""
        command, _, argument = line.partition(" ")
        match command:
            case "/quit" | "/exit":
                return False
            case "/help":
                click.echo(HELP)
            case "/reset":
                self._app.reset(self._conversation)
                self._last = None
                click.echo("What was said so far is forgotten.")
            case "/sources":
                lines = list(sources(self._last)) if self._last else []
                click.echo("\n".join(lines) or "The last answer has no sources.")
            case "/open":
                self._open(argument.strip())
            case _ if command.startswith("/"):
                click.echo(f"There is no {one_line(command)}; /help lists what there is.")
            case _:
                self._ask(line)
        return True

    def _ask(self, question: str) -> None:
        from bot.cli.showing import show

        with _stopping() as cancel:
            events = self._app.ask(question, conversation=self._conversation, cancel=cancel)
            self._last = show(_announced(question, events))
        click.echo()

    def _open(self, number: str) -> None:
        citations = self._last.citations if self._last else ()
        chosen = next((citation for citation in citations if str(citation.number) == number), None)
        if chosen is None:
            known = ", ".join(str(citation.number) for citation in citations) or "none"
            click.echo(f"/open takes the number of a source of the last answer: {known}.")
            return
        click.echo(one_line(chosen.article.title))
        if words := byline(chosen.article):
            click.echo(words)
        click.echo(one_line(chosen.passage.text))
        if chosen.link:
            import webbrowser

            click.echo(one_line(chosen.link))
            if sys.stdin.isatty():
                webbrowser.open(chosen.link)


def _announced(question: str, events: Iterator[Event]) -> Iterator[Event]:
    """The same events; a question that was completed from earlier ones is shown as it was understood."""
    for event in events:
        if isinstance(event, Searching) and event.question != " ".join(question.split()):
            click.echo(f"({one_line(event.question)})")
        yield event


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that an answer ends in order; a second one ends the program."""
    cancel = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


def _lines(folder: Path) -> Iterator[str]:
    read = _editor(folder) if sys.stdin.isatty() and sys.stdout.isatty() else sys.stdin.readline
    while True:
        try:
            line = read()
        except KeyboardInterrupt:  # at the prompt Ctrl-C clears the line, as shells do
            continue
        except EOFError:
            return
        if line == "" and read == sys.stdin.readline:
            return
        yield line


def _editor(folder: Path) -> Callable[[], str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    commands = WordCompleter(["/sources", "/open", "/reset", "/help", "/quit"], sentence=True)
    session: PromptSession[str] = PromptSession(
        PROMPT,
        history=FileHistory(folder / TYPED) if _can_be_written(folder / TYPED) else InMemoryHistory(),
        auto_suggest=AutoSuggestFromHistory(),
        completer=commands,
        complete_while_typing=False,
    )
    return session.prompt


def _can_be_written(file: Path) -> bool:
    try:
        file.open("ab").close()
    except OSError:
        return False
    return True
