"""An answer on a terminal: what leads, then its words as they come, then its sources."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from dataclasses import replace

import pytest

from bot.answers import Event, Finished, Found, Lead, Searching, Text
from bot.cli.showing import show
from tests.sample_answer import ANSWER, HIT

AGREED = replace(ANSWER, short_answer="the bridge", disagreements=(), notice=None)


class Terminal(io.StringIO):
    """Something to write to that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)


def shown(*leading: Event) -> str:
    """What a terminal is sent for an answer that comes with these events before its words."""
    events = [Searching("What?"), Found((HIT,)), *leading, Text(AGREED.text), Finished(AGREED)]
    with redirect_stdout(Terminal()) as terminal:
        assert show(events) is AGREED
    return terminal.getvalue()


def seen(sent: str) -> str:
    """The same without its commands, and without the lines about the search."""
    text = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]|\r", "", sent)
    return text.rpartition("articles…")[2].strip()


def test_the_short_answer_stands_first_in_bold() -> None:
    sent = shown(Lead("the bridge [1]"))
    assert "\x1b[1mthe bridge [1]" in sent
    assert seen(sent).startswith("the bridge [1]\n\nIt approved the bridge. [1]\n\n[1] Bridge approved\n")


def test_without_one_the_sentences_begin() -> None:
    assert seen(shown()).startswith("It approved the bridge. [1]\n\n[1] Bridge approved\n")


def test_what_leads_can_not_steer_the_terminal() -> None:
    assert "\x1b[1mthe [red]bridge[/red] [1]" in shown(Lead("the\x1b[2J [red]bridge[/red]\n [1]"))
