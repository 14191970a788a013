"""Calls of the Web API: what is repeated, what never, and what a refusal says; by real HTTP against the fake Slack."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from bot.slack.questions import Post
from bot.slack.web import SlackLost, SlackRefused, Web
from tests.slack_fake import FakeSlack

SAID = Post("The ferry sank.", ({"type": "section", "text": {"type": "mrkdwn", "text": "The *ferry* sank."}},))
FAILURES = [
    {"status": 500},
    {"status": 502},
    {"error": "fatal_error"},
    {"cut": "before"},
    {"cut": "after"},
]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as slack:
        slack.user("U1", name="ann")
        slack.channel("C1", members=["U1"])
        yield slack


@pytest.fixture
def web(slack: FakeSlack) -> Web:
    return Web(SecretStr(slack.bot_token), slack.api_url)


def posted(web: Web, channel: str = "C1") -> str:
    """The timestamp of a new message."""
    return str(web.call("chat.postMessage", channel=channel, text=SAID.text, blocks=SAID.blocks)["ts"])


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_an_update_is_tried_again_until_it_is_done(slack: FakeSlack, web: Web, failure: dict[str, object]) -> None:
    ts = posted(web)
    slack.fail("chat.update", **failure)
    web.call("chat.update", channel="C1", ts=ts, text="It did not.", blocks=())
    assert [message.text for message in slack.messages("C1")] == ["It did not."]
    assert len(slack.calls_of("chat.update")) == 2


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_message_whose_fate_is_unknown_is_not_posted_again(
    slack: FakeSlack, web: Web, failure: dict[str, object]
) -> None:
    slack.fail("chat.postMessage", **failure)
    with pytest.raises(SlackLost):
        posted(web)
    assert len(slack.calls_of("chat.postMessage")) == 1
    assert len(slack.messages("C1")) == (failure == {"cut": "after"})


def test_an_answer_that_takes_too_long_is_lost_and_an_update_repeated(slack: FakeSlack) -> None:
    web = Web(SecretStr(slack.bot_token), slack.api_url, timeout_seconds=1)
    ts = posted(web)
    slack.slow("chat.update", 1.5)
    web.call("chat.update", channel="C1", ts=ts, text="It did not.", blocks=[])
    slack.slow("chat.postMessage", 1.5)
    with pytest.raises(SlackLost, match="TimeoutError"):
        posted(web)
    assert len(slack.calls_of("chat.postMessage")) == 1


def test_a_message_is_posted_after_the_seconds_that_slack_asks_for(slack: FakeSlack, web: Web) -> None:
    slack.fail("chat.postMessage", retry_after=1)
    began = time.monotonic()
    posted(web)
    assert 1 <= time.monotonic() - began < 2.5
    assert len(slack.messages("C1")) == 1


def test_a_wait_of_more_than_a_minute_is_refused_at_once(slack: FakeSlack, web: Web) -> None:
    slack.fail("chat.postMessage", retry_after=3600)
    began = time.monotonic()
    with pytest.raises(SlackRefused) as refusal:
        posted(web)
    assert (refusal.value.code, refusal.value.retry_after) == ("ratelimited", 3600)
    assert time.monotonic() - began < 1


def test_a_stream_is_not_waited_for_and_none_is_tried_until_slack_takes_them(slack: FakeSlack, web: Web) -> None:
    root = slack.say("C1", "U1", "why?")
    stream = {"channel": "C1", "thread_ts": root, "recipient_team_id": slack.team, "recipient_user_id": "U1"}
    slack.fail("chat.startStream", retry_after=1)
    began = time.monotonic()
    with pytest.raises(SlackRefused) as refusal:
        web.call("chat.startStream", **stream)
    assert time.monotonic() - began < 0.5
    assert web.streaming.is_offered
    web.streaming.refused(refusal.value)
    assert not web.streaming.is_offered
    time.sleep(1)
    assert web.streaming.is_offered


@pytest.mark.parametrize("code", ["unknown_method", "feature_not_enabled", "method_deprecated", "not_authorized"])
def test_a_slack_that_has_no_streams_is_not_asked_for_one_again(code: str) -> None:
    web = Web(SecretStr("xoxb-1"), "http://127.0.0.1:1/api/")
    web.streaming.refused(SlackRefused("missing_recipient_user_id"))
    assert web.streaming.is_offered
    web.streaming.refused(SlackRefused(code))
    assert not web.streaming.is_offered


def test_slack_that_stays_ill_is_given_up_on(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.web._FIRST_GAP", 0.05)
    web = Web(SecretStr(slack.bot_token), slack.api_url)
    slack.fail("users.info", status=503, times=99)
    with pytest.raises(SlackLost, match=r"^internal_error$"):
        web.call("users.info", user="U1")
    assert 3 <= len(slack.calls_of("users.info")) <= 6


def test_a_refusal_says_why_and_which_scope_is_missing() -> None:
    with FakeSlack(scopes=("chat:write",)) as slack:
        slack.user("U1", name="ann")
        web = Web(SecretStr(slack.bot_token), slack.api_url)
        with pytest.raises(SlackRefused) as refusal:
            web.call("users.info", user="U1")
    assert (refusal.value.code, refusal.value.needed) == ("missing_scope", "users:read")
    assert str(refusal.value) == "missing_scope: the app lacks the scope users:read"
    assert len(slack.calls_of("users.info")) == 1


def test_the_page_of_a_proxy_is_no_answer() -> None:
    with answering(b"<html>Please log in, dear xoxb-secret</html>", unused_port()) as url:
        web = Web(SecretStr("xoxb-secret"), url)
        with pytest.raises(SlackLost) as lost:
            web.call("chat.postEphemeral", channel="C1", user="U1", text="hello")
    assert str(lost.value) == "HTTP status 200"


def test_a_message_that_never_left_is_sent_when_slack_is_back() -> None:
    with answering(b'{"ok": true, "ts": "1.001"}', unused_port(), after=0.2) as url:
        told = Web(SecretStr("xoxb-1"), url).call("chat.postMessage", channel="C1", text="x")
    assert told["ts"] == "1.001"


def test_messages_in_a_channel_are_a_second_apart_and_other_channels_do_not_wait(slack: FakeSlack, web: Web) -> None:
    slack.channel("C2", members=["U1"])
    began = time.monotonic()
    threads = [threading.Thread(target=posted, args=(web, channel)) for channel in ("C1", "C2", "C1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 2
    assert [call.status for call in slack.calls_of("chat.postMessage")] == [200, 200, 200]
    first, second = (call.time for call in slack.calls_of("chat.postMessage") if call.arguments["channel"] == "C1")
    assert second - first >= 1


def test_nothing_that_is_sent_unfurls_or_turns_names_into_mentions(slack: FakeSlack, web: Web) -> None:
    ts = posted(web)
    web.call("chat.update", channel="C1", ts=ts, text="@ann", blocks=[])
    web.call("chat.postEphemeral", channel="C1", user="U1", text="@ann")
    for call in slack.calls:
        assert call.arguments["parse"] == "none"
        assert "link_names" not in call.arguments
    sent = slack.calls_of("chat.postMessage")[0].arguments
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)
    assert not slack.violations
    assert not slack.notifications


def test_a_command_is_answered_for_its_asker_alone(slack: FakeSlack, web: Web) -> None:
    url = address(slack)
    web.respond(url, SAID)
    web.respond(url, Post("More.", ()))
    assert [message.text for message in slack.private("U1")] == ["The ferry sank.", "More."]
    assert not slack.messages("C1")


def test_a_command_answered_too_often_is_refused(slack: FakeSlack, web: Web) -> None:
    url = address(slack)
    for _ in range(5):
        web.respond(url, SAID)
    with pytest.raises(SlackRefused, match=r"^used_url$"):
        web.respond(url, SAID)


@pytest.mark.parametrize("failure", [{"status": 500}, {"cut": "before"}, {"cut": "after"}], ids=str)
def test_an_answer_to_a_command_is_not_sent_twice(slack: FakeSlack, web: Web, failure: dict[str, object]) -> None:
    slack.fail("response_url", **failure)
    with pytest.raises(SlackLost):
        web.respond(address(slack), SAID)
    assert len(slack.calls_of("response_url")) == 1


def test_an_answer_to_a_command_waits_for_its_turn(slack: FakeSlack, web: Web) -> None:
    slack.fail("response_url", retry_after=1)
    web.respond(address(slack), SAID)
    assert len(slack.private("U1")) == 1


def test_neither_token_nor_text_is_logged_or_in_errors(
    slack: FakeSlack, web: Web, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.fail("chat.postMessage", cut="before")
    slack.fail("response_url", cut="before")
    with pytest.raises(SlackLost) as first:
        posted(web)
    with pytest.raises(SlackLost) as second:
        web.respond(address(slack), SAID)
    with pytest.raises(SlackRefused) as third:
        web.call("chat.update", channel="C1", ts="1.000", text="ferry")
    said = caplog.text + "".join(capfd.readouterr())
    for error in (first.value, second.value, third.value):
        said += f"{error!r} {error} {error.__cause__!r}"
        assert error.__suppress_context__
    assert "ferry" not in said
    assert slack.bot_token not in said + repr(web) + repr(vars(web))


def address(slack: FakeSlack) -> str:
    """A response URL, as a slash command of U1 in C1 brings one."""
    return slack.world.reply_address("C1", "U1")


def unused_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def answering(body: bytes, port: int, after: float = 0.0) -> Iterator[str]:
    """The API address of a server that opens after so many seconds and answers one call with this body."""

    def serve() -> None:
        time.sleep(after)
        with socket.create_server(("127.0.0.1", port)) as server:
            ready.set()
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    ready = threading.Event()
    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    if not after:
        ready.wait(5)
    yield f"http://127.0.0.1:{port}/api/"
    serving.join(5)
