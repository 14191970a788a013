"""What our texts would do in Slack: whom they notify, and where they lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.slack_fake.records import Json

Notification = tuple[str, str, str]  # method, what, where
Link = tuple[str, str, str]  # url, label, where

_TOKEN = re.compile(r"<([^<>]+)>")
_LIVE = re.compile(r"(?i)<(?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>]+>")
_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*:")
_BARE = re.compile(
    r"(?i)\b(?:https?://|ftp://|mailto:|slack://|www\.)[^\s<>|]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?<!@)(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|co|edu|gov|info|app)\b[^\s<>|]*"
)
_BARE_IN_MARKDOWN = re.compile(r"(?i)\b(?:https?://|ftp://|mailto:|www\.)[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BARE_MENTION = re.compile(r"(?<![\w<!@])@(here|channel|everyone)\b")
_BARE_NAME = re.compile(r"(?<![\w<!@])@([a-z0-9][\w.-]*)")
_URL_KEYS = ("url", "image_url", "thumbnail_url", "video_url", "title_url", "author_url", "icon_url", "auth_url")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# Parts of chunks whose own texts Slack reads as Markdown.
_TASKS = {"task_update": ("title", "details", "output"), "plan_update": ("title",)}
_RICH = {"user": "<@{user_id}>", "usergroup": "<!subteam^{usergroup_id}>", "broadcast": "<!{range}>"}


@dataclass
class Effects:
    """What one message does: each thing it would notify, each (url, label) it would link."""

    notified: list[str] = field(default_factory=list)
    linked: list[tuple[str, str]] = field(default_factory=list)


def effects_of(arguments: Json) -> Effects:
    """The effects of the arguments of a call that shows text."""
    found = Effects()
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    named = str(arguments.get("parse")) == "full" or str(arguments.get("link_names")).lower() in {"1", "true"}
    if str(arguments.get("mrkdwn")).lower() != "false" or named:
        # With blocks beside it, the text is only read out: what stands bare in it leads nowhere.
        _mrkdwn(text, found, bare=not blocks, mentions=named)
        if named:
            found.notified += [f"@{one}" for one in _BARE_NAME.findall(text) if not _BARE_MENTION.match(f"@{one}")]
    if arguments.get("markdown_text"):
        _markdown(str(arguments["markdown_text"]), found)
    for key in ("blocks", "attachments", "chunks"):
        _walk(arguments.get(key), found)
    for one in (arguments, *(arguments.get("prompts") or [])):  # titles, and what is said when a prompt is pressed
        for key in ("title", "message"):
            _mrkdwn(str(one.get(key) or ""), found, bare=True, mentions=True)
    view = arguments.get("view")
    if isinstance(view, dict):
        for key in ("title", "submit", "close", "blocks"):
            _walk(view.get(key), found)
    return found


def stream_effects(markdown: str) -> Effects:
    """The effects of all that has been streamed into one message."""
    found = Effects()
    _markdown(markdown, found)
    return found


def _walk(part: Any, found: Effects) -> None:
    if isinstance(part, list):
        for one in part:
            _walk(one, found)
    if not isinstance(part, dict):
        return
    kind = part.get("type")
    text = part.get("text")
    if kind == "mrkdwn" and isinstance(text, str):
        loose = not part.get("verbatim")
        _mrkdwn(text, found, bare=loose, mentions=loose)
    elif kind in {"markdown", "markdown_text"} and isinstance(text, str):
        _markdown(text, found)
    elif kind in {"plain_text", "raw_text"}:
        return
    elif kind in _RICH:
        found.notified.append(_RICH[kind].format(**part))
    elif kind == "channel" and "channel_id" in part:
        found.linked.append((f"#{part['channel_id']}", ""))
    else:
        label = text.get("text", "") if isinstance(text, dict) else text or part.get("alt_text") or ""
        found.linked += [(str(part[key]), str(label)) for key in _URL_KEYS if isinstance(part.get(key), str)]
        for key in _TASKS.get(str(kind), ()):
            _markdown(str(part.get(key) or ""), found)
        for value in part.values():
            if isinstance(value, dict | list):
                _walk(value, found)


def _mrkdwn(text: str, found: Effects, bare: bool, mentions: bool) -> None:
    _tokens(text, found)
    rest = _LIVE.sub(" ", text)
    if bare:
        found.linked += [(one, one) for one in _BARE.findall(rest)]
    if mentions:
        found.notified += [f"@{one}" for one in _BARE_MENTION.findall(rest)]


def _tokens(text: str, found: Effects) -> None:
    """Slack's own ``<...>``, which live in mrkdwn and in Markdown, inside code as well."""
    for body in _TOKEN.findall(text):
        head, _, label = body.partition("|")
        if head.startswith(("@", "!subteam^")) or head in {"!here", "!channel", "!everyone", "!group"}:
            found.notified.append(f"<{head}>")
        elif head.startswith("!date^") and head.count("^") >= 3:
            found.linked.append((head.split("^")[3], label))
        elif head.startswith("#"):
            found.linked.append((head, label))
        elif _SCHEME.match(head):
            found.linked.append((head, label or head))


def _markdown(text: str, found: Effects) -> None:
    _tokens(text, found)
    known = {url for url, _ in found.linked}
    for token in _inline(_MARKDOWN.parse(text)):
        if token.type == "link_open" and str(token.attrs["href"]) not in known:
            found.linked.append((str(token.attrs["href"]), token.meta.get("label", "")))
        elif token.type == "image":
            found.linked.append((str(token.attrs["src"]), token.content))
        elif token.type == "text" and not token.meta.get("linked"):
            found.linked += [(one, one) for one in _BARE_IN_MARKDOWN.findall(_LIVE.sub(" ", token.content))]


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        opened: Token | None = None
        for child in token.children or []:
            if child.type == "link_open":
                opened = child
                child.meta["label"] = ""
            elif child.type == "link_close":
                opened = None
            elif opened is not None:
                opened.meta["label"] += child.content
                child.meta["linked"] = True
        yield from token.children or []


class Findings:
    """The effects of all that was sent so far; what is streamed is read as the whole it becomes."""

    def __init__(self) -> None:
        self._read = 0
        self._fixed: tuple[list[Notification], list[Link]] = ([], [])
        self._streams: dict[str, str] = {}
        self._of_streams: dict[str, tuple[list[Notification], list[Link]]] = {}

    def update(self, sent: list[tuple[str, str, Json]]) -> tuple[list[Notification], list[Link]]:
        """Read what is new in ``sent`` (method, where, arguments); the notifications and links of all of it."""
        grown = set()
        for method, where, arguments in sent[self._read :]:
            if method.endswith("Stream"):
                self._streams[where] = self._streams.get(where, "") + _streamed(arguments)
                grown.add(where)
                arguments = {**arguments, "markdown_text": "", "chunks": _unstreamed(arguments)}
            self._add(self._fixed, method, where, effects_of(arguments))
        self._read = len(sent)
        for where in grown:
            self._of_streams[where] = ([], [])
            self._add(self._of_streams[where], "stream", where, stream_effects(self._streams[where]))
        everything = [self._fixed, *self._of_streams.values()]
        return [one for n, _ in everything for one in n], [one for _, links in everything for one in links]

    @staticmethod
    def _add(into: tuple[list[Notification], list[Link]], method: str, where: str, effects: Effects) -> None:
        into[0].extend((method, what, where) for what in effects.notified)
        into[1].extend((url, label, where) for url, label in effects.linked)


def _streamed(arguments: Json) -> str:
    chunks = arguments.get("chunks") or []
    texts = [str(one.get("text") or "") for one in chunks if one.get("type") == "markdown_text"]
    return str(arguments.get("markdown_text") or "") + "".join(texts)


def _unstreamed(arguments: Json) -> list[Json]:
    return [one for one in arguments.get("chunks") or [] if one.get("type") != "markdown_text"]
