"""What day "on Wednesday" was: relative dates of a sentence, resolved against the day its article was published."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RELATIVE = re.compile(
    r"(?P<lead>\b(?:every|each|a|any|next|until|by|black|cyber|good|easter|ash|shrove|holy|super|bloody|red|of) )?"
    rf"\b(?:(?P<weekday>(?:last )?(?:{'|'.join(_WEEKDAYS)})(?: (?:morning|afternoon|evening|night))?)"
    r"|(?P<day>yesterday|tomorrow)|(?P<which>last|this) (?P<unit>week|month|year))\b(?!['’-])"
    r"(?!,? (?:the )?(?:\d|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\b|\[)|s\b)",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|is to|are to|due|plans?|planned|expected|scheduled|set to|going to|hopes?)\b", re.I
)
_QUOTED = re.compile(r"[\"“][^\"“”]*(?:[\"”]|$)")


def dated(sentence: str, published: date | None) -> str:
    """The sentence with the day behind each relative date, in square brackets: "on Wednesday [24 April 2019]".

    What stands in quotation marks was said on a day of its own and stays; so does a day of the week that may lie ahead,
    and everything where the article has no date, or one from which the calendar does not reach as far.
    """
    if published is None:
        return sentence
    quoted = [match.span() for match in _QUOTED.finditer(sentence)]

    def add(match: re.Match[str]) -> str:
        inside = any(start <= match.start() < end for start, end in quoted)
        try:
            day = None if inside or match["lead"] else _meant(match, published, bool(_AHEAD.search(sentence)))
        except OverflowError:  # dates of articles begin with the year 1 and end with 9999, as datetime's do
            day = None
        return f"{match[0]} [{day}]" if day else match[0]

    return _RELATIVE.sub(add, sentence)


def _meant(match: re.Match[str], published: date, ahead: bool) -> str | None:
    if match["weekday"]:
        words = match["weekday"].lower().split()
        if ahead and words[0] != "last":
            return None
        weekday = next(_WEEKDAYS.index(word) for word in words if word in _WEEKDAYS)
        back = (published.weekday() - weekday) % 7
        return written(published - timedelta(days=back or (7 if words[0] == "last" else 0)))
    if match["day"]:
        return written(published + timedelta(days=-1 if match["day"].lower() == "yesterday" else 1))
    return _UNITS[match["unit"].lower()](published, match["which"].lower() == "last")


def written(day: date) -> str:
    """A day as people write it, such as 3 May 2026."""
    return f"{day.day} {day:%B %Y}"


def _week(published: date, last: bool) -> str:
    return f"week of {written(published - timedelta(days=published.weekday() + 7 * last))}"


def _month(published: date, last: bool) -> str:
    return f"{(published.replace(day=1) - timedelta(days=1)) if last else published:%B %Y}"


def _year(published: date, last: bool) -> str:
    if published.year == last:
        raise OverflowError("there is no year 0")
    return str(published.year - last)


_UNITS: dict[str, Callable[[date, bool], str]] = {"week": _week, "month": _month, "year": _year}
