"""When two answers are the same, and when one stands in a text.

Exact match and token F1 are those of SQuAD's official script (Rajpurkar, Zhang, Lopyrev and Liang 2016), with all of
Unicode's punctuation, as in MLQA's script (Lewis et al. 2020): “Jaws” is "Jaws". Whether an answer stands in a text is
told by words, as DPR counts what it finds (Karpukhin et al. 2020): Florida stands in "Florida's".
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from retrieval.wording import fold, searchable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]\b\.?")
_LOOSE = re.compile(r"(?<!\d)[.,:/-]|[.,:/-](?!\d)")  # 6-5, 7:30 and 2.1 are one word each


class _WithoutPunctuation(dict[int, int | None]):
    """For ``str.translate``: what each character becomes, looked up when it first comes."""

    def __missing__(self, code: int) -> int | None:
        goes = unicodedata.category(chr(code)).startswith("P") or chr(code) in string.punctuation
        self[code] = None if goes else code
        return self[code]


class _Letters(dict[int, str]):
    """The same, leaving letters, marks and numbers, and what stands between digits; the rest becomes a blank."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        kept = character if kind[0] in "LMN" or character in ".,:/" else "-" if kind == "Pd" or code == _MINUS else " "
        self[code] = kept
        return kept


_MINUS = 0x2212
_PUNCTUATION, _LETTERS = _WithoutPunctuation(), _Letters()


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[str, ...]:
    """The words that count where answers are compared: lower case, without punctuation and without a, an and the."""
    return tuple(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


@lru_cache(maxsize=256)
def words(text: str) -> tuple[str, ...]:
    """The words in which an answer is looked for, without a, an and the.

    Whatever stands around and between them sets them apart, apostrophes and hyphens too; numbers stay whole, without
    their thousands' commas, U.S. is US, accents do not count, and runs of Chinese, Japanese and Korean are pairs of
    letters.
    """
    plain = searchable(fold(_DOTTED.sub(lambda letters: letters[0].replace(".", ""), text)))
    found = _LOOSE.sub(" ", plain.translate(_LETTERS)).replace(",", "").split()
    return tuple(word for word in found if word not in ("a", "an", "the"))


def stands(wanted: str, text_words: Sequence[str]) -> bool:
    """Whether an answer stands in the ``words`` of a text, whole and in sequence; one without words stands nowhere."""
    needed = words(wanted)
    if not needed:
        return False
    text, size = tuple(text_words), len(needed)
    return any(word == needed[0] and text[place : place + size] == needed for place, word in enumerate(text_words))


def exact(a: str, b: str) -> float:
    """1.0 where both texts have the same tokens, else 0.0."""
    return float(tokens(a) == tokens(b))


def f1(a: str, b: str) -> float:
    """The harmonic mean of the shares of tokens that each text has in common with the other, from 0 to 1.

    A text without tokens is like another without tokens and like nothing else, as in SQuAD 2.0.
    """
    ours, theirs = tokens(a), tokens(b)
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def chosen(choices: Sequence[str], text: str) -> int | None:
    """The index of the choice that a text names: the one with the most words that stands in it.

    None where no choice stands in the text, or two of the same length do.
    """
    heard = words(text)
    lengths = {index: len(words(choice)) for index, choice in enumerate(choices) if stands(choice, heard)}
    longest = [index for index, length in lengths.items() if length == max(lengths.values())]
    return longest[0] if len(longest) == 1 else None
