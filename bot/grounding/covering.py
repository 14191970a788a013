"""Which sentences cover a statement, and what of it they leave uncovered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.grounding.figures import date_stands, quantity_stands
from bot.grounding.meanings import explains
from bot.grounding.reading import Evidence, Reading, light_words
from retrieval.wording import Day, Quantity

_SENTENCES = 3
_NAME_WEIGHT = 2.0
_EXPLAINED = 0.7
_ELSEWHERE = 0.3
_LEAST_GAIN = 0.1  # of the whole that a further sentence must add


@dataclass(frozen=True, slots=True)
class Cover:
    """The chosen sentences, and how much of the statement they say."""

    sentences: tuple[Evidence, ...]
    first: float  # share of the statement's weight in the best sentence alone
    together: float
    accounted: float  # share of the changed words that are accounted for, see ``_accounted``


def cover(statement: Reading, assumed: frozenset[str], evidence: Sequence[Evidence], known: frozenset[str]) -> Cover:
    """At most three sentences that together say most of the statement; ``assumed`` may stand beside them."""
    content = statement.content
    weights: dict[object, float] = {term: _NAME_WEIGHT if term in assumed else 1.0 for term in content}
    weights |= dict.fromkeys((*statement.quantities, *statement.dates), _NAME_WEIGHT)
    total = sum(weights.values()) or 1.0
    covers = [_covered(weights, found) for found in evidence]
    chosen: list[int] = []
    held: set[object] = set()
    while covers and len(chosen) < _SENTENCES:
        gains = [sum(weights[item] for item in one - held) for one in covers]
        best = max(range(len(covers)), key=gains.__getitem__)
        if gains[best] <= 0 or (chosen and gains[best] < max(1.0, _LEAST_GAIN * total)):
            break
        chosen.append(best)
        held |= covers[best]
    sentences = tuple(evidence[i] for i in chosen)
    given = frozenset[str]().union(*(found.read.held for found in sentences))
    missing = [word for word in statement.words if word in content and word not in given and word not in assumed]
    missing = list(dict.fromkeys(missing))
    explained = [word for word in missing if explains(word, given)]
    novel = [word for word in missing if word not in explained and word not in light_words()]
    said = sum(w for item, w in weights.items() if item in held or item in assumed) + _EXPLAINED * len(explained)
    first = 0.0
    if chosen:
        first = sum(weights[item] for item in covers[chosen[0]])
        first += _EXPLAINED * sum(explains(word, sentences[0].read.held) for word in explained)
    return Cover(sentences, first / total, said / total, _accounted(explained, novel, known))


def _accounted(explained: Sequence[str], novel: Sequence[str], known: frozenset[str]) -> float:
    """1 where nothing is put otherwise; less, the more words stand in no chosen sentence, not even as synonyms.

    A statement in words of its own is believed as far as its words are known to mean the same. A word that another
    sentence of the passages holds counts as ``_ELSEWHERE`` of a new one.
    """
    new = sum(_ELSEWHERE if word in known else 1.0 for word in novel)
    return (1 + len(explained)) / (1 + len(explained) + new)


def _covered(weights: Iterable[object], found: Evidence) -> set[object]:
    covered: set[object] = set()
    for item in weights:
        if isinstance(item, Quantity):
            stands = quantity_stands(item, found.read)
        elif isinstance(item, Day):
            stands = date_stands(item, found)
        else:
            stands = item in found.read.held
        if stands:
            covered.add(item)
    return covered
