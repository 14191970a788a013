"""Whether a statement claims something else with the evidence's own words: the opposite, more certainty, another
order of events, a cause that was not given, or another speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.grounding.meanings import explains, opposed, vocabulary
from bot.grounding.naming import initials
from bot.grounding.reading import Reading, is_content, is_softening, names_in
from retrieval.wording import STOPWORDS, fold

_CAUSE_LIST = "because cause caused result prompt trigger therefore thus owing consequence thanks"
_GIVEN_CAUSE_LIST = "lead due blame reason over as since so why stem spark drive fuel force amid attribute make after"
_ALL_LIST = "all every each everyone everybody entire whole always"
_ONLY_LIST = "only solely exclusively sole"
_SPEECH = (
    r"(?:said|says|told|tells|added|adds|tweeted|wrote|writes|claimed|claims|announced|argued|argues|explained|insisted"
    r"|warned|warns|stated|states|noted|notes|testified|replied|declared|admitted|acknowledged|confirmed|denied|denies"
    r"|reported|reports|accused|alleged|believes|thinks)"
)
_SPEAKER = re.compile(
    rf"(?P<before>(?:[A-Z][\w’'-]*\.?\s)*[A-Z][\w’'-]+)(?:,[^,]{{1,60}},)?\s(?:also\s|has\s|had\s)?{_SPEECH}\b"
    rf"|\b[Aa]ccording to (?:the )?(?P<cited>(?:[A-Z][\w’'-]*\.?\s?)+)"
    rf"|[,”\"]\s{_SPEECH} (?P<after>(?:[A-Z][\w’'-]*\.?\s?)+)"
)
_BESIDE = 3  # content words within which two words say something of the same
_ORDER = re.compile(r"\b(before|after)\b", re.IGNORECASE)


def is_turned(statement: Reading, chosen: Sequence[Reading], known: frozenset[str]) -> bool:
    """Whether the chosen sentences speak of the same and say otherwise; ``known`` are all words of the passages."""
    return (
        _is_negated_otherwise(statement, chosen)
        or _says_opposite(statement, chosen)
        or _is_surer(statement, chosen)
        or _adds_cause_or_extent(statement, chosen, known)
        or _is_reordered(statement, chosen)
        or _has_other_speaker(statement, chosen)
    )


def _is_negated_otherwise(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """A negation added or dropped."""
    negated = frozenset().union(*(read.negated for read in chosen))
    plain = frozenset().union(*(read.content - read.negated for read in chosen))
    if any(term in plain and term not in negated for term in statement.negated):
        return True
    return not statement.negated and any(term in negated and term not in plain for term in statement.content)


def _says_opposite(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """A word in whose place, beside the same words, the evidence has its opposite or another thing of the kind."""
    held = frozenset().union(*(read.held for read in chosen))
    left = frozenset(word for word in held - statement.held if not explains(word, statement.held))
    for word in statement.held - held:
        if len(word) == 1 or word[0].isdigit() or explains(word, held):
            continue
        others = opposed(word, left)
        if others and not _beside(word, statement).isdisjoint(_beside_any(others, chosen)):
            return True
    return False


def _beside(word: str, read: Reading) -> frozenset[str]:
    """Content words at most ``_BESIDE`` content words away."""
    kept = [other for other in read.words if is_content(other) or other[0].isdigit() or other == word]
    found: set[str] = set()
    for place, other in enumerate(kept):
        if other == word:
            found.update(kept[max(0, place - _BESIDE) : place + _BESIDE + 1])
    return frozenset(found - {word})


def _beside_any(words: frozenset[str], chosen: Sequence[Reading]) -> frozenset[str]:
    return frozenset().union(*(_beside(word, read) for word in words for read in chosen if word in read.held))


def _is_surer(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """What the evidence only calls possible, intended or alleged stands in the statement as a fact."""
    if any(is_softening(word) for word in statement.words) or _SPEAKER.search(statement.text):
        return False
    hedged = frozenset().union(*(read.hedged for read in chosen))
    plain = frozenset().union(*(read.content - read.hedged for read in chosen))
    return len((statement.content & hedged) - plain) > 1


@lru_cache(maxsize=8)
def _listed(words: str) -> frozenset[str]:
    return frozenset(vocabulary(words))


def _adds_cause_or_extent(statement: Reading, chosen: Sequence[Reading], known: frozenset[str]) -> bool:
    """A cause where the passages give none, or "all" or "only" that no chosen sentence has."""
    held = frozenset().union(*(read.held for read in chosen))
    causes = _listed(_CAUSE_LIST)
    return (not causes.isdisjoint(statement.held) and (causes | _listed(_GIVEN_CAUSE_LIST)).isdisjoint(known)) or any(
        not listed.isdisjoint(statement.held) and listed.isdisjoint(held) for listed in _extents()
    )


def _extents() -> tuple[frozenset[str], ...]:
    return _listed(_ALL_LIST), _listed(_ONLY_LIST)


def _is_reordered(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """What came before comes after: the same two events, and no sentence has them in the stated order."""
    for first, then in _events(statement.text):
        orders = [
            (min(len(first & earlier), len(then & later)), min(len(first & later), len(then & earlier)))
            for read in chosen
            for earlier, later in _events(read.text)
        ]
        if orders and max(crossed for _, crossed in orders) > max(straight for straight, _ in orders):
            return True
    return False


def _events(text: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Content words of the earlier and of the later event around each "before" and "after"."""
    for match in _ORDER.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        if not re.search(r"\w", left):
            right, _, left = right.partition(",")
        sides = frozenset(filter(is_content, vocabulary(left))), frozenset(filter(is_content, vocabulary(right)))
        yield sides if match[1].lower() == "before" else (sides[1], sides[0])


def _has_other_speaker(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """The statement names a speaker, and the sentence that says most of what was said names another."""
    for name in _speakers(statement.text):
        said = statement.content.difference(vocabulary(name))
        best = max(chosen, key=lambda read: len(said & read.content))
        given = list(_speakers(best.text))
        if given and best.held.isdisjoint(vocabulary(name)) and fold(name) not in map(initials, given):
            return True
    return False


def _speakers(text: str) -> Iterator[str]:
    for match in _SPEAKER.finditer(text):
        name = match["before"] or match["cited"] or match["after"] or ""
        found = names_in(f"so {name.strip()}")
        if found and fold(found[0]) not in STOPWORDS:
            yield found[0]
