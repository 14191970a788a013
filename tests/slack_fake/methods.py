"""The Web API: which methods there are, what each needs, and how a call is judged before it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.slack_fake import chatting, directory, limits, streams, views
from tests.slack_fake.records import Json, SlackError
from tests.slack_fake.workspace import Workspace

# Arguments that a form carries as JSON.
_STRUCTURED = {"blocks", "attachments", "metadata", "view", "chunks", "prompts", "loading_messages", "users"}
_OF_ROOM = {"channel": "channels", "group": "groups", "im": "im"}
FAULTS = {
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "invalid_chunks",
    "invalid_auth",
    "invalid_json",
    "markdown_text_conflict",
    "missing_recipient_team_id",
    "missing_recipient_user_id",
    "missing_scope",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "not_allowed_token_type",
    "not_authed",
    "push_limit_reached",
}


@dataclass(frozen=True)
class Method:
    """A method: what it does, what it cannot do without, its scope ("*:read" depends on the channel), its tier."""

    run: Callable[[Workspace, Json], Json]
    required: tuple[str, ...] = ()
    scope: str = ""
    tier: int | None = None


METHODS = {
    "api.test": Method(directory.api_test),
    "auth.test": Method(directory.auth_test),
    "bots.info": Method(directory.bots_info, (), "users:read", 3),
    "chat.postMessage": Method(chatting.post_message, ("channel",), "chat:write"),
    "chat.postEphemeral": Method(chatting.post_ephemeral, ("channel", "user"), "chat:write", 4),
    "chat.update": Method(chatting.update, ("channel", "ts"), "chat:write", 3),
    "chat.delete": Method(chatting.delete, ("channel", "ts"), "chat:write", 3),
    "chat.getPermalink": Method(chatting.permalink, ("channel", "message_ts")),
    "chat.startStream": Method(streams.start, ("channel",), "chat:write", 2),
    "chat.appendStream": Method(streams.append, ("channel", "ts"), "chat:write", 4),
    "chat.stopStream": Method(streams.stop, ("channel", "ts"), "chat:write", 2),
    "reactions.add": Method(chatting.add_reaction, ("channel", "timestamp", "name"), "reactions:write", 3),
    "reactions.remove": Method(chatting.remove_reaction, ("channel", "timestamp", "name"), "reactions:write", 2),
    "views.open": Method(views.open_view, ("trigger_id", "view"), "", 4),
    "views.push": Method(views.push_view, ("trigger_id", "view"), "", 4),
    "views.update": Method(views.update_view, ("view",), "", 4),
    "views.publish": Method(views.publish_view, ("user_id", "view"), "", 4),
    "users.info": Method(directory.users_info, ("user",), "users:read", 4),
    "users.list": Method(directory.users_list, (), "users:read", 2),
    "conversations.info": Method(directory.conversations_info, ("channel",), "*:read", 3),
    "conversations.members": Method(directory.conversations_members, ("channel",), "*:read", 4),
    "conversations.open": Method(directory.conversations_open, (), "im:write", 3),
    "conversations.replies": Method(directory.conversations_replies, ("channel", "ts"), "*:history", 3),
    "conversations.history": Method(directory.conversations_history, ("channel",), "*:history", 3),
    "assistant.threads.setStatus": Method(directory.set_status, ("channel_id", "thread_ts", "status"), "chat:write"),
    "assistant.threads.setTitle": Method(
        directory.set_title, ("channel_id", "thread_ts", "title"), "assistant:write", 4
    ),
    "assistant.threads.setSuggestedPrompts": Method(
        directory.set_prompts, ("channel_id", "prompts"), "assistant:write", 4
    ),
    "agents.sessions.setStatus": Method(directory.set_session, ("channel_id", "status"), "chat:write", 3),
    "agents.sessions.rename": Method(directory.rename_session, ("channel_id", "title"), "chat:write", 3),
}


def arguments_of(query: Any, form: Any, body: Any) -> Json:
    """The arguments of a call from wherever they stand, structures unpacked."""
    merged: Json = {**query, **form, **(body if isinstance(body, dict) else {})}
    for name in _STRUCTURED & set(merged):
        value = merged[name]
        if isinstance(value, str) and value[:1] in {"[", "{"}:
            try:
                merged[name] = json.loads(value)
            except ValueError as error:
                raise SlackError("invalid_json") from error
    return merged


def call(world: Workspace, rates: limits.Rates, name: str, arguments: Json) -> Json:
    """Judge a call of the bot and run it; SlackError where Slack would refuse it."""
    method = METHODS.get(name)
    streamed = name.startswith("chat.") and name.endswith("Stream")
    if method is None or (streamed and not world.options.streaming):
        raise SlackError("unknown_method", req_method=name)
    rates.check(name, method.tier, arguments.get("channel"))
    _check_scope(world, method, arguments)
    empty = [one for one in method.required if arguments.get(one) is None or (arguments[one] == "" and one != "status")]
    if empty:
        messages = [f"[ERROR] missing required field: {one}" for one in empty]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    return method.run(world, arguments)


def _check_scope(world: Workspace, method: Method, arguments: Json) -> None:
    needed = method.scope
    if needed.startswith("*"):
        room = world.rooms.get(str(arguments.get("channel") or ""))
        needed = needed.replace("*", _OF_ROOM[room.kind if room else "channel"])
    if needed and needed not in world.options.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(world.options.scopes))
