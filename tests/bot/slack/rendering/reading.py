"""What people see of blocks, and what Slack would say to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.slack.questions import Post
from tests.slack_fake.limits import check_message, check_view
from tests.slack_fake.parsing import effects_of
from tests.slack_fake.workspace import Options, Workspace


def sent(post: Post) -> dict[str, Any]:
    """A message as the arguments of a call, of which Slack takes every one."""
    arguments = {"text": post.text, "blocks": [dict(block) for block in post.blocks]}
    check_message(Workspace(Options()), arguments, updating=True)
    return arguments


def links(posts: Iterable[Post]) -> list[str]:
    """Where the messages lead; nothing in them may notify anybody."""
    found = [effects_of(sent(post)) for post in posts]
    assert not [what for effects in found for what in effects.notified]
    return [url for effects in found for url, _ in effects.linked]


def links_of_view(view: Mapping[str, Any]) -> list[str]:
    """Where a modal leads; nothing in it may notify anybody."""
    check_view(dict(view))
    effects = effects_of({"view": dict(view)})
    assert not effects.notified
    return [url for url, _ in effects.linked]


def elements(part: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    """Every part of this type, however deep."""
    if isinstance(part, Mapping):
        if part.get("type") == kind:
            yield part
        for inner in part.values():
            yield from elements(inner, kind)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from elements(inner, kind)


def seen(part: Any) -> str:
    """All words of blocks, in order, without joiners."""
    texts: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, Mapping):
            for key, inner in part.items():
                if key == "text" and isinstance(inner, str):
                    texts.append(inner)
                else:
                    walk(inner)
        elif isinstance(part, list | tuple):
            for inner in part:
                walk(inner)

    walk(part)
    return "\n".join(texts).replace("\u2060", "")


def bold(part: Any) -> str:
    """The words of blocks that are bold."""
    runs = [text["text"] for text in elements(part, "text") if text.get("style", {}).get("bold")]
    return "\n".join(runs).replace("\u2060", "")


def buttons(part: Any) -> dict[str, Mapping[str, Any]]:
    """The buttons of blocks, by what they do."""
    return {button["action_id"]: button for button in elements(part, "button")}
