"""What Slack refuses: texts and blocks beyond its limits, calls beyond its rates."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as ViewModel

from tests.slack_fake.records import Json, SlackError
from tests.slack_fake.workspace import Workspace, elements, name_blocks

__all__ = ["Rates", "check_blocks", "check_message", "check_view", "flag", "name_blocks"]

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_CHARACTERS = 13_000  # of a whole message, measured where 13,172 failed
MOST_MARKDOWN = 12_000
MOST_TEXT = 40_000
MOST_UPDATE = 4_000
# Slack's documentation and its validator name different children; these stand in both lists.
IN_CONTAINER = {"divider", "image", "section", "actions", "video", "header", "context", "table"}
NOT_IN_VIEWS = {"markdown", "context_actions", "task_card", "plan"}
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
logging.getLogger("slack_sdk.models").setLevel(logging.CRITICAL)


def flag(value: object) -> bool | None:
    """A boolean argument, which forms send as a word or a digit."""
    if value is None or isinstance(value, bool):
        return value
    return str(value).lower() in {"1", "true"}


def check_message(world: Workspace, arguments: Json, updating: bool = False) -> None:
    """Refuse a message that Slack would refuse."""
    text, blocks = arguments.get("text"), arguments.get("blocks")
    markdown = arguments.get("markdown_text")
    if not text and not blocks and not markdown and not arguments.get("attachments"):
        raise SlackError("no_text")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if blocks and not text:
        world.violations.append("a message with blocks but without text: nothing for notifications and screen readers")
    if not world.options.strict:
        return
    if len(str(text or "")) > (MOST_UPDATE if updating else MOST_TEXT):
        raise SlackError("msg_too_long")
    if len(str(markdown or "")) > MOST_MARKDOWN:
        raise SlackError("msg_too_long")
    check_blocks(blocks or [])


def check_blocks(blocks: Any, most: int = MOST_BLOCKS, beside: int = 0) -> None:
    """Refuse blocks that Slack would refuse; ``beside`` characters of the message stand elsewhere."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise SlackError("invalid_blocks_format")
    problems = [f"no more than {most} items allowed"] if len(blocks) > most else []
    for number, block in enumerate(blocks):
        problems += [f"{problem} [json-pointer:/blocks/{number}]" for problem in _problems(block)]
    for key in ("action_id", "block_id"):
        problems += [f"`{key}` {name} already exists" for name in _twice(blocks, key)]
    if problems:
        raise SlackError("invalid_blocks", errors=problems, response_metadata={"messages": problems})
    if {"plan", "task_card"} <= {block["type"] for block in blocks}:
        raise SlackError("invalid_blocks", errors=["plan and task_card exclude each other"])
    if most == MOST_BLOCKS and beside + sum(map(len, texts(blocks))) > MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")


def _twice(blocks: list[Json], key: str) -> list[str]:
    if key == "block_id":
        names: Iterable[str] = (str(block["block_id"]) for block in blocks if block.get("block_id"))
    else:
        names = (part["action_id"] for part, _ in elements(blocks))
    return [name for name, times in Counter(names).items() if times > 1]


def _problems(block: Json) -> list[str]:
    try:
        model = Block.parse(block)
        if model is None:
            return [f"unsupported type: {block.get('type')}"]
        # What the models do not know they leave out.
        lost = Counter(_types(block)) - Counter(_types(model.to_dict()))
        if lost:
            return [f"unsupported type: {', '.join(lost)}"]
        return list(_unknown_to_models(block))
    except SlackObjectFormationError as error:
        return [str(error)]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        return [f"malformed: {error!r}"]


def _types(part: Any) -> Iterable[str]:
    if isinstance(part, list):
        for one in part:
            yield from _types(one)
    elif isinstance(part, dict):
        if isinstance(part.get("type"), str):
            yield part["type"]
        for value in part.values():
            yield from _types(value)


def _unknown_to_models(part: Any) -> Iterable[str]:
    """The limits that the models of slack_sdk do not check."""
    if isinstance(part, list):
        for one in part:
            yield from _unknown_to_models(one)
    elif isinstance(part, dict):
        yield from _unknown_texts(part)
        yield from _unknown_counts(part)
        for value in part.values():
            yield from _unknown_to_models(value)


def _unknown_texts(part: Json) -> Iterable[str]:
    kind, text = part.get("type"), part.get("text")
    if kind in {"plain_text", "mrkdwn"} and not text:
        yield "must be more than 0 characters"
    if kind in {"section", "header", "button", "alert"} and text is not None:
        wanted = {"plain_text"} if kind in {"header", "button"} else {"plain_text", "mrkdwn"}
        if not isinstance(text, dict) or text.get("type") not in wanted:
            yield f"{kind}: text must be a text object of {sorted(wanted)}"
    if any(len(one["text"]) > 2000 for one in part.get("fields") or [] if kind == "section"):
        yield "fields must be no more than 2000 characters"
    for option in part.get("options") or []:
        if len(option["text"]["text"]) > 75 or len(option["value"]) > 150:
            yield "an option must be no more than 75 characters, its value 150"


def _unknown_counts(part: Json) -> Iterable[str]:
    kind = part.get("type")
    if any(part.get(key) == [] for key in ("elements", "fields", "options", "rows")) and kind != "rich_text_section":
        yield "no fewer than 1 items allowed"
    if kind == "container":
        wrong = [one["type"] for one in part["child_blocks"] if one["type"] not in IN_CONTAINER]
        yield from (f"unsupported type in a container: {one}" for one in wrong)
    if kind == "table":
        if len(part["rows"]) > 100 or any(len(row) > 20 for row in part["rows"]):
            yield "no more than 100 rows of 20 cells"
        if sum(map(len, texts(part))) > 10_000:
            yield "no more than 10000 characters in a table"


def texts(part: Any) -> Iterable[str]:
    """Every text that blocks hold."""
    if isinstance(part, list):
        for one in part:
            yield from texts(one)
    elif isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str):
                if key == "text":
                    yield value
            else:
                yield from texts(value)


def check_view(view: Any) -> None:
    """Refuse a view that Slack would refuse."""
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        raise SlackError("invalid_arguments", response_metadata={"messages": ["view.type must be modal or home"]})
    if view["type"] == "modal" and not isinstance(view.get("title"), dict):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["view.title is missing"]})
    blocks = view.get("blocks") or []
    problems = [] if blocks else ["no fewer than 1 items allowed"]
    try:
        # The blocks are judged below; the model wants some.
        ViewModel(**{**view, "blocks": [{"type": "divider"}]}).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        problems = [str(error)]
    if view["type"] == "modal" and any(one.get("type") == "input" for one in blocks) and not view.get("submit"):
        problems.append("a modal with input blocks needs submit")
    if problems:
        raise SlackError("invalid_arguments", response_metadata={"messages": problems})
    check_blocks(blocks, MOST_VIEW_BLOCKS)
    if any(one["type"] in NOT_IN_VIEWS for one in blocks):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] unsupported type in a view"]})


class Rates:
    """Calls a minute by method, and messages a second by channel."""

    def __init__(self, world: Workspace) -> None:
        self._world = world
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posted: dict[str, float] = {}

    def check(self, method: str, tier: int | None, channel: object) -> None:
        """Refuse a call that comes too soon, with the seconds to wait."""
        if not self._world.options.rate_limits:
            return
        now = time.monotonic()
        if method == "chat.postMessage":
            wait = self._posted.get(str(channel), now - 1) + 1 - now
            if wait > 0:
                self._refuse(wait)
            self._posted[str(channel)] = now
        if tier is None:
            return
        recent = self._calls[method]
        while recent and now - recent[0] >= 60:
            recent.popleft()
        if len(recent) >= PER_MINUTE[tier]:
            self._refuse(60 - (now - recent[0]))
        recent.append(now)

    def _refuse(self, seconds: float) -> None:
        raise SlackError("ratelimited", status=429, headers={"Retry-After": str(max(1, math.ceil(seconds)))})
