"""A plain text to an article: its paragraphs as they were meant, and the page around them where somebody copied one."""

from __future__ import annotations

import re
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from retrieval.articles import Article
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import Facts, Piece, article, assemble, check_size, clean
from retrieval.loading.bylines import byline, with_byline
from retrieval.loading.copied import article_of, looks_copied
from retrieval.loading.decoding import decode
from retrieval.loading.noise import ends_sentence

BLANK = re.compile(r"\n(?:[^\S\n]*\n)+|\f")
BULLET = re.compile(r"\s*[•‣◦▪▫●○■·*–—-]\s+(?=\S)")
NUMBER = re.compile(r"\s*(?:\d{1,3}|[a-zA-Z])[.)]\s+(?=\S)")
UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,})\s*")
HASHES = re.compile(r"#{1,6}\s+(?=\S)")
FIELD = re.compile(r"[A-Z][\w -]{0,20}:(?:\s|$)")
WRAPPED_AT_MOST = 100  # columns; nobody wraps lines wider, and unwrapped paragraphs are longer
WRAPPED_AT_LEAST = 45
TITLE_CHARACTERS = 200


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article in a plain text file."""
    check_size(data, options)
    pieces = list(layout(decode(data)))
    facts, own = article_of(pieces) if looks_copied(pieces) else _titled(pieces)
    text, blocks = assemble(own or pieces)
    return article(text, blocks, facts, location=location, url=url, options=options)


def layout(text: str) -> Iterator[Piece]:
    """The paragraphs, headings and list items of a text, hard-wrapped lines joined again."""
    chunks = BLANK.split(text.replace("\u2028", "\n").replace("\u2029", "\n\n").strip("\n\f"))
    for chunk in chunks:
        lines = [line.rstrip() for line in chunk.split("\n") if line.strip()]
        if not lines:
            continue
        if len(lines) > 1 and UNDERLINE.fullmatch(lines[1]) and not UNDERLINE.fullmatch(lines[0]):
            yield Piece(clean(lines[0]), "heading")
            lines = lines[2:]
        elif HASHES.match(lines[0]):
            yield Piece(clean(HASHES.sub("", lines[0])), "heading")
            lines = lines[1:]
        yield from _paragraphs(lines, in_lines=len(chunks) == 1)


def _paragraphs(lines: Sequence[str], *, in_lines: bool) -> Iterator[Piece]:
    """One chunk's paragraphs; in a text without blank lines (``in_lines``) each line that is not wrapped is one."""
    if not lines:
        return
    if any(BULLET.match(line) or NUMBER.match(line) for line in lines):
        yield from _items(lines)
    elif len(lines) == 1 or _is_wrapped(lines):
        yield Piece(clean(_joined(lines)))
    elif max(map(len, lines)) > WRAPPED_AT_MOST or (in_lines and not any(line[0].isspace() for line in lines)):
        for number, line in enumerate(lines):
            yield Piece(clean(line), separator="\n" if number else "\n\n")
    else:
        # A poem, an address, a table, code: its line breaks and indents mean something.
        yield Piece(textwrap.dedent("\n".join(lines)))


def _items(lines: Sequence[str]) -> Iterator[Piece]:
    """The items of a list without their bullets, numbers kept; a line that continues an item is joined to it."""
    items: list[list[str]] = []
    for line in lines:
        starts = BULLET.match(line) or NUMBER.match(line)
        if items and not starts and (line[:2].isspace() or (line[:1].islower() and not ends_sentence(items[-1][-1]))):
            items[-1].append(line)
        else:
            items.append([line])
    for number, item in enumerate(items):
        yield Piece(clean(BULLET.sub("", _joined(item), count=1)), separator="\n" if number else "\n\n")


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether the lines are one paragraph broken at a width: no line had room for the next word, or all are about as
    long and few of them sentences.
    """
    full = [len(line) for line in lines[:-1]]
    if max(map(len, lines)) > WRAPPED_AT_MOST or statistics.median(full) < WRAPPED_AT_LEAST:
        return False
    if any(line[:1].isspace() for line in lines[1:]) or any(FIELD.match(line) for line in lines[1:]):
        return False
    filled = all(len(line) + 1 + len(following.split()[0]) > max(full) for line, following in pairwise(lines))
    breaks = sum(ends_sentence(line) for line in lines[:-1])
    return filled or (min(full) >= 0.6 * max(full) and breaks <= len(full) / 2)


def _joined(lines: Sequence[str]) -> str:
    """One line of several; a word divided at its hyphen keeps the hyphen, since only its author knows if it has one."""
    joined = lines[0].strip()
    for line in lines[1:]:
        divided = joined.endswith("-") and joined[-2:-1].isalpha() and line.strip()[:1].islower()
        joined += ("" if divided else " ") + line.strip()
    return joined


def _titled(pieces: Sequence[Piece]) -> tuple[Facts, list[Piece]]:
    """The title, author and days that a text of one's own begins with, and the rest of it, which is all kept."""
    facts, rest = Facts(), list(pieces)
    if len(rest) > 1 and _is_title(rest[0]):
        facts = Facts(title=rest.pop(0).text)
        return with_byline(facts, rest)
    return facts, rest


def _is_title(piece: Piece) -> bool:
    text = piece.text
    if piece.kind == "heading":
        return True
    if "\n" in text or len(text) > TITLE_CHARACTERS or BULLET.match(text) or NUMBER.match(text) or byline(text):
        return False
    return text[-1] not in ".!…,;:。" and not ends_sentence(text.rstrip("?？")) and any(c.isalpha() for c in text)
