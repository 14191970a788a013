"""When two answers are the same: normalisation, exact match and token F1 as SQuAD's official script defines them.

Rajpurkar, Zhang, Lopyrev and Liang, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[str, ...]:
    """The words that count: lower case, without ASCII punctuation and without a, an and the."""
    return tuple(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def stands(wanted: str, text_tokens: Sequence[str]) -> bool:
    """Whether an answer stands in a text as whole tokens in sequence; one without tokens stands nowhere."""
    needed = tokens(wanted)
    if not needed:
        return False
    text, size = tuple(text_tokens), len(needed)
    return any(word == needed[0] and text[place : place + size] == needed for place, word in enumerate(text_tokens))


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
    """The index of the choice that a text names: the one with the most tokens that stands in it.

    None where no choice stands in the text, or two of the same length do.
    """
    words = tokens(text)
    lengths = {index: len(tokens(choice)) for index, choice in enumerate(choices) if stands(choice, words)}
    longest = [index for index, length in lengths.items() if length == max(lengths.values())]
    return longest[0] if len(longest) == 1 else None
