"""What people press and submit in the fake Slack, and how an app answers: over the wire, with the real slack_sdk."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.webhook import WebhookClient

from tests.slack_client import QUIET, Bot, buttons, plain, refused, slack_with, words

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


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
