"""Near-copies of one story: MinHash signatures and their bands (Broder 1997; banding as in Leskovec et al., ch. 3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.articles import Article

_PERMUTATIONS = 128
_ROWS = 4  # 32 bands of 4: a pair of Jaccard .7 meets in a band with probability .9998, one of .2 with .05
_SHINGLE = 5  # words
_ALIKE = 0.7
_TITLES_ALIKE = 0.5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Print:
    """What of an article is compared with others."""

    article_id: str
    title: str
    source: str | None
    text_hash: str
    minhash: bytes


def minhash(text: str) -> bytes:
    """The signature of the text's 5-word shingles: 128 little-endian 32-bit integers."""
    import rensa

    words = _WORD.findall(text.casefold())
    shingles = {" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
    signature = rensa.RMinHash(_PERMUTATIONS, 1)
    signature.update(list(shingles))
    return np.array(signature.digest(), dtype="<u4").tobytes()


def bands(signature: bytes) -> list[str]:
    """Keys of which two near-copies share at least one; they name the hash algorithm, so that others never match."""
    import rensa

    width = _ROWS * 4
    version = rensa.RMinHash.ALGORITHM_VERSION
    return [
        f"{version}.{n:02}." + hashlib.blake2b(signature[at : at + width], digest_size=8).hexdigest()
        for n, at in enumerate(range(0, len(signature), width))
    ]


def text_hash(text: str) -> str:
    """Hash of the words alone, to find identical texts (16 hex digits)."""
    return hashlib.sha256(" ".join(_WORD.findall(text.casefold())).encode("utf-8")).hexdigest()[:16]


def fingerprint(article: Article) -> Print:
    """All that ``original`` and ``boilerplate`` need to know of an article."""
    return Print(article.id, article.title, article.source, text_hash(article.text), minhash(article.text))


def original(new: Print, candidates: Sequence[Print]) -> str | None:
    """The id of the candidate that ``new`` is a near-copy of, the most alike; None where it tells its own story.

    Seven tenths of the shingles must be shared, and either the titles are alike or the outlets differ: an outlet's own
    pages share notices and registration walls. Identical text under another title is boilerplate, not a copy.
    """
    best: tuple[float, str] | None = None
    for candidate in candidates:
        titles_alike = _title_overlap(new.title, candidate.title) >= _TITLES_ALIKE
        if new.text_hash == candidate.text_hash and not titles_alike:
            continue
        if not titles_alike and (new.source or "").casefold() == (candidate.source or "").casefold():
            continue
        alike = _similarity(new.minhash, candidate.minhash)
        if alike >= _ALIKE and (best is None or alike > best[0]):
            best = alike, candidate.article_id
    return best[1] if best else None


def boilerplate(new: Print, candidates: Sequence[Print]) -> bool:
    """Whether the very same text already stands under a title that is not alike."""
    return any(
        new.text_hash == other.text_hash and _title_overlap(new.title, other.title) < _TITLES_ALIKE
        for other in candidates
    )


def _similarity(one: bytes, other: bytes) -> float:
    return float((np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")).mean()) if len(one) == len(other) else 0.0


def _title_overlap(one: str, other: str) -> float:
    words, others = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(words & others) / len(words | others) if words | others else 1.0
