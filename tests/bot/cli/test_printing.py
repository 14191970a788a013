from __future__ import annotations

import io
import json
import time
from contextlib import redirect_stdout
from dataclasses import replace

import pytest

from bot.answers import Answer, Nearest
from bot.cli.printing import clean, echo_json, hit_lines, one_line, plain
from retrieval.articles import Article, Hit, Passage
from tests.sample_answer import ANSWER


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("\x90payload\x9cseen", "seen"),
        ("a\rb\x08c\x00d", "abcd"),
        ("left\u202eright\u2066", "leftright"),
        ("ends with \x1b", "ends with "),
        ("unended \x1b]0;title", "unended "),
        ("unended \x1b]0;title and \x9dmore to read", "unended  and  to read"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("Füße, 東京, 🙂‍↔️", "Füße, 東京, 🙂‍↔️"),
    ],
)
def test_nothing_that_an_article_holds_can_steer_the_terminal(hostile: str, safe: str) -> None:
    assert clean(hostile) == safe


def test_text_full_of_commands_that_nothing_ends_is_cleaned_in_no_time() -> None:
    started = time.perf_counter()
    assert clean("\x9d\x1b]" * 50_000) == ""
    assert time.perf_counter() - started < 2


def test_plain_text_has_the_answer_what_a_reader_must_know_and_the_sources() -> None:
    assert plain(ANSWER) == (
        "It approved the bridge. [1]\n"
        "\n"
        "Sources disagree about the vote:\n"
        "  - nine [1]\n"
        "  - eight [1]\n"
        "Note: The chat model could not be reached.\n"
        "\n"
        "[1] Bridge approved\n"
        "    Harbour Post, Ada Quill, 3 May 2026\n"
        "    “It approved the bridge.”\n"
        "    https://example.org/bridge#:~:text=It%20approved"
    )


def test_the_short_answer_stands_before_the_sentences() -> None:
    answer = replace(ANSWER, short_answer="the bridge", disagreements=())
    assert plain(answer).startswith("the bridge [1]\n\nIt approved the bridge. [1]\n\nNote: ")


def test_a_refusal_names_the_nearest_articles() -> None:
    refusal = Answer(
        "x", "refusal", "q", "q", "The articles do not say.", nearest=(Nearest("a1", "Bridge\x1b[2J approved", None),)
    )
    assert plain(refusal) == "The articles do not say.\n\nNearest articles:\n  - Bridge approved"


def test_json_keeps_every_character_and_is_safe_on_a_terminal() -> None:
    value = {"text": "東京 \x1b[31m \x9b \x7f \u2028 \ud800"}
    out = io.StringIO()
    with redirect_stdout(out):
        echo_json(value)
    shown = out.getvalue()
    assert "東京" in shown
    assert not {"\x1b", "\x9b", "\x7f", "\u2028", "\ud800"} & set(shown)
    assert json.loads(shown) == value


def test_a_hit_stands_on_lines_of_its_own_without_line_breaks_of_the_article() -> None:
    article = Article(id="a", title="Two\nlines", text="x")
    hit = Hit(article, Passage("p", "a", 1, 0, 9, "one\n\ntwo"), 0.5, (0, 9))
    assert list(hit_lines(3, hit)) == ["3. Two lines", "   article a · score 0.5000", "   one two"]
    assert one_line(" a \n b ") == "a b"
