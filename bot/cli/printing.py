"""Answers and hits as plain text, and records as JSON; nothing an article holds can steer a terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import click

from bot.answers import Answer
from retrieval.articles import Article, Hit

# ECMA-48 control sequences (CSI), operating system commands and the like (OSC, DCS, SOS, PM, APC), then lone escapes.
# A command that nothing ends goes as far as the next space: the sentences behind it are to be read.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])"
    r"(?:[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|[^\s\x07\x1b\x90\x98\x9c-\x9f]*)"
    r"|\x1b[ -/]*[0-~]?"
)
# Direction overrides and isolates can make a line read other than it is.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` without escape sequences, control characters and direction overrides; tabs and new lines stay."""
    text = _ESCAPES.sub("", text).translate(_DIRECTIONS)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def one_line(text: str) -> str:
    """``text`` cleaned, on one line."""
    return " ".join(clean(text).split())


def day(value: date | None) -> str:
    """A date as people write it, such as 3 May 2026; an empty string for none."""
    return f"{value.day} {value:%B %Y}" if value else ""


def byline(article: Article) -> str:
    """Outlet, author and dates, as far as the article gives them."""
    updated = f"updated {day(article.updated)}" if article.updated and article.updated != article.published else ""
    parts = (article.source or "", article.author or "", day(article.published), updated)
    return ", ".join(one_line(part) for part in parts if part)


def sources(answer: Answer) -> Iterator[str]:
    """The numbered sources of an answer: title, outlet, date, each quote and the link."""
    for citation in answer.citations:
        yield f"[{citation.number}] {one_line(citation.article.title)}"
        if words := byline(citation.article):
            yield f"    {words}"
        for quote in citation.quotes:
            yield f"    “{one_line(quote.text)}”"
        if citation.link:
            yield f"    {one_line(citation.link)}"


def remarks(answer: Answer) -> Iterator[str]:
    """What a reader must know besides the text: disagreements, a notice, and a refusal's nearest articles."""
    for disagreement in answer.disagreements:
        yield f"Sources disagree about {one_line(disagreement.about)}:"
        for side in disagreement.sides:
            yield f"  - {one_line(side.text)} " + "".join(f"[{number}]" for number in side.citations)
    if answer.kind == "refusal" and answer.nearest:
        yield "Nearest articles:"
        for nearest in answer.nearest:
            yield f"  - {one_line(nearest.title)}" + (f" <{one_line(nearest.url)}>" if nearest.url else "")
    if answer.notice:
        yield f"Note: {one_line(answer.notice)}"


def plain(answer: Answer) -> str:
    """A finished answer as plain text: its lead, the text, its sources, and what else a reader must know."""
    blocks = [
        one_line(answer.lead or ""),
        clean(answer.text).strip(),
        "\n".join(remarks(answer)),
        "\n".join(sources(answer)),
    ]
    return "\n\n".join(block for block in blocks if block)


def hit_lines(number: int, hit: Hit) -> Iterator[str]:
    """One hit of a search: title, outlet and date, why it is where it is, and the passage."""
    yield f"{number}. {one_line(hit.article.title)}"
    details = [byline(hit.article), f"article {hit.article.id}", f"score {hit.score:.4f}"]
    yield "   " + " · ".join(part for part in details if part)
    if reasons := _reasons(hit):
        yield f"   {one_line(reasons)}"
    yield f"   {one_line(hit.passage.text)}"
    if hit.article.url:
        yield f"   {one_line(hit.article.url)}"


def _reasons(hit: Hit) -> str:
    """Its ranks with the reader and the retrievers, and what raised it."""
    why = hit.why
    known = (("reader", why.read_rank), ("words", why.lexical_rank), ("meaning", why.dense_rank))
    ranks = ", ".join(f"by {name} {rank}" for name, rank in known if rank is not None)
    return " · ".join(part for part in (f"rank {ranks}" if ranks else "", *why.boosts) if part)


def echo_json(value: Any, *, indent: int | None = 2) -> None:
    """Print ``value`` as JSON that is safe on a terminal too."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    click.echo(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
