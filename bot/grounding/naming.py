"""Names of a statement: each must stand in the evidence, and do there what it does in the statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.grounding.meanings import names_same_people, vocabulary
from bot.grounding.reading import Evidence, Reading, is_content, names_in
from retrieval.wording import fold

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "sir", "dame", "lord", "ladi", "prof", "professor"})  # stems
_BEING = frozenset({"is", "are", "was", "were", "be", "been", "get"})  # stems
_NEAR = 6  # words between a verb and the names that it joins
_UNJOINED = frozenset({"and", "or", "with"})  # both do it, or it is done to both: their order says nothing


def stand(statement: str, evidence: Sequence[Evidence], known: frozenset[str]) -> bool:
    """Each name, word for word, as its initials ("NSC", "National Security Council") or as a land's people."""
    short: set[str] | None = None
    for name in names_in(statement):
        parts = [part for part in vocabulary(name) if is_content(part) and part not in _TITLES]
        if all(part in known or names_same_people(part, known) for part in parts) or initials(name) in known:
            continue
        if short is None:
            short = {initials(other) for found in evidence for other in names_in(found.read.text)}
        if fold(name).replace(".", "") not in short:
            return False
    return True


def initials(name: str) -> str:
    """The first letters of a name's capitalised words, folded; empty for a single one."""
    letters = fold("".join(word[0] for word in name.split() if word[0].isupper()))
    return letters if len(letters) > 1 else ""


def is_swapped(statement: Reading, chosen: Sequence[Reading]) -> bool:
    """Whether the statement has two names the other way round: "A beat B" where the evidence only says "B beat A"."""
    stated = set(_deeds(statement))
    if not stated:
        return False
    given = {deed for read in chosen for deed in _deeds(read)}
    return any((other, verb, one) in given and (one, verb, other) not in given for one, verb, other in stated)


def _deeds(read: Reading) -> Iterator[tuple[str, str, str]]:
    """Who did what to whom, as far as the order of words tells: the names nearest to a word on both its sides."""
    heads = {vocabulary(name)[-1] for name in names_in(read.text) if vocabulary(name)}
    inside = {word for name in names_in(read.text) for word in vocabulary(name)}
    places = [place for place, word in enumerate(read.words) if word in heads]
    for left, right in pairwise(places):
        between = read.words[left + 1 : right]
        if not between or len(between) > 2 * _NEAR or read.words[left] == read.words[right]:
            continue
        if _UNJOINED.issuperset(between):
            continue
        passive = "by" in between and not _BEING.isdisjoint(between)
        for verb in between:
            if is_content(verb) and verb not in inside:
                one, other = read.words[left], read.words[right]
                yield (other, verb, one) if passive else (one, verb, other)
