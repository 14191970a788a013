"""Numbers, money and dates of a statement: each must stand in the evidence, with its bound and at its place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from bot.grounding.meanings import vocabulary
from bot.grounding.reading import Evidence, Reading, is_content
from retrieval.wording import Day, Quantity, in_digits, quantities

_ABOVE = (
    "more than|over|above|exceed(?:s|ed|ing)?|at least|no fewer than|no less than|upwards? of|in excess of|north of"
)
_BELOW = (
    "(?<!no )(?:less|fewer) than|under|below|up to|at most|as many as|as much as|nearly|almost|close to|just shy of"
    "|at the most"
)
_NEARLY = re.compile("nearly|almost|close to|just shy of", re.IGNORECASE)
_UNIT_LIST = """second minute hour day week month year decade century metre meter kilometre kilometer mile foot inch
gram kilogram pound ton tonne litre liter gallon acre hectare hundred thousand million billion trillion dozen"""
_NOT_MORE = "no more than|not more than"
_BOUND = re.compile(
    rf"\b(?:(?P<below>{_NOT_MORE}|{_BELOW})|(?P<above>{_ABOVE}))\s+(?:the |a |an |some )?"
    r"(?P<number>(?:us\$|[$€£¥])?\s?\d[\d.,]*(?:[ -]?(?:hundred|thousand|million|billion|trillion|bn|mn|tn|k|m|b)\b)?"
    r"(?:\s?(?:%|per ?cent\b|dollars?\b))?)",
    re.IGNORECASE,
)


def stand(statement: Reading, chosen: Sequence[Evidence]) -> bool:
    """Every number and date of the statement stands in one of the chosen sentences, and none is bounded otherwise."""
    numbers = all(any(quantity_stands(number, found.read) for found in chosen) for number in statement.quantities)
    if not numbers or not all(any(date_stands(day, found) for found in chosen) for day in statement.dates):
        return False
    return not statement.quantities or (
        _bounds_stand(statement, [found.read for found in chosen])
        and not _is_misplaced(statement, [found.read for found in chosen])
    )


def quantity_stands(number: Quantity, read: Reading) -> bool:
    """Whether a sentence has the number; a rounder one stands for it where rounding gives exactly that."""
    if number in read.quantities:
        return True
    if any(number.unit in ("", given.unit) and _rounds_to(given.value, number.value) for given in read.quantities):
        return True
    return not number.unit and number.value in {part for day in read.dates for part in (day.year, day.day)}


def _rounds_to(given: float, stated: float) -> bool:
    """Whether the stated number is the given one, or the given one with fewer digits, two of them at least.

    So 33 stands for 33.33, and 1.8 million for 1.79 million; what is rounded too far is another number.
    """
    if given == stated:
        return True
    if given < 100 and stated == round(given):
        return not given.is_integer() and given > 10
    digits = len(f"{stated:.6f}".replace(".", "").strip("0"))
    if digits < 2 or stated <= 0 or given <= 0 or given < 1000:
        return False
    return math.isclose(round(given, digits - 1 - math.floor(math.log10(given))), stated)


def date_stands(day: Day, found: Evidence) -> bool:
    """All parts of the date are given; a year that the sentence leaves out is the one nearest the publication."""
    for given in found.read.dates:
        if (day.month, day.day) != (given.month, given.day) and not (day.day is None and day.month == given.month):
            continue
        if day.year is None or day.year == given.year:
            return True
        published = found.article.published
        if given.year is None and published and day.month:
            months = (day.year - published.year) * 12 + day.month - published.month
            if abs(months) < 6:
                return True
    return False


@lru_cache(maxsize=8192)
def _bounds(text: str) -> Mapping[float, str]:
    found: dict[float, str] = {}
    for match in _BOUND.finditer(in_digits(text)):
        for quantity in quantities(match["number"]):
            bound = "above" if match["above"] else "nearly" if _NEARLY.match(match[0]) else "below"
            found[quantity.value] = bound
    return found


def _bounds_stand(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """Whether the same numbers are bounded alike. "Nearly" may go, and "about" may come and go, before a round one."""
    stated = _bounds(statement.text)
    given: dict[float, set[str]] = {}
    for read in chosen:
        bounds = _bounds(read.text)
        for quantity in read.quantities:
            given.setdefault(quantity.value, set()).add(bounds.get(quantity.value, ""))
    for value in {quantity.value for quantity in statement.quantities} & set(given):
        bound = stated.get(value, "")
        fits = given[value] | ({""} if "nearly" in given[value] and _is_round(value) else set())
        fits |= {"below"} if "nearly" in fits else {"nearly"} if "below" in fits else set()
        if bound not in fits:
            return False
    return True


def _is_round(value: float) -> bool:
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0")) <= 2


def _is_misplaced(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """Whether a number counts something else: what the evidence counts with another, or in another unit of time."""
    counted: dict[str, set[str]] = {}
    counting: dict[str, set[str]] = {}
    for read in chosen:
        for number, thing in _counted(read.words):
            counted.setdefault(thing, set()).add(number)
            counting.setdefault(number, set()).add(thing)
    for number, thing in _counted(statement.words):
        if thing in counted and number not in counted[thing]:
            return True
        if thing in _units() and counting.get(number) and thing not in counting[number] and counting[number] & _units():
            return True
    return False


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    return frozenset(vocabulary(_UNIT_LIST))


def _counted(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each number with the content word right after it."""
    for number, thing in pairwise(words):
        if number[0].isdigit() and not thing[0].isdigit() and is_content(thing):
            yield number, thing
