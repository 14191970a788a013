"""auth.*, users.*, conversations.*, assistant.threads.* and agents.sessions.*: who and what there is, and its state."""

from __future__ import annotations

from typing import Any

from tests.slack_fake import limits, payloads
from tests.slack_fake.chatting import present
from tests.slack_fake.records import Json, Message, Person, Room, SlackError
from tests.slack_fake.streams import SESSION_STATES
from tests.slack_fake.workspace import BOT_ID, BOT_USER, TEAM, Workspace

_MOST_TITLE = 200
_MOST_PROMPTS = 4
_MOST_LOADING = 10


def auth_test(world: Workspace, arguments: Json) -> Json:
    """auth.test"""
    return {
        "url": "https://example.slack.com/",
        "team": "Example",
        "user": world.people[BOT_USER].name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def api_test(world: Workspace, arguments: Json) -> Json:
    """api.test"""
    return {"args": arguments}


def bots_info(world: Workspace, arguments: Json) -> Json:
    """bots.info"""
    if arguments.get("bot") != BOT_ID:
        raise SlackError("bot_not_found")
    return {"bot": {"id": BOT_ID, "user_id": BOT_USER, "name": world.people[BOT_USER].name, "deleted": False}}


def person_json(person: Person, locale: bool = False, is_stranger: bool = False) -> Json:
    """A user as the Web API shows them."""
    shown: Json = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "real_name": person.name,
        "deleted": False,
        "tz": person.timezone,
        "is_bot": person.bot,
        "is_app_user": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "profile": {"display_name": person.name, "real_name": person.name, "team": person.team},
    }
    if person.team != TEAM:
        shown["is_stranger"] = is_stranger  # somebody of another workspace with whom no channel is shared
    return shown | ({"locale": person.locale} if locale else {})


def users_info(world: Workspace, arguments: Json) -> Json:
    """users.info"""
    person = world.people.get(str(arguments["user"]))
    if person is None:
        raise SlackError("user_not_found")
    is_stranger = not any(room.external and person.id in room.members for room in world.rooms.values())
    return {"user": person_json(person, bool(limits.flag(arguments.get("include_locale"))), is_stranger)}


def users_list(world: Workspace, arguments: Json) -> Json:
    """users.list"""
    people = [one for one in world.people.values() if one.team == TEAM]
    page, cursor = _page(people, arguments, 200)
    return {"members": [person_json(one) for one in page], "response_metadata": {"next_cursor": cursor}}


def _page(everything: list[Any], arguments: Json, most: int) -> tuple[list[Any], str]:
    try:
        start = int(str(arguments.get("cursor") or "0").removeprefix("next:"))
        size = min(int(arguments.get("limit") or most), 1000)
    except ValueError as error:
        raise SlackError("invalid_cursor") from error
    end = start + size
    return everything[start:end], f"next:{end}" if end < len(everything) else ""


def room_json(room: Room) -> Json:
    """A channel as the Web API shows it."""
    shown: Json = {
        "id": room.id,
        "is_channel": room.kind == "channel",
        "is_group": room.kind == "group",
        "is_im": room.kind == "im",
        "is_mpim": False,
        "is_private": room.kind != "channel",
        "is_archived": False,
        "context_team_id": TEAM,
    }
    if room.kind == "im":
        return shown | {"user": room.members[0], "is_open": True}
    return shown | {
        "name": room.name,
        "is_member": room.bot,
        "is_shared": room.external,
        "is_ext_shared": room.external,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
    }


def conversations_info(world: Workspace, arguments: Json) -> Json:
    """conversations.info"""
    room = world.room(arguments["channel"])
    if not room.bot and room.kind != "channel":
        raise SlackError("channel_not_found")
    shown = room_json(room)
    if limits.flag(arguments.get("include_num_members")):
        shown["num_members"] = len(room.members) + room.bot
    return {"channel": shown}


def conversations_members(world: Workspace, arguments: Json) -> Json:
    """conversations.members"""
    room = world.room(arguments["channel"])
    page, cursor = _page([*room.members, *([BOT_USER] if room.bot else [])], arguments, 100)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def conversations_open(world: Workspace, arguments: Json) -> Json:
    """conversations.open"""
    if arguments.get("channel"):
        return {"channel": {"id": world.room(arguments["channel"]).id}}
    given = arguments.get("users") or ""
    users = given if isinstance(given, list) else str(given).split(",")
    if len(users) != 1 or users[0] not in world.people:
        raise SlackError("user_not_found" if len(users) == 1 else "method_not_supported_for_channel_type")
    return {"channel": {"id": world.direct(users[0]).id}}


def conversations_replies(world: Workspace, arguments: Json) -> Json:
    """conversations.replies"""
    room = present(world, arguments["channel"])
    root = str(arguments["ts"])
    if root not in world.said.get(room.id, {}):
        raise SlackError("thread_not_found")
    oldest, latest = str(arguments.get("oldest") or "0"), str(arguments.get("latest") or "9" * 20)
    standing = [
        one for one in world.shown(room.id, root) if one.ts == root or float(oldest) < float(one.ts) < float(latest)
    ]
    return _messages(standing, arguments)


def conversations_history(world: Workspace, arguments: Json) -> Json:
    """conversations.history"""
    room = present(world, arguments["channel"])
    standing = [one for one in world.shown(room.id) if one.thread_ts in {None, one.ts}]
    return _messages(standing[::-1], arguments)


def _messages(standing: list[Message], arguments: Json) -> Json:
    page, cursor = _page(standing, arguments, 100)
    shown = [payloads.message_json(one) for one in page]
    if limits.flag(arguments.get("include_all_metadata")):
        shown = [one | ({"metadata": m.metadata} if m.metadata else {}) for one, m in zip(shown, page, strict=True)]
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def set_status(world: Workspace, arguments: Json) -> Json:
    """assistant.threads.setStatus"""
    room = present(world, arguments["channel_id"])
    if len(arguments.get("loading_messages") or []) > _MOST_LOADING:
        raise SlackError("invalid_arguments")
    thread = world.thread_of(room.id, arguments["thread_ts"])
    if thread is None:
        raise SlackError("invalid_thread_ts")
    world.status(room.id, thread, str(arguments["status"]))
    return {}


def set_title(world: Workspace, arguments: Json) -> Json:
    """assistant.threads.setTitle"""
    room = present(world, arguments["channel_id"])
    if room.kind != "im":
        raise SlackError("channel_type_not_supported")
    world.titles.setdefault((room.id, str(arguments["thread_ts"])), []).append(str(arguments["title"]))
    return {}


def set_prompts(world: Workspace, arguments: Json) -> Json:
    """assistant.threads.setSuggestedPrompts"""
    room = present(world, arguments["channel_id"])
    prompts = arguments["prompts"]
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= _MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    if not all(isinstance(one, dict) and one.get("title") and one.get("message") for one in prompts):
        raise SlackError("invalid_arguments")
    if arguments.get("thread_ts") and world.options.agent_view:
        # Slack says ok and shows nothing.
        world.violations.append("assistant.threads.setSuggestedPrompts: thread_ts makes the agent view ignore it")
        return {}
    world.prompts[room.id] = prompts
    return {}


def set_session(world: Workspace, arguments: Json) -> Json:
    """agents.sessions.setStatus"""
    room, thread = _session(world, arguments)
    state, title = arguments["status"], arguments.get("title")
    if state not in SESSION_STATES or len(str(title or "")) > _MOST_TITLE:
        raise SlackError("invalid_arguments")
    if title and (room.id, thread) not in world.sessions:
        world.titles.setdefault((room.id, thread), []).append(str(title))
    world.sessions.setdefault((room.id, thread), []).append(state)
    world.status(room.id, thread, "processing" if state == "processing" else "")
    return {"status": state, "agent_status": state}


def rename_session(world: Workspace, arguments: Json) -> Json:
    """agents.sessions.rename"""
    room, thread = _session(world, arguments)
    title = str(arguments["title"])
    if not 1 <= len(title) <= _MOST_TITLE:
        raise SlackError("invalid_arguments")
    if (room.id, thread) not in world.sessions:
        raise SlackError("session_not_found")
    world.titles.setdefault((room.id, thread), []).append(title)
    return {"title": title}


def _session(world: Workspace, arguments: Json) -> tuple[Room, str]:
    if not world.options.agent_view:
        raise SlackError("not_authorized")
    room = present(world, arguments.get("channel_id"))
    thread = world.thread_of(room.id, arguments.get("thread_ts"))
    if thread is None:
        raise SlackError("invalid_thread_ts")
    return room, thread
