"""Where the evidence gives different answers to one question: who says what, newest first, each with its words.

It works on the question and the hits alone, however the answer was composed. Three things make a disagreement: articles
whose best sentences give different answers, two sentences of one article that do, and a sentence that says that
somebody disputes what another one says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answers import Disagreement, Side
from bot.citing import Bibliography
from bot.composing import Span
from bot.composing.dating import dated, written
from bot.composing.markers import disarmed
from bot.composing.speakers import attribution
from bot.relevance import Asked, Candidate, asked, ranked, says_nothing
from bot.stances import apart, corrects, disputes, given, kind_of, puts_at, shared
from retrieval.articles import Article, Hit
from retrieval.wording import content_terms, terms

_MOST_SIDES = 4
_COMPARED = 8  # articles whose best sentences are compared with the likeliest answer
_SHORTEST = 12  # characters; a shorter quote proves nothing
_LONGEST = 600  # characters of a side; more is no sentence
_LONGEST_TITLE = 80
_LEAST = 0.4  # chance of a second answer below which none is claimed
_COVERED_TWICE = 0.8  # of the question, in each of two sentences of one article that are set against each other
_COVERED_NUMBER = 0.5  # of the question, in a sentence of another article that gives another number
_SAME_WORDS = 0.25  # of two sentences that give different answers of no particular kind
_RELATED = 3  # words that a dispute shares with the question or with what it disputes
# A logistic model over pairs of sentences of different articles (label: the second holds an answer that the first does
# not), fitted on conflicting-sources against pairs of encyclopedia and newsqa, where one answer is right:
# python -m tests.benchmarks conflicts
_BIAS = -6.83
_WEIGHTS = {
    "gap": 0.10,
    "covered": -3.72,
    "said": 2.60,
    "named": 1.63,
    "titled": 0.71,
    "similarity": 6.32,
    "similarity_gap": -0.97,
    "in_order": 3.31,
    "alike": 4.11,
}


@dataclass(frozen=True, slots=True)
class Sided:
    """One side: what is shown of it, and the exact words that it rests on."""

    text: str
    quotes: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the evidence disagrees about, in words of the question, and the sides, newest first."""

    about: str
    sides: tuple[Sided, ...]


@dataclass(frozen=True, slots=True)
class Stance:
    """A sentence that gives an answer, and what it gives."""

    candidate: Candidate
    article: Article
    given: frozenset[Hashable]

    @property
    def story(self) -> str:
        """The same for all copies of one article."""
        return self.article.copy_of or self.article.id


def disagreements(question: str, hits: Sequence[Hit], sources: Bibliography) -> tuple[Disagreement, ...]:
    """What the hits disagree about, as an answer shows it; what the sides rest on is added to its ``sources``."""
    found = conflict(question, hits)
    if not found:
        return ()
    sides = []
    for side in found.sides:
        numbers = dict.fromkeys(reference.number for reference in sources.cite(side.quotes, hits))
        sides.append(Side(disarmed(side.text), tuple(numbers)))
    return (Disagreement(found.about, tuple(sides)),)


def conflict(question: str, hits: Sequence[Hit]) -> Conflict | None:
    """The disagreement of the hits about the question; None where they give one answer, or nothing comparable."""
    stances = stances_of(question, hits)
    if not stances:
        return None
    kind = kind_of(question)
    if kind == "yes or no":
        sides = _disputed(question, stances)
    else:
        sides = _across(question, stances, hits)
        if len(sides) < _MOST_SIDES and kind in ("date", "number") and _is_named(question, sides[0], hits):
            sides += _within(question, sides, stances)
    if len(sides) < 2:
        return None
    newest = _newest_first(sides[:_MOST_SIDES])
    several = len({stance.article.id for stance in newest}) > 1
    shown = [_side(question, stance, several) for stance in newest]
    return Conflict(about(question), tuple(shown))


def about(question: str) -> str:
    """What a question is about: the thing behind "what is" or "when was", else the question itself in quotes."""
    plain = question.strip().rstrip("?？ ")
    found = re.match(
        r"(?:what|who|when|where)(?:['’]s| (?:is|are|was|were))\s+((?:the|a|an|[A-Z“\"])\b.*)", plain, re.I
    )
    if found and len(found[1].split()) > 1 and found[1][0] != found[1][0].upper():
        return found[1]
    return f"“{question.strip()}”"


def stances_of(question: str, hits: Sequence[Hit]) -> list[Stance]:
    """The sentences that give something of the expected kind, the likeliest first."""
    found = []
    for candidate in ranked(question, hits):
        usable = _SHORTEST <= candidate.end - candidate.start <= _LONGEST and candidate.kind != "caption"
        if usable and not says_nothing(candidate.text):
            article = hits[candidate.hit].article
            if things := given(question, candidate.text, article.published):
                found.append(Stance(candidate, article, things))
    return found


def best_of_each(stances: Sequence[Stance]) -> list[Stance]:
    """The likeliest answer of each article, copies of one story once, the likeliest of all first."""
    best: dict[str, Stance] = {}
    for stance in stances:
        best.setdefault(stance.story, stance)
    return list(best.values())[:_COMPARED]


def _across(question: str, stances: Sequence[Stance], hits: Sequence[Hit]) -> list[Stance]:
    """The likeliest answer and each other article's best sentence that probably gives another one."""
    kind = kind_of(question)
    first, *others = best_of_each(stances)
    sides = [first]
    for other in others:
        another = all(apart(kind, side.given, other.given) for side in sides)
        if not another or not _comparable(question, first, other, hits):
            continue
        if opposed(asked(question), first, other, hits) >= _LEAST:
            sides.append(other)
    return sides


def _comparable(question: str, one: Stance, other: Stance, hits: Sequence[Hit]) -> bool:
    """Whether two sentences may be about one thing as far as the model cannot tell.

    Both passages name whoever is asked about. Numbers of other things are everywhere, so the second must hold what the
    question asks; what has no kind must be said in nearly the same words.
    """
    kind, wanted = kind_of(question), asked(question)
    if not _is_named(question, one, hits) or not _is_named(question, other, hits):
        return False
    if kind == "number":
        return other.candidate.signals["covered"] >= _COVERED_NUMBER
    alike = len(one.given & other.given) / len(one.given | other.given)
    return bool(wanted.names) if kind != "any" else alike >= _SAME_WORDS


def _is_named(question: str, stance: Stance, hits: Sequence[Hit]) -> bool:
    """Whether a passage or its title holds the names and years of the question."""
    hit = hits[stance.candidate.hit]
    years = frozenset(re.findall(r"\b(?:1\d|20)\d\d\b", question))
    known = frozenset(terms(f"{hit.article.title}\n{hit.passage.text}"))
    published = {str(stance.article.published.year)} if stance.article.published else set()
    return asked(question).name_terms <= known and years <= known | published


def opposed(wanted: Asked, one: Stance, other: Stance, hits: Sequence[Hit]) -> float:
    """The chance that a sentence of another article answers the same question, and otherwise."""
    values = pair_signals(wanted, one, other, hits)
    return 1 / (1 + math.exp(-_BIAS - sum(weight * values[name] for name, weight in _WEIGHTS.items())))


def pair_signals(wanted: Asked, one: Stance, other: Stance, hits: Sequence[Hit]) -> dict[str, float]:
    """What speaks for and against that a second sentence answers the same question as the first."""
    hit = hits[other.candidate.hit]
    title = frozenset(terms(hit.article.title))
    passage = title | frozenset(terms(hit.passage.text))
    named, rest = wanted.name_terms, frozenset(wanted.terms) - wanted.name_terms
    ours, theirs = (_content(stance.candidate.text, wanted) for stance in (one, other))
    similarity = hit.why.similarity or 0.0
    return {
        "gap": other.candidate.score - one.candidate.score,
        "covered": other.candidate.signals["covered"],
        "said": _share(rest, other.candidate.terms),
        "named": _share(named, passage),
        "titled": _share(named, title),
        "similarity": similarity,
        "similarity_gap": similarity - (hits[one.candidate.hit].why.similarity or 0.0),
        "in_order": other.candidate.signals["in_order"],
        "alike": len(ours & theirs) / (len(ours | theirs) or 1),
    }


def _content(text: str, wanted: Asked) -> frozenset[str]:
    return frozenset(content_terms(text)) - frozenset(wanted.terms)


def _share(wanted: frozenset[str], words: frozenset[str]) -> float:
    return len(wanted & words) / len(wanted) if wanted else 0.5


def _within(question: str, sides: Sequence[Stance], stances: Sequence[Stance]) -> list[Stance]:
    """Sentences of the first side's article that give something else for all that the question asks."""
    kind, first = kind_of(question), sides[0]
    more: list[Stance] = []
    for stance in stances:
        if stance.article.id != first.article.id or len(sides) + len(more) == _MOST_SIDES:
            continue
        known = (*sides, *more)
        if any(shared(kind, side.given, stance.given) or not apart(kind, side.given, stance.given) for side in known):
            continue
        another_voice = puts_at(stance.candidate.text) and _close(first, stance)
        if another_voice if kind == "number" else _both_cover(first, stance):
            more.append(stance)
    return more


def _both_cover(one: Stance, other: Stance) -> bool:
    return min(one.candidate.signals["covered"], other.candidate.signals["covered"]) >= _COVERED_TWICE


def _close(one: Stance, other: Stance) -> bool:
    """Whether two sentences stand within a paragraph or two of each other."""
    return abs(one.candidate.start - other.candidate.start) <= 2 * _LONGEST


def _disputed(question: str, stances: Sequence[Stance]) -> list[Stance]:
    """What is likeliest the answer, and the sentences that say that somebody disputes it."""
    wanted = frozenset(asked(question).terms)
    claims = [stance for stance in stances if not disputes(stance.candidate.text)]
    if not claims:
        return []
    claim = claims[0]
    topic = wanted | frozenset(content_terms(claim.candidate.text))
    contesting = [stance for stance in stances if disputes(stance.candidate.text)]
    contesting.sort(key=lambda stance: -len(topic & stance.candidate.terms))
    answers: list[Stance] = []
    for stance in contesting:
        tied = len(topic & stance.candidate.terms) >= _RELATED
        if tied and not any(_repeats(stance, side) for side in answers):
            answers.append(stance)
    return [claim, *answers[:2]] if answers else []


def _repeats(one: Stance, other: Stance) -> bool:
    a, b = (frozenset(content_terms(stance.candidate.text)) for stance in (one, other))
    return len(a & b) >= 0.5 * min(len(a), len(b))


def _newest_first(sides: Sequence[Stance]) -> list[Stance]:
    """Corrections before what they correct, then by date of publication, undated last, else as they were."""
    return sorted(sides, key=lambda stance: (not _is_correction(stance), -_day_number(stance.article.published)))


def _day_number(day: date | None) -> int:
    return day.toordinal() if day else 0


def _is_correction(stance: Stance) -> bool:
    return corrects(stance.candidate.text)


def _side(question: str, stance: Stance, several: bool) -> Sided:
    """A side's sentence, where there are several articles behind outlet and date, and the title where it is needed."""
    article, candidate = stance.article, stance.candidate
    sentence = dated(attribution(article, candidate.start, candidate.end), article.published)
    origin = []
    if several:
        day = written(article.published) if article.published else None
        title = article.title if _needs_title(question, stance) else None
        origin = [part for part in (title, article.source, day) if part]
    if _is_correction(stance):
        origin.append("a correction")
    text = f"{', '.join(origin)}: {sentence}" if origin else sentence
    return Sided(text, (Span(candidate.hit, candidate.start, candidate.end),))


def _needs_title(question: str, stance: Stance) -> bool:
    named, title = asked(question).name_terms, stance.article.title
    usable = 0 < len(title) <= _LONGEST_TITLE and not title.endswith("…")
    return usable and bool(named & frozenset(terms(title))) and not named & stance.candidate.terms
