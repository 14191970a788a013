"""Which sentences of which passages support a statement, if any.

The quotes are found here, never taken from a model, so each is real and has offsets. The layers are deterministic and
lexical: figures and names of the statement must stand in the evidence, nothing may be turned into its opposite, and
what is left must be covered by at most three sentences. The threshold never moves so that something gets cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.answers import Support
from bot.composing import Draft, Span
from retrieval.articles import Article, Hit
from retrieval.splitting import sentences
from retrieval.wording import (
    Day,
    Quantity,
    content_terms,
    dates,
    fold,
    names,
    quantities,
    terms,
    without_figures,
)

_SENTENCES = 3
_SHORTEST_QUOTE = 12  # characters; less proves nothing
_COVERAGE = 0.6  # of the statement's content words, in the chosen sentences together
_BEST_COVERAGE = 0.4  # of them in one sentence alone, or the quotes would be stitched together
_NAME_WEIGHT = 2.0

_NEGATION_LIST = "not no never without neither nor cannot none nobody nothing t hardly barely"
_NEGATIONS = frozenset(_NEGATION_LIST.split())
_NEGATION_REACH = 3  # content words after the negation that it can turn

_OPPOSITES = """more less|most least|increase decrease|rise fall|rise drop|rise decline|grow shrink|up down|high low
higher lower|before after|win lose|won lost|approve reject|accept reject|accept refuse|support oppose|agree disagree
allow ban|permit forbid|allow prevent|start stop|begin end|open close|first last|large small|big small|old young
old new|alive dead|public secret|publicly secretly|guilty innocent|guilty acquitted|confirm deny|love hate|buy sell
strengthen weaken|gain loss|best worst|early late|success failure|succeed fail|add remove|keep delete|north south
east west|male female|man woman|men women|legal illegal|possible impossible|likely unlikely|enter leave|arrive leave
hire fire|better worse|safe dangerous|strong weak|rich poor|long short|hot cold|friend enemy|import export|all none
maximum minimum|majority minority|positive negative|include exclude|innocent convicted|expand reduce|above below"""


@dataclass(frozen=True, slots=True)
class Grounded:
    """What a draft may claim: its support, and the exact words it rests on."""

    support: Support
    quotes: tuple[Span, ...]


UNSUPPORTED = Grounded("unsupported", ())


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as the checks see it."""

    words: frozenset[str]
    content: frozenset[str]
    negated: frozenset[str]
    quantities: frozenset[Quantity]
    dates: frozenset[Day]


@dataclass(frozen=True, slots=True)
class _Evidence:
    span: Span
    read: _Read
    article: Article


@lru_cache(maxsize=8192)
def _read(text: str) -> _Read:
    words = terms(text)
    return _Read(
        frozenset(words),
        frozenset(content_terms(without_figures(text))),
        _negated(text),
        quantities(text),
        dates(text),
    )


def ground(draft: Draft, hits: Sequence[Hit]) -> Grounded:
    """The support for one draft. Words that a composer took from the articles are checked for their offsets only."""
    if draft.quotes:
        return _quoted(draft.quotes, hits)
    evidence = _evidence(draft.hits, tuple(hits))
    if not evidence:
        return UNSUPPORTED
    statement = _read(draft.text)
    known = _known_words(evidence)
    if not _names_stand(draft.text, evidence, known):
        return UNSUPPORTED
    assumed = frozenset(term for name in names(draft.text) for term in content_terms(name))
    chosen = _chosen(statement, assumed, evidence)
    if not chosen or not _figures_stand(statement, chosen) or _is_turned(statement, [found.read for found in chosen]):
        return UNSUPPORTED
    quotes = sorted((found.span for found in chosen), key=lambda span: (draft.hits.index(span.hit), span.start))
    return Grounded("supported", tuple(quotes))


def _quoted(quotes: Sequence[Span], hits: Sequence[Hit]) -> Grounded:
    for quote in quotes:
        if not 0 <= quote.hit < len(hits):
            return UNSUPPORTED
        text = hits[quote.hit].article.text
        if not 0 <= quote.start < quote.end <= len(text) or not text[quote.start : quote.end].strip():
            return UNSUPPORTED
    return Grounded("quoted", tuple(quotes))


@lru_cache(maxsize=32)
def _evidence(indexes: tuple[int, ...], hits: tuple[Hit, ...]) -> tuple[_Evidence, ...]:
    """The sentences of the named passages, each once; captions and headings are not the author's sentences."""
    found: dict[tuple[str, int], _Evidence] = {}
    for index in indexes:
        if not 0 <= index < len(hits):
            continue
        article, passage = hits[index].article, hits[index].passage
        for start, end in sentences(article.text, passage.start, passage.end, article.language):
            if article.kind_at(start) in ("caption", "heading") or len(article.text[start:end]) < _SHORTEST_QUOTE:
                continue
            span = Span(index, start, end)
            found.setdefault((article.id, start), _Evidence(span, _read(article.text[start:end]), article))
    return tuple(found.values())


@lru_cache(maxsize=32)
def _known_words(evidence: tuple[_Evidence, ...]) -> frozenset[str]:
    """All words of the evidence, and of what the catalogue knows of its articles: title, author, outlet."""
    words: set[str] = set().union(*(found.read.words for found in evidence))
    for article in {found.article.id: found.article for found in evidence}.values():
        words.update(terms(" . ".join(filter(None, (article.title, article.author, article.source)))))
    return frozenset(words)


def _names_stand(statement: str, evidence: Sequence[_Evidence], known: frozenset[str]) -> bool:
    """Each name of the statement, word for word or as its initials ("NSC", "National Security Council")."""
    initials: set[str] | None = None
    for name in names(statement):
        parts = content_terms(name)
        if all(part in known for part in parts) or _initials(name) in known:
            continue
        if initials is None:
            initials = {
                _initials(found_name)
                for found in evidence
                for found_name in names(found.article.text[found.span.start : found.span.end])
            }
        if fold(name).replace(".", "") not in initials:
            return False
    return True


def _initials(name: str) -> str:
    letters = fold("".join(word[0] for word in name.split() if word[0].isupper()))
    return letters if len(letters) > 1 else ""


def _chosen(statement: _Read, assumed: frozenset[str], evidence: Sequence[_Evidence]) -> list[_Evidence]:
    """At most three sentences that together cover the statement, or none; ``assumed`` may stand beside them."""
    weights: dict[object, float] = {term: _NAME_WEIGHT if term in assumed else 1.0 for term in statement.content}
    weights |= dict.fromkeys((*statement.quantities, *statement.dates), _NAME_WEIGHT)
    total = sum(weights.values())
    covers = [_covered(weights, found) for found in evidence]
    chosen: list[int] = []
    held: set[object] = set()
    while len(chosen) < _SENTENCES:
        gains = [sum(weights[item] for item in cover - held) for cover in covers]
        best = max(range(len(covers)), key=gains.__getitem__)
        if gains[best] < 1.0 or (chosen and gains[best] < 0.1 * total):
            break
        chosen.append(best)
        held |= covers[best]
    if not chosen or sum(weights[item] for item in covers[chosen[0]]) < _BEST_COVERAGE * total:
        return []
    covered = sum(weight for item, weight in weights.items() if item in held or item in assumed)
    return [evidence[i] for i in chosen] if covered >= _COVERAGE * total else []


def _covered(weights: Iterable[object], found: _Evidence) -> set[object]:
    covered: set[object] = set()
    for item in weights:
        if isinstance(item, Quantity):
            stands = _quantity_stands(item, found.read)
        elif isinstance(item, Day):
            stands = _date_stands(item, found)
        else:
            stands = item in found.read.words
        if stands:
            covered.add(item)
    return covered


def _figures_stand(statement: _Read, chosen: Sequence[_Evidence]) -> bool:
    """Every number and date of the statement stands in one of the chosen sentences."""
    numbers = all(any(_quantity_stands(number, found.read) for found in chosen) for number in statement.quantities)
    return numbers and all(any(_date_stands(day, found) for found in chosen) for day in statement.dates)


def _quantity_stands(number: Quantity, read: _Read) -> bool:
    if number in read.quantities:
        return True
    if number.unit:
        return False
    dated = {part for day in read.dates for part in (day.year, day.day)}
    return number.value in dated or any(number.value == found.value for found in read.quantities)


def _date_stands(day: Day, found: _Evidence) -> bool:
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


def _negated(text: str) -> frozenset[str]:
    """Content words that stand shortly after a negation."""
    reached: set[str] = set()
    left = 0
    for word in re.split(r"[\s,;:.!?()\"“”—-]+|(?<=n)['’](?=t\b)", fold(text)):
        if word in _NEGATIONS or word in ("don", "didn", "isn", "wasn", "won"):
            left = _NEGATION_REACH
        elif left and (content := content_terms(word)):
            reached.update(content)
            left -= 1
    return frozenset(reached)


def _is_turned(statement: _Read, chosen: Sequence[_Read]) -> bool:
    """Whether the statement says the opposite: a negation added or dropped, or a word swapped for its opposite."""
    words = frozenset().union(*(read.words for read in chosen))
    negated = frozenset().union(*(read.negated for read in chosen))
    plain = frozenset().union(*(read.content - read.negated for read in chosen))
    if any(term in plain and term not in negated for term in statement.negated):
        return True
    if not statement.negated and any(term in negated and term not in plain for term in statement.content):
        return True
    return any(
        (a in statement.words and b not in statement.words and b in words and a not in words)
        or (b in statement.words and a not in statement.words and a in words and b not in words)
        for a, b in _opposites()
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, str], ...]:
    pairs = (tuple(terms(pair)) for pair in re.split(r"[|\n]", _OPPOSITES))
    return tuple((a, b) for a, b in pairs)
