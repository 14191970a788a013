"""What people read is the text itself, whatever it holds: no mention, no link, no format, in any text type."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.slack.rendering import Flow, markdown, mrkdwn
from bot.slack.rendering.escaping import clean, literal, words_of
from tests.bot.slack.rendering.making import TOKENS, hostile

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
WORDS = {"text", "text_special", "softbreak", "hardbreak"}
# What Slack, or one of its clients, might take for more than words.
ALIVE = re.compile(
    r"<[@#!a-zA-Z]"
    r"|(?i:[a-z]://|mailto:\S|\bwww\.\S)"
    r"|\w@\w+\.\w|(?<![\w.])@\w"
    r"|(?i:\b[a-z0-9-]+\.(?:com|org|net|io|md|[a-z]{2,6})\b)"
    r"|(?<!\d):[\w+-]+:|#\w"
)
# mrkdwn formats between these, wherever they could be taken for a pair.
FORMATTED = re.compile(
    r"(?<!\w)([*_~])(?=\S)[^\n]*?\S\1(?!\w)|`[^`]|```|^(?:>|&gt;)|^[ ]*(?:[-+•]|\d+\.) ", re.MULTILINE
)
LOOKALIKES = str.maketrans("\u2217\u02cd\u223c\u02cb", "*_~`")


def shown_as_markdown(text: str) -> list[str]:
    """The lines that a Markdown parser of others shows, joiners included; nothing in them may be more than words."""
    lines = [""]
    for token in COMMONMARK.parse(text):
        assert token.type in {"paragraph_open", "paragraph_close", "inline"}, token
        lines.append("")
        for child in token.children or []:
            assert child.type in WORDS, child
            if child.type.endswith("break"):
                lines.append("")
            else:
                lines[-1] += child.content
    return lines


def shown_as_mrkdwn(text: str) -> list[str]:
    """The lines that Slack's own markup shows; nothing in them may be more than words."""
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", text)
    assert not FORMATTED.search(text)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text.split("\n")


def read(lines: list[str]) -> list[str]:
    """Lines as people read them: without joiners, and without space that is not seen."""
    return [words for line in lines if (words := " ".join(line.replace("\u2060", "").split()))]


@settings(max_examples=500, deadline=None)
@given(hostile)
@example("a\n\n    <!channel>\n\n- *b*\n  1. c")
@example("Title\n===\n| a | b |\n|---|---|\n| <@U1> | c |")
@example("[a]\n\n[a]: https://evil.example.org 'x'")
def test_markdown_shows_the_text_and_does_nothing_else(text: str) -> None:
    lines = shown_as_markdown(markdown(text))
    assert read(lines) == read(clean(text).split("\n"))
    assert not ALIVE.search("\n".join(lines))


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_mrkdwn_shows_the_text_and_does_nothing_else(text: str) -> None:
    lines = shown_as_mrkdwn(mrkdwn(text))
    originals = read(clean(text).translate(LOOKALIKES).split("\n"))
    assert [line.translate(LOOKALIKES) for line in read(lines)] == originals
    assert not ALIVE.search("\n".join(lines))


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_literal_text_differs_from_the_original_in_nothing_that_is_seen(text: str) -> None:
    assert literal(text).replace("\u2060", "") == clean(text)
    assert not ALIVE.search(literal(text))


@settings(max_examples=800, deadline=None)
@given(st.data())
def test_a_text_in_pieces_is_the_same_markdown(data: st.DataObject) -> None:
    text = data.draw(hostile)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    flow = Flow()
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    assert "".join([*map(flow.feed, pieces), flow.end()]) == markdown(text)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_that_comes_letter_by_letter_is_the_same_markdown(token: str) -> None:
    for text in (token, f"Before {token} after", f"Line\n{token}\nline", f"a{token}b{token}"):
        flow = Flow()
        assert "".join([*map(flow.feed, text), flow.end()]) == markdown(text)


def test_words_are_sent_as_soon_as_they_are_there() -> None:
    flow = Flow()
    assert flow.feed("The weir was opened in 1871") == "The weir was opened in 1871"
    assert flow.feed(". [") == "."
    assert flow.feed("1] It") == " [1] It"
    assert flow.feed(" was repaired in 1990. [2]") == " was repaired in 1990."
    assert flow.feed(" ") == " [2]"
    assert flow.feed("The end") == " The end"
    assert flow.end() == ""


def test_a_long_text_takes_no_longer_by_the_piece() -> None:
    pieces = ["word ", "https://a.example.org ", "漢字", " " * 500, "&" * 50] * 2_000
    flow = Flow()
    assert sum(len(flow.feed(piece)) for piece in pieces) > 100_000


def test_plain_words_stay_as_they_are() -> None:
    text = "At 10:30 the U.S. team won 3-1 (by “two goals”); Ada Quill’s 1,000 fans & co. paid € 5. [1][2]"
    assert markdown(text) == literal(text) == text
    assert mrkdwn(text) == text.replace("&", "&amp;")


def test_markers_stay_readable() -> None:
    assert markdown("It opened. [1][2] Then [3](https://evil.example.org).").replace("\u2060", "") == (
        "It opened. [1][2] Then [3](https://evil.example.org)."
    )


def test_lines_stay_lines_and_paragraphs_paragraphs() -> None:
    assert markdown("one\ntwo\r\nthree\n\nfour") == "one  \ntwo  \nthree\n\nfour"


UNSEEN = (
    *("\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u00ad", "\u200b", "\u202a", "\u202e", "\u2066", "\u2069"),
    *("\ufeff", "\u2060", "\ufff9", "\U000e0041"),
)


@pytest.mark.parametrize("sign", UNSEEN, ids=ascii)
def test_what_steers_unseen_goes(sign: str) -> None:
    text = f"ab{sign}cd"
    assert markdown(text) == mrkdwn(text) == literal(text) == "abcd"
    assert markdown(f"<{sign}!channel>") == "&lt;\u2060!channel&gt;"


def test_lone_surrogates_can_be_sent() -> None:
    assert markdown("a\ud800b").encode() == "a\ufffdb".encode()


def test_scripts_that_need_joiners_keep_them() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧"):
        assert markdown(text) == mrkdwn(text) == literal(text) == text


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_the_words_of_markdown_can_be_had_again(text: str) -> None:
    assert read(words_of(markdown(text)).split("\n")) == read(clean(text).split("\n"))
