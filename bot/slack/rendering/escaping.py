"""Text as Slack must be told it so that people read exactly that text: nothing in it mentions, links or formats.

Three things are done. What cannot be seen but steers (control characters, overrides of the writing direction,
zero-width characters) goes. A word joiner (U+2060, which is not shown) is put where Slack would see the beginning of a
link, a mention, an emoji, a heading or a list. What formats words is written in the way of the text type: Markdown has
backslashes for it; mrkdwn has no escape at all, so there a look-alike stands for it.
"""

from __future__ import annotations

import re

JOINER = "\u2060"

# Zero-width joiners and direction marks stay: Persian, Hindi and family emoji are written with them.
_UNSEEN = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0E, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xAD,
        0x180E,
        0x200B,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        *range(0xFFFE, 0x10000),
        *range(0xE0000, 0xE0080),
    ]
)
_SPACES = {0x09: " ", 0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_CLEANED = {**_UNSEEN, **_SPACES, **_SURROGATES}

_LINE_MARK = re.compile(r"^(?=[ ]|[#>+\-=|:*_~`\[]|\d{1,9}[.)])", re.MULTILINE)
_BEGINS = re.compile(
    r"(?:"
    r"(?!(?<=\d):\d\d(?![\d:])):(?=\S)"  # http://, mailto:x, :emoji:, but not 10:30
    r"|[@<](?=\S)"
    r"|\#(?=\w)"
    r"|(?<=\w)\.(?=[^\W\d_]{2})|(?<=[wW]{3})\.(?=\S)"  # example.org
    r"|\](?=\()"  # [label](url)
    r"|&(?=\#?\w{1,31};)"  # &lt;
    r")"
)
# The end of a text that may yet be read in several ways, or a marker that is not whole.
_UNDECIDED = re.compile(r"(?::\d{0,2}|[@<#]|\[\d{0,3}\]?|\]|\.[^\W\d_]?|&\#?\w{0,32}|(?:\A|[\n\r])\d{1,9})\Z")
_LONGEST_UNDECIDED = 40
_LONGEST_LOOK_BACK = 3
_MARKDOWN_MARK = re.compile(r"([\\*_~`])")
_MARKDOWN_MADE = re.compile(r"\\([\\*_~`])|\*\*")
_MRKDWN_MARK = re.compile(r"(?<!\w)[*_~]|[*_~](?!\w)|`")
_LOOKALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_BLANK_ENDS = re.compile(r"(?<![ ])[ ]++(?=\n|\Z)")
_SINGLE_BREAK = re.compile(r"(?<=[^\n])\n(?=[^\n])")


def clean(text: str) -> str:
    """The text without what steers unseen; not ready to be shown."""
    return re.sub(r"\r\n?", "\n", text.translate(_CLEANED))


def one_line(text: str) -> str:
    """The text cleaned, on one line."""
    return " ".join(clean(text).split())


def literal(text: str) -> str:
    """The text for rich_text and plain_text, where Slack parses nothing, though a client may link what looks so."""
    return _unlinked(clean(text))


def markdown(text: str) -> str:
    """The text for a markdown block or ``markdown_text``."""
    return _SINGLE_BREAK.sub("  \n", _marked(_BLANK_ENDS.sub("", clean(text))))


def bold(text: str) -> str:
    """A line of its own in bold, for a markdown block or ``markdown_text``, and the blank line below it."""
    return f"**{markdown(one_line(text))}**\n\n"


def mrkdwn(text: str) -> str:
    """The text for mrkdwn, such as a message's top-level text."""
    unformatted = _MRKDWN_MARK.sub(lambda match: _LOOKALIKES[match[0]], clean(text))
    return _unlisted(_unlinked(unformatted)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words_of(escaped: str) -> str:
    """The text that ``markdown`` or ``bold`` made this of."""
    text = escaped.replace("  \n", "\n").replace("&lt;", "<").replace("&gt;", ">").replace(JOINER, "")
    return _MARKDOWN_MADE.sub(r"\1", text)


class Flow:
    """``markdown`` of a text that comes in pieces; what was sent is never wrong in the light of what follows.

    All that ``feed`` and ``end`` return, joined, is ``markdown`` of the whole text.
    """

    def __init__(self) -> None:
        self._text = ""  # the last characters that were sent, as far as the next ones depend on them, and the unsent
        self._sent = 0  # characters of its Markdown

    def feed(self, text: str) -> str:
        """What may be sent by now."""
        self._text += text.translate(_CLEANED)
        decided = self._text
        # What a space follows is read as if nothing did.
        while (seen := decided.rstrip()) == decided and (undecided := _open_end(decided)):
            decided = decided[: undecided.start()]
        return self._send(len(seen))

    def end(self) -> str:
        """The rest; the text is over."""
        return self._send(len(self._text))

    def _send(self, end: int) -> str:
        new = markdown(self._text[:end])[self._sent :]
        line = self._text.rfind("\n", 0, end) + 1
        before = self._text[line:end]
        if len(before) > _LONGEST_LOOK_BACK:  # a letter stands for the beginning of the line
            before = "a" + before[-_LONGEST_LOOK_BACK:]
        self._text, self._sent = before + self._text[end:], len(markdown(before))
        return new


def _open_end(text: str) -> re.Match[str] | None:
    return _UNDECIDED.search(text, max(0, len(text) - _LONGEST_UNDECIDED))


def _unlinked(text: str) -> str:
    return _BEGINS.sub(_apart, text)


def _apart(match: re.Match[str]) -> str:
    """A sign that begins something, parted from what it begins, and from the word before it."""
    before = match.string[max(0, match.start() - 1) : match.start()]
    return f"{JOINER if before.isalnum() else ''}{match[0]}{JOINER}"


def _unlisted(text: str) -> str:
    return _LINE_MARK.sub(JOINER, text)


def _marked(text: str) -> str:
    text = _MARKDOWN_MARK.sub(r"\\\1", _unlisted(_unlinked(text)))
    return text.replace("<", "&lt;").replace(">", "&gt;")
