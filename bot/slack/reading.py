"""What a delivery says, as nouns: a message, an edit, a deletion; None for all that is nobody's question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.questions import Surface

_SAID_BY_PEOPLE = (None, "file_share", "thread_broadcast", "bot_message")  # subtypes; all others are Slack's own


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said where; ``thread`` is the root it was said under, empty at the top level.

    ``delivery`` is the id of the event: a mention comes twice, under two of them. ``bot`` is the id of a bot that said
    it, empty for a person. ``user_team`` is the speaker's own workspace; ``external`` whether the channel is shared
    with another one.
    """

    delivery: str
    surface: Surface
    team: str
    channel: str
    ts: str
    thread: str
    user: str
    user_team: str
    text: str
    bot: str = ""
    external: bool = False

    def mentions(self, user: str) -> bool:
        """Whether it names this user."""
        return f"<@{user}>" in self.text or f"<@{user}|" in self.text


@dataclass(frozen=True, slots=True)
class Edited:
    """A message that says something else now, since ``at``."""

    message: Message
    before: str
    at: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message that is gone, or left as a tombstone because its thread goes on."""

    delivery: str
    team: str
    channel: str
    ts: str


def read(body: Mapping[str, Any], team: str) -> Message | Edited | Deleted | None:
    """The noun in an ``event_callback`` of a message or a mention; None for joins, topics, Slackbot and the like.

    ``team`` is the bot's own workspace: where a channel is shared, the delivery may name the speaker's.
    """
    event = body["event"]
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        return Deleted(body["event_id"], team, event["channel"], event["deleted_ts"])
    if subtype == "message_changed":
        now, before = event["message"], event.get("previous_message") or {}
        if now.get("subtype") == "tombstone":
            return Deleted(body["event_id"], team, event["channel"], now["ts"])
        message = _message(body, event, now, team)
        changed = message and now.get("text") != before.get("text")
        return Edited(message, before.get("text") or "", event["ts"]) if message and changed else None
    return _message(body, event, event, team)


def _message(body: Mapping[str, Any], event: Mapping[str, Any], said: Mapping[str, Any], team: str) -> Message | None:
    """``event`` tells where, ``said`` who and what: in an edit these are two."""
    user = said.get("user") or ""
    bot = said.get("bot_id") or ""
    if said.get("subtype") not in _SAID_BY_PEOPLE or user == "USLACKBOT" or not (user or bot):
        return None
    channel = event["channel"]
    thread = said.get("thread_ts") or ""
    return Message(
        delivery=body["event_id"],
        surface="direct" if event.get("channel_type") == "im" or channel.startswith("D") else "channel",
        team=team,
        channel=channel,
        ts=said["ts"],
        thread="" if thread == said["ts"] else thread,
        user=user or bot,
        user_team=said.get("user_team") or said.get("team") or body.get("team_id") or team,
        text=said.get("text") or "",
        bot=bot,
        external=bool(body.get("is_ext_shared_channel")),
    )
