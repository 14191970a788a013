"""The fake Slack keeps Slack's rules: each shown once, over the wire, to the real slack_sdk."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient

from tests.slack_fake import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
QUIET = {"unfurl_links": False, "unfurl_media": False}
TO_ANN = {"recipient_user_id": "U1", "recipient_team_id": FakeSlack.team}


@contextlib.contextmanager
def slack_with(**options: Any) -> Iterator[tuple[FakeSlack, WebClient]]:
    """A fake with ann and bob in a channel, and a client of its Web API."""
    with FakeSlack(**options) as slack:
        slack.user("U1", name="ann")
        slack.user("U2", name="bob")
        slack.channel("C1", members=["U1", "U2"])
        yield slack, WebClient(slack.bot_token, base_url=slack.api_url)


class Bot:
    """A bot at a socket that acknowledges what ``answer`` does not refuse (None: no acknowledgement)."""

    def __init__(self, slack: FakeSlack, answer: Callable[[SocketModeRequest], Any] = lambda request: {}) -> None:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        self.got: list[SocketModeRequest] = []
        self.client = SocketModeClient(slack.app_token, web_client=web, ping_interval=0.2)
        self._answer = answer
        self.client.socket_mode_request_listeners.append(self._take)

    def __enter__(self) -> Bot:
        self.client.connect()
        return self

    def __exit__(self, *_: object) -> None:
        """End without ``close``, which waits a second for each of its threads."""
        self.client.closed, self.client.auto_reconnect_enabled = True, False
        self.client.current_session_state.terminated = True
        with contextlib.suppress(OSError, AttributeError):  # where the connection is gone already
            self.client.current_session.sock.shutdown(socket.SHUT_RDWR)
        self.client.disconnect()
        runners = (self.client.current_app_monitor, self.client.current_session_runner, self.client.message_processor)
        for runner in runners:
            runner.event.set()
        self.client.message_workers.shutdown(wait=False)

    def _take(self, client: Any, request: SocketModeRequest) -> None:
        self.got.append(request)
        answer = self._answer(request)
        if answer is not None:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer or None))

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one.payload["event"] for one in list(self.got) if one.payload.get("event", {}).get("type") == kind]

    def acts(self, kind: str) -> list[dict[str, Any]]:
        return [one.payload for one in list(self.got) if one.payload.get("type") == kind]


def refused(call: Callable[..., object], **arguments: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def words(text: str, verbatim: bool = True) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": verbatim}}


def button(action_id: str, value: str = "v") -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Press"), "value": value}


def buttons(*action_ids: str) -> dict[str, Any]:
    return {"type": "actions", "elements": [button(one) for one in action_ids]}


# Tokens, scopes, arguments


def test_tokens_and_scopes_are_checked() -> None:
    with slack_with(scopes=("chat:write", "channels:read")) as (slack, web):
        answer = web.auth_test()
        assert (answer["user_id"], answer["team_id"]) == (slack.bot_user, slack.team)
        assert answer.headers["x-oauth-scopes"] == "chat:write,channels:read"
        assert refused(WebClient("xoxb-wrong", base_url=slack.api_url).auth_test) == "invalid_auth"
        assert refused(WebClient(base_url=slack.api_url).auth_test) == "not_authed"
        assert refused(web.apps_connections_open, app_token=slack.bot_token) == "not_allowed_token_type"
        with pytest.raises(SlackApiError) as caught:
            web.users_info(user="U1")
        assert caught.value.response["needed"] == "users:read"
        assert caught.value.response["provided"] == "chat:write,channels:read"
        slack.direct_channel("U1")
        assert refused(web.conversations_info, channel=slack.direct_channel("U1")) == "missing_scope"


def test_what_is_missing_or_unknown_is_named() -> None:
    with slack_with() as (slack, web):
        assert refused(web.api_call, api_method="chat.postMessage", json={"text": "x"}) == "invalid_arguments"
        assert refused(web.api_call, api_method="chat.sing") == "unknown_method"
        assert refused(web.chat_postMessage, channel="C9", text="x") == "channel_not_found"
        slack.channel("C2", members=["U1"], bot=False)
        assert refused(web.chat_postMessage, channel="C2", text="x", **QUIET) == "not_in_channel"
        assert refused(web.chat_postMessage, channel="C1", text="", **QUIET) == "no_text"
        assert refused(web.chat_update, channel="C1", ts="1.0", text="x") == "message_not_found"
        ts = slack.say("C1", "U1", "mine")
        assert refused(web.chat_update, channel="C1", ts=ts, text="x") == "cant_update_message"
        assert refused(web.chat_delete, channel="C1", ts=ts) == "cant_delete_message"


def test_forms_and_json_say_the_same() -> None:
    with slack_with(rate_limits=False) as (slack, web):
        content = {"channel": "C1", "text": "x", "blocks": [words("hello")], **QUIET}
        web.api_call("chat.postMessage", json=content)
        web.api_call("chat.postMessage", data={**content, "blocks": json.dumps(content["blocks"])})
        first, second = slack.messages("C1")
        assert first.blocks[0]["text"] == second.blocks[0]["text"] == content["blocks"][0]["text"]
        assert slack.violations == []


# Limits


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([{"type": "nonsense"}], "invalid_blocks"),
        ([words("x" * 3001)], "invalid_blocks"),
        ([words("")], "invalid_blocks"),
        ([{"type": "section", "text": "a string"}], "invalid_blocks"),
        ([{"type": "actions", "elements": [{"type": "nonsense", "action_id": "a"}]}], "invalid_blocks"),
        ([{"type": "actions", "elements": []}], "invalid_blocks"),
        ([buttons("a"), buttons("a")], "invalid_blocks"),
        ([{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}], "invalid_blocks"),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "actions", "elements": [button("a", "v" * 2001)]}], "invalid_blocks"),
        ([{"type": "markdown", "text": "x" * 12_001}], "invalid_blocks"),
        ([{"type": "markdown", "text": "x" * 7_000}, {"type": "markdown", "text": "x" * 6_001}], "msg_blocks_too_long"),
        (
            [{"type": "container", "title": plain("t"), "child_blocks": [{"type": "markdown", "text": "x"}]}],
            "invalid_blocks",
        ),
    ],
)
def test_blocks_beyond_the_limits_are_refused(blocks: list[dict[str, Any]], code: str) -> None:
    with slack_with() as (slack, web):
        assert refused(web.chat_postMessage, channel="C1", text="x", blocks=blocks, **QUIET) == code
        assert slack.messages("C1") == []
        assert any(code in one for one in slack.violations)


def test_what_fits_is_taken() -> None:
    blocks = [
        {"type": "markdown", "text": "x" * 10_000},
        words("y" * 2_980),
        *[{"type": "divider"}] * 46,
        buttons("a", "b"),
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "feedback",
                    "positive_button": {"text": plain("Good"), "value": "yes"},
                    "negative_button": {"text": plain("Bad"), "value": "no"},
                }
            ],
        },
    ]
    with slack_with() as (slack, web):
        web.chat_postMessage(channel="C1", text="x", blocks=blocks, **QUIET)
        assert len(slack.messages("C1")[0].blocks) == 50
        assert slack.violations == []


def test_texts_have_lengths() -> None:
    with slack_with(rate_limits=False) as (_, web):
        ts = web.chat_postMessage(channel="C1", text="x" * 40_000, **QUIET)["ts"]
        assert refused(web.chat_postMessage, channel="C1", text="x" * 40_001, **QUIET) == "msg_too_long"
        web.chat_update(channel="C1", ts=ts, text="x" * 4_000)
        assert refused(web.chat_update, channel="C1", ts=ts, text="x" * 4_001) == "msg_too_long"
        assert refused(web.chat_postMessage, channel="C1", markdown_text="x" * 12_001, **QUIET) == "msg_too_long"


def test_unfurling_and_silence_to_screen_readers_break_rules() -> None:
    with slack_with(rate_limits=False) as (slack, web):
        web.chat_postMessage(channel="C1", text="x", unfurl_links=False)
        assert slack.violations == ["chat.postMessage: unfurl_media is not false"]
        web.chat_postEphemeral(channel="C1", user="U1", blocks=[words("x")])
        assert "without text" in slack.violations[-1]


def test_one_message_a_second_a_channel() -> None:
    with slack_with() as (slack, web):
        slack.channel("C2", members=["U1"])
        web.chat_postMessage(channel="C1", text="one", **QUIET)
        web.chat_postMessage(channel="C2", text="elsewhere", **QUIET)
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(channel="C1", text="two", **QUIET)
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        time.sleep(int(caught.value.response.headers["Retry-After"]))
        web.chat_postMessage(channel="C1", text="two", **QUIET)


def test_methods_have_tiers() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        for _ in range(20):
            web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="x", **TO_ANN)
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts, **TO_ANN) == "ratelimited"
        web.chat_postEphemeral(channel="C1", user="U1", text="another method")


# Messages, and who sees them


def test_own_posts_come_back_and_stand_in_their_thread() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = slack.mention("C1", "U1", "who?")
        web.chat_postMessage(
            channel="C1", text="she", thread_ts=ts, metadata={"event_type": "a", "event_payload": {}}, **QUIET
        )
        own = slack.wait(lambda: [one for one in bot.events("message") if one.get("bot_id") == slack.bot_id])[0]
        assert (own["thread_ts"], own["user"], own["text"]) == (ts, slack.bot_user, "she")
        replies = web.conversations_replies(channel="C1", ts=ts, include_all_metadata=True)["messages"]
        assert [one["text"] for one in replies] == [f"<@{slack.bot_user}> who?", "she"]
        assert replies[0]["reply_count"] == 1 and replies[1]["metadata"]["event_type"] == "a"
        assert [one.text for one in slack.messages("C1", thread=ts)] == [f"<@{slack.bot_user}> who?", "she"]


def test_a_reply_to_what_is_gone_lands_in_the_channel() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        slack.delete("C1", ts)
        web.chat_postMessage(channel="C1", text="late", thread_ts=ts, **QUIET)
        assert [one.thread_ts for one in slack.messages("C1")] == [None]


def test_an_update_keeps_the_blocks_that_it_does_not_name() -> None:
    with slack_with() as (slack, web):
        ts = web.chat_postMessage(channel="C1", text="a", blocks=[words("a")], **QUIET)["ts"]
        web.chat_update(channel="C1", ts=ts, text="b")
        assert (slack.messages("C1")[0].text, len(slack.messages("C1")[0].blocks)) == ("b", 1)
        web.chat_update(channel="C1", ts=ts, text="b", blocks=[])
        assert slack.messages("C1")[0].blocks == [] and slack.messages("C1")[0].edited


def test_whispers_reach_members_only() -> None:
    with slack_with() as (slack, web):
        slack.user("U3")
        assert refused(web.chat_postEphemeral, channel="C1", user="U3", text="x") == "user_not_in_channel"
        ts = web.chat_postEphemeral(channel="C1", user="U1", text="only you")["message_ts"]
        assert [one.text for one in slack.private("U1")] == ["only you"]
        assert slack.private("U2") == [] and slack.messages("C1") == []
        assert refused(web.chat_update, channel="C1", ts=ts, text="x") == "message_not_found"


def test_people_and_channels_are_listed_in_pages() -> None:
    with slack_with() as (slack, web):
        slack.user("U3", name="guest", guest=True, team="T9")
        slack.channel("C2", members=["U1", "U3"], external=True)
        info = web.users_info(user="U3", include_locale=True)["user"]
        assert (info["is_restricted"], info["team_id"], info["is_stranger"], info["locale"]) == (
            True,
            "T9",
            False,
            "en-US",
        )
        slack.user("U4", name="far away", team="T9")
        assert web.users_info(user="U4")["user"]["is_stranger"]
        assert "is_stranger" not in web.users_info(user="U1")["user"]
        first = web.conversations_members(channel="C2", limit=2)
        rest = web.conversations_members(channel="C2", limit=2, cursor=first["response_metadata"]["next_cursor"])
        assert first["members"] + rest["members"] == ["U1", "U3", slack.bot_user]
        assert rest["response_metadata"]["next_cursor"] == ""
        assert web.conversations_info(channel="C2")["channel"]["is_ext_shared"]
        assert {one["id"] for page in web.users_list(limit=1) for one in page["members"]} == {
            "U1",
            "U2",
            slack.bot_user,
        }
        direct = web.conversations_open(users="U1")["channel"]["id"]
        assert (
            direct == slack.direct_channel("U1") and web.conversations_info(channel=direct)["channel"]["user"] == "U1"
        )


def test_status_goes_when_a_message_comes_and_titles_are_kept() -> None:
    with slack_with() as (slack, web):
        ts = slack.direct("U1", "who?")
        channel = slack.direct_channel("U1")
        web.assistant_threads_setStatus(channel_id=channel, thread_ts=ts, status="searching")
        web.chat_postMessage(channel=channel, thread_ts=ts, text="she", **QUIET)
        assert slack.statuses(channel, ts) == ["searching", ""]
        web.assistant_threads_setTitle(channel_id=channel, thread_ts=ts, title="Who")
        web.agents_sessions_setStatus(channel_id=channel, thread_ts=ts, status="processing")
        web.agents_sessions_rename(channel_id=channel, thread_ts=ts, title="Who else")
        assert slack.titles(channel, ts) == ["Who", "Who else"]
        assert slack.sessions(channel, ts) == ["processing"]
        prompts = [{"title": "a", "message": "b"}]
        assert refused(web.assistant_threads_setSuggestedPrompts, channel_id=channel, prompts=prompts * 5)
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
        assert slack.prompts(channel) == prompts


def test_an_app_of_the_older_kind_has_no_sessions() -> None:
    with slack_with(agent_view=False) as (slack, web):
        ts = slack.assistant_thread_started("U1")
        channel = slack.direct_channel("U1")
        session = {"channel_id": channel, "thread_ts": ts, "status": "active"}
        assert refused(web.agents_sessions_setStatus, **session) == "not_authorized"
        prompts = [{"title": "a", "message": "b"}]
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=ts, prompts=prompts)
        assert slack.prompts(channel) == prompts


# Streams


def test_a_stream_grows_before_its_reader_and_stands_before_all_when_it_stops() -> None:
    with slack_with() as (slack, web):
        ts = slack.mention("C1", "U1", "who?")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="Searching. ", **TO_ANN)["ts"]
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="She ")
        web.chat_appendStream(channel="C1", ts=stream, chunks=[{"type": "markdown_text", "text": "did."}])
        assert slack.messages("C1", viewer="U1")[-1].markdown == "Searching. She did."
        assert slack.messages("C1", viewer="U2")[-1].markdown == "Searching. "
        assert refused(web.chat_update, channel="C1", ts=stream, text="x") == "streaming_state_conflict"
        web.chat_stopStream(channel="C1", ts=stream, blocks=[buttons("a")])
        message = slack.messages("C1", viewer="U2")[-1]
        assert (message.markdown, message.streaming, len(message.blocks)) == ("Searching. She did.", "completed", 1)
        assert slack.sessions("C1", ts) == ["processing", "active"]
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x")
            == "message_not_in_streaming_state"
        )


def test_a_stream_shows_its_tasks_to_the_app_and_is_deleted_when_it_has_ended() -> None:
    with slack_with() as (slack, web):
        ts = slack.mention("C1", "U1", "who?")
        task = {"type": "task_update", "id": "q1", "title": "Search", "status": "in_progress"}
        stream = web.chat_startStream(channel="C1", thread_ts=ts, chunks=[task], **TO_ANN)["ts"]
        message = web.conversations_replies(channel="C1", ts=ts)["messages"][-1]
        assert message["streaming_state"] == "in_progress"
        assert message["blocks"] == [{"type": "task_card", "task_id": "q1", "title": "Search", "status": "in_progress"}]
        assert refused(web.chat_delete, channel="C1", ts=stream) == "cant_delete_message"
        web.chat_stopStream(channel="C1", ts=stream, chunks=[{**task, "status": "complete"}], blocks=[words("x")])
        message = web.conversations_replies(channel="C1", ts=ts)["messages"][-1]
        assert [block["type"] for block in message["blocks"]] == ["task_card", "section"]
        assert message["blocks"][0]["status"] == "complete"
        web.chat_delete(channel="C1", ts=stream)
        assert [one.ts for one in slack.messages("C1")] == [ts]


def test_a_stream_needs_a_thread_and_in_channels_a_reader() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        only_team = {"recipient_team_id": slack.team}
        assert refused(web.chat_startStream, channel="C1", thread_ts="", **TO_ANN) == "invalid_thread_ts"
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts) == "missing_recipient_team_id"
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts, **only_team) == "missing_recipient_user_id"
        alone = slack.direct("U1", "x")
        web.chat_startStream(channel=slack.direct_channel("U1"), thread_ts=alone)


def test_a_stream_dies_of_age_and_is_mended_by_an_update() -> None:
    with slack_with(stream_seconds=0.1) as (slack, web):
        ts = slack.say("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a", **TO_ANN)["ts"]
        time.sleep(0.15)
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="b")
            == "message_not_in_streaming_state"
        )
        assert refused(web.chat_stopStream, channel="C1", ts=stream) == "message_not_in_streaming_state"
        web.chat_update(channel="C1", ts=stream, text="a b")
        assert (slack.messages("C1")[-1].text, slack.messages("C1")[-1].streaming) == ("a b", "completed")


def test_stop_ends_the_stream_and_tells_the_app() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = slack.mention("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a", **TO_ANN)["ts"]
        slack.stop("C1", ts, "U1")
        event = slack.wait(lambda: bot.events("agent_session_stopped"))[0]
        assert (event["thread_ts"], event["user"], event["streaming_message_ts"]) == (ts, "U1", [stream])
        assert refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="b") == "stopped_by_user"
        web.chat_update(channel="C1", ts=stream, text="stopped")


def test_chunks_are_judged() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        task = {"type": "task_update", "id": "1", "title": "Search", "status": "in_progress"}
        stream = web.chat_startStream(channel="C1", thread_ts=ts, chunks=[task], **TO_ANN)["ts"]
        done = {**task, "status": "complete"}
        web.chat_appendStream(channel="C1", ts=stream, chunks=[done])
        assert [one["status"] for one in slack.messages("C1")[-1].chunks] == ["complete"]
        for wrong in ({**task, "status": "completed"}, {**task, "output": "x" * 257}, {"type": "song"}):
            assert refused(web.chat_appendStream, channel="C1", ts=stream, chunks=[wrong]) == "invalid_chunks"
        assert refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x" * 12_001) == "msg_too_long"
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="x" * 12_000)
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x" * 1_001) == "msg_blocks_too_long"
        )


def test_a_workspace_without_streams_does_not_know_them() -> None:
    with slack_with(streaming=False) as (slack, web):
        ts = slack.say("C1", "U1", "x")
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts, **TO_ANN) == "unknown_method"


# Deliveries


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


# What people press


def test_a_button_that_stands_there_can_be_pressed() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = web.chat_postMessage(channel="C1", text="x", blocks=[words("x"), buttons("a", "b")], **QUIET)["ts"]
        slack.click("C1", ts, "U2", "b")
        slack.click("C1", ts, "U2", "b", value="forged")
        slack.wait(lambda: len(bot.acts("block_actions")) == 2)
        own, forged = bot.acts("block_actions")
        assert (own["actions"][0]["value"], forged["actions"][0]["value"]) == ("v", "forged")
        assert own["user"]["id"] == "U2" and own["container"]["message_ts"] == ts and own["message"]["ts"] == ts
        with pytest.raises(LookupError):
            slack.click("C1", ts, "U2", "nowhere")


def test_what_was_clicked_can_be_replaced_by_its_response_url_five_times() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = web.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=[buttons("share")])["message_ts"]
        slack.click("C1", ts, "U1", "share")
        act = slack.wait(lambda: bot.acts("block_actions"))[0]
        assert act["container"]["is_ephemeral"] and "message" not in act
        hook = WebhookClient(act["response_url"])
        for number in range(4):
            assert hook.send(text=f"shared {number}", replace_original=True).status_code == 200
        assert [one.text for one in slack.private("U1")] == ["shared 3"]
        assert hook.send(delete_original=True).status_code == 200 and slack.private("U1") == []
        sixth = hook.send(text="again")
        assert (sixth.status_code, json.loads(sixth.body)["error"]) == (404, "used_url")


def test_a_command_can_be_answered_later() -> None:
    with slack_with() as (slack, _), Bot(slack) as bot:
        slack.command("U1", "C1", "/ask", "who?")
        payload = slack.wait(lambda: [one.payload for one in bot.got if one.type == "slash_commands"])[0]
        hook = WebhookClient(payload["response_url"])
        hook.send(text="searching")
        hook.send(text="she", replace_original=True)
        assert [one.text for one in slack.private("U1")] == ["she"]
        hook.send(text="for all", response_type="in_channel")
        assert [one.text for one in slack.messages("C1")] == ["for all"]


def test_a_command_that_nobody_takes_fails_before_its_user() -> None:
    with slack_with(ack_seconds=0.1) as (slack, _):
        slack.command("U1", "C1", "/ask", "who?")
        assert "dispatch_failed" in slack.wait(lambda: slack.private("U1"))[0].text


def test_triggers_open_one_modal_within_three_seconds() -> None:
    view = {"type": "modal", "title": plain("Why?"), "blocks": [words("x"), buttons("next")]}
    with slack_with(trigger_seconds=0.2) as (slack, web), Bot(slack) as bot:
        trigger = slack.command("U1", "C1", "/ask", "")
        web.views_open(trigger_id=trigger, view=view)
        assert [one.title for one in slack.views("U1")] == ["Why?"]
        assert refused(web.views_open, trigger_id=trigger, view=view) == "exchanged_trigger_id"
        slow = slack.command("U1", "C1", "/ask", "")
        time.sleep(0.25)
        assert refused(web.views_open, trigger_id=slow, view=view) == "expired_trigger_id"
        slack.click_in_view("U1", "next")
        act = slack.wait(lambda: bot.acts("block_actions"))[0]
        assert act["view"]["id"] == slack.views("U1")[0].id and act["container"]["type"] == "view"
        web.views_update(view_id=act["view"]["id"], view={**view, "title": plain("Next")})
        assert [one.title for one in slack.views("U1")] == ["Next"]
        old = {"view_id": act["view"]["id"], "hash": act["view"]["hash"], "view": view}
        assert refused(web.views_update, **old) == "hash_conflict"


@pytest.mark.parametrize(
    "change",
    [
        {"title": plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"blocks": []},
        {"blocks": [{"type": "markdown", "text": "x"}]},
        {"type": "poster"},
    ],
)
def test_views_beyond_the_limits_are_refused(change: dict[str, Any]) -> None:
    with slack_with() as (slack, web):
        view = {"type": "modal", "title": plain("t"), "blocks": [words("x")], **change}
        slack.channel("C1", members=["U1"])
        trigger = slack.world.trigger("U1")
        assert refused(web.views_open, trigger_id=trigger, view=view) == "invalid_arguments"
        assert slack.views("U1") == []


def test_a_form_is_submitted_and_may_come_back_with_errors() -> None:
    element = {"type": "plain_text_input", "action_id": "words"}
    view = {
        "type": "modal",
        "callback_id": "reason",
        "title": plain("Why?"),
        "submit": plain("Send"),
        "private_metadata": "opaque",
        "blocks": [{"type": "input", "block_id": "why", "label": plain("Why?"), "element": element}],
    }
    answers = [{"response_action": "errors", "errors": {"why": "Too short"}}, {}]

    def answer(request: SocketModeRequest) -> Any:
        return answers.pop(0) if request.payload.get("type") == "view_submission" else {}

    with slack_with() as (slack, web), Bot(slack, answer) as bot:
        web.views_open(trigger_id=slack.command("U1", "C1", "/ask", ""), view=view)
        slack.submit("U1", {"why": {"words": "no"}})
        slack.wait(lambda: slack.views("U1")[0].errors == {"why": "Too short"})
        slack.submit("U1", {"why": {"words": "because"}})
        slack.wait(lambda: not slack.views("U1"))
        submitted = bot.acts("view_submission")[1]["view"]
        assert submitted["state"]["values"]["why"]["words"]["value"] == "because"
        assert (submitted["callback_id"], submitted["private_metadata"]) == ("reason", "opaque")


# What goes wrong on request


def test_calls_fail_as_scripted() -> None:
    with slack_with(rate_limits=False) as (slack, web):
        post = {"channel": "C1", "text": "x", **QUIET}
        slack.fail("chat.postMessage", status=500)
        slack.fail("chat.postMessage", error="fatal_error")
        slack.fail("chat.postMessage", retry_after=7)
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(**post)
        assert caught.value.response.status_code == 500
        assert refused(web.chat_postMessage, **post) == "fatal_error"
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(**post)
        assert caught.value.response.headers["Retry-After"] == "7"
        assert slack.messages("C1") == []
        web.retry_handlers.clear()
        slack.fail("chat.postMessage", cut="before", skip=1)
        slack.fail("chat.postMessage", cut="after", skip=1)
        web.chat_postMessage(**post)
        for _ in range(2):
            with pytest.raises(OSError):
                web.chat_postMessage(**post)
        assert len(slack.messages("C1")) == 2, "one that went well, and one whose answer was cut off"
        assert [one.status for one in slack.calls_of("chat.postMessage")] == [500, 200, 429, 200, 0, 0]


def test_calls_take_their_time_as_scripted() -> None:
    with slack_with() as (slack, web):
        slack.slow("auth.test", 0.2)
        begun = time.monotonic()
        web.auth_test()
        assert time.monotonic() - begun >= 0.2


def test_waiting_in_vain_shows_the_latest_calls() -> None:
    with slack_with() as (slack, web):
        web.auth_test()
        with pytest.raises(AssertionError, match="auth"):
            slack.wait(lambda: False, seconds=0.05)


# What our texts do


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ({"text": "<!channel> hello"}, ["<!channel>"]),
        ({"text": "<@U1> and <!subteam^S1|team>"}, ["<@U1>", "<!subteam^S1>"]),
        ({"text": "&lt;!channel&gt; @here"}, []),
        ({"text": "@here", "link_names": True}, ["@here"]),
        ({"text": "@here and @ann", "parse": "full"}, ["@here", "@ann"]),
        ({"blocks": [words("`<!here>` @everyone")]}, ["<!here>"]),
        ({"blocks": [words("@everyone", verbatim=False)]}, ["@everyone"]),
        ({"blocks": [{"type": "markdown", "text": "```\n<!everyone>\n```\n&lt;@U1&gt; @here"}]}, ["<!everyone>"]),
        ({"blocks": [{"type": "header", "text": plain("<!channel>")}]}, []),
        (
            {
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "text", "text": "<!channel>"},
                                    {"type": "broadcast", "range": "here"},
                                    {"type": "user", "user_id": "U1"},
                                ],
                            }
                        ],
                    }
                ]
            },
            ["<!here>", "<@U1>"],
        ),
    ],
)
def test_what_would_notify_is_counted(sent: dict[str, Any], what: list[str]) -> None:
    with slack_with() as (slack, web):
        web.chat_postMessage(**{"channel": "C1", "text": "x", **QUIET, **sent})
        assert [one[1] for one in slack.notifications] == what


@pytest.mark.parametrize(
    ("sent", "urls"),
    [
        (
            {"text": "<https://a.example.org|here> https://b.example.org x@example.org"},
            ["https://a.example.org", "https://b.example.org", "x@example.org"],
        ),
        ({"text": "https://b.example.org", "blocks": [words("https://c.example.org")]}, []),
        ({"blocks": [words("https://c.example.org", verbatim=False)]}, ["https://c.example.org"]),
        ({"blocks": [words("<mailto:x@example.org|write> <#C1>")]}, ["mailto:x@example.org", "#C1"]),
        (
            {
                "blocks": [
                    {
                        "type": "markdown",
                        "text": "[a](https://a.example.org) ![b](https://b.example.org/i.png) [c][1]\n\n[1]: https://c.example.org",
                    }
                ]
            },
            ["https://a.example.org", "https://b.example.org/i.png", "https://c.example.org"],
        ),
        (
            {
                "blocks": [
                    {
                        "type": "markdown",
                        "text": "https://a.example.org <https://b.example.org> \\[a](b) `https://code.example.org`",
                    }
                ]
            },
            ["https://b.example.org", "https://a.example.org"],
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**button("a"), "url": "https://a.example.org"}]}]},
            ["https://a.example.org"],
        ),
        (
            {"blocks": [{"type": "image", "image_url": "https://a.example.org/i.png", "alt_text": "i"}]},
            ["https://a.example.org/i.png"],
        ),
    ],
)
def test_what_would_lead_somewhere_is_listed(sent: dict[str, Any], urls: list[str]) -> None:
    with slack_with() as (slack, web):
        web.chat_postMessage(**{"channel": "C1", "text": "x", **QUIET, **sent})
        assert [one[0] for one in slack.links] == urls


def test_prompts_and_titles_are_texts_too() -> None:
    with slack_with() as (slack, web):
        channel, ts = slack.direct_channel("U1"), slack.direct("U1", "x")
        prompts = [{"title": "<@U2>", "message": "What is “<!channel> see www.example.org” about?"}]
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts, title="@here")
        web.assistant_threads_setTitle(channel_id=channel, thread_ts=ts, title="<https://a.example.org|x>")
        assert sorted(one[1] for one in slack.notifications) == ["<!channel>", "<@U2>", "@here"]
        assert {one[0] for one in slack.links} == {"www.example.org”", "https://a.example.org"}


def test_a_token_split_over_chunks_is_found_in_the_whole() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a <!chan", **TO_ANN)["ts"]
        assert slack.notifications == []
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="nel> [x](https://a.exa")
        web.chat_stopStream(channel="C1", ts=stream, markdown_text="mple.org)")
        assert [one[1] for one in slack.notifications] == ["<!channel>"]
        assert [one[0] for one in slack.links] == ["https://a.example.org"]


def test_a_page_shows_what_its_reader_sees() -> None:
    with slack_with() as (slack, web):
        slack.say("C1", "U1", "hello")
        blocks = [
            words("*bold* &lt;b&gt; <https://example.org|link>"),
            {
                "type": "container",
                "title": plain("Sources"),
                "is_collapsible": True,
                "default_collapsed": True,
                "child_blocks": [words("inside")],
            },
            {"type": "markdown", "text": "**strong** <script>"},
            buttons("a"),
        ]
        web.chat_postMessage(channel="C1", text="x", blocks=blocks, **QUIET)
        web.chat_postEphemeral(channel="C1", user="U1", text="secret")
        view = {"type": "modal", "title": plain("Passage"), "blocks": [words("whole passage")]}
        web.views_open(trigger_id=slack.world.trigger("U1"), view=view)
        ann, bob = slack.html("C1", user="U1"), slack.html("C1", user="U2")
        for piece in (
            "<b>bold</b> &lt;b&gt;",
            '<a href="https://example.org">link</a>',
            "<details><summary>Sources",
            "<strong>strong</strong> &lt;script&gt;",
            "whole passage",
            "secret",
        ):
            assert piece in ann
        assert "hello" in bob and "secret" not in bob and "whole passage" not in bob
