from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from bot.slack.access import Access, Allowed
from bot.slack.manifest import EVENTS, SCOPES, manifest
from bot.slack.web import Web
from config import load
from tests.slack_fake import FakeSlack, methods

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "tests" / "slack_fake" / "manifest.schema.2.0.0.json").read_text("utf-8"))
SOURCES = {file.name: file.read_text("utf-8") for file in (ROOT / "bot" / "slack").rglob("*.py")}
URL = "https://bot.example.org/slack/events"

# As Slack documents its events and methods.
SCOPES_OF_EVENTS = {
    "agent_session_stopped": set(),
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
}


def called() -> set[str]:
    """The methods of the Web API that the bot calls anywhere."""
    dotted = r"\"((?:apps|auth|chat|views|users|conversations|assistant|agents|reactions|files)\.[A-Za-z.]+)\""
    return {name for text in SOURCES.values() for name in re.findall(dotted, text)}


@pytest.mark.parametrize("request_url", [None, URL])
@pytest.mark.parametrize("settings", [[], ["slack.name=Ask the Harbour Post's own archives", "slack.command=/q-1"]])
def test_slacks_schema_accepts_it(request_url: str | None, settings: list[str]) -> None:
    made = manifest(load(overrides=settings, environ={}), request_url=request_url)
    assert not [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)]


def test_the_schema_does_refuse() -> None:
    made = manifest(load(environ={}))
    made["features"]["agent_view"]["agent_description"] = "x" * 301
    made["features"]["slash_commands"][0]["command"] = "ask"
    made["settings"]["unheard_of"] = True
    assert len(list(Draft202012Validator(SCHEMA).iter_errors(made))) == 3


def test_it_follows_the_settings() -> None:
    made = manifest(load(overrides=["slack.name=Almanac", "slack.command=/almanac"], environ={}))
    assert made["display_information"]["name"] == made["features"]["bot_user"]["display_name"] == "Almanac"
    command = made["features"]["slash_commands"][0]
    assert (command["command"], command["should_escape"]) == ("/almanac", True)


def test_without_an_address_it_is_for_socket_mode() -> None:
    made = manifest(load(environ={}))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)


def test_with_an_address_every_kind_of_delivery_goes_there() -> None:
    made = manifest(load(environ={}), request_url=URL)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == URL
    assert made["settings"]["interactivity"]["request_url"] == URL
    assert made["features"]["slash_commands"][0]["url"] == URL


def test_people_can_write_to_it_and_press_its_buttons() -> None:
    made = manifest(load(environ={}))
    home = made["features"]["app_home"]
    assert home["messages_tab_enabled"] and not home["messages_tab_read_only_enabled"]
    assert made["settings"]["interactivity"]["is_enabled"]
    assert made["features"]["agent_view"]["suggested_prompts"]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_it_subscribes_to_is_listened_to_and_within_its_scopes(event: str) -> None:
    assert f'"{event.partition(".")[0]}"' in SOURCES["listening.py"]
    assert SCOPES_OF_EVENTS[event] <= set(SCOPES)


def test_every_call_is_within_its_scopes() -> None:
    found = called()
    assert {"chat.postMessage", "users.list", "conversations.info", "assistant.threads.setTitle"} <= found
    for method in found - {"apps.connections.open"}:
        scope = methods.METHODS[method].scope
        needed = {scope.replace("*", kind) for kind in ("channels", "groups", "mpim")} if "*" in scope else {scope}
        assert needed - {""} <= set(SCOPES), method


def test_no_scope_is_asked_for_in_vain() -> None:
    kinds = ("channels", "groups", "im", "mpim")
    scopes = [methods.METHODS[method].scope for method in called() - {"apps.connections.open"}]
    needed = {scope.replace("*", kind) for scope in scopes for kind in kinds}
    needed |= set().union(*SCOPES_OF_EVENTS.values()) | {"commands"}
    assert set(SCOPES) <= needed
    assert len(SCOPES) == len(set(SCOPES))


def test_what_access_asks_for_is_granted_by_its_scopes() -> None:
    with FakeSlack(scopes=SCOPES) as slack:
        slack.user("U1", name="ann")
        slack.user("U2", name="guest", guest=True)
        slack.channel("C1", members=["U1"])
        rule = Access(load(environ={}).slack, Web(SecretStr(slack.bot_token), slack.api_url), lambda channel: (0, ""))
        assert rule.of_channel("C1", external=False) == Allowed(("default",))
