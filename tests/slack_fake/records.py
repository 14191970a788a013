"""What the fake keeps and shows: people, channels, messages, views, calls and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Streaming = Literal["in_progress", "completed", "expired", "stopped"]


class SlackError(Exception):
    """What Slack answers instead of ok; ``fields`` join the answer, ``headers`` and ``status`` the response."""

    def __init__(
        self, code: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **fields: object
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.headers = dict(headers or {})
        self.fields = fields


@dataclass
class Person:
    """A user of Slack; ``team`` is the workspace they belong to, ``guest`` a guest of one or more channels."""

    id: str
    name: str
    team: str
    guest: bool = False
    bot: bool = False
    locale: str = "en-US"
    timezone: str = "Europe/Amsterdam"


@dataclass
class Room:
    """A channel, a group, or a direct conversation, and who is in it."""

    id: str
    kind: Literal["channel", "group", "im"]
    members: list[str]
    name: str = ""
    external: bool = False
    bot: bool = True


@dataclass
class Message:
    """A message as it stands now; ``sight`` is what members other than the recipient see of it while it streams."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    edited: bool = False
    edits: int = 0
    streaming: Streaming | None = None
    markdown: str = ""
    chunks: list[Json] = field(default_factory=list)
    sight: int = 0
    recipient: str | None = None
    began: float = 0.0
    ephemeral_to: str | None = None
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    repliers: list[str] = field(default_factory=list)
    fields: Json = field(default_factory=dict)


@dataclass
class View:
    """A modal (or Home tab) that stands open before one user."""

    id: str
    user: str
    type: str
    callback_id: str
    title: str
    blocks: list[Json]
    private_metadata: str
    external_id: str
    hash: str
    raw: Json
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call of the Web API (or of a response URL: method "response_url") and what it was answered."""

    method: str
    arguments: Json
    time: float
    token: str
    answer: Json
    status: int = 200


@dataclass
class Delivery:
    """One attempt to bring one thing to the app; times are of the monotonic clock, ``status`` says how it went.

    ``status``: "waiting" (no socket), "sent", "acked", "late" (not in time), "lost" (socket closed first), "failed".
    """

    id: str
    kind: str
    event_id: str
    sent: float
    attempt: int
    payload: Json
    acked: float | None = None
    status: str = "waiting"
    reason: str = ""
