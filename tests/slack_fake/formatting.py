"""Slack's text types as HTML: mrkdwn, Markdown, rich text, and the plain text of labels."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt

from tests.slack_fake.records import Json

Names = Callable[[str], str]  # what to call a user
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_SPECIAL = re.compile(r"<([@#!][^<>|]*|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>|]*)(?:\|([^<>]*))?>")
_EMOJI = {
    "white_check_mark": "✅",
    "x": "❌",
    "warning": "⚠️",
    "mag": "🔍",
    "books": "📚",
    "page_facing_up": "📄",
    "link": "🔗",
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "eyes": "👀",
}
_SPANS = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)


def escape(text: object) -> str:
    """Text that stands for itself."""
    return html.escape(str(text))


def emoji(text: str) -> str:
    """Emoji by their names; names that are not known stay."""
    return re.sub(r":([a-z0-9_+-]+):", lambda found: _EMOJI.get(found[1], found[0]), text)


class _Kept:
    """Finished pieces of HTML, kept out of the way of what still changes the text around them."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def keep(self, piece: str) -> str:
        self.pieces.append(piece)
        return f"\ue000{len(self.pieces) - 1}\ue001"

    def restore(self, text: str) -> str:
        while "\ue000" in text:
            text = re.sub("\ue000(\\d+)\ue001", lambda found: self.pieces[int(found[1])], text)
        return text


def _special(found: re.Match[str], names: Names) -> str:
    head, label = found[1], found[2]
    if head.startswith("@"):
        return f'<span class="mention">@{escape(names(head[1:]))}</span>'
    if head.startswith("#"):
        return f'<span class="mention">#{escape(label or head[1:])}</span>'
    if head.startswith("!"):
        return f'<span class="mention loud">@{escape(label or head[1:].partition("^")[0])}</span>'
    return f'<a href="{escape(html.unescape(head))}">{escape(html.unescape(label or head))}</a>'


def mrkdwn(text: str, names: Names) -> str:
    """Slack's own markup."""
    kept = _Kept()
    text = _SPECIAL.sub(lambda found: kept.keep(_special(found, names)), text)
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"```\n?(.+?)```", lambda f: kept.keep(f"<pre>{f[1]}</pre>"), text, flags=re.S)
    text = re.sub(r"`([^`\n]+)`", lambda f: kept.keep(f"<code>{f[1]}</code>"), text)
    for pattern, replacement in _SPANS:
        text = pattern.sub(replacement, text)
    lines = []
    for line in text.split("\n"):
        quoted = re.match(r"&gt; ?(.*)", line)
        lines.append(f"<blockquote>{quoted[1]}</blockquote>" if quoted else line + "<br>")
    joined = "".join(lines).removesuffix("<br>").replace("</blockquote><blockquote>", "<br>")
    return kept.restore(emoji(joined))


def markdown(text: str, names: Names) -> str:
    """Markdown, in which Slack's ``<...>`` live too."""
    kept = _Kept()
    text = _SPECIAL.sub(lambda found: kept.keep(_special(found, names)), text)
    return kept.restore(emoji(_MARKDOWN.render(text)))


def text_object(part: Any, names: Names) -> str:
    """A text object by its type."""
    if not isinstance(part, dict):
        return escape(part or "")
    if part.get("type") == "mrkdwn":
        return mrkdwn(part.get("text", ""), names)
    plain = escape(part.get("text", "")).replace("\n", "<br>")
    return emoji(plain) if part.get("emoji", True) else plain


def rich_text(part: Json, names: Names) -> str:
    """A rich_text block or a part of one."""
    kind = part.get("type", "")
    inside = "".join(rich_text(one, names) for one in part.get("elements", []))
    frames = {
        "rich_text": "{}",
        "rich_text_section": "<div>{}</div>",
        "rich_text_quote": "<blockquote>{}</blockquote>",
        "rich_text_preformatted": "<pre>{}</pre>",
    }
    if kind in frames:
        return frames[kind].format(inside)
    if kind == "rich_text_list":
        tag = "ol" if part.get("style") == "ordered" else "ul"
        items = "".join(f"<li>{rich_text(one, names)}</li>" for one in part.get("elements", []))
        return f'<{tag} style="margin-left:{part.get("indent", 0)}em">{items}</{tag}>'
    return _styled(_rich_leaf(kind, part, names), part.get("style") or {})


def _rich_leaf(kind: str, part: Json, names: Names) -> str:
    if kind == "text":
        return escape(part["text"]).replace("\n", "<br>")
    if kind == "link":
        return f'<a href="{escape(part["url"])}">{escape(part.get("text") or part["url"])}</a>'
    if kind == "user":
        return f'<span class="mention">@{escape(names(part["user_id"]))}</span>'
    if kind == "broadcast":
        return f'<span class="mention loud">@{escape(part["range"])}</span>'
    if kind == "emoji":
        return emoji(f":{part['name']}:")
    return f'<span class="mention">{escape(part.get("channel_id") or part.get("usergroup_id") or kind)}</span>'


def _styled(text: str, style: Json) -> str:
    for key, tag in (("code", "code"), ("bold", "b"), ("italic", "i"), ("strike", "s"), ("highlight", "mark")):
        if style.get(key):
            text = f"<{tag}>{text}</{tag}>"
    return text
