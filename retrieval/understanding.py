"""What a question says about where its answer stands: outlets, dates and quoted phrases, which raise hits."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from retrieval.wording import dates, fold

_QUOTED = re.compile(r"[\"“„«](.{3,120}?)[\"”“»]|(?<!\w)['‘](\w.{2,120}?\w)['’](?!\w)")
_YEAR = re.compile(r"\b(?:in|of|during|since|year)\s+(?:early |late |mid-?)?((?:19|20)\d\d)\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(today|yesterday|tonight|(?:this|last|past|previous)\s+(?:week|weekend|month|year)"
    r"|(?:the\s+)?(?:last|past)\s+(?:\d{1,3}|two|three|four|five|six|seven|ten)\s+(?:days|weeks|months|years)"
    r"|(?:\d{1,3}|two|three|four|five|six|seven|ten)\s+(?:days|weeks|months|years)\s+ago"
    r"|(?:last|this|on)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"^(?:www\.)?([\w-]+(?:\.[\w-]+)*?)(?:\.(?:com|org|net|co|gov|edu|info|news|tv|[a-z]{2}))+$")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def days_to(self, day: date) -> int:
        """How many days a day lies before or after the period; 0 within it."""
        return max((self.first - day).days, (day - self.last).days, 0)


@dataclass(frozen=True, slots=True)
class Understood:
    """What of a question raises hits; none of it ever excludes one."""

    outlets: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    phrases: tuple[str, ...] = ()


def understand(question: str, outlets: Collection[str], as_of: date) -> Understood:
    """Reads a question against the outlets of the library; "last week" counts from ``as_of``."""
    phrases = (next(group for group in match.groups() if group) for match in _QUOTED.finditer(question))
    return Understood(
        tuple(sorted(outlet for outlet in outlets if _names(question, outlet))),
        tuple(_periods(question, as_of)),
        tuple(folded for phrase in phrases if " " in (folded := " ".join(fold(phrase).strip(" .,!?").split()))),
    )


def _names(question: str, outlet: str) -> bool:
    """Whether the question names the outlet, by its name or its domain's; short and common words in capitals only."""
    name = _name_of(outlet)
    if len(name) < 2 or name.split()[0].casefold() not in question.casefold():
        return False
    spaced = re.escape(name).replace(r"\ ", r"\s+")
    found = re.search(rf"(?<!\w){spaced}(?!\w)", question, re.IGNORECASE)
    if not found:
        return name != outlet and outlet.casefold() in question.casefold()
    return " " in name or (found[0][0].isupper() and (found.start() > 0 or found[0].isupper()))


@lru_cache(maxsize=10_000)
def _name_of(outlet: str) -> str:
    """An outlet's name; of a domain what stands before its ending."""
    domain = _DOMAIN.match(outlet)
    return (domain[1] if domain else outlet).strip()


def _periods(question: str, as_of: date) -> list[Period]:
    periods = []
    for day in dates(question):
        years = [day.year] if day.year else [as_of.year, as_of.year - 1]
        for year in years:
            if day.month and (period := _calendar_period(year, day.month, day.day)):
                periods.append(period)
    if not periods:
        periods = [Period(date(int(year), 1, 1), date(int(year), 12, 31)) for year in _YEAR.findall(question)]
    for match in _RELATIVE.finditer(question):
        if period := _relative_period(match[0].lower(), as_of):
            periods.append(period)
    return periods


def _calendar_period(year: int, month: int, day: int | None) -> Period | None:
    try:
        if day:
            return Period(date(year, month, day), date(year, month, day))
        return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


def _relative_period(words: str, as_of: date) -> Period | None:
    """ "last week" and its like; the start by dateparser, the end by what the words span."""
    import dateparser

    if words.startswith("this ") or words in ("today", "tonight"):
        span = 7 if "week" in words else 31 if "month" in words else 366 if "year" in words else 1
        return Period(as_of - timedelta(days=span - 1), as_of)
    base = {"RELATIVE_BASE": calendar_noon(as_of), "PREFER_DATES_FROM": "past"}
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


def calendar_noon(day: date) -> object:
    """The moment that dateparser counts from."""
    from datetime import datetime, time

    return datetime.combine(day, time(12))
