"""A fake Slack in a process of its own, with people who ask faster than is answered; told what to do by ``slack``.

They keep so many questions waiting, no more: what is beyond it, the bot's queue would turn away.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.benchmarks import workers
from tests.slack_fake import FakeSlack

CHANNELS = 24  # each is asked about once by each process, and Slack lets that be asked fifty times a minute
PEOPLE = 120  # of the channels
COMMANDERS = 1000  # who use the slash command, each once at most
REDELIVERED = 0.1
ACTS_A_SECOND = 40.0  # at most; three times as many as two processes answer on two cores
PATIENCE_SECONDS = 60.0  # without any answer, after which what is still open counts as lost; twice a lease
# Of what people do; a mention makes two deliveries, everything else one.
MENTIONS, FOLLOWUPS, COMMANDS, PRESSES = 0.60, 0.22, 0.12, 0.06
_GOLD = workers.ROOT / "tests" / "gold.jsonl"
_FOLLOWUPS = (
    "And what about the year before?",
    "Who said so?",
    "When was that?",
    "Why is that?",
    "And who paid for it?",
)
_ENDS = {"chat.postMessage", "chat.stopStream", "chat.update"}


@dataclass
class Thread:
    """A conversation below a mention: how many questions it holds, and how many of the bot's messages."""

    channel: str
    root: str
    user: str
    questions: int = 1
    shown: set[str] = field(default_factory=set)  # timestamps of what the bot has shown to its end
    answer: str = ""  # the newest answer's timestamp
    button: str = ""  # its first "Show passage", if it has one

    @property
    def ends(self) -> int:
        return len(self.shown)

    @property
    def is_quiet(self) -> bool:
        return self.ends >= self.questions


@dataclass
class Sent:
    """What people did."""

    threads: dict[tuple[str, str], Thread] = field(default_factory=dict)
    commands: dict[str, int] = field(default_factory=dict)  # by user: the answers that came
    presses: int = 0
    views: int = 0
    deliveries: int = 0
    redeliveries: int = 0
    waiting: int = 0

    @property
    def questions(self) -> int:
        return sum(thread.questions for thread in self.threads.values()) + len(self.commands)

    @property
    def ended(self) -> int:
        return sum(min(t.ends, t.questions) for t in self.threads.values()) + sum(map(bool, self.commands.values()))


class Town:
    """The workspace and its people; every public method is a command."""

    def __init__(self) -> None:
        self._slack = FakeSlack(seed=7)
        self._slack.__enter__()
        self._random = random.Random(7)
        self._questions = [json.loads(line)["question"] for line in _GOLD.read_text(encoding="utf-8").splitlines()]
        self._sent = Sent()
        self._read = self._seen = 0
        self._done = False
        self._began = self._finished = 0.0
        people = [f"U{number:04}" for number in range(PEOPLE)]
        for user in people + [f"W{number:04}" for number in range(COMMANDERS)]:
            self._slack.user(user)
        for number in range(CHANNELS):
            self._slack.channel(f"C{number:04}", members=self._random.sample(people, 20))

    def address(self) -> dict[str, str]:
        """What a bot needs to know to come here."""
        slack = self._slack
        return {
            "api_url": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
        }

    def sockets(self) -> int:
        """How many sockets are open."""
        return self._slack.sockets()

    def deliver_to(self, url: str) -> None:
        """Send deliveries over HTTP."""
        self._slack.deliver_to(url)

    def begin(self, deliveries: int, waiting: int) -> None:
        """Let people do so many things, with at most so many questions waiting for their answers."""
        self._began = time.monotonic()
        threading.Thread(target=self._live, args=(deliveries, waiting), daemon=True).start()

    def refresh(self) -> None:
        """Have Slack replace the socket that is open longest, as it does with each every few hours."""
        self._slack.disconnect()

    def progress(self) -> dict[str, Any]:
        """How far it has come."""
        return {"done": self._done, "deliveries": self._sent.deliveries}

    def figures(self) -> dict[str, Any]:
        """What came of it."""
        self._slack.settle(1.0)
        self._count()
        sent, slack = self._sent, self._slack
        by_kind: dict[str, list[float]] = {"all": slack.ack_seconds_of()}
        for kind in ("events_api", "slash_commands", "interactive"):
            by_kind[kind] = slack.ack_seconds_of(kind)
        ids = Counter(
            message.metadata["event_payload"]["question"]
            for messages in slack.world.said.values()
            for message in messages.values()
            if message.metadata
        )
        return {
            "seconds": self._finished - self._began,
            "deliveries": sent.deliveries,
            "redeliveries": sent.redeliveries,
            "own": sum(1 for one in slack.deliveries if one.payload.get("event", {}).get("bot_id")),
            "again": sum(1 for one in slack.deliveries if one.attempt and one.status != "acked"),
            "questions": sent.questions,
            "lost": sum(max(0, t.questions - t.ends) for t in sent.threads.values())
            + sum(not ends for ends in sent.commands.values()),
            "pressed": sent.presses,
            "unopened": max(0, sent.presses - sent.views),
            "twice": sum(max(0, t.ends - t.questions) for t in sent.threads.values())
            + sum(max(0, ends - 1) for ends in sent.commands.values())
            + sum(times - 1 for times in ids.values()),
            "unacknowledged": len(slack.unacknowledged()),
            "late": sum(one.status == "late" for one in slack.deliveries),
            "limited": Counter(call.method for call in slack.calls if call.status == 429),
            "violations": sorted(set(slack.violations))[:5],
            "notifications": len(slack.notifications),
            "unfinished": sum(
                m.streaming == "in_progress" for room in slack.world.said.values() for m in room.values()
            ),
            "acks": {kind: _quantiles(seconds) for kind, seconds in by_kind.items()},
        }

    def _live(self, deliveries: int, waiting: int) -> None:
        try:
            self._act(deliveries, waiting)
            changed, ended = time.monotonic(), -1
            while self._sent.waiting and time.monotonic() < changed + PATIENCE_SECONDS:
                self._count()
                if self._sent.ended > ended:
                    changed, ended = time.monotonic(), self._sent.ended
                time.sleep(0.02)
        finally:
            self._finished = time.monotonic()
            self._done = True

    def _act(self, deliveries: int, waiting: int) -> None:
        acts = [self._mention, self._follow_up, self._command, self._press]
        due = time.monotonic()
        while self._sent.deliveries < deliveries:
            self._count()
            if self._sent.waiting >= waiting or time.monotonic() < due:
                time.sleep(0.005)
                continue
            due = max(due + 1 / ACTS_A_SECOND, time.monotonic() - 1)
            self._random.choices(acts, (MENTIONS, FOLLOWUPS, COMMANDS, PRESSES))[0]()
            self._redeliver()

    def _mention(self) -> None:
        room = self._slack.world.rooms[f"C{self._random.randrange(CHANNELS):04}"]
        user = self._random.choice(room.members)
        root = self._slack.mention(room.id, user, self._random.choice(self._questions))
        self._sent.threads[room.id, root] = Thread(room.id, root, user)
        self._sent.waiting += 1
        self._sent.deliveries += 2

    def _follow_up(self) -> None:
        if thread := self._quiet():
            self._slack.say(thread.channel, thread.user, self._random.choice(_FOLLOWUPS), thread.root)
            thread.questions += 1
            self._sent.waiting += 1
            self._sent.deliveries += 1

    def _command(self) -> None:
        if len(self._sent.commands) == COMMANDERS:
            return
        user = f"W{len(self._sent.commands):04}"
        self._sent.commands[user] = 0
        self._sent.waiting += 1
        self._slack.command(
            user, f"C{self._random.randrange(CHANNELS):04}", "/ask", self._random.choice(self._questions)
        )
        self._sent.deliveries += 1

    def _press(self) -> None:
        if thread := self._quiet(pressing=True):
            self._slack.click(thread.channel, thread.answer, thread.user, thread.button)
            self._sent.presses += 1
            self._sent.deliveries += 1

    def _quiet(self, pressing: bool = False) -> Thread | None:
        """A conversation that was answered lately, whose asker may go on, or press a button."""
        latest = list(self._sent.threads.values())[-400:]
        recent = [thread for thread in latest if thread.is_quiet and (thread.button or not pressing)]
        return self._random.choice(recent) if recent else None

    def _redeliver(self) -> None:
        """Bring a tenth of what people said once more, under its own event id."""
        records = self._slack.post_office.records
        while self._seen < len(records):
            record = records[self._seen]
            self._seen += 1
            event = record.payload.get("event", {})
            if record.attempt or event.get("bot_id") or not record.event_id:
                continue
            if self._random.random() < REDELIVERED:
                self._slack.redeliver(record.event_id)
                self._sent.deliveries += 1
                self._sent.redeliveries += 1

    def _count(self) -> None:
        """Read what the bot has shown since it was last asked."""
        world = self._slack.world
        with world.lock:
            news, self._read = world.sent[self._read :], len(world.sent)
        if not news:
            return
        for method, where, _ in news:
            channel, _, ts = where.partition(":")
            if method in _ENDS:
                message = world.said[channel][ts]
                if thread := self._sent.threads.get((channel, str(message.thread_ts))):
                    thread.shown.add(ts)
                    thread.answer = ts
                    thread.button = next((name for name in _actions(message.blocks) if name.startswith("passage:")), "")
            elif method == "response_url":
                self._sent.commands[world.addresses[where].user] += 1
            elif method == "views.open":
                self._sent.views += 1
        self._sent.waiting = self._sent.questions - self._sent.ended


def _actions(part: Any) -> list[str]:
    """The action ids of blocks."""
    if isinstance(part, list):
        return [name for each in part for name in _actions(each)]
    if isinstance(part, dict):
        own = [part["action_id"]] if "action_id" in part else []
        return own + [name for each in part.values() for name in _actions(each)]
    return []


def _quantiles(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    p50, p99 = np.quantile(seconds, [0.5, 0.99])
    return {"n": len(seconds), "p50": float(p50), "p99": float(p99), "max": max(seconds)}


def main() -> None:
    """Serve until standard input ends."""
    town = Town()
    workers.serve({name: getattr(town, name) for name in vars(Town) if not name.startswith("_")})


if __name__ == "__main__":
    main()
