"""How well each sentence of the hits answers a question.

The signals are the old ones of answer-sentence selection (Yang et al., WikiQA, 2015): how much of the question's
content the sentence covers, rare words weighing more; an answer of the kind that is asked for; the passage's rank.
Where a reader has read the hits, what it marked counts beside them. Extractive answers are picked by the score, and
confidence is estimated from the same signals.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

from bot.spans import are_read, chances
from retrieval.articles import BlockKind, Hit
from retrieval.splitting import sentences
from retrieval.wording import content_terms, fold, names, terms, without_dates

Expected = Literal["date", "number", "name", "place", "which", "any"]

_EXPECTED: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    ("date", re.compile(r"\b(when|(what|which) (year|date|day|month|decade|century|time)|how long ago)\b")),
    (
        "number",
        re.compile(
            r"\b(how (many|much|old|long|far|tall|big|large|high|often|fast|deep|wide|heavy)"
            r"|(what|which) (percentage|percent|number|share|proportion|age|amount|price|score))\b"
        ),
    ),
    ("name", re.compile(r"\b(who|whom|whose)\b")),
    ("place", re.compile(r"\b(where|(what|which) (\w+ )?(country|city|state|town|place|region|county|continent))\b")),
    (
        "which",
        re.compile(
            r"\bwhich\b|\b(what|whats|what's) (is|was|are|were) the (name|title)\b|\bwhat (?!did|do|does|is)\w+ "
        ),
    ),
)
_A_DATE = re.compile(
    r"\b(1\d{3}|20\d\d)s?\b|\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}:\d\d\b"
    r"|\b(january|february|march|april|june|july|august|september|october|november|december)\b|\bmay \d"
    r"|\b(jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.? \d|\b(ago|yesterday|today|tomorrow|century)\b|\b(last|next) \w+"
)
_A_NUMBER = re.compile(
    r"\b\d[\d,.]*|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twice|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|third|quarter|none|single|couple)\b"
)
_ACCORDING = re.compile(r"\baccording to\b", re.IGNORECASE)
_BULLET = re.compile(r"[•▪◦·*–-]\s+")
_CREDIT = re.compile(
    r"(?i:(?:(?:additional|further) )?(?:reporting|writing|editing|edited|written|photos?|photographs?|pictures?|words)"
    r"(?: by|:)) [A-Z][^.!?:;]{1,80}\.?"
)
_LONGEST_UNIT = 600  # characters of an introduction and what it introduces
# A conditional logit over the sentences of a question's hits (label: the sentence holds a gold answer), fitted on
# questions of newsqa, encyclopedia and news-quiz. `python -m tests.benchmarks fitting` fits it again: on articles that
# it was not fitted on, a new fit puts the answer first as often as these weights, to within two percent on every set.
WEIGHTS = {
    "covered": 4.95,
    "nearby": 1.77,
    "in_order": 0.93,
    "given_date": 1.22,
    "given_number": 2.02,
    "given_name": 0.67,
    "given_place": 1.16,
    "given_which": 0.28,
    "given_covered": 1.23,
    "rank": 3.31,
    "similarity": 4.01,
    "length": 0.86,
    "early": 0.92,
    "question": -0.79,
}
# The same where a reader has read the hits.
WEIGHTS_READ = {
    "covered": 3.06,
    "nearby": 1.44,
    "in_order": 0.13,
    "given_date": 0.89,
    "given_number": 1.92,
    "given_name": 0.68,
    "given_place": 0.51,
    "given_which": 0.01,
    "given_covered": 0.12,
    "rank": 3.31,
    "similarity": 2.17,
    "length": 0.86,
    "early": 0.81,
    "question": -0.77,
    "read": 0.01,
    "marked": 3.06,
    "relevant": 2.25,
}
_MARKED_AT_ALL = 1e-4  # chance of a sentence's spans from which "marked" counts


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the scoring sees it: its content terms, its names' terms, and the kind of answer it expects."""

    terms: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    name_terms: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    expected: Expected


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit with its offsets in the article, and the signals that say whether it answers."""

    hit: int
    start: int
    end: int
    text: str
    kind: BlockKind
    terms: frozenset[str]
    signals: dict[str, float]
    score: float
    probability: float = 0.0


@lru_cache(maxsize=64)
def asked(question: str) -> Asked:
    """Takes a question apart; cached, because composing and confidence both ask."""
    wanted = content_terms(question)
    plain = fold(question)
    expected: Expected = next((kind for kind, pattern in _EXPECTED if pattern.search(plain)), "any")
    # a name may read otherwise in its sentence ("Seven" in "Seven Hundred"): only what both readings share counts
    named = tuple(tuple(term for term in content_terms(name) if term in wanted) for name in names(question))
    name_terms = frozenset(term for name in named for term in name)
    return Asked(tuple(wanted), named, name_terms, frozenset(_pairs(wanted)), expected)


def about(question: str, hits: Sequence[Hit]) -> str:
    """The question without the outlets of the hits that it quotes: "according to Northshore Today, how many came?".

    They say where the answer stands, which the search has heeded, and are no words that the answer must hold. A
    question about an outlet ("Who owns Northshore Today?") keeps it.
    """
    plain = question
    for outlet in {hit.article.source for hit in hits if hit.article.source}:
        name = outlet if " " in outlet else outlet.removeprefix("www.").split(".")[0]
        if name.lower() in question.lower():
            plain = _quoting(name).sub(" ", plain)
    plain = _ACCORDING.sub(" ", plain).lstrip(" ,")
    return plain if content_terms(plain) else question


@lru_cache(maxsize=1024)
def _quoting(outlet: str) -> re.Pattern[str]:
    """The places where a question has an outlet say something."""
    name = rf"(?:the )?(?<!\w){re.escape(outlet)}(?!\w)(?:['’]s?)?"
    says = r"says?|said|reports?|reported|writes?|wrote|tells?|told|claims?|claimed|gives?|gave|puts?"
    return re.compile(
        rf"\b(?:according to|(?:reported|published|written|said) (?:by|in|on)) {name}"
        rf"|{name} (?=(?:{says})\b)"
        rf"|(?<=\bdoes ){name}(?= (?:{says})\b)|(?<=\bdid ){name}(?= (?:{says})\b)",
        re.IGNORECASE,
    )


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return [(a, b) if a < b else (b, a) for a, b in pairwise(words)]


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: int
    start: int
    end: int
    text: str
    kind: BlockKind
    words: tuple[str, ...]
    terms: frozenset[str]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    words = tuple(terms(text))
    return words, frozenset(words)


def _sentences(hits: Sequence[Hit]) -> list[_Sentence]:
    """Every sentence of the hits once, in the order of the hits; headings are not sentences."""
    found: list[_Sentence] = []
    seen: set[tuple[str, int]] = set()
    for index, hit in enumerate(hits):
        article = hit.article
        for start, end in _units(hit):
            kind = article.kind_at(start)
            if kind == "heading" or (article.id, start) in seen:
                continue
            seen.add((article.id, start))
            text = article.text[start:end]
            found.append(_Sentence(index, start, end, text, kind, *_words(text)))
    return found


def _units(hit: Hit) -> list[tuple[int, int]]:
    """The passage's sentences without their bullets; one that ends in a colon is joined with what it introduces."""
    article = hit.article
    units: list[tuple[int, int]] = []
    for first, end in sentences(article.text, hit.passage.start, hit.passage.end, article.language):
        bullet = _BULLET.match(article.text, first, end)
        start = bullet.end() if bullet else first
        introduced = units and article.text[units[-1][1] - 1] == ":" and end - units[-1][0] <= _LONGEST_UNIT
        if introduced and article.kind_at(units[-1][0]) == article.kind_at(start) == "paragraph":
            units[-1] = (units[-1][0], end)
        else:
            units.append((start, end))
    return units


def rarity(question: Asked, found: Sequence[frozenset[str]]) -> dict[str, float]:
    """Weight of each term of the question by how few of the found sentences hold it; a missing one weighs most.

    The words of one name together weigh as much as one word: "Ada Quist" is Quist where the article says so.
    """
    counts = Counter(term for held in found for term in question.terms if term in held)
    weights = {term: math.log(1 + (len(found) + 1) / (counts[term] + 0.5)) for term in question.terms}
    for name in question.names:
        whole = sum(weights[term] for term in name) / (len(name) or 1)
        weights.update((term, whole / len(name)) for term in name)
    return weights


def gives(expected: Expected, text: str, question: Asked) -> bool:
    """Whether a sentence holds something of the kind that the question asks for and does not itself name."""
    if expected == "date":
        return any(not set(terms(match[0])) & set(question.terms) for match in _A_DATE.finditer(fold(text)))
    if expected == "number":
        numbers = _A_NUMBER.finditer(fold(without_dates(text)))
        return any(not set(terms(match[0])) & set(question.terms) for match in numbers)
    if expected in ("name", "place", "which"):
        return any(not set(terms(name)) & set(question.terms) for name in names(text))
    return True


def is_question(text: str) -> bool:
    """Whether a sentence asks; it then answers nothing."""
    return text.rstrip("\"'”’) ").endswith(("?", "？"))


def says_nothing(text: str) -> bool:
    """Whether a sentence cannot carry an answer: a question, or a credit such as "Reporting by Coastwire."."""
    return is_question(text) or bool(_CREDIT.fullmatch(text))


def ranked(question: str, hits: Sequence[Hit]) -> Sequence[Candidate]:
    """The sentences of the hits with their signals, the likeliest answer first."""
    return _ranked(about(question, hits), tuple(hits))


@lru_cache(maxsize=8)
def _ranked(question: str, hits: tuple[Hit, ...]) -> tuple[Candidate, ...]:
    wanted = asked(question)
    found = _sentences(hits)
    weights = rarity(wanted, [sentence.terms for sentence in found])
    total = sum(weights.values()) or 1.0
    read = _read(found, hits) if are_read(hits) else None
    of_signals = WEIGHTS if read is None else WEIGHTS_READ
    titles = [frozenset(terms(hit.article.title)) for hit in hits]
    candidates = []
    for i, sentence in enumerate(found):
        around = set(titles[sentence.hit])
        for j in (i - 2, i - 1, i + 1):
            if 0 <= j < len(found) and found[j].hit == sentence.hit:
                around |= found[j].terms
        signals = _signals(wanted, sentence, around, hits[sentence.hit], weights, total)
        if read is not None:
            signals |= read[i]
        score = sum(of_signals.get(name, 0.0) * value for name, value in signals.items())
        candidates.append(
            Candidate(
                sentence.hit, sentence.start, sentence.end, sentence.text, sentence.kind, sentence.terms, signals, score
            )
        )
    candidates.sort(key=lambda candidate: -candidate.score)
    odds = [math.exp(candidate.score - candidates[0].score) for candidate in candidates]
    total_odds = sum(odds)
    return tuple(
        replace(candidate, probability=odd / total_odds) for candidate, odd in zip(candidates, odds, strict=True)
    )


def _read(found: Sequence[_Sentence], hits: Sequence[Hit]) -> list[dict[str, float]]:
    """What the reader makes of each sentence.

    ``read``: the chance that the answer is one of the spans which begin in it; ``marked``: the same by its order of
    magnitude, from 0 to 1; ``relevant``: the relevance of its passage, from 0 to 1.
    """
    spans: dict[str, dict[int, float]] = defaultdict(dict)
    for hit, of_spans in zip(hits, chances(hits), strict=True):
        for span, chance in zip(hit.reading.spans if hit.reading else (), of_spans, strict=True):
            of_article = spans[hit.article.id]
            of_article[span.start] = of_article.get(span.start, 0.0) + chance
    signals = []
    for sentence in found:
        hit = hits[sentence.hit]
        within = spans[hit.article.id].items()
        chance = sum(chance for start, chance in within if sentence.start <= start < sentence.end)
        relevance = 1 / (1 + math.exp(-hit.reading.relevance)) if hit.reading else 0.0
        marked = max(0.0, 1 - math.log(max(chance, _MARKED_AT_ALL)) / math.log(_MARKED_AT_ALL))
        signals.append({"read": chance, "marked": marked, "relevant": relevance})
    return signals


def _signals(
    wanted: Asked, sentence: _Sentence, around: set[str], hit: Hit, weights: dict[str, float], total: float
) -> dict[str, float]:
    covered = sum(weight for term, weight in weights.items() if term in sentence.terms)
    nearby = sum(weight for term, weight in weights.items() if term in around and term not in sentence.terms)
    content = [word for word in sentence.words if word in weights]
    in_order = len(wanted.pairs & set(_pairs(content))) / (len(wanted.pairs) or 1)
    given = gives(wanted.expected, sentence.text, wanted)
    return {
        "covered": covered / total,
        "nearby": nearby / total,
        "in_order": in_order,
        **{f"given_{kind}": float(given and wanted.expected == kind) for kind in get_args(Expected)[:-1]},
        "given_covered": covered / total * float(given),
        "rank": 1.0 / (2 + sentence.hit),
        "similarity": hit.why.similarity or 0.0,
        "length": min(1.0, math.log(1 + len(sentence.words)) / 4),
        "early": float(sentence.start < 400),
        "question": float(is_question(sentence.text)),
    }
