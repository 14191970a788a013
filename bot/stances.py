"""What a sentence gives as the answer to a question, in a form in which two sentences can be compared."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from bot.relevance import asked
from retrieval.wording import Day, Quantity, content_terms, dates, fold, names, quantities, terms, without_dates

Kind = Literal["date", "number", "name", "yes or no", "any"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ASKS_DATE = re.compile(
    r"\b(date|birthday|birth date|year|day) (of|did|was|is|that|when)\b|\bwhat is the .{0,20}\bdate\b"
)
_ASKS_NUMBER = re.compile(
    r"\bwhat (?:is|was|are|were) the (?:\w+ ){0,2}(population|age|number|height|length|area|price|turnout)\b"
)
_YES_OR_NO = re.compile(
    r"(?:and |but |so |then )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b"
)
_COUNTED = re.compile(r"\bhow (?:many|much) (?:of the |more |other )?((?:[a-z'’-]+ ){0,3})")
_REPORTED_THEN = re.compile(
    r"\b(?:reported|reports?|said|told|announced|wrote|tweeted|published|statement|according to)\b[^,;.]{0,40}?"
    rf"\bon (?:last )?(?:{'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b([01]?\d|2[0-3])[:.]([0-5]\d)\b")
_YEAR = re.compile(r"(?<![\d.,$€£])(1[0-9]\d\d|20\d\d)(?![\d.,]*\d|\w)")
_DISPUTES = re.compile(
    r"\b(disput(?:e[sd]?|ing)|den(?:y|ies|ied|ying)|reject(?:s|ed|ing)?|contradict(?:s|ed|ing|ory)?|refut(?:e[sd]?|ing)"
    r"|contest(?:s|ed|ing)? (?:the|this|that|his|her|its|their)|challeng(?:es|ed) the (?:claim|report|figure|account)"
    r"|inaccurate|incorrect|untrue|false(?:ly)?|misleading|bad information|contrary to|at odds with"
    r"|conflict(?:s|ed)? with|inconsistent with|no (?:sign|evidence|truth)"
    r"|does not believe|did not believe|disagree[sd]?)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\b(?:correction|corrected|corrects|revised|revises|misstated|mistakenly|(?:has been|was) (?:put right|updated)"
    r"|earlier (?:figure|report|version|count|article)\b.{0,60}\b(?:wrong|error|incorrect|mistake))\b",
    re.IGNORECASE,
)
_PUTS_AT = re.compile(
    r"\b(?:(?:puts?|putting|placed|estimates?|estimated)\b[^.;]{0,60}?\bat|(?:speaks?|spoke|spoken) of)"
    r"\s[\"“]?(?:(?:about|some|only|around|nearly|roughly|more than|at least|just|up to)\s[\"“]?)?"
    r"(?:[$€£]?\d|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty)\b)",
    re.IGNORECASE,
)
_MONEY = frozenset({"dollar", "euro", "pound", "yen", "percent"})
_MEASURES = frozenset(
    terms("seconds minutes hours days weeks months years miles kilometres kilometers metres meters feet tonnes acres")
)
_ANYBODY = frozenset(terms("people person persons men women"))  # counted under other words: "three passengers"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of day that a text gives; ``weekday`` counts from Monday, 0."""

    day: Day | None = None
    weekday: int | None = None
    clock: str | None = None


@lru_cache(maxsize=256)
def kind_of(question: str) -> Kind:
    """The kind of answer that the question expects, as far as two answers of that kind can be compared."""
    plain, expected = fold(question), asked(question).expected
    if _COUNTED.match(plain):  # also where the question goes on: "how many were there when …"
        return "number"
    if expected == "date" or (expected != "name" and _ASKS_DATE.search(plain)):
        return "date"
    if expected == "number" or _ASKS_NUMBER.search(plain):
        return "number"
    if _YES_OR_NO.match(plain):
        return "yes or no"
    return "name" if expected in ("name", "place", "which") else "any"


def given(question: str, text: str, published: date | None) -> frozenset[Hashable]:
    """What the sentence gives of the kind that is asked for, without what the question itself names."""
    kind = kind_of(question)
    if kind == "date":
        return frozenset(_moments(text, published) - _named_moments(question))
    if kind == "number":
        return frozenset(_numbers(question, text))
    known = frozenset(asked(question).terms)
    if kind == "name":
        found = (frozenset(content_terms(name)) - known for name in names(text))
        return frozenset(name for name in found if name)
    return frozenset(content_terms(text)) - known


def apart(kind: Kind, one: frozenset[Hashable], other: frozenset[Hashable]) -> bool:
    """Whether each of two sentences gives something that is no form of anything that the other gives."""
    return bool(_own(kind, one, other)) and bool(_own(kind, other, one))


def shared(kind: Kind, one: frozenset[Hashable], other: frozenset[Hashable]) -> bool:
    """Whether two sentences give at least one thing in common."""
    return len(_own(kind, one, other)) < len(one)


def disputes(text: str) -> bool:
    """Whether a sentence says that somebody contests what somebody else says or does."""
    return bool(_DISPUTES.search(text))


def corrects(text: str) -> bool:
    """Whether a sentence says that it corrects what was said before."""
    return bool(_CORRECTS.search(text))


def puts_at(text: str) -> bool:
    """Whether a sentence gives somebody's own figure: "the hospital put the number at 300"."""
    return bool(_PUTS_AT.search(text))


def _own(kind: Kind, one: frozenset[Hashable], other: frozenset[Hashable]) -> list[Hashable]:
    same = _SAME.get(kind, lambda a, b: a == b)
    return [item for item in one if not any(same(item, found) for found in other)]


def _same_moment(one: Hashable, other: Hashable) -> bool:
    """Whether two moments may be one: no part that both give differs."""
    assert isinstance(one, Moment) and isinstance(other, Moment)
    if one.clock or other.clock:  # a time of day says nothing about a day
        return one.clock == other.clock or not (one.clock and other.clock)
    if one.day and other.day:
        a, b = one.day, other.day
        parts = ((a.year, b.year), (a.month, b.month), (a.day, b.day))
        return all(x is None or y is None or x == y for x, y in parts)
    if one.weekday is not None and other.weekday is not None:
        return one.weekday == other.weekday
    return False


def _same_number(one: Hashable, other: Hashable) -> bool:
    """Whether two numbers are equal or say nothing about each other: in other units, or hours and a bare number."""
    assert isinstance(one, Quantity) and isinstance(other, Quantity)
    if _is_rounded(one.value, other.value) or one.unit == other.unit:
        return _is_rounded(one.value, other.value)
    return bool(one.unit and other.unit) or bool({one.unit, other.unit} & (_MONEY | _MEASURES))


def _is_rounded(one: float, other: float) -> bool:
    """Whether two values are equal, or one of them may be the other in round hundreds or thousands."""
    near = abs(one - other) <= 0.03 * max(one, other)
    return one == other or (near and min(one, other) >= 100 and (one % 100 == 0 or other % 100 == 0))


def _same_name(one: Hashable, other: Hashable) -> bool:
    assert isinstance(one, frozenset) and isinstance(other, frozenset)
    return bool(one & other)


_SAME = {"date": _same_moment, "number": _same_number, "name": _same_name}


@lru_cache(maxsize=64)
def _named_moments(question: str) -> frozenset[Hashable]:
    """The moments that a question itself names; cached, because every sentence is held against them."""
    return frozenset(_moments(question, None))


def _moments(text: str, published: date | None) -> set[Hashable]:
    text = _REPORTED_THEN.sub(" ", text)
    found: set[Hashable] = {Moment(day=day) for day in dates(text)}
    for year in _YEAR.findall(without_full_dates(text)):
        found.add(Moment(day=Day(int(year), None, None)))
    for match in _TIME.finditer(text):
        found.add(Moment(clock=f"{int(match[1])}:{match[2]}"))
    for word in re.findall(r"\w+", fold(text)):
        if word in WEEKDAYS:
            weekday = WEEKDAYS.index(word)
            day = last(weekday, published) if published else None
            found.add(Moment(day=_full(day)) if day else Moment(weekday=weekday))
    if published:
        for word, back in (("yesterday", 1), ("today", 0)):
            day = _earlier(published, back)
            if day and re.search(rf"\b{word}\b", fold(text)):
                found.add(Moment(day=_full(day)))
    return found


def last(weekday: int, published: date) -> date | None:
    """The latest such day of the week up to the day of publication; None where that is before the calendar begins."""
    return _earlier(published, (published.weekday() - weekday) % 7)


def _earlier(published: date, days: int) -> date | None:
    return published - timedelta(days=days) if published.toordinal() > days else None


def _full(day: date) -> Day:
    return Day(day.year, day.month, day.day)


def without_full_dates(text: str) -> str:
    """The text with what ``dates`` reads blanked out, bare years left standing."""
    in_dates = {str(day.year) for day in dates(text) if day.year}
    return " ".join([without_dates(text), *(year for year in _YEAR.findall(text) if year not in in_dates)])


def _numbers(question: str, text: str) -> set[Hashable]:
    """Numbers with what they count (a currency, percent, the word behind), those that count what is asked for."""
    known = quantities(question)
    found: set[Quantity] = set()
    plain = without_dates(text)
    for quantity in quantities(plain):
        if quantity not in known:
            found.add(quantity if quantity.unit else Quantity(quantity.value, _counted(plain, quantity.value)))
    match = _COUNTED.search(fold(question))
    wanted = set(terms(match[1])) if match else set()
    counting = {quantity for quantity in found if quantity.unit in wanted}
    if "how many" in fold(question) and wanted and not wanted & _ANYBODY and not puts_at(text):
        return set(counting)
    return set(counting or found)


def _counted(text: str, value: float) -> str:
    """The stem of the word behind a number, where that word is what it counts."""
    words = terms(text)
    for place, word in enumerate(words[:-1]):
        if word.replace(".", "").isdigit() and float(word if word.count(".") < 2 else 0) == value:
            following = words[place + 1]
            return following if content_terms(following) and not following[0].isdigit() else ""
    return ""
