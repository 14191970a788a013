"""What the fake Slack takes over the wire from the real slack_sdk: tokens, arguments, limits; and errors on request."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack_client import QUIET, TO_ANN, button, buttons, plain, refused, slack_with, words

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


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
