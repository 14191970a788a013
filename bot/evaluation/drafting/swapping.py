"""Questions that the library does not answer: a good question with another place, person or year in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bot.evaluation.drafting.choosing import Candidate
from bot.evaluation.drafting.clauses import can_open
from bot.evaluation.drafting.spreading import read
from bot.evaluation.drafting.subjects import is_nation, may_be_name
from retrieval.wording import dates, fold, names

if TYPE_CHECKING:
    from retrieval.articles import Article
    from retrieval.library import Library

_PLACE = re.compile(r"\b(?P<before>in|from|to|near|of|at) (?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?![\w’'-]| [A-Z])")
_BEFORE_NOUN = re.compile(r" (?!(?:in|on|at|by|for|from|to|with|after|before|during|since|of|and|as|about)\b)[a-z]")
_PERSON = re.compile(r"(?<![.!?] )(?<![\w’'-])(?P<name>[A-Z][a-z]+ [A-Z][\w’-]*[a-z])(?![\w’'-]| [A-Z])")
_LAST_NAME = re.compile(r"(?:(?P<first>[A-Z][\w’-]*) )?(?P<last>[A-Z][\w-]*)(?: said|['’]s)(?!\w)")
_WORD = re.compile(r"\b[a-z]+\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NEAR_YEARS = (1, 2, 3, -1, -2)
_COMMON = 40  # places and persons that are known best
_FEW = 5  # places; with fewer, what something is in is taken for a place as well
_TRIED = 5  # exchanges that are tried for one question


@dataclass(frozen=True, slots=True)
class Swapped:
    """A question with something else in it, and what was exchanged for what.

    Another place or year is ``plain``: that anybody might ask. With another person a question may make no sense.
    """

    question: str
    was: str
    now: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Places and persons that some articles name, those in the most articles first."""

    places: tuple[str, ...]
    persons: tuple[str, ...]


def known(articles: Iterable[Article]) -> Known:
    """Places are what something is in as well as from, to or near; persons are also named by the last name alone."""
    inside: Counter[str] = Counter()
    around: set[str] = set()
    persons: Counter[str] = Counter()
    for article in articles:
        found = {(match["before"], match["name"]) for match in _PLACE.finditer(article.text)}
        inside.update({name for before, name in found if before == "in" and not _is_date(name)})
        around |= {name for before, name in found if before in ("from", "to", "near")}
        persons.update(_persons(article.text))
    last_names = {name.split()[-1] for name in persons}
    places = Counter({name: n for name, n in inside.items() if name not in last_names})
    sure = Counter({name: n for name, n in places.items() if name in around})
    return Known(_by_frequency(sure if len(sure) >= _FEW else places), _by_frequency(persons))


def swapped(
    candidates: Sequence[Candidate], known: Known, library: Library, random: Random
) -> Mapping[Candidate, Swapped]:
    """For each question where that is possible the same one with something else in it, which no article answers.

    That is taken for granted where no article of the whole library holds all its names and numbers; a question that
    an article with all of them does not answer is left out with those that one does.
    """
    texts = library.catalogue.articles(list({candidate.article_id for candidate in candidates}))
    tried: list[tuple[Candidate, Swapped, tuple[str, ...]]] = []
    for candidate in candidates:
        if candidate.article_id in texts:
            for one in _exchanges(candidate.phrased.question, known, texts[candidate.article_id].text, random):
                if len(needed := _details(one.question)) >= 2:
                    tried.append((candidate, one, needed))
    free = set(range(len(tried)))
    for article in read(library, library.catalogue.ids()):
        text = fold(f"{article.title}\n{article.text}")
        free -= {number for number in free if all(detail in text for detail in tried[number][2])}
    return {tried[number][0]: tried[number][1] for number in sorted(free, reverse=True)}


def _exchanges(question: str, known: Known, text: str, random: Random) -> list[Swapped]:
    found: list[Swapped] = []
    persons = _persons(text)
    for match in _PLACE.finditer(question):
        if match["name"] in known.places and not _BEFORE_NOUN.match(question, match.end()):
            found += _with(question, match.span("name"), known.places[:_COMMON], text, plain=True)
    for match in _YEAR.finditer(question):
        found += _with(question, match.span(), [str(int(match[0]) + years) for years in _NEAR_YEARS], text, plain=True)
    random.shuffle(found)
    others: list[Swapped] = []
    for match in _PERSON.finditer(question):
        if match["name"] in persons and not re.search(r"(?:[A-Z][\w.]*|and) $", question[: match.start()]):
            others += _with(question, match.span("name"), known.persons[:_COMMON], text, plain=False)
    random.shuffle(others)
    return [*found, *others][:_TRIED]


def _with(question: str, span: tuple[int, int], others: Iterable[str], text: str, *, plain: bool) -> list[Swapped]:
    start, end = span
    was = question[start:end]
    return [
        Swapped(f"{question[:start]}{now}{question[end:]}", was, now, plain)
        for now in others
        if now not in text and not set(now.split()) & set(question.split())
    ]


def _persons(text: str) -> set[str]:
    """Full names of two words whose second stands alone as well, as the last names of persons do."""
    alone = {match["last"] for match in _LAST_NAME.finditer(text) if not match["first"]}
    others = set(_WORD.findall(text)) | {match["name"] for match in _PLACE.finditer(text) if match["before"] == "in"}
    found = {match["name"] for match in _PERSON.finditer(text)}
    return {
        name
        for name in found
        for first, last in [name.split()]
        if last in alone and not {last, first.lower()} & others
        if may_be_name([first, last]) and not can_open(first.lower())
    }


def _by_frequency(found: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _is_date(name: str) -> bool:
    return name.endswith("day") or is_nation(name) or bool(dates(f"{name} 1, 2000"))


def _details(question: str) -> tuple[str, ...]:
    """The last word of each name and all numbers, folded, the longest first."""
    found = {fold(name).split()[-1] for name in names(question)} | set(re.findall(r"\d[\d,.]*\d|\d", question))
    return tuple(sorted(found, key=lambda detail: (-len(detail), detail)))
