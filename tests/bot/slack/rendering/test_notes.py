"""What the bot says of itself: short, plain, and as harmless as everything else."""

from __future__ import annotations

import pytest

from bot.slack import rendering
from bot.slack.questions import Post
from bot.slack.rendering import searched, searching, searching_post, wait_a_moment, words
from tests.bot.slack.rendering.making import HANDLE
from tests.bot.slack.rendering.reading import buttons, links, seen
from tests.slack_fake.parsing import effects_of

NOTES = [
    rendering.apology("4f1c"),
    rendering.turned_away(200),
    rendering.not_allowed(external=True, guest=False),
    rendering.not_allowed(external=False, guest=True),
    rendering.not_allowed(external=False, guest=False),
    rendering.stopped(),
    rendering.help_post("Footnote", "/ask"),
    rendering.muted("Footnote"),
    rendering.unmuted(),
]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.text[:20])
def test_a_note_reads_the_same_in_a_channel_and_in_a_notification(note: Post) -> None:
    assert links([note]) == []
    assert seen(note.blocks) == note.text


def test_an_apology_holds_the_number_to_quote_and_no_reason() -> None:
    assert "4f1c" in rendering.apology("4f1c").text


def test_who_must_wait_is_told_how_long_the_line_is() -> None:
    assert "number 12" in rendering.in_line(12)
    assert "1,200" in rendering.turned_away(1_200).text


def test_not_being_allowed_is_said_without_naming_collections() -> None:
    assert "another workspace" in rendering.not_allowed(external=True, guest=True).text
    assert "guests" in rendering.not_allowed(external=False, guest=True).text


@pytest.mark.parametrize(
    ("articles", "collections", "said"),
    [
        (412, ("default",), "Searching 412 articles …"),
        (1, (), "Searching 1 article …"),
        (0, ("default",), "Searching …"),
        (12_345, ("*",), "Searching 12,345 articles …"),
        (9, ("handbook",), "Searching 9 articles in handbook …"),
        (9, ("handbook", "press_2025", "news"), "Searching 9 articles in handbook, press_2025 and news …"),
        (9, ("a", "b", "c", "d"), "Searching 9 articles …"),
        (9, ("<!channel>",), "Searching 9 articles …"),
        (9, ("_news_",), "Searching 9 articles …"),
        (9, ("x" * 200,), "Searching 9 articles …"),
    ],
)
def test_what_is_being_searched_is_said_in_plain_words(articles: int, collections: tuple[str, ...], said: str) -> None:
    assert searching(articles, collections) == said


def test_what_was_searched_is_said_in_the_same_words() -> None:
    assert searched(searching(412, ("handbook",))) == "Searched 412 articles in handbook"


def test_a_placeholder_can_be_stopped() -> None:
    post = searching_post("Searching 412 articles …", HANDLE)
    assert links([post]) == []
    assert buttons(post.blocks)["stop"]["value"] == HANDLE


@pytest.mark.parametrize("text", ["Ask <!channel> or <@U1>.", "See https://evil.example.org & *this*.", "x" * 9_000])
def test_words_of_any_kind_are_only_words(text: str) -> None:
    post = words(text)
    assert links([post]) == []
    assert seen(post.blocks).replace("\n", "") == text
    assert len(post.text) <= 3_000
    effects = effects_of({"text": wait_a_moment(text)})
    assert (effects.notified, effects.linked) == ([], [])
