"""What people see of the bot in the fake Slack, and when it has nothing more to do."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from bot.slack.tables import questions
from bot.slack.wiring import Desk
from tests.openai_server import Reply
from tests.slack_fake import FakeSlack, Message, View

_PASSAGE = re.compile(r"<passage (\d+)>\n(.*?)\n</passage", re.DOTALL)
_JOINER = "\u2060"

SOLHEIM = (
    "Mina Solheim, a former harbour pilot, was elected mayor of Saltmere on Sunday with 8,912 votes, ending the nine "
    "years of Ruben Achterberg, who got 7,604."
)
TURNOUT = "Turnout was 47 per cent, up from 39 per cent four years ago, the electoral office said."


def idle(slack: FakeSlack, desk: Desk) -> None:
    """Wait until all that was said has reached the bot, and it has nothing more to do."""

    def is_done() -> bool:
        return not (slack.unacknowledged() or _left(desk) or desk.pool._jobs or _left(desk))

    slack._server.do(asyncio.sleep(0))  # what was said is on its way now, and so counted
    slack.wait(is_done, 30)
    for executor in _executors(desk):
        done = threading.Barrier(executor._max_workers + 1)  # when all of its threads are here, its errands are done
        for _ in range(executor._max_workers):
            executor.submit(done.wait)
        done.wait(30)
    slack.settle(0.05)


def _left(desk: Desk) -> int:
    """How many questions wait, are being answered, or are still to be erased."""
    with desk.ledger._engine.connect() as connection:
        left = sa.select(sa.func.count()).select_from(questions).where(questions.c.state != "done")
        return connection.scalar(left) or 0


def shown(slack: FakeSlack, channel: str, thread: str, viewer: str | None = None) -> list[Message]:
    """The bot's messages in a thread, as one member sees them."""
    return [one for one in slack.messages(channel, thread=thread, viewer=viewer) if one.user == slack.bot_user]


def answers(slack: FakeSlack, desk: Desk, channel: str, thread: str) -> list[str]:
    """What the bot says in a thread, message by message, once it has nothing more to do."""
    idle(slack, desk)
    return [words(message) for message in shown(slack, channel, thread)]


def words(seen: Message | View) -> str:
    """All that people read in a message or a modal, the marks of our escaping left out."""
    parts = list(_texts(seen.blocks))
    if isinstance(seen, Message):
        tasks = _texts([chunk for chunk in seen.chunks if chunk["type"] != "markdown_text"])
        parts = [part for part in (*tasks, seen.markdown, *parts) if part] or [seen.text]
    else:
        parts.insert(0, seen.title)
    text = "\n".join(parts).replace(_JOINER, "").replace("&lt;", "<").replace("&gt;", ">")
    return re.sub(r"\\([\\*_~`])", r"\1", text)


def bold(seen: Message | View) -> str:
    """The words that are marked as quoted in rich text, without the headings that come before a line break."""
    return " ".join(
        part["text"]
        for element in _elements(seen.blocks)
        if element.get("type") in ("rich_text_quote", "rich_text_section")
        for part in element["elements"]
        if (part.get("style") or {}).get("bold")
    )


def values(message: Message, action: str) -> list[str]:
    """The values of the buttons that do this."""
    found = []
    for element in _elements(message.blocks):
        if element.get("type") == "feedback_buttons" and action == "feedback":
            found += [element["positive_button"]["value"], element["negative_button"]["value"]]
        elif element.get("action_id") == action:
            found.append(element["value"])
    return found


def actions(seen: Message | View) -> list[str]:
    """What the buttons of a message or a modal do, in order."""
    return [element["action_id"] for element in _elements(seen.blocks) if "action_id" in element]


def kinds(message: Message) -> list[str]:
    """The kinds of a message's blocks."""
    return [block["type"] for block in message.blocks]


def writer(*sentences: str, pause: float = 0.0, chunk: int = 40, end: str = "") -> Callable[[dict[str, Any]], Reply]:
    """A chat model that writes these sentences, each with the number of the passage that it stands in."""

    def write(request: dict[str, Any]) -> Reply:
        asked = "\n".join(message["content"] for message in request["messages"])
        passages = [(number, " ".join(text.split())) for number, text in _PASSAGE.findall(asked)]
        said = []
        for sentence in sentences:
            number = next((number for number, text in passages if sentence in text), "1")
            said.append(f"{sentence.rstrip('.')} [{number}].")
        return Reply(" ".join(said) + end, pause=pause, chunk=chunk)

    return write


def whispered(slack: FakeSlack, user: str) -> str:
    """All that only this user sees."""
    return "\n".join(words(message) for message in slack.private(user))


def _executors(desk: Desk) -> Iterator[ThreadPoolExecutor]:
    for field in fields(desk):
        if isinstance(executor := getattr(desk, field.name), ThreadPoolExecutor):
            yield executor


def _texts(part: Any) -> Iterator[str]:
    for element in _elements(part):
        for name in ("text", "title", "label", "details", "output"):
            if isinstance(element.get(name), str):
                yield element[name]


def _elements(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _elements(value)
    elif isinstance(part, list):
        for one in part:
            yield from _elements(one)
