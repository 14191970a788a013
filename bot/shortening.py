"""The answer in a few words: of all that a reader marked in the hits, what they together make likeliest.

Equal spans add up across stories, and a span that nearly repeats another adds to it in part, so that what is shown is
the wording which most of the likely spans agree on (minimum Bayes risk with the token F1 of SQuAD; Kumar and Byrne,
2004). Rules know what kind of answer a question wants, and that its own words are none.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.relevance import Candidate, asked, is_question, ranked, says_nothing
from bot.spans import are_read, chances
from retrieval.articles import Article, Hit
from retrieval.splitting import sentences as sentence_spans
from retrieval.wording import content_terms, dates, fold, in_digits, quantities, without_dates

_LEAST = 0.1  # chance below which no short answer is given
_OF_KIND = 1.0  # added to the logit of a span of the kind that is asked for, and taken from that of another
_REPEATS = 3.0  # taken from the logit of a span that only repeats words of the question
_FULL_FORM = 0.9  # of its own chance that a name adds to a fuller form of it
_COMPARED = 40  # likeliest wordings among which the answer is chosen
_NEGLIGIBLE = 1e-3  # of the likeliest span's chance; a span below that decides nothing
_SHORTEST = 12  # characters of a sentence; a shorter quote proves nothing
_LONGEST = 500  # characters of a sentence; a longer one carries an answer only where no other does

Kind = Literal["date", "year", "money", "percent", "number", "name", "any"]
_QUESTION_WORD = re.compile(r"\b(?:whose|whom|who|when|where|which|what|whats|what's|how|why)\b")
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("year", re.compile(r"(?:what|which) year\b")),
    ("date", re.compile(r"when\b|(?:what|which) (?:date|day|month|decade|century|time)\b|how long ago\b")),
    ("percent", re.compile(r"(?:what|which|how much|how big a|how large a) (?:percent|percentage|share|proportion)\b")),
    ("money", re.compile(r"how much (?:money\b|cash\b|.*\b(?:cost|pays?|paid|worth|spen[dt]|raised?|earn(?:ed)?)\b)")),
    (
        "number",
        re.compile(
            r"how (?:many|much|old|far|tall|big|large|high|often|fast|deep|wide|heavy|long)\b"
            r"|(?:what|which) (?:number|age|amount|price|score)\b"
        ),
    ),
    (
        "name",
        re.compile(r"who\b|whom\b|(?:what|which) (?:\w+ )?(?:country|city|state|town|county|continent|company)\b"),
    ),
)
_YES_OR_NO = re.compile(
    r"(?:(?:and|but|or|so|then|also|well),? )*(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall"
    r"|should|may|might|must|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|can't|won't|wouldn't)\b"
)
_WANTS_MORE = re.compile(
    r"^(?:(?!(?:who|whom|whose|what|which|when|where|how)\b)[\w']+,? )*"
    r"(?:explain|describe|elaborate|outline|compare|discuss)\b"
    r"|\b(?:summari[sz]e|summary|overview)\b|\b(?:tell|told|teach|inform) (?:me|us)\b|\bknow (?:more )?about\b"
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will|do) you )?(?:please )?(?:tell (?:me|us)|know|say) "
    r"(?=(?:who|whom|whose|when|where|which|what|how (?:many|much|old|long|far|big|large|high|often))\b)"
)
_CLAUSE_FIRST = re.compile(
    r"^(?:when|where|while|after|before|since|if|although|as)\b[^,?]*, "
    r"(?=(?:who|whom|whose|when|where|which|what|how|why)\b)"
)
_HOW_ABOUT_MORE = re.compile(
    r"how (?:come\b|to\b|about\b|else\b|exactly\b"
    r"|(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|might|may|must)\b)"
)
_WHAT_HAPPENED = re.compile(r"what(?:'s| is| was| has| had| have)? (?:been )?(?:happen(?:s|ed|ing)?|going on)\b")
_A_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)s?\b")
_A_DATE = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\bnoon\b|\bmidnight\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.? \d|\b(?:ago|yesterday|today|tonight|tomorrow|centur(?:y|ies))\b"
    r"|\b(?:last|next|this|earlier|later) \w+|\b(?:spring|summer|autumn|fall|winter|week|month|year|decade|morning"
    r"|night|days?|hours?)\b|\b(?:after|before|during|until|since)\b"
)
_A_NUMBER = re.compile(
    r"\b(?:one|once|twice|half|dozens?|hundreds|thousands|millions|billions|none|no|couple|several)\b"
)
_MONEY = frozenset({"dollar", "euro", "pound", "yen"})
_MONEY_WORD = re.compile(
    r"[$€£¥]|\b(?:dollars?|euros?|pounds?|yen|cents?|pence|crowns?|krone[rn]?|kronor|francs?|rupees?|pesos?|rubles?|yuan"
    r"|free|nothing)\b"
)
_NOT_AT_ENDS = " \t\r\n.,;:!?…·•|*–—-\"'“”‘’«»`"
_QUOTES = {'"': '"', "“": "”", "«": "»"}
_BRACKETS = {"(": ")", "[": "]"}
_ARTICLE = re.compile(r"the\s+(?=[\w$€£¥])|The\s+(?=[a-z\d])")  # "The Times" keeps its own, and "a million" too
_POSSESSIVE = re.compile(r"(?<!\d)['’]s?$")
_SIGNED = re.compile(r"[-–−]?\.?\d")
_NUMBERING = 3  # characters before the bracket of "1) Ida Voss"
_PAID = re.compile(r"\d|\b(?:free|nothing)\b")
_LETTERS = re.compile(r"[^\W\d_][\w’'-]*")
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words ``article.text[start:end]`` of a hit's article, and the chance that they are the answer."""

    text: str
    hit: int
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class _Place:
    """One span as it would be shown, and its share of what speaks for all spans."""

    hit: int
    start: int
    end: int
    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Support:
    """The likeliest answer: where its words stand, how likely they are, and how many stories tell it."""

    places: tuple[_Place, ...]
    probability: float
    stories: int


def shorten(question: str, hits: Sequence[Hit]) -> ShortAnswer | None:
    """The answer in a few words where the question asks for some and the readings of the hits make them likely."""
    if not wants_words(question):
        return None
    support = supported(question, hits)
    if support is None or support.probability < _LEAST:
        return None
    place = _best_told(support, ranked(question, hits), hits)
    if place is None:
        return None
    text = hits[place.hit].article.text[place.start : place.end]
    if kind_of(question) == "money" and not _has_amount(text):
        return None  # "€ million", the head of a column
    return ShortAnswer(text, place.hit, place.start, place.end, support.probability)


@lru_cache(maxsize=256)
def wants_words(question: str) -> bool:
    """Whether a few words can answer: not why something happened, how, or whether."""
    last = _asking(question)
    if _WANTS_MORE.search(last):
        return False
    if _YES_OR_NO.match(last):
        return " or " in last
    found = _QUESTION_WORD.search(last)
    if not found:
        return bool(last)
    rest = last[found.start() :]
    return not (rest.startswith("why") or _HOW_ABOUT_MORE.match(rest) or _WHAT_HAPPENED.match(rest))


@lru_cache(maxsize=256)
def kind_of(question: str) -> Kind:
    """The kind of answer that the question's own question word asks for."""
    plain = _asking(question)
    word = _QUESTION_WORD.search(plain)
    rest = plain[word.start() :] if word else ""
    return next((kind for kind, pattern in _KINDS if pattern.match(rest)), "any")


@lru_cache(maxsize=256)
def _asking(question: str) -> str:
    """The sentence that asks, folded: the last question, else the last sentence; without "could you tell me"."""
    parts = [question[start:end] for start, end in sentence_spans(question)] or [""]
    asking = fold(next((part for part in reversed(parts) if is_question(part)), parts[-1])).replace("’", "'")
    return _CLAUSE_FIRST.sub("", _POLITE.sub("", asking))


def supported(question: str, hits: Sequence[Hit]) -> Support | None:
    """The likeliest answer of the readings, whatever the question asks for; None where nothing was read or marked."""
    return _supported(question, tuple(hits)) if are_read(hits) else None


@lru_cache(maxsize=8)
def _supported(question: str, hits: tuple[Hit, ...]) -> Support | None:
    places = _places(question, hits)
    if not places:
        return None
    total = sum(place.weight for place in places) + _missing(hits)
    by_words: dict[tuple[str, ...], list[_Place]] = defaultdict(list)
    for place in places:
        by_words[place.words].append(place)
    masses = {words: _mass(of, hits) / total for words, of in by_words.items()}
    likeliest = sorted(masses, key=lambda words: -masses[words])[:_COMPARED]
    named = {words: _is_name(by_words[words], hits) for words in likeliest}
    chosen = max(likeliest, key=lambda words: sum(masses[o] * _credit(words, o, named[words]) for o in likeliest))
    agreeing = [words for words in likeliest if _credit(chosen, words, named[chosen]) > 0.5]
    stories = {_story(hits[place.hit].article) for words in agreeing for place in by_words[words]}
    probability = sum(masses[words] * _credit(chosen, words, named[chosen]) for words in likeliest)
    return Support(tuple(by_words[chosen]), min(1.0, probability), len(stories))


def _places(question: str, hits: Sequence[Hit]) -> list[_Place]:
    kind, found = kind_of(question), chances(hits)
    offered = " or " in _asking(question)  # what may be answered stands in the question
    known: frozenset[str] = frozenset() if offered else frozenset(asked(question).terms)
    least = _NEGLIGIBLE * max((chance for of_spans in found for chance in of_spans), default=0.0)
    places = []
    for index, (hit, of_spans) in enumerate(zip(hits, found, strict=True)):
        text = hit.article.text
        for span, chance in zip(hit.reading.spans if hit.reading else (), of_spans, strict=True):
            if chance < least:
                continue
            start, end = trimmed(text, span.start, span.end)
            words = _words(text[start:end])
            if words:
                places.append(_Place(index, start, end, words, chance * _factor(kind, known, text[start:end])))
    return places


def _missing(hits: Sequence[Hit]) -> float:
    """The chance that none of the spans is the answer."""
    return max(0.0, 1.0 - sum(map(sum, chances(hits))))


@lru_cache(maxsize=4096)
def _factor(kind: Kind, known: frozenset[str], text: str) -> float:
    content = set(content_terms(text))
    logit = 0.0 if kind == "any" else _OF_KIND if fits(kind, text) else -_OF_KIND
    if content and content <= known:
        logit -= _REPEATS
    return math.exp(logit)


def fits(kind: Kind, text: str) -> bool:
    """Whether words are of a kind: a number in words is a number, and half of a name's words have capital letters."""
    plain = fold(text)
    if kind == "year":
        return bool(_A_YEAR.search(plain))
    if kind == "date":
        return bool(_A_YEAR.search(plain) or _A_DATE.search(plain) or dates(text))
    if kind == "money":
        paid = bool(_MONEY_WORD.search(plain)) or any(one.unit in _MONEY for one in quantities(text))
        return paid and _has_amount(text)
    if kind == "percent":
        units = {quantity.unit for quantity in quantities(text)}
        return "percent" in units or bool(re.search(r"\b(?:half|third|quarter|fifth|tenth|all|none|in \w+)\b", plain))
    if kind == "number":
        return bool(quantities(without_dates(text)) or quantities(text) or _A_NUMBER.search(plain))
    words = _LETTERS.findall(text)
    return kind == "any" or 0 < len(words) <= 2 * sum(word[0].isupper() for word in words)


def _has_amount(text: str) -> bool:
    return bool(_PAID.search(in_digits(fold(text))))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without what is no part of an answer at its ends: punctuation, quotation marks, "the", "'s"."""
    before = None
    while before != (start, end):
        before = start, end
        while start < end and text[start] in _NOT_AT_ENDS and not _SIGNED.match(text, start, end):
            if _QUOTES.get(text[start], "\0") in text[start + 1 : end - 1]:
                break  # a title and more: “The Long Swim” (2019)
            start += 1
        while start < end and text[end - 1] in _NOT_AT_ENDS and not _is_abbreviation(text, start, end):
            end -= 1
        if article := _ARTICLE.match(text, start, end):
            start = article.end()
        if possessive := _POSSESSIVE.search(text, start, end):
            end = possessive.start() if possessive.end() == end else end
        start, end = _unbracketed(text, start, end)
    return start, end


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    """Whether the last full stop is a part of "U.S." or "Inc."."""
    return bool(re.search(r"(?:\b\w\.\w\.|\b(?:Inc|Jr|Sr|Co|Ltd|Corp)\.|\b[ap]\.m\.)$", text[start:end]))


def _unbracketed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without brackets around the whole, and cut at one that is never closed or was opened before."""
    for opening, closing in _BRACKETS.items():
        inside = text[start:end]
        if inside.startswith(opening) and inside.find(closing) == len(inside) - 1:
            return start + 1, end - 1
        if inside.count(opening) > inside.count(closing):
            if text[end : end + 1] == closing and not inside.startswith(opening):
                return start, end + 1
            place = inside.rfind(opening)
            return (start, start + place) if place else (start + 1, end)
        if inside.count(closing) > inside.count(opening):
            place = inside.find(closing)
            return (start + place + 1, end) if place < _NUMBERING else (start, start + place)
    return start, end


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    """The words by which two answers are the same: folded, numbers in digits, without articles and punctuation."""
    words = (word.replace(",", "") for word in _WORD.findall(fold(in_digits(text))))
    return tuple(word for word in words if word not in _ARTICLES)


def _mass(places: Sequence[_Place], hits: Sequence[Hit]) -> float:
    """What speaks for one wording: the articles of different stories add up, copies of one story do not."""
    articles: dict[tuple[str, str], float] = defaultdict(float)
    for place in places:
        article = hits[place.hit].article
        articles[_story(article), article.id] += place.weight
    stories: dict[str, float] = defaultdict(float)
    for (story, _), weight in articles.items():
        stories[story] = max(stories[story], weight)
    return sum(stories.values())


def _story(article: Article) -> str:
    return article.copy_of or article.id


def _is_name(places: Sequence[_Place], hits: Sequence[Hit]) -> bool:
    """Whether a wording is written as one name: capital letters and nothing but spaces between."""
    text = hits[places[0].hit].article.text[places[0].start : places[0].end]
    return all(word[0].isupper() for word in text.split()) and not re.search(r"[,;:]", text)


@lru_cache(maxsize=65536)
def _credit(chosen: tuple[str, ...], other: tuple[str, ...], is_name: bool) -> float:
    """How right ``chosen`` is where ``other`` is the answer: their F1, or more where that is a part of the name."""
    if chosen == other:
        return 1.0
    common = sum((Counter(chosen) & Counter(other)).values())
    overlap = 2 * common / (len(chosen) + len(other))
    return max(overlap, _FULL_FORM) if is_name and common == len(other) and _is_part(other, chosen) else overlap


def _is_part(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[place : place + len(part)] == part for place in range(len(whole) - len(part) + 1))


def _best_told(support: Support, sentences: Sequence[Candidate], hits: Sequence[Hit]) -> _Place | None:
    """Where the answer stands in the sentence that answers best; None where it stands in none that can be quoted."""
    found = []
    for place in support.places:
        sentence = carrying(sentences, hits, place)
        if sentence is not None:
            short = sentence.end - sentence.start <= _LONGEST
            found.append((short, sentence.kind != "caption", place.weight * sentence.probability, place))
    return max(found, key=lambda one: one[:3])[3] if found else None


def carrying(sentences: Sequence[Candidate], hits: Sequence[Hit], answer: ShortAnswer | _Place) -> Candidate | None:
    """The sentence in which an answer stands; None where that is no sentence that can be quoted, or two."""
    article = hits[answer.hit].article.id
    for sentence in sentences:
        within = sentence.start <= answer.start and answer.end <= sentence.end
        if within and hits[sentence.hit].article.id == article:
            proves = len(sentence.text) >= _SHORTEST and not says_nothing(sentence.text)
            return sentence if proves else None
    return None
