"""A library made many times as large, to see how search grows with it, without as much time for embedding."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retrieval.articles import Article, Passage, passage_id, sealed
from retrieval.library import Library

_SIMILARITY = 0.9  # cosine of a copy's vector and its original's, as of passages on one subject
_ARTICLES = 400  # copied at a time
_SEED = 20230106


def grow(library: Library, times: int) -> int:
    """Adds ``times`` - 1 copies of every article through the library's own steps; how many passages there are then.

    A copy has its passages' words in another order, so that BM25 finds as many, and no near-copy is noticed that search
    would fold into one hit; its vectors are the originals' turned in a random direction. A copy stands in catalogue,
    Chroma and tantivy like any other article.
    """
    numbers, words = np.random.default_rng(_SEED), random.Random(_SEED)
    layout = int(library.catalogue.facts()["layout"])
    originals = library.catalogue.ids()
    for first in range(0, len(originals), _ARTICLES):
        batch = library.catalogue.articles(originals[first : first + _ARTICLES])
        cuts = {id_: library.catalogue.passages(article, layout) for id_, article in batch.items()}
        cut = [passage for passages in cuts.values() for passage in passages]
        stored = library.dense.vectors(layout, [passage.id for passage in cut])
        vectors = np.array([stored[passage.id] for passage in cut])
        for number in range(1, times):
            copies = [_copy(article, cuts[id_], number, words) for id_, article in batch.items()]
            _publish(library, copies, _turned(vectors, numbers))
    return len(library.catalogue.passage_ids(layout))


def _copy(
    article: Article, cut: Sequence[Passage], number: int, words: random.Random
) -> tuple[Article, str, list[Passage]]:
    id_, text = f"{article.id}~{number}", article.text
    for passage in cut:
        text = text[: passage.start] + _reordered(passage.text, words) + text[passage.end :]
    copy = sealed(replace(article, id=id_, version=1, text=text, copy_of=None))
    passages = [
        Passage(passage_id(id_, 1, n), id_, 1, passage.start, passage.end, text[passage.start : passage.end])
        for n, passage in enumerate(cut)
    ]
    return copy, f"a copy of {article.id}", passages


def _reordered(text: str, words: random.Random) -> str:
    """The same words and the same white space, each at a place of its kind: the length stays."""
    parts = re.split(r"(\s+)", text)
    shuffled = parts[::2]
    words.shuffle(shuffled)
    parts[::2] = shuffled
    return "".join(parts)


def _turned(vectors: NDArray[np.float64], numbers: np.random.Generator) -> NDArray[np.float64]:
    """Unit vectors at the cosine ``_SIMILARITY`` from these, each in a direction of its own."""
    noise = numbers.normal(size=vectors.shape)
    noise -= vectors * np.sum(noise * vectors, axis=1, keepdims=True)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    turned: NDArray[np.float64] = vectors * _SIMILARITY + noise * np.sqrt(1 - _SIMILARITY**2)
    return turned


def _publish(
    library: Library, copies: Sequence[tuple[Article, str, list[Passage]]], vectors: NDArray[np.float64]
) -> None:
    cut = [passage for _, _, passages in copies for passage in passages]
    with library.lock.exclusive("a benchmark"):
        layout = library.layout_for_writing()
        library.register.write(copies, layout)
        library.publish([article.id for article, _, _ in copies], cut, vectors.tolist(), layout)
