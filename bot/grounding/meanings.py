"""Which words may stand for one another, and which turn a statement into another one.

The lists are everyday English of news (``synonyms.txt``, ``opposites.txt``); words meet in the form of
``retrieval.wording.terms``. They can only explain a word away or veto a statement, never support one alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from retrieval.wording import terms

_SHORTEST_ROOT = 5  # characters that two words of one family share at least
_SHORTEST_JOINED = 4  # characters of the word before it ("smartphone"): fewer may be a prefix that turns it
_SHORTEST_NEGATED = 4  # characters of a word that may follow such a prefix
_NEGATING_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis", "mis")


@lru_cache(maxsize=1)
def _bases() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _lines("irregular.txt"):
        base, *forms = terms(line)
        found |= dict.fromkeys(forms, base)
    return found


def in_base_form(words: Iterable[str]) -> tuple[str, ...]:
    """Words of ``retrieval.wording.terms`` with the forms that its stemmer leaves apart brought to one ("fell")."""
    bases = _bases()
    return tuple(bases.get(word, word) for word in words)


def vocabulary(text: str) -> tuple[str, ...]:
    """The words of a text as grounding compares them, in order."""
    return in_base_form(terms(text))


@lru_cache(maxsize=1)
def _synonyms() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("synonyms.txt"):
        _join(found, vocabulary(line))
    return {word: frozenset(others - {word}) for word, others in found.items()}


def _join(found: dict[str, set[str]], group: Iterable[str]) -> None:
    members = set(group)
    for word in members:
        found.setdefault(word, set()).update(members)


@lru_cache(maxsize=1)
def _opposites() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("opposites.txt"):
        left, colon, right = line.partition(":")
        one, other = set(vocabulary(left)), set(vocabulary(right if colon else left))
        for word in one:
            found.setdefault(word, set()).update(other - one if colon else other - {word})
        for word in other:
            found.setdefault(word, set()).update(one - other if colon else one - {word})
    return {word: frozenset(others) for word, others in found.items()}


def _lines(name: str) -> Iterator[str]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=1)
def _peoples() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("peoples.txt"):
        _join(found, vocabulary(line))
    return {word: frozenset(others) for word, others in found.items()}


def names_same_people(word: str, given: frozenset[str]) -> bool:
    """Whether a land or its people stand among the given words under another of their names ("China", "Chinese")."""
    return not _peoples().get(word, frozenset()).isdisjoint(given)


def explains(word: str, given: frozenset[str]) -> bool:
    """Whether one of the given words may stand for this one: a synonym, or a word of its family."""
    if not _synonyms().get(word, frozenset()).isdisjoint(given) or names_same_people(word, given):
        return True
    root = word[:_SHORTEST_ROOT]
    return any((other.startswith(root) or word in other or other in word) and related(word, other) for other in given)


@lru_cache(maxsize=200_000)
def related(one: str, other: str) -> bool:
    """Whether two words are of one family: one inside the other ("cliff", "clifftop"), or one root ("poison")."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST_ROOT or longer.endswith("less") != shorter.endswith("less"):
        return False
    if longer.startswith(shorter) or (longer.endswith(shorter) and len(longer) - len(shorter) >= _SHORTEST_JOINED):
        return not _is_negated_form(shorter, longer)
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(shorter))
    return shared >= max(_SHORTEST_ROOT, 0.7 * len(longer))


def opposed(word: str, given: frozenset[str]) -> frozenset[str]:
    """The given words that say the opposite of this one, or a different thing of its kind."""
    listed = _opposites().get(word, frozenset()) & given
    forms = {prefix + word for prefix in _NEGATING_PREFIXES if len(word) >= _SHORTEST_NEGATED}
    forms |= {
        word.removeprefix(prefix) for prefix in _NEGATING_PREFIXES if len(word) >= _SHORTEST_NEGATED + len(prefix)
    }
    return listed | ((forms - {word}) & given)


def _is_negated_form(plain: str, negated: str) -> bool:
    return len(plain) >= _SHORTEST_NEGATED and any(negated == prefix + plain for prefix in _NEGATING_PREFIXES)
