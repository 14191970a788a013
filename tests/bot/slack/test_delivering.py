"""The messages of one question: whatever fails at whatever call, its thread holds one whole answer in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.slack import delivering, rendering, streaming, web
from bot.slack.delivering import Undelivered
from bot.slack.web import SlackRefused, Web
from tests.slack_fake import FakeSlack
from tests.slack_thread import ANSWER, FAILURES, LONG, SENTENCES, WORDS, Killed, asked, assert_answered, read, sections


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


# posts


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_post_that_fails_anywhere_ends_as_one_whole_answer(
    slack: FakeSlack, method: str, failure: dict[str, Any]
) -> None:
    thread = asked(slack, stream=False)
    slack.fail(method, **failure)
    thread.answer()
    assert_answered(thread)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_further_message_of_a_long_answer_that_fails_is_there_once(slack: FakeSlack, failure: dict[str, Any]) -> None:
    thread = asked(slack, stream=False)
    slack.fail("chat.postMessage", skip=2, **failure)
    thread.answer(LONG)
    assert_answered(thread, LONG)


def test_an_answer_that_takes_no_time_has_no_placeholder(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False, live=False)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        assert not thread.shown()
        delivery.end(ANSWER)
    assert_answered(thread)


def test_where_it_cannot_be_seen_whether_a_message_arrived_none_is_posted_again(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False)
    slack.fail("chat.postMessage", cut="after")
    slack.fail("conversations.replies", status=500, times=5)  # all tries of one look
    with pytest.raises(Undelivered), thread.delivery() as delivery:
        delivery.begin(WORDS)
    assert len(thread.shown()) == 1
    thread.answer()
    assert_answered(thread)


def test_a_message_that_arrives_after_it_was_given_up_does_not_stay_beside_the_other(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_LATE", 0.5)
    thread = asked(slack, stream=False)
    thread.web = Web(SecretStr(slack.bot_token), slack.api_url, timeout_seconds=1)
    slack.slow("chat.postMessage", 1.8)
    thread.answer()
    assert len(slack.calls_of("chat.postMessage")) == 2
    assert len(slack.calls_of("chat.delete")) == 1
    assert_answered(thread)


def test_a_placeholder_that_slack_refuses_does_not_stop_the_answer(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False)
    slack.fail("chat.postMessage", error="invalid_blocks")
    thread.answer()
    slack.world.violations.clear()  # the scripted one
    assert_answered(thread)


def test_slack_that_is_away_for_long_is_left_for_later(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False, live=False)
    slack.fail("chat.postMessage", status=503, times=3)
    with pytest.raises(Undelivered), thread.delivery() as delivery:
        delivery.end(ANSWER)
    thread.answer()
    assert_answered(thread)


def test_blocks_that_slack_refuses_are_sent_plainly(slack: FakeSlack) -> None:
    for stream in (True, False):
        thread = asked(slack, stream=stream, text=f"stream: {stream}")
        for method in ("chat.stopStream", "chat.update"):
            slack.fail(method, error="invalid_blocks")
        thread.answer()
        (message,) = thread.shown()
        assert message.streaming != "in_progress"
        assert not read(message)
        assert "312 passengers" in sections(message)[0]
        assert sections(message)[-1] == "Sources: The Harbour Post"


def test_what_slack_does_not_take_in_any_blocks_is_sent_in_words_alone(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False, live=False)
    slack.fail("chat.postMessage", error="invalid_blocks", times=2)
    thread.answer()
    (message,) = thread.shown()
    assert not message.blocks
    assert "312 passengers" in message.text


def test_a_channel_that_the_bot_was_put_out_of_is_refused_for_good(slack: FakeSlack) -> None:
    thread = asked(slack)
    slack.world.rooms["C1"].bot = False
    with pytest.raises(SlackRefused, match="not_in_channel"), thread.delivery() as delivery:
        delivery.begin(WORDS)
        delivery.end(ANSWER)


def test_a_placeholder_that_somebody_deleted_is_posted_anew(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        thread.web.call("chat.delete", channel="C1", ts=thread.remembered[0])
        delivery.end(ANSWER)
    assert_answered(thread)


# edits, and processes that take over


def test_an_edited_question_changes_its_answer_in_place(slack: FakeSlack) -> None:
    thread = asked(slack)
    thread.answer(LONG)
    first = thread.remembered[0]
    thread.attempts = 0
    thread.answer()
    assert_answered(thread)
    assert thread.remembered == (first,)
    assert len(slack.calls_of("chat.startStream")) == 1


@pytest.mark.parametrize("stream", [True, False])
def test_what_a_killed_process_had_posted_is_found_by_the_next(slack: FakeSlack, stream: bool) -> None:
    thread = asked(slack, stream=stream)

    def killed(messages: Sequence[str]) -> None:
        raise Killed

    with pytest.raises(Killed):
        thread.delivery(killed).begin(WORDS)
    assert len(thread.shown()) == 1
    assert not thread.remembered
    thread.answer()
    assert_answered(thread)


def test_an_apology_takes_the_place_of_what_a_killed_process_had_posted(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False)

    def killed(messages: Sequence[str]) -> None:
        raise Killed

    with pytest.raises(Killed):
        thread.delivery(killed).begin(WORDS)
    with thread.delivery() as delivery:
        delivery.end_with(rendering.words("Sorry."))
    (message,) = thread.shown()
    assert sections(message) == ["Sorry."]


def test_what_a_killed_process_had_streamed_is_replaced_by_the_next(slack: FakeSlack) -> None:
    thread = asked(slack)
    killed = thread.delivery()
    killed.begin(WORDS)
    time.sleep(0.03)
    killed.say(SENTENCES[0])
    assert thread.shown()[0].streaming == "in_progress"
    thread.answer()
    assert_answered(thread)


def test_a_second_part_that_was_posted_but_not_remembered_is_not_posted_again(slack: FakeSlack) -> None:
    thread = asked(slack, stream=False, live=False)

    def killed(messages: Sequence[str]) -> None:
        if len(messages) == 2:
            raise Killed
        thread.remember(messages)

    with pytest.raises(Killed):
        thread.delivery(killed).end(LONG)
    assert len(thread.shown()) == 2
    thread.answer(LONG)
    assert_answered(thread, LONG)


def test_messages_of_other_questions_in_the_thread_are_left_alone(slack: FakeSlack) -> None:
    thread = asked(slack)
    other = replace(thread, question=replace(thread.question, id="q2"))
    other.answer()
    streaming = replace(thread, question=replace(thread.question, id="q3"), remembered=(), attempts=0)
    open_one = streaming.delivery()
    open_one.begin(WORDS)
    muted = thread.web.call("chat.postMessage", channel="C1", thread_ts=thread.question.thread, text="Muted.")
    theirs = {*other.remembered, *streaming.remembered, muted["ts"]}
    thread.others = set(other.remembered) | set(streaming.remembered)
    thread.attempts = 1
    thread.answer()
    assert len(thread.remembered) == 1
    assert not theirs & set(thread.remembered)
    assert len(thread.shown()) == 4
    assert read(next(message for message in thread.shown() if message.ts in thread.remembered)) == ANSWER.parts[0]


def test_a_message_of_a_process_that_lost_its_lease_is_taken_back(slack: FakeSlack) -> None:
    class Lost(Exception):
        pass

    def lost(messages: Sequence[str]) -> None:
        raise Lost

    for stream in (True, False):
        thread = asked(slack, stream=stream, text=f"stream: {stream}")
        slack.fail("chat.delete", error="cant_delete_message", times=stream)  # as Slack says of an open stream
        with pytest.raises(Lost), thread.delivery(lost) as delivery:
            delivery.begin(WORDS)
        assert not thread.shown()
    assert len(slack.calls_of("chat.stopStream")) == 1


def test_a_message_that_another_process_has_adopted_stays(slack: FakeSlack) -> None:
    class Lost(Exception):
        pass

    thread = asked(slack)

    def adopted(messages: Sequence[str]) -> None:
        thread.others = set(messages)
        raise Lost

    with pytest.raises(Lost), thread.delivery(adopted) as delivery:
        delivery.begin(WORDS)
    assert len(thread.shown()) == 1


# direct messages


@pytest.mark.parametrize("stream", [True, False])
def test_a_direct_message_shows_a_status_while_it_is_answered(slack: FakeSlack, stream: bool) -> None:
    thread = asked(slack, "direct", stream=stream, live=False)
    with thread.delivery() as delivery:
        delivery.begin(WORDS)
        assert slack.statuses(thread.question.channel, thread.question.thread)[0] == WORDS
        delivery.end(ANSWER)
    assert_answered(thread)
    assert slack.statuses(thread.question.channel, thread.question.thread)[-1] == ""


def test_a_status_is_cleared_when_the_work_fails(slack: FakeSlack) -> None:
    thread = asked(slack, "direct", stream=False, live=False)
    with pytest.raises(RuntimeError), thread.delivery() as delivery:
        delivery.begin(WORDS)
        raise RuntimeError
    assert slack.statuses(thread.question.channel, thread.question.thread)[-1] == ""


def test_a_status_that_cannot_be_set_is_no_reason_to_fail(slack: FakeSlack) -> None:
    thread = asked(slack, "direct", stream=False)
    slack.fail("assistant.threads.setStatus", error="not_authorized", times=99)
    thread.answer()
    assert_answered(thread)


# slash commands


def test_a_command_is_answered_privately_once(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    thread.answer()
    (message,) = slack.private("U1")
    assert read(message) == ANSWER.parts[0]
    assert not slack.messages("C1")
    assert thread.remembered == ("sent",)


@pytest.mark.parametrize("failure", [{"status": 500}, {"cut": "before"}, {"cut": "after"}], ids=str)
def test_an_answer_to_a_command_that_may_be_lost_is_not_sent_twice(slack: FakeSlack, failure: dict[str, Any]) -> None:
    thread = asked(slack, "command")
    slack.fail("response_url", **failure)
    thread.answer()
    *answers, last = slack.private("U1")
    assert len(answers) == (failure == {"cut": "after"})
    assert last.text == "An answer may have reached you already; if not, please ask again."


def test_an_answer_to_a_command_that_slack_had_no_time_for_comes_later(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    slack.fail("response_url", retry_after=600)
    thread.answer()
    (message,) = slack.private("U1")
    assert read(message) == ANSWER.parts[0]


def test_a_command_whose_address_has_expired_is_answered_in_its_channel_privately(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    next(iter(slack.world.addresses.values())).made -= 3600
    thread.answer()
    (message,) = slack.private("U1")
    assert read(message) == ANSWER.parts[0]


def test_a_process_that_dies_before_it_answers_a_command_leaves_it_to_the_next(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    thread.delivery().begin(WORDS)
    thread.answer()
    (message,) = slack.private("U1")
    assert read(message) == ANSWER.parts[0]


def test_a_long_answer_to_a_command_comes_whole_though_slack_takes_but_five_posts(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    longer = replace(LONG, parts=LONG.parts * 2)
    thread.answer(longer)
    assert [read(message) for message in slack.private("U1")] == list(longer.parts)


def test_an_answer_to_a_command_that_slack_refuses_is_sent_plainly(slack: FakeSlack) -> None:
    thread = asked(slack, "command")
    slack.fail("response_url", error="invalid_blocks")
    thread.answer()
    (message,) = slack.private("U1")
    assert "312 passengers" in sections(message)[0]


def test_all_of_it_holds_where_slack_is_strict_about_rates() -> None:
    with FakeSlack() as slack:
        thread = asked(slack, stream=False)
        thread.answer(LONG)
        assert_answered(thread, LONG)
