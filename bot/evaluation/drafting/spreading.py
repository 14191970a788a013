"""The articles of a library in an order whose every beginning holds many outlets and times, and each story once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from random import Random
from typing import TYPE_CHECKING

from retrieval.articles import Article, Filters, Passage

if TYPE_CHECKING:
    from retrieval.library import Library

_BATCH = 200  # articles whose texts are in memory at once


def spread(library: Library, filters: Filters, random: Random) -> list[str]:
    """The ids of the articles that meet the filters: outlet by outlet in turn, and within each month by month.

    Of an article and its copies there is one, the original where it meets the filters too.
    """
    first: dict[str, tuple[bool, str, str, str]] = {}
    for article in read(library, sorted(library.catalogue.eligible(filters))):
        month = article.published.isoformat()[:7] if article.published else ""
        found = (article.copy_of is not None, article.id, article.source or "", month)
        story = article.copy_of or article.id
        first[story] = min(first.get(story, found), found)
    outlets: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for _, id_, outlet, month in sorted(first.values()):
        outlets[outlet][month].append(id_)
    turns: list[list[str]] = []
    for months in outlets.values():
        stacks = list(months.values())
        for stack in stacks:
            random.shuffle(stack)
        random.shuffle(stacks)
        turns.append(_in_turn(stacks))
    random.shuffle(turns)
    return _in_turn(turns)


def read(library: Library, ids: Sequence[str]) -> Iterator[Article]:
    """These articles in this order; those that have gone meanwhile are left out."""
    for first in range(0, len(ids), _BATCH):
        batch = ids[first : first + _BATCH]
        found = library.catalogue.articles(batch)
        yield from (found[id_] for id_ in batch if id_ in found)


def passages(library: Library, article: Article) -> list[Passage]:
    """The passages of an article as search finds them."""
    return library.catalogue.passages(article, int(library.catalogue.facts()["layout"]))


def _in_turn(stacks: list[list[str]]) -> list[str]:
    return [id_ for layer in zip_longest(*stacks) for id_ in layer if id_ is not None]
