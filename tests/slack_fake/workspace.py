"""The workspace behind the fake: who is there, what was said, and what each of them may see of it."""

from __future__ import annotations

import copy
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.slack_fake.records import Call, Json, Message, Person, Room, SlackError, View

BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
APP = "A0FOOTNOTE"
TEAM = "T0TEAM"
_GONE = "This message was deleted."


@dataclass(frozen=True)
class Options:
    """How strict this Slack is, and what it offers."""

    strict: bool = True
    streaming: bool = True
    agent_view: bool = True
    scopes: tuple[str, ...] = ()
    events: frozenset[str] | None = None  # that the app has subscribed to; None: all
    stream_seconds: float = 300.0
    ack_seconds: float = 3.0
    redeliver: bool = True
    rate_limits: bool = True
    retry_gaps: tuple[float, ...] = (0.0, 0.2, 0.5)
    trigger_seconds: float = 3.0


@dataclass
class ReplyAddress:
    """A response URL: whom it answers, what it may replace, how often it was used."""

    channel: str
    user: str
    made: float
    thread: str | None = None
    original: str | None = None
    used: int = 0


@dataclass
class Workspace:
    """All state, behind one lock; ``publish`` brings an event to the app."""

    options: Options
    seed: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    people: dict[str, Person] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    said: dict[str, dict[str, Message]] = field(default_factory=dict)
    whispers: list[Message] = field(default_factory=list)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float, bool]] = field(default_factory=dict)
    addresses: dict[str, ReplyAddress] = field(default_factory=dict)
    statuses: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    sessions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    titles: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    prompts: dict[str, list[Json]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    publish: Callable[..., str] = field(default=lambda *_, **__: "")
    active: float = field(default_factory=time.monotonic)
    url: str = ""
    _counter: int = 0
    _last: float = 0.0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.people[BOT_USER] = Person(BOT_USER, "footnote", TEAM, bot=True)

    def touch(self) -> None:
        """Note that something has come or gone."""
        self.active = time.monotonic()

    def identify(self, prefix: str) -> str:
        """A new id, as Slack's look."""
        with self.lock:
            self._counter += 1
            return f"{prefix}{self._counter:08X}"

    def stamp(self) -> str:
        """A new timestamp, later than every one before."""
        with self.lock:
            self._last = max(round(time.time(), 6), round(self._last + 0.000001, 6))
            return f"{self._last:.6f}"

    def room(self, channel: object) -> Room:
        """The channel as the bot may reach it; a user's id stands for the direct conversation with them."""
        name = str(channel or "")
        if name in self.people and name != BOT_USER:
            name = self.direct(name).id
        room = self.rooms.get(name)
        if room is None:
            raise SlackError("channel_not_found")
        return room

    def direct(self, user: str) -> Room:
        """The direct conversation of a user with the bot, made if it is new."""
        known = next((room for room in self.rooms.values() if room.kind == "im" and user in room.members), None)
        if known:
            return known
        room = Room("D" + user.lstrip("UW"), "im", [user])
        self.rooms[room.id] = room
        return room

    def add(self, message: Message) -> Message:
        """Keep a message; what has no block id is given one."""
        name_blocks(message.blocks, self)
        standing = self.said.setdefault(message.channel, {})
        root = standing.get(message.thread_ts or "")
        if root is not None and message.ts not in standing:
            root.repliers.append(message.user)
        standing[message.ts] = message
        self.touch()
        return message

    def thread_of(self, channel: str, ts: object) -> str | None:
        """The root of the thread that a message is in or would begin; None where there is no such message."""
        message = self.said.get(channel, {}).get(str(ts))
        return None if message is None else message.thread_ts or message.ts

    def remove(self, message: Message) -> list[tuple[Message, Message | None]]:
        """Take a message away; each message that changes, with how it was before (None: it is gone).

        A root with replies leaves a tombstone, which goes with the last of them.
        """
        standing = self.said[message.channel]
        self.touch()
        if message.repliers:
            before = copy.deepcopy(message)
            message.text, message.blocks, message.markdown, message.chunks = _GONE, [], "", []
            message.user, message.subtype, message.bot_id, message.fields = "USLACKBOT", "tombstone", None, {}
            return [(message, before)]
        del standing[message.ts]
        happened: list[tuple[Message, Message | None]] = [(message, None)]
        root = standing.get(message.thread_ts or "")
        if root is not None and root is not message:
            root.repliers.remove(message.user)
            if root.subtype == "tombstone" and not root.repliers:
                del standing[root.ts]
                happened.append((root, None))
        return happened

    def find(self, channel: str, ts: object) -> Message:
        """A message that everyone can see; message_not_found otherwise."""
        message = self.said.get(channel, {}).get(str(ts))
        if message is None:
            raise SlackError("message_not_found")
        return message

    def settle(self, message: Message) -> None:
        """A stream that is too old has ended by itself."""
        if message.streaming == "in_progress" and time.monotonic() - message.began > self.options.stream_seconds:
            message.streaming = "expired"

    def whisper(self, user: str, ts: str) -> Message | None:
        """A message that only this user sees."""
        return next((one for one in self.whispers if one.ts == ts and one.ephemeral_to == user), None)

    def shown(self, channel: str, thread: str | None = None, viewer: str | None = None) -> list[Message]:
        """Copies of what stands in a channel (or one thread of it, root first) as one viewer sees it."""
        with self.lock:
            standing = sorted(self.said.get(channel, {}).values(), key=lambda one: one.ts)
            wanted = [one for one in standing if thread is None or thread in {one.ts, one.thread_ts}]
            return [self._seen(copy.deepcopy(one), viewer) for one in wanted]

    def _seen(self, message: Message, viewer: str | None) -> Message:
        self.settle(message)
        direct = message.channel in self.rooms and self.rooms[message.channel].kind == "im"
        if viewer and not direct and message.streaming == "in_progress" and viewer != message.recipient:
            message.chunks = message.chunks[: message.sight]
            message.markdown = message.text = "".join(one.get("text", "") for one in message.chunks)
        return message

    def private(self, user: str) -> list[Message]:
        """Copies of the messages that only this user sees, oldest first."""
        with self.lock:
            return [copy.deepcopy(one) for one in self.whispers if one.ephemeral_to == user]

    def status(self, channel: str, thread: str, words: str) -> None:
        """Set (or with "" clear) the status of a thread."""
        history = self.statuses.setdefault((channel, thread), [])
        if words or (history and history[-1]):
            history.append(words)

    def clear_status(self, channel: str, thread: str | None) -> None:
        """A message of the bot has come: Slack takes the status away by itself."""
        if thread and self.statuses.get((channel, thread)):
            self.status(channel, thread, "")

    def trigger(self, user: str) -> str:
        """A new trigger id for an act of this user."""
        with self.lock:
            trigger = f"{self.identify('')}.{TEAM}.{self.random.randrange(10**9):09d}"
            self.triggers[trigger] = (user, time.monotonic(), False)
            return trigger

    def redeem(self, trigger: object) -> str:
        """Whose act a trigger id stands for; it may be exchanged once, for a few seconds."""
        known = self.triggers.get(str(trigger))
        if known is None:
            raise SlackError("invalid_trigger_id")
        user, made, used = known
        if used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - made > self.options.trigger_seconds:
            raise SlackError("expired_trigger_id")
        self.triggers[str(trigger)] = (user, made, True)
        return user

    def reply_address(self, channel: str, user: str, thread: str | None = None, original: str | None = None) -> str:
        """A new response URL."""
        name = self.identify("R")
        self.addresses[name] = ReplyAddress(channel, user, time.monotonic(), thread, original)
        return f"{self.url}/response/{name}"


def name_blocks(blocks: Iterable[Json], workspace: Workspace) -> None:
    """Give each block that has no block_id one, as Slack does."""
    for block in blocks:
        if isinstance(block, dict) and not block.get("block_id"):
            block["block_id"] = workspace.identify("b")


def elements(blocks: Any) -> Iterable[tuple[Json, Json]]:
    """Every interactive element in blocks, with the block it stands in."""
    for block in blocks or ():
        yield from _inside(block, block)


def _inside(part: Any, block: Json) -> Iterable[tuple[Json, Json]]:
    if isinstance(part, list):
        for one in part:
            yield from _inside(one, block)
    elif isinstance(part, dict):
        if part is not block and "type" in part and "block_id" in part and "action_id" not in part:
            block = part
        if "action_id" in part:
            yield part, block
        for value in part.values():
            if isinstance(value, dict | list):
                yield from _inside(value, block)
