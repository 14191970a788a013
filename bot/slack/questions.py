"""The nouns of the Slack client: a question as it was asked there, and what is shown for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Surface = Literal["channel", "direct", "command"]
Blocks = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one person, as it was taken in.

    ``id`` is what logs and apologies quote. ``handle`` is the opaque value of every button below its answer.
    ``ts`` names the asking message, or the trigger of a slash command; ``thread`` the root of the thread the answer
    goes to (empty for a command). ``user_team`` is the asker's own workspace, ``external`` whether the channel is
    shared with another one. ``messages`` are the timestamps of what was shown for it so far, in order. ``attempts``
    counts how often it was begun, this time included; ``revision`` how often the asker has edited it. Of a
    ``withdrawn`` one the message was deleted: all that is left to do is to erase what was shown for it.
    """

    id: str
    handle: str
    surface: Surface
    team: str
    channel: str
    ts: str
    thread: str
    user: str
    user_team: str
    text: str
    external: bool = False
    by_bot: bool = False
    response_url: str = ""
    revision: int = 0
    attempts: int = 0
    messages: tuple[str, ...] = ()
    answer_id: str = ""
    withdrawn: bool = False

    @property
    def conversation(self) -> str:
        """The key under which the turns of its thread are kept; a command stands alone."""
        return f"slack:{self.team}:{self.channel}:{self.thread}" if self.thread else ""


@dataclass(frozen=True, slots=True)
class Post:
    """One message, ready to be sent: the summary that notifications and screen readers use, and its blocks."""

    text: str
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished answer as Slack shows it, escaped and within Slack's limits.

    ``parts``: the answer's own words as Markdown, one message each; nearly always one. ``tail``: the blocks below the
    last part (sides, sources, notices, buttons). ``summary``: plain words for notifications and screen readers, in
    mrkdwn with everything escaped.
    """

    parts: tuple[str, ...]
    tail: Blocks
    summary: str
