"""Replies and passages as a page shows them: cut into pieces at markers and quotes, freed of what misleads a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.evaluation.rows import Cited, Found, Reply, Row

NEAR = 220  # characters before and after a quote that are shown at once

# Control characters and halves of surrogate pairs are shown as what they are, errors; direction overrides, which can
# make a line read other than it is, are left out.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKER = re.compile(r"\[(\d+)\]")
_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words and what they are; ``far``: too far from any quote to be shown at once."""

    text: str
    kind: Literal["plain", "marker", "quote", "far", "figure", "range"] = "plain"


def clean(text: str) -> str:
    """``text`` as it can be printed on a page: no control characters, no halves of characters, no overrides."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n")).translate(_DIRECTIONS)


def answer_pieces(reply: Reply, text: str | None = None) -> tuple[Piece, ...]:
    """The text of a reply, or its lead; [n] is a marker where there is a citation n, else just what somebody wrote."""
    text = reply.text if text is None else text
    numbers = {str(citation.number) for citation in reply.citations}
    pieces: list[Piece] = []
    at = 0
    for marker in _MARKER.finditer(text):
        if marker[1] in numbers:
            pieces += [Piece(text[at : marker.start()].rstrip(" ")), Piece(marker[1], "marker")]
            at = marker.end()
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)


def passage_pieces(cited: Cited) -> tuple[Piece, ...]:
    """The passage of a citation, its quotes marked; what reaches beyond the passage is not shown."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _merged(cited):
        pieces += _between(cited.text[at:start], first=at == 0, last=False)
        pieces.append(Piece(cited.text[start:end], "quote"))
        at = end
    pieces += _between(cited.text[at:], first=at == 0, last=True)
    return tuple(Piece(_BLANK_LINES.sub("\n\n", piece.text), piece.kind) for piece in pieces if piece.text)


def web_link(link: str | None) -> str | None:
    """The link if it leads to a page of the web; any other kind could run something or open a file."""
    try:
        parts = urlsplit(link or "")
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.netloc else None


def hits(row: Row) -> tuple[tuple[Found, bool], ...]:
    """What the search found, in order, and whether it is in a gold article or holds a gold quote."""

    def golden(hit: Found) -> bool:
        return hit.story in row.stories or any(
            hit.article_id == span.article_id and hit.start < span.end and span.start < hit.end for span in row.quoted
        )

    return tuple((hit, golden(hit)) for hit in row.reply.hits) if row.reply else ()


def remarks(row: Row) -> Iterator[tuple[str, str]]:
    """What a reader of a reply has to know besides its words."""
    reply = row.reply
    if reply is None:
        return
    if reply.notice:
        yield "Notice", reply.notice
    if reply.chat_failure:
        yield "The chat model did not answer", reply.chat_failure
    if row.unjudged:
        yield "Citations not judged", row.unjudged
    for statement in reply.statements:
        if statement.support == "unsupported":
            yield "Shown without support", statement.text


def flat(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Settings as lines, those of a section by their dotted names."""
    for name, value in mapping.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", plain(value)


def plain(value: object) -> str:
    """A setting in words; a dash where it is empty."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain(one) for one in value) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)


def _merged(cited: Cited) -> list[tuple[int, int]]:
    """The quotes as places in the passage, in order; those that touch or overlap are one."""
    merged: list[tuple[int, int]] = []
    for quote_start, quote_end in sorted(cited.quotes):
        start, end = max(0, quote_start - cited.start), min(len(cited.text), quote_end - cited.start)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _between(text: str, *, first: bool, last: bool) -> Iterator[Piece]:
    """Words before, between or after quotes, cut at blanks into what is near one of them and what is far."""
    before, after = (0 if first else NEAR), (0 if last else NEAR)
    if first and last:  # no quote at all: the beginning stands for the passage
        before, after = 2 * NEAR, 0
    if len(text) <= before + after + NEAR // 2:
        yield Piece(text)
        return
    left = text.rfind(" ", 0, before) + 1 if before else 0
    right = text.find(" ", len(text) - after) if after else len(text)
    right = len(text) if right < 0 else right
    yield Piece(text[:left])
    yield Piece(text[left:right], "far")
    yield Piece(text[right:])
