"""The pieces that messages are made of, built with the SDK's own models, which check most of Slack's limits.

What the models do not check is seen to here: empty texts, addresses that are no web pages, and the length of rich text.
The only file that knows ``slack_sdk.models``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContainerBlock,
    ContextActionsBlock,
    ContextBlock,
    FeedbackButtonsElement,
    InputBlock,
    MarkdownBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    RichTextBlock,
    RichTextListElement,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import FeedbackButtonObject
from slack_sdk.models.blocks.block_elements import RichTextElement, RichTextElementParts
from slack_sdk.models.views import View

from bot.slack.rendering.escaping import clean, literal, one_line
from bot.slack.rendering.splitting import divided, shortened, width

Json = Mapping[str, Any]
Run = tuple[str, bool]  # words, and whether they are bold

_LONGEST_TEXT = 2_900  # Slack: 3,000 for a section
_LONGEST_LABEL = 75
_LONGEST_TITLE = 24
_LONGEST_ADDRESS = 3_000
_UNSAFE = re.compile(r"[\s<>\"\\]")
_HOST = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?\.?|[0-9a-f:.]+")  # a name, or an address of IPv6


def said(text: str, accessory: ButtonElement | None = None) -> list[Json]:
    """Plain words of any length, as sections; the button stands beside the first."""
    parts = divided(literal(text), _LONGEST_TEXT)
    return [
        SectionBlock(
            text=PlainTextObject(text=part, emoji=False), accessory=None if index else accessory, expand=True
        ).to_dict()
        for index, part in enumerate(parts)
    ]


def written(part: str) -> Json:
    """Markdown, escaped already."""
    return MarkdownBlock(text=part).to_dict()


def aside(text: str) -> Json:
    """A line in small print."""
    return ContextBlock(elements=[PlainTextObject(text=shortened(literal(text), _LONGEST_TEXT), emoji=False)]).to_dict()


def rich(*elements: RichTextElement) -> Json:
    """Lines and quotes whose words are shown as they are."""
    return RichTextBlock(elements=list(elements)).to_dict()


def line(runs: Iterable[Run]) -> RichTextElement:
    """A line of rich text."""
    return RichTextSectionElement(elements=_texts(runs))


def quote(runs: Iterable[Run]) -> RichTextElement:
    """Quoted rich text."""
    return RichTextQuoteElement(elements=_texts(runs))


def pieces(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs of any length, in pieces that a block can hold each."""
    piece: list[Run] = []
    room = _LONGEST_TEXT
    for words, bold in runs:
        for part in divided(clean(words), _LONGEST_TEXT, _literal_width, strip=False):
            size = _literal_width(part)
            if size > room:
                yield piece
                piece, room = [], _LONGEST_TEXT
            piece.append((part, bold))
            room -= size
    if piece:
        yield piece


def bullets(items: Iterable[Iterable[Run]]) -> RichTextElement:
    """A list of lines."""
    return RichTextListElement(style="bullet", elements=[line(item) for item in items])


def button(label: str, action: str, value: str | None = None, hint: str | None = None) -> ButtonElement:
    """A button that does something of ours; ``hint`` is what screen readers say instead of the label."""
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=False),
        action_id=action,
        value=value,
        accessibility_label=hint and shortened(literal(hint), _LONGEST_LABEL),
    )


def link_button(
    label: str, number: int, url: str | None, value: str | None = None, hint: str | None = None
) -> list[ButtonElement]:
    """A button that opens a web page; none for an address that Slack or a browser should not be given."""
    if url is None or not _is_web_page(url):
        return []
    made = button(label, f"open:{number}", value, hint)
    made.url = url
    return [made]


def actions(buttons: Sequence[ButtonElement]) -> list[Json]:
    """A row of buttons; nothing if there are none."""
    return [ActionsBlock(elements=buttons).to_dict()] if buttons else []


def feedback(handle: str) -> Json:
    """Thumbs up and down."""
    return ContextActionsBlock(
        elements=[
            FeedbackButtonsElement(
                action_id="feedback",
                positive_button=FeedbackButtonObject(
                    text="Right", accessibility_label="This answer is right", value=f"{handle}:right"
                ),
                negative_button=FeedbackButtonObject(
                    text="Wrong", accessibility_label="This answer is wrong", value=f"{handle}:wrong"
                ),
            )
        ]
    ).to_dict()


def folded(title: str, blocks: Sequence[Json]) -> Json:
    """Up to ten sections and rows of buttons that show when the title is pressed; Slack folds no rich text."""
    return ContainerBlock(
        title=PlainTextObject(text=title, emoji=False),
        child_blocks=[dict(block) for block in blocks],
        is_collapsible=True,
        default_collapsed=True,
    ).to_dict()


def choice(block: str, label: str, options: Mapping[str, str]) -> Json:
    """One of several answers, by value and label, in a modal; may stay open."""
    element = RadioButtonsElement(
        action_id=block, options=[Option(value=value, label=words) for value, words in options.items()]
    )
    return InputBlock(block_id=block, label=label, element=element, optional=True).to_dict()


def free_text(block: str, label: str, longest: int) -> Json:
    """A text that people may write in a modal."""
    element = PlainTextInputElement(action_id=block, multiline=True, max_length=longest)
    return InputBlock(block_id=block, label=label, element=element, optional=True).to_dict()


def modal(title: str, blocks: Sequence[Json], metadata: str = "", callback: str | None = None) -> dict[str, Any]:
    """A modal; one that has a callback can be sent off."""
    view: dict[str, Any] = View(
        type="modal",
        title=PlainTextObject(text=shortened(one_line(title), _LONGEST_TITLE), emoji=False),
        close=PlainTextObject(text="Skip" if callback else "Close", emoji=False),
        submit=PlainTextObject(text="Send", emoji=False) if callback else None,
        callback_id=callback,
        private_metadata=metadata or None,
        blocks=[dict(block) for block in blocks],
    ).to_dict()
    return view


def texts(part: Any) -> Iterator[str]:
    """Every text that people read in a block, the labels of buttons included."""
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for inner in part.values():
            yield from texts(inner)
    elif isinstance(part, (list, tuple)):
        for inner in part:
            yield from texts(inner)


def _texts(runs: Iterable[Run]) -> list[RichTextElement]:
    return [
        RichTextElementParts.Text(text=literal(words), style={"bold": True} if bold else None)
        for words, bold in runs
        if clean(words)
    ]


def _literal_width(text: str) -> int:
    return width(literal(text))


def _is_web_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return (
            parts.scheme in ("http", "https")
            and (parts.port is None or parts.port > 0)
            and _HOST.fullmatch(host) is not None
            and len(url) <= _LONGEST_ADDRESS
            and not _UNSAFE.search(url)
            and clean(url) == url
        )
    except ValueError:
        return False
