"""What reaches an app from the fake Slack: by the sockets of the real slack_sdk, and by signed HTTP."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.request import SocketModeRequest

from tests.slack_client import QUIET, Bot, buttons, refused, slack_with
from tests.slack_fake import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


def test_a_mention_comes_twice_under_two_ids() -> None:
    with slack_with() as (slack, _), Bot(slack) as bot:
        ts = slack.mention("C1", "U1", "who?")
        slack.wait(lambda: len(bot.got) == 2)
        (message,), (mention,) = bot.events("message"), bot.events("app_mention")
        assert message["ts"] == mention["ts"] == ts and message["channel_type"] == "channel"
        assert len({one.payload["event_id"] for one in bot.got}) == 2
        assert bot.got[0].payload["authorizations"][0]["user_id"] == slack.bot_user
        slack.wait(lambda: len(slack.ack_seconds_of()) == 2)
        assert slack.unacknowledged() == [] and max(slack.ack_seconds_of()) < 1


def test_what_is_not_acknowledged_comes_again() -> None:
    def answer(request: SocketModeRequest) -> Any:
        return None if (request.retry_attempt or 0) < 2 else {}

    with slack_with(ack_seconds=0.1, retry_gaps=(0.0, 0.05)) as (slack, _), Bot(slack, answer) as bot:
        slack.say("C1", "U1", "x")
        slack.wait(slack.ack_seconds_of)
        assert [one.retry_attempt for one in bot.got] == [0, 1, 2]
        assert len({one.payload["event_id"] for one in bot.got}) == 1
        assert [one.status for one in slack.deliveries] == ["late", "late", "acked"]


def test_what_is_on_a_socket_that_is_cut_comes_on_another() -> None:
    with slack_with() as (slack, _), Bot(slack, lambda request: None) as deaf:
        slack.say("C1", "U1", "x")
        slack.wait(lambda: deaf.got)
        with Bot(slack) as other:
            slack.wait(lambda: slack.sockets() == 2)
            slack.disconnect(abrupt=True)
            slack.wait(lambda: other.events("message"))
            first, second = slack.deliveries
            assert (first.status, second.attempt, second.event_id) == ("lost", 1, first.event_id)


def test_events_wait_for_a_socket() -> None:
    with slack_with() as (slack, _):
        slack.say("C1", "U1", "early")
        with Bot(slack) as bot:
            slack.wait(lambda: bot.events("message"))


def test_a_socket_that_is_asked_to_go_is_replaced() -> None:
    with slack_with() as (slack, _), Bot(slack) as bot:
        slack.wait(slack.sockets)
        before = len(slack.calls_of("apps.connections.open"))
        slack.disconnect()
        slack.wait(lambda: len(slack.calls_of("apps.connections.open")) > before and slack.sockets())
        slack.say("C1", "U1", "x")
        slack.wait(lambda: bot.events("message"))


def test_each_delivery_takes_one_of_the_sockets() -> None:
    with slack_with() as (slack, _), Bot(slack) as one, Bot(slack) as other:
        slack.wait(lambda: slack.sockets() == 2)
        for number in range(40):
            slack.say("C1", "U1", str(number))
        slack.wait(lambda: len(one.got) + len(other.got) == 40)
        assert one.got and other.got


def test_no_connections_while_they_are_refused() -> None:
    with slack_with() as (slack, web):
        slack.refuse_connections(0.2)
        assert refused(web.apps_connections_open, app_token=slack.app_token) == "internal_error"
        time.sleep(0.25)
        assert web.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://")


def test_edits_deletions_reactions_and_joins_are_told() -> None:
    with slack_with() as (slack, _), Bot(slack) as bot:
        ts = slack.say("C1", "U1", "helo")
        slack.edit("C1", ts, "hello")
        slack.react("C1", ts, "U2", "white_check_mark")
        slack.unreact("C1", ts, "U2", "white_check_mark")
        slack.join("C1", "U3")
        slack.delete("C1", ts)
        slack.wait(lambda: len(bot.got) == 7)
        changed, gone = (
            next(one for one in bot.events("message") if one.get("subtype") == kind)
            for kind in ("message_changed", "message_deleted")
        )
        assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("helo", "hello")
        assert changed["message"]["edited"]["user"] == "U1"
        assert (gone["deleted_ts"], gone["previous_message"]["text"]) == (ts, "hello")
        assert bot.events("reaction_added")[0]["item"]["ts"] == ts and bot.events("reaction_removed")
        assert [one for one in bot.events("message") if one.get("subtype") == "channel_join"]
        assert [(one["user"], one["channel"]) for one in bot.events("member_joined_channel")] == [("U3", "C1")]


def test_what_people_of_another_workspace_do_comes_in_the_name_of_theirs() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        slack.user("U9", name="eve", team="T9")
        slack.channel("C9", members=["U1", "U9"], external=True)
        posted = web.chat_postMessage(channel="C9", text="x", blocks=[buttons("a")], **QUIET)["ts"]
        slack.mention("C9", "U9", "x")
        slack.direct("U9", "x")
        slack.edit("C9", slack.say("C9", "U9", "y"), "z")
        slack.react("C9", posted, "U9", "x")
        slack.open_home("U9")
        slack.click("C9", posted, "U9", "a")
        slack.command("U9", "C9", "/ask", "x")
        slack.wait(lambda: len(bot.got) == 10)
        events = [one.payload for one in bot.got if one.payload.get("event", {}).get("bot_id") is None]
        for payload in (one for one in events if "event" in one):
            assert (payload["team_id"], payload["authorizations"][0]["team_id"]) == ("T9", slack.team)
        (act,) = bot.acts("block_actions")
        assert (act["team"]["id"], act["user"]["team_id"]) == ("T9", "T9")
        assert [one.payload["team_id"] for one in bot.got if one.type == "slash_commands"] == ["T9"]


def test_an_app_hears_what_it_has_subscribed_to() -> None:
    with slack_with(events=["app_mention", "message.groups", "reaction_added"]) as (slack, _), Bot(slack) as bot:
        slack.channel("C2", members=["U1"], kind="group")
        ts = slack.mention("C1", "U1", "x")
        slack.react("C1", ts, "U1", "x")
        slack.unreact("C1", ts, "U1", "x")
        slack.direct("U1", "x")
        slack.say("C2", "U1", "x")
        slack.join("C1", "U3")
        slack.assistant_thread_started("U1")
        slack.settle(0.1)
        heard = [(one.payload["event"]["type"], one.payload["event"].get("channel")) for one in bot.got]
        assert sorted(heard, key=str) == [("app_mention", "C1"), ("message", "C2"), ("reaction_added", None)]


def test_a_question_with_replies_leaves_a_tombstone_until_they_are_gone() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = slack.say("C1", "U1", "question")
        reply = web.chat_postMessage(channel="C1", text="answer", thread_ts=ts, **QUIET)["ts"]
        slack.delete("C1", ts)
        tomb = slack.wait(lambda: [one for one in bot.events("message") if one.get("subtype") == "message_changed"])[0]
        assert (tomb["message"]["subtype"], tomb["previous_message"]["text"]) == ("tombstone", "question")
        web.chat_delete(channel="C1", ts=reply)
        slack.wait(lambda: len([one for one in bot.events("message") if one.get("subtype") == "message_deleted"]) == 2)
        assert slack.messages("C1") == []


# By HTTP


class Receiver(BaseHTTPRequestHandler):
    """Takes signed requests; answers what its server is told to, and keeps them."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        server: Any = self.server
        valid = SignatureVerifier(FakeSlack.signing_secret).is_valid_request(body, dict(self.headers.items()))
        server.requests.append((valid, body, dict(self.headers.items())))
        status, extra, answer = server.answers.pop(0) if server.answers else (200, {}, "")
        self.send_response(status)
        for name, value in {**extra, "content-length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def receiver(slack: FakeSlack) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.requests, server.answers = [], []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    slack.deliver_to(f"http://127.0.0.1:{server.server_port}/slack/events")
    yield server
    server.shutdown()
    server.server_close()


def test_requests_are_signed_and_come_again_when_they_fail() -> None:
    with slack_with() as (slack, _), receiver(slack) as server:
        server.answers[:] = [(500, {}, ""), (200, {}, "")]
        slack.say("C1", "U1", "x")
        slack.wait(lambda: len(slack.ack_seconds_of()) == 1)
        assert [valid for valid, _, _ in server.requests] == [True, True]
        assert server.requests[0][1] == server.requests[1][1]
        headers = {name.lower(): value for name, value in server.requests[1][2].items()}
        assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("1", "http_error")
        slack.replay()
        assert server.requests[2] == (True, server.requests[1][1], server.requests[2][2])


def test_an_app_may_decline_to_be_asked_again() -> None:
    with slack_with() as (slack, _), receiver(slack) as server:
        server.answers[:] = [(500, {"x-slack-no-retry": "1"}, "")]
        slack.say("C1", "U1", "x")
        slack.wait(lambda: server.requests)
        slack.settle(0.4)
        assert len(server.requests) == 1 and len(slack.unacknowledged()) == 1


def test_commands_are_forms_and_their_answer_is_private() -> None:
    with slack_with() as (slack, _), receiver(slack) as server:
        server.answers[:] = [(200, {"content-type": "application/json"}, '{"text": "soon"}')]
        trigger = slack.command("U1", "C1", "/ask", "who & why?")
        assert slack.wait(lambda: slack.private("U1"))[0].text == "soon"
        form = {name: values[0] for name, values in parse_qs(server.requests[0][1]).items()}
        assert (form["command"], form["text"], form["trigger_id"]) == ("/ask", "who & why?", trigger)
