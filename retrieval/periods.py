"""The times that a question names, as periods of days: dates, months, years, "since", "between", "last week"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from retrieval.wording import dated

_MONTHS = "|".join(calendar.month_name[1:])
_LATELY = r"(?:(?:the|early|late|mid|(?:middle|end|beginning|start|spring|summer|autumn|fall|winter) of)[ -])*"
_LEAD = re.compile(
    rf"\b(since|after|before|until|till|by|from|between|to|and|through|in|of|during|year|for|last|this)\s+{_LATELY}$",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"(?<=\s)({_MONTHS})\b(?!\s+\d)")
_YEAR = re.compile(r"(?<![$€£¥#\d.,-])\b((?:18|19|20)\d\d)(?:\s?[-–]\s?((?:18|19|20)?\d\d)\b|(s)\b)?(?![%\w]|[.,-]\d)")
_RELATIVE = re.compile(
    r"\b(today|yesterday|tonight|(?:this|last|past|previous)\s+(?:week|weekend|month|year)"
    r"|(?:the\s+)?(?:last|past)\s+(?:\d{1,3}|two|three|four|five|six|seven|ten)\s+(?:days|weeks|months|years)"
    r"|(?:\d{1,3}|two|three|four|five|six|seven|ten)\s+(?:days|weeks|months|years)\s+ago"
    r"|(?:last|this|on)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_OPENING, _CLOSING = ("from", "between"), ("to", "and", "until", "till", "through")
_FROM_THEN, _UP_TO = ("since", "after", "from"), ("before", "until", "till", "by")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def days_to(self, day: date) -> int:
        """How many days a day lies before or after the period; 0 within it."""
        return max((self.first - day).days, (day - self.last).days, 0)


@dataclass(frozen=True, slots=True)
class _Point:
    """A time in a question: where it stands, the periods that it may be, and the word that leads to it."""

    start: int
    end: int
    periods: tuple[Period, ...]
    lead: str


def periods_of(question: str, as_of: date) -> tuple[Period, ...]:
    """The periods that a question names; without a year they are the last two of that name before ``as_of``.

    "Since" reaches to ``as_of``, "before" from the beginning, and "between" and "from" to the time that follows. A bare
    year that is the one of ``as_of`` ("the 2026 election") says no more than the day of asking does.
    """
    points = sorted(_points(question, as_of), key=lambda point: point.start)
    found: list[Period] = []
    while points:
        point, *points = points
        if point.lead in _OPENING and points and points[0].lead in _CLOSING:
            ends = points.pop(0).periods
            found += [Period(a.first, b.last) for a in point.periods for b in ends if a.first <= b.last][:1]
        elif point.lead in (*_FROM_THEN, *_UP_TO):
            begun = next((period for period in point.periods if period.first <= as_of), point.periods[0])
            since = point.lead in _FROM_THEN
            found.append(Period(begun.first, max(begun.last, as_of)) if since else Period(date.min, begun.last))
        else:
            found += point.periods
    for match in _RELATIVE.finditer(question):
        if period := _relative(match[0].lower(), as_of):
            found.append(period)
    return tuple(found)


def _points(question: str, as_of: date) -> Iterator[_Point]:
    """The dates, months and years of a question, none of them twice."""
    taken: list[tuple[int, int]] = []
    for start, end, day in dated(question):
        years = [day.year] if day.year else [as_of.year, as_of.year - 1]
        periods = [period for year in years if day.month and (period := _of_calendar(year, day.month, day.day))]
        if periods:
            taken.append((start, end))
            yield _Point(start, end, tuple(periods), _lead(question, start))
    for match in _MONTH.finditer(question):
        lead = _lead(question, match.start())
        if lead and _free(match, taken):
            month = list(calendar.month_name).index(match[1])
            recent = [_of_calendar(year, month, None) for year in (as_of.year, as_of.year - 1)]
            yield _Point(*match.span(), tuple(period for period in recent if period), lead)
    for match in _YEAR.finditer(question):
        lead = _lead(question, match.start())
        if _free(match, taken) and (lead or int(match[1]) != as_of.year):
            yield _Point(*match.span(), (_years(match),), "" if match[2] else lead)


def _lead(question: str, start: int) -> str:
    found = _LEAD.search(question[:start])
    return found[1].lower() if found else ""


def _free(match: re.Match[str], taken: Sequence[tuple[int, int]]) -> bool:
    return not any(start < match.end() and match.start() < end for start, end in taken)


def _years(match: re.Match[str]) -> Period:
    """Of "2019", "2019-20", "2019-2021" and "1990s"."""
    first = int(match[1])
    last = first + 9 if match[3] and first % 10 == 0 else first
    if match[2]:
        last = int(match[1][: 4 - len(match[2])] + match[2])
    return Period(date(first, 1, 1), date(max(first, last), 12, 31))


def _of_calendar(year: int, month: int, day: int | None) -> Period | None:
    try:
        if day:
            return Period(date(year, month, day), date(year, month, day))
        return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


def _relative(words: str, as_of: date) -> Period | None:
    """ "last week" and its like; the start by dateparser, the end by what the words span."""
    import dateparser

    if words.startswith("this ") or words in ("today", "tonight"):
        span = 7 if "week" in words else 31 if "month" in words else 366 if "year" in words else 1
        return Period(as_of - timedelta(days=span - 1), as_of)
    base = {"RELATIVE_BASE": _noon(as_of), "PREFER_DATES_FROM": "past"}
    rolling = re.sub(r"^(?:the )?(?:last|past) (?=\d|two|three|four|five|six|seven|ten)", "", words)
    spoken = f"{rolling} ago" if rolling != words else re.sub(r"^(?:past|previous|on) ", "last ", words)
    found = dateparser.parse(spoken, languages=["en"], settings=base)
    if found is None:
        return None
    first = found.date()
    if rolling != words:
        return Period(first, as_of)
    margin = 3 if "week" in words else 15 if "month" in words else 183 if "year" in words else 0
    return Period(first - timedelta(days=margin), min(first + timedelta(days=margin), as_of))


def _noon(day: date) -> object:
    """The moment that dateparser counts from."""
    from datetime import datetime, time

    return datetime.combine(day, time(12))
