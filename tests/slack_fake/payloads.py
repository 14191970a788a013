"""What Slack sends: events in their envelope, commands, presses of buttons, submissions of modals."""

from __future__ import annotations

import re
import time
from typing import Any

from tests.slack_fake.records import Json, Message, SlackError, View
from tests.slack_fake.workspace import APP, BOT_ID, BOT_USER, TEAM, Workspace, elements

_MENTION = re.compile(r"<(@|#|!)([^>|]+)(?:\|[^>]*)?>")
TOKEN = "verification-token"
CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im"}


def event_callback(world: Workspace, event: Json, event_id: str) -> Json:
    """The envelope around an event."""
    channel = event.get("channel") or event.get("item", {}).get("channel") or ""
    room = world.rooms.get(channel) if isinstance(channel, str) else None
    team = _team(world, event.get("user") or event.get("message", {}).get("user"))
    return {
        "token": TOKEN,
        "team_id": team,  # of who acts, where that is somebody of another workspace; the app's is in authorizations
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event | _teams(event, team),
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(room and room.external),
        "event_context": f"4-{event_id}",
    }


def _team(world: Workspace, user: Any) -> str:
    known = world.people.get(user) if isinstance(user, str) else None
    return known.team if known else TEAM


def _teams(event: Json, team: str) -> Json:
    if event.get("type") not in {"message", "app_mention"} or "subtype" in event:
        return {}
    return {"team": team} if team == TEAM else {"team": team, "user_team": team, "source_team": team}


def typed_blocks(text: str) -> list[Json]:
    """The blocks that Slack makes of what a person types."""
    parts: list[Json] = []
    end = 0
    for found in _MENTION.finditer(text):
        if found.start() > end:
            parts.append({"type": "text", "text": text[end : found.start()]})
        sign, name = found.groups()
        kinds = {"@": {"type": "user", "user_id": name}, "#": {"type": "channel", "channel_id": name}}
        parts.append(kinds.get(sign, {"type": "broadcast", "range": name}))
        end = found.end()
    if end < len(text) or not parts:
        parts.append({"type": "text", "text": text[end:]})
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}]


def message_json(message: Message) -> Json:
    """A message as the Web API and events show it."""
    shown: Json = {"type": "message", "text": message.text, "ts": message.ts, "team": TEAM}
    if message.user:
        shown["user"] = message.user
    if blocks := [*_task_cards(message), *message.blocks]:
        shown["blocks"] = blocks
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.repliers:
        shown |= {"thread_ts": message.ts, "reply_count": len(message.repliers), "is_locked": False}
        shown |= {"reply_users": list(dict.fromkeys(message.repliers)), "subscribed": False}
    if message.bot_id:
        shown["bot_id"] = message.bot_id
    if message.bot_id == BOT_ID:
        shown["app_id"] = APP
        shown["bot_profile"] = {"id": BOT_ID, "app_id": APP, "user_id": BOT_USER, "name": "footnote", "team_id": TEAM}
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": f"{float(message.ts) + message.edits:.6f}"}
    if message.streaming:
        shown["streaming_state"] = "in_progress" if message.streaming == "in_progress" else "completed"
    return shown | message.fields


def _task_cards(message: Message) -> list[Json]:
    """The blocks that the tasks of a stream become."""
    return [
        {"type": "task_card", "task_id": chunk["id"], "title": chunk["title"], "status": chunk["status"]}
        for chunk in message.chunks
        if chunk["type"] == "task_update"
    ]


def message_event(world: Workspace, message: Message) -> Json:
    """The event that a message makes when it is posted."""
    kind = world.rooms[message.channel].kind
    event = message_json(message) | {"channel": message.channel, "channel_type": CHANNEL_TYPES[kind]}
    return event | {"event_ts": message.ts}


def changed_event(world: Workspace, message: Message, before: Json) -> Json:
    """The event that an edit makes; ``before`` is the message as it stood."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message_json(message),
        "previous_message": before,
        "channel": message.channel,
        "hidden": True,
        "ts": world.stamp(),
        "event_ts": world.stamp(),
        "channel_type": CHANNEL_TYPES[world.rooms[message.channel].kind],
    }


def removal_events(world: Workspace, happened: list[tuple[Message, Message | None]]) -> list[Json]:
    """The events that taking a message away makes."""
    return [
        deleted_event(world, message) if before is None else changed_event(world, message, message_json(before))
        for message, before in happened
    ]


def deleted_event(world: Workspace, message: Message) -> Json:
    """The event that a deletion makes."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": message_json(message),
        "channel": message.channel,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": world.stamp(),
        "event_ts": world.stamp(),
        "channel_type": CHANNEL_TYPES[world.rooms[message.channel].kind],
    }


def slash_command(world: Workspace, channel: str, user: str, command: str, text: str) -> Json:
    """A slash command, as flat as a form."""
    room = world.rooms[channel]
    return {
        "token": TOKEN,
        "team_id": _team(world, user),
        "team_domain": "example",
        "channel_id": channel,
        "channel_name": "directmessage" if room.kind == "im" else room.name,
        "user_id": user,
        "user_name": world.people[user].name,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": world.reply_address(channel, user),
        "trigger_id": world.trigger(user),
    }


def _person(world: Workspace, user: str) -> Json:
    known = world.people[user]
    return {"id": user, "username": known.name, "name": known.name, "team_id": known.team}


def _act(world: Workspace, kind: str, user: str) -> Json:
    return {
        "type": kind,
        "user": _person(world, user),
        "api_app_id": APP,
        "token": TOKEN,
        "team": {"id": _team(world, user), "domain": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def pressed(blocks: list[Json], action_id: str, value: str | None) -> Json:
    """The action that pressing an element makes; LookupError where no such element stands."""
    found = next(((part, block) for part, block in elements(blocks) if part["action_id"] == action_id), None)
    if found is None:
        known = [part["action_id"] for part, _ in elements(blocks)]
        raise LookupError(f"no element {action_id!r} to press; there are {known}")
    part, block = found
    action: Json = {
        "type": part["type"],
        "action_id": action_id,
        "block_id": block.get("block_id", ""),
        "action_ts": f"{time.time():.6f}",
    }
    if part["type"] == "feedback_buttons":
        sides = [part["positive_button"], part["negative_button"]]
        side = next((one for one in sides if one.get("value") == value), sides[0])
        return action | {"text": side["text"], "value": side.get("value") if value is None else value}
    if part["type"] == "button":
        own = part.get("value")
        action |= {"text": part["text"]}
        return action | ({"value": own if value is None else value} if (own or value) is not None else {})
    return action | selected(part, value)


def selected(part: Json, value: Any) -> Json:
    """The state of an input element that holds a value; a dict is taken as the state itself."""
    kind = part["type"]
    if isinstance(value, dict):
        return {"type": kind, **value}
    if kind in {"static_select", "external_select", "radio_buttons", "overflow"}:
        options = part.get("options", [])
        return {"type": kind, "selected_option": next((one for one in options if one["value"] == value), None)}
    if kind in {"checkboxes", "multi_static_select"}:
        wanted = value if isinstance(value, list) else [value]
        return {"type": kind, "selected_options": [one for one in part.get("options", []) if one["value"] in wanted]}
    names = {"users_select": "selected_user", "channels_select": "selected_channel"}
    names["conversations_select"] = "selected_conversation"
    return {"type": kind, names.get(kind, "value"): value}


def message_action(world: Workspace, message: Message, user: str, action: Json) -> Json:
    """A press of something that stands in a message."""
    ephemeral = message.ephemeral_to is not None
    room = world.rooms[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _act(world, "block_actions", user) | {
        "container": container,
        "trigger_id": world.trigger(user),
        "channel": {"id": message.channel, "name": "directmessage" if room.kind == "im" else room.name},
        "state": {"values": {}},
        "response_url": world.reply_address(message.channel, user, message.thread_ts, message.ts),
        "actions": [action],
    }
    return payload if ephemeral else payload | {"message": message_json(message)}


def view_json(view: View, state: Json | None = None) -> Json:
    """A view as Slack shows it to the app."""
    return view.raw | {
        "id": view.id,
        "team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT_ID,
        "blocks": view.blocks,
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "external_id": view.external_id,
        "state": {"values": state or {}},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_installed_team_id": TEAM,
    }


def view_action(world: Workspace, view: View, action: Json) -> Json:
    """A press of something that stands in a view."""
    return _act(world, "block_actions", view.user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.trigger(view.user),
        "view": view_json(view),
        "actions": [action],
    }


def view_submission(world: Workspace, view: View, filled: Json) -> Json:
    """A modal that is submitted; LookupError where it has no such field."""
    state: Json = {}
    for part, block in elements(view.blocks):
        if block.get("type") == "input":
            given = filled.get(block["block_id"], {}).get(part["action_id"])
            state.setdefault(block["block_id"], {})[part["action_id"]] = selected(part, given)
    unknown = set(filled) - set(state)
    if unknown:
        raise LookupError(f"no input block {sorted(unknown)}; there are {sorted(state)}")
    return _act(world, "view_submission", view.user) | {
        "trigger_id": world.trigger(view.user),
        "view": view_json(view, state),
        "response_urls": [],
    }


def view_closed(world: Workspace, view: View) -> Json:
    """A modal that its user closed."""
    return _act(world, "view_closed", view.user) | {"view": view_json(view), "is_cleared": False}


def own_message(message: Message, code: str) -> None:
    """Raise ``code`` unless the message is the bot's."""
    if message.bot_id != BOT_ID:
        raise SlackError(code)
