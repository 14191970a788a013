"""Streams: sentences as they come, and one whole answer in the end, whatever becomes of the stream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack import delivering, rendering, streaming, web
from tests.slack_fake import FakeSlack
from tests.slack_thread import ANSWER, FAILURES, LONG, SENTENCES, WORDS, asked, assert_answered, read, sections


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaps that suit a server on loopback."""
    monkeypatch.setattr(delivering, "_LATE", 0.05)
    monkeypatch.setattr(streaming, "_APPEND_GAP", 0.02)
    monkeypatch.setattr(web, "_FIRST_GAP", 0.02)
    monkeypatch.setattr(web, "_POST_GAP", 0.0)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(rate_limits=False) as slack:
        yield slack


def test_an_answer_streams_and_ends_as_one_message_with_its_sources(slack: FakeSlack) -> None:
    thread = asked(slack)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        (message,) = thread.shown()
        assert (message.chunks[0]["title"], message.chunks[0]["status"]) == (WORDS, "in_progress")
        assert thread.remembered == (message.ts,)
        for count, sentence in enumerate(SENTENCES[:2], 1):
            time.sleep(0.03)
            delivery.say(sentence)
            assert len(thread.shown()[0].markdown) > 30 * count
        delivery.say(SENTENCES[2])
        delivery.end(ANSWER)
    assert_answered(thread)
    (message,) = thread.shown()
    assert not message.edited
    assert message.chunks[0]["status"] == "complete"
    assert slack.sessions("C1", thread.question.thread) == ["processing", "active"]


def test_a_short_answer_leads_the_stream_and_is_not_said_again(slack: FakeSlack) -> None:
    thread = asked(slack)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        delivery.lead("312 *passengers* [1]")
        time.sleep(0.03)
        delivery.say(SENTENCES[0])
        (message,) = thread.shown()
        assert message.markdown.startswith("**312 \\*passengers\\* [1]**\n\nThe ferry carried")
        delivery.say("".join(SENTENCES[1:]))
        lead = rendering.bold("312 *passengers* [1]")
        delivery.end(replace(ANSWER, parts=(lead + ANSWER.parts[0],)))
    (message,) = thread.shown()
    assert read(message) == lead + ANSWER.parts[0]
    assert not message.edited


def test_words_that_come_quickly_are_sent_together(slack: FakeSlack) -> None:
    thread = asked(slack)
    thread.answer(pause=0)
    assert len(slack.calls_of("chat.appendStream")) <= 1
    assert_answered(thread)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream"])
def test_a_stream_that_fails_anywhere_ends_as_one_whole_answer(
    slack: FakeSlack, method: str, failure: dict[str, Any]
) -> None:
    thread = asked(slack)
    slack.fail(method, **failure)
    thread.answer()
    assert_answered(thread)


def test_a_stream_pauses_for_as_long_as_slack_asks_and_then_goes_on(slack: FakeSlack) -> None:
    thread = asked(slack)
    slack.fail("chat.appendStream", retry_after=1)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        for pause, sentence in zip((0.03, 0.1, 1.0), SENTENCES, strict=True):
            time.sleep(pause)
            delivery.say(sentence)
        assert len(slack.calls_of("chat.appendStream")) == 2
        assert SENTENCES[1] in read(thread.shown()[0])
        delivery.end(ANSWER)
    assert_answered(thread)
    assert not thread.shown()[0].edited


@pytest.mark.parametrize(
    "code",
    ["unknown_method", "feature_not_enabled", "method_deprecated", "not_authorized", "missing_recipient_user_id"],
)
def test_where_no_stream_can_be_started_a_placeholder_becomes_the_answer(slack: FakeSlack, code: str) -> None:
    thread = asked(slack)
    slack.fail("chat.startStream", error=code)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        (placeholder,) = thread.shown()
        assert placeholder.text == WORDS
        delivery.say(SENTENCES[0])
        delivery.end(ANSWER)
    slack.world.violations.clear()  # the scripted one
    assert_answered(thread)
    assert thread.shown()[0].ts == placeholder.ts


def test_a_workspace_without_streams_is_asked_once(slack: FakeSlack) -> None:
    slack.world.options = replace(slack.world.options, streaming=False)
    thread = asked(slack)
    thread.answer()
    assert_answered(thread)
    again = replace(thread, question=replace(thread.question, id="q2"), remembered=(), attempts=0)
    again.answer()
    assert len(slack.calls_of("chat.startStream")) == 1


def test_a_stream_that_slack_ended_becomes_a_whole_answer() -> None:
    with FakeSlack(rate_limits=False, stream_seconds=0.1) as slack:
        thread = asked(slack)
        thread.answer(pause=0.08)
        assert_answered(thread)
        assert thread.shown()[0].edited
        assert slack.sessions("C1", thread.question.thread)[-1] == "active"


def test_a_stream_that_grows_old_is_ended_by_us_before_slack_breaks_it(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_MOST_SECONDS", 0.05)
    thread = asked(slack)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        for sentence in SENTENCES:
            time.sleep(0.03)
            delivery.say(sentence)
        assert thread.shown()[0].streaming == "completed"
        delivery.end(ANSWER)
    assert_answered(thread)


def test_stop_stops_the_work_and_what_was_said_so_far_stays(slack: FakeSlack) -> None:
    thread = asked(slack)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        slack.stop("C1", thread.question.thread, "U1")
        assert not delivery.stopped
        time.sleep(0.03)
        delivery.say(SENTENCES[0])
        assert delivery.stopped
        delivery.end(ANSWER)
    assert_answered(thread)
    assert slack.sessions("C1", thread.question.thread)[-1] == "active"


def test_an_answer_that_reads_otherwise_than_its_stream_replaces_it(slack: FakeSlack) -> None:
    thread = asked(slack)
    other = replace(ANSWER, parts=("The articles disagree.",))
    thread.answer(other)
    assert_answered(thread, other)
    assert all(call.answer["ok"] for call in slack.calls)  # none met an open stream, which cannot be changed


def test_a_stream_that_is_denied_or_fails_ends_as_that_word_alone(slack: FakeSlack) -> None:
    for number, said in enumerate([(), SENTENCES[:1]]):
        thread = asked(slack, text=f"question {number}")
        with thread.delivery() as delivery:
            delivery.begin(WORDS)
            for sentence in said:
                time.sleep(0.03)
                delivery.say(sentence)
            delivery.end_with(rendering.words("Sorry."))
        (message,) = thread.shown()
        assert (read(message), sections(message)) == ("", ["Sorry."])
        assert message.streaming == "completed"


def test_work_that_was_given_up_leaves_no_open_stream(slack: FakeSlack) -> None:
    thread = asked(slack)
    with pytest.raises(RuntimeError), thread.delivery() as delivery:
        delivery.begin(WORDS)
        raise RuntimeError
    assert thread.shown()[0].streaming == "completed"
    assert slack.sessions("C1", thread.question.thread)[-1] == "active"


def test_a_long_answer_streams_its_beginning_and_ends_in_several_messages(slack: FakeSlack) -> None:
    thread = asked(slack)
    whole = "".join(LONG.parts)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        for start in range(0, len(whole), 1500):
            time.sleep(0.03)
            delivery.say(whole[start : start + 1500])
        delivery.end(LONG)
    assert_answered(thread, LONG)
    assert not thread.shown()[0].edited
