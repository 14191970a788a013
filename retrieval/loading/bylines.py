"""Who wrote an article and when, from the lines that stand under a title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

PARTICLES = re.compile(r"d[aeio]|dos|del|della|l[ae]|van|von|der|den|ter|ten|al|el|bin|ibn|abu", re.IGNORECASE)
ROLES = re.compile(
    r"staff|writer|reporter|correspondent|editor|news|contributor|columnist|producer|analyst|desk|team|bureau|updated|published"
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
    | \b(?:at|on|um|the)\b | \b\d+\s+min(?:ute)?s?(?:\s+read)?\b
    | [\s,.|•·–—:;()/-]+""",
    re.VERBOSE | re.IGNORECASE,
)
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
        and not any(ROLES.fullmatch(word) for word in words)
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
    segments = [segment.strip(" .:") for segment in SEPARATOR.split(rest) if segment.strip(" .:")]
    names = [segment for segment in segments if is_name(segment)]
    others = [segment for segment in segments if segment not in names and not _is_role(segment)]
    if others or not (names or published or updated) or (names and not marked and by_required):
        return None
    return Byline(tuple(dict.fromkeys(names)), published, updated)


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


def _is_role(segment: str) -> bool:
    return len(segment.split()) <= 4 and any(ROLES.fullmatch(word) for word in segment.split())
