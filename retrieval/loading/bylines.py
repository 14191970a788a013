"""Who wrote an article and when, from the lines that stand under a title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from retrieval.loading.assembly import Facts, Piece

PARTICLES = re.compile(r"d[aeio]|dos|del|della|l[ae]|van|von|der|den|ter|ten|al|el|bin|ibn|abu", re.IGNORECASE)
NO_PERSON = re.compile(  # words that stand for a role, an outlet or a control, never in a person's name
    r"the|times|post|weekly|daily|tribune|herald|press|today|gazette|journal|magazine|media|agency|staff|writer|reporter|correspondent|editor|news|contributor|columnist|producer|analyst|desk|team|bureau|updated|published"
    r"|posted|read|min|minutes|comments",
    re.IGNORECASE,
)
BY = re.compile(
    r"(?:(?:written|posted|published|reported|words|story|text)\s+)?by\s*:?\s+|author\s*:\s*", re.IGNORECASE
)
SEPARATOR = re.compile(r"\s*[|•·–—;/]\s*|\s+-\s+|,\s*|\s+(?:and|und|et|y)\s+|\s*&\s*|\s{2,}")
PREFIX = re.compile(
    r"(?:(?:first|originally|last)\s+)?(?P<what>published|posted|created|updated|modified|edited|corrected|date)\b"
    r"(?:\s+(?:on|at))?\s*:?\s*",
    re.IGNORECASE,
)
DAY = re.compile(
    r"""\b\d{4}-\d{2}-\d{2}\b
    | \b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b
    | \d{4}年\d{1,2}月\d{1,2}日
    | \b\d{1,2}(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?[^\W\d_]{3,12}\.?,?\s+(?:de\s+)?\d{4}\b
    | \b[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}\b""",
    re.VERBOSE | re.IGNORECASE,
)
AROUND_A_DAY = re.compile(
    r"""\b(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?\b\.?
    | \b\d{1,2}[:.h]\d{2}(?::\d{2})?\b | \b[ap]\.?m\b\.?
    | \b(?:[ECMP][SD]?T|GMT|UTC|BST|CEST|CET|AMT|IST|uhr|hrs?)\b(?:[+-]\d+)?
    | \b(?:at|on|um|the)\b | \b\d+\s+min(?:ute)?s?(?:\s+read)?\b""",
    re.VERBOSE | re.IGNORECASE,
)
PARTED = re.compile(r"[|•·–—]")
EDGES = " .:()-"
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Byline:
    """What one line says about authors and days."""

    authors: tuple[str, ...] = ()
    published: date | None = None
    updated: date | None = None


def is_name(text: str) -> bool:
    """Whether the text could be a person's name or an agency's: two to five capitalised words."""
    words = text.split()
    return (
        2 <= len(words) <= 5
        and all(word[0].isupper() or PARTICLES.fullmatch(word) for word in words)
        and words[0][0].isupper()
        and all(character.isalpha() or character in "'’.-" for word in words for character in word)
        and not any(NO_PERSON.fullmatch(word) for word in words)
    )


def byline(line: str, *, by_required: bool = True) -> Byline | None:
    """What the line says if it is nothing but a byline or a date line; None for any other line.

    ``by_required=False`` also takes a bare name, which is safe only next to a title.
    """
    line = line.strip()
    if not line or len(line) > LONGEST:
        return None
    marked = BY.match(line)
    published, updated, rest = _days(line[marked.end() :] if marked else line)
    dated = bool(published or updated)
    segments = [kept for segment in SEPARATOR.split(rest) if (kept := segment.strip(EDGES))]
    names = [segment for segment in segments if is_name(segment)]
    # Beside a name or a day may stand an outlet, an agency or a role, which are capitalised and short.
    beside = [segment for segment in segments if segment not in names and not _is_label(segment)]
    # Without "by", a name beside a day is a writer where a mark parts them, and may be a place where a comma does.
    certain = bool(marked) or not by_required or (dated and (not names or PARTED.search(line) is not None))
    if (
        beside
        or not certain
        or not (names or dated or (marked and segments and not AROUND_A_DAY.fullmatch(segments[0])))
    ):
        return None
    return Byline(tuple(dict.fromkeys(names if names or not marked else segments[:1])), published, updated)


def with_byline(facts: Facts, pieces: Sequence[Piece]) -> tuple[Facts, list[Piece]]:
    """The pieces without the bylines and date lines they begin with, whose facts fill what was not known."""
    rest = list(pieces)
    while len(rest) > 1 and rest[0].kind == "paragraph" and (found := byline(rest[0].text)) is not None:
        rest.pop(0)
        facts = replace(
            facts,
            author=facts.author or ", ".join(found.authors) or None,
            published=facts.published or found.published,
            updated=facts.updated or found.updated,
        )
    return facts, rest


def _days(line: str) -> tuple[date | None, date | None, str]:
    """The days of publication and change in a line, and what is left of it without them."""
    published: date | None = None
    updated: date | None = None
    rest, position = "", 0
    for match in DAY.finditer(line):
        day = day_in(match.group())
        if day is None:
            continue
        before = line[position : match.start()]
        labels = [label["what"].lower() for label in PREFIX.finditer(before)]
        if labels and labels[-1] in ("updated", "modified", "edited", "corrected"):
            updated = updated or day
        else:
            published = published or day
        rest += PREFIX.sub(" ", before) + " | "
        position = match.end()
    if position == 0:
        return None, None, line
    pieces = [AROUND_A_DAY.sub(" ", piece).strip() for piece in (rest + line[position:]).split(" | ")]
    return published, updated, " | ".join(pieces)


def day_in(text: str) -> date | None:
    """The calendar day that the words name, in any language dateparser knows; None unless all three parts are there."""
    import dateparser

    found = dateparser.parse(
        text, settings={"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "DMY"}
    )
    return found.date() if found else None


def _is_label(segment: str) -> bool:
    words = segment.split()
    return len(words) <= 4 and (segment[0].isupper() or any(NO_PERSON.fullmatch(word) for word in words))
