"""A question in a thread of the fake Slack, and processes that answer it, take it over, or die of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from bot.slack import rendering
from bot.slack.delivering import Delivery, Undelivered
from bot.slack.questions import Question, Rendered
from bot.slack.web import Web
from tests.slack_fake import FakeSlack
from tests.slack_fake.records import Message

SENTENCES = ("The ferry carried 312 passengers [1]. ", "It sank off Saltmere on 3 May [2]. ", "All were saved [1].")
WORDS = "Searching 412 articles …"
FAILURES: list[dict[str, Any]] = [
    {"status": 500},
    {"error": "fatal_error"},
    {"cut": "before"},
    {"cut": "after"},
    {"retry_after": 1},
    {"retry_after": 600},
]


def section(text: str) -> dict[str, Any]:
    """A block with this text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


TAIL = (section("Sources: The Harbour Post"),)
ANSWER = Rendered((rendering.markdown("".join(SENTENCES)),), TAIL, "The ferry carried 312 passengers.")
LONG = Rendered(tuple(f"Part {number}: {'words ' * 1500}" for number in range(3)), TAIL, "A long answer.")


class Killed(BaseException):
    """What ends a process without a chance to tidy up."""


@dataclass
class Thread:
    """A question in a thread, what is remembered of it, and the processes that try to answer it."""

    slack: FakeSlack
    question: Question
    web: Web
    stream: bool = True
    live: bool = True
    remembered: tuple[str, ...] = ()
    others: set[str] = field(default_factory=set)
    attempts: int = 0

    def remember(self, messages: Sequence[str]) -> None:
        """What the ledger does."""
        self.remembered = tuple(messages)

    def delivery(self, remember: Callable[[Sequence[str]], None] | None = None) -> Delivery:
        """The delivery of the next process that leases the question."""
        self.attempts += 1
        question = replace(self.question, attempts=self.attempts, messages=self.remembered)

        def is_known(ts: str) -> bool:
            return ts in self.remembered or ts in self.others

        return Delivery(self.web, question, remember or self.remember, is_known, stream=self.stream, live=self.live)

    def answer(self, rendered: Rendered = ANSWER, pause: float = 0.03, tries: int = 4) -> None:
        """Answer as the client does: a process that cannot deliver leaves it to the next."""
        for _ in range(tries):
            try:
                with self.delivery() as delivery:
                    delivery.begin(WORDS)
                    for sentence in SENTENCES:
                        time.sleep(pause)
                        delivery.say(sentence)
                    delivery.end(rendered)
                return
            except Undelivered:
                continue
        raise AssertionError("the answer was never delivered")

    def shown(self) -> list[Message]:
        """What the bot shows in the thread."""
        messages = self.slack.messages(self.question.channel, thread=self.question.thread)
        return [message for message in messages if message.user == self.slack.bot_user]

    def texts(self) -> list[str]:
        """The Markdown that people read, message by message."""
        return [read(message) for message in self.shown()]


def read(message: Message) -> str:
    """All Markdown of a message as it stands."""
    return message.markdown + "".join(block["text"] for block in message.blocks if block["type"] == "markdown")


def sections(message: Message) -> list[str]:
    """The texts of a message's sections."""
    return [block["text"]["text"] for block in message.blocks if block["type"] == "section"]


def asked(slack: FakeSlack, surface: str = "channel", text: str = "How many were on the ferry?", **how: Any) -> Thread:
    """A question of U1, as it is taken in."""
    slack.user("U1", name="ann")
    slack.user("U2", name="ben")
    slack.channel("C1", members=["U1", "U2"])
    channel = "C1" if surface != "direct" else slack.direct_channel("U1")
    ts = slack.say(channel, "U1", text) if surface != "command" else "trigger"
    question = Question(
        id="q1",
        handle="h1",
        surface=surface,  # type: ignore[arg-type]
        team=slack.team,
        channel=channel,
        ts=ts,
        thread=ts if surface != "command" else "",
        user="U1",
        user_team=slack.team,
        text=text,
        response_url=slack.world.reply_address("C1", "U1") if surface == "command" else "",
    )
    return Thread(slack, question, Web(SecretStr(slack.bot_token), slack.api_url), **how)


def assert_answered(thread: Thread, rendered: Rendered = ANSWER) -> None:
    """The thread holds the answer, whole and once, and what is remembered is what stands there."""
    assert thread.texts() == list(rendered.parts)
    assert [message.ts for message in thread.shown()] == list(thread.remembered)
    assert sections(thread.shown()[-1])[-1] == "Sources: The Harbour Post"
    assert all(message.streaming != "in_progress" for message in thread.shown())
    assert not thread.slack.violations
