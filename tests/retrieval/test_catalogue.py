from __future__ import annotations

from collections.abc import Callable

from retrieval.library import Library
from retrieval.upkeep import reindex
from tests.retrieval.town import FERRY, loaded, take_in, town_articles


def test_the_fingerprint_of_a_library_stays_while_what_search_may_show_does(
    town: Library, open_library: Callable[..., Library]
) -> None:
    before = town.catalogue.fingerprint()
    assert len(before) == 12
    take_in(town, town_articles())
    assert town.catalogue.fingerprint() == before
    assert open_library().catalogue.fingerprint() == before
    take_in(town, [loaded("extra", "Nothing else happened in Tolland Point that week.")])
    assert town.catalogue.fingerprint() != before
    town.remove(["extra"])
    assert town.catalogue.fingerprint() == before


def test_the_fingerprint_follows_words_dates_outlets_and_collections(town: Library) -> None:
    seen = {town.catalogue.fingerprint()}
    ferry = {"source": "Tolland Courier", "published": None}
    for text, fields in (
        (FERRY, ferry),
        (FERRY + " Nobody was hurt.", ferry),
        (FERRY, {**ferry, "source": "Aldermoor Gazette"}),
        (FERRY, {**ferry, "collection": "sea"}),
    ):
        take_in(town, [loaded("ferry", text, **fields)])
        seen.add(town.catalogue.fingerprint())
    assert len(seen) == 5


def test_the_fingerprint_follows_how_passages_are_cut(open_library: Callable[..., Library]) -> None:
    take_in(open_library(), town_articles())
    other = open_library(passage_characters=400)
    before = other.catalogue.fingerprint()
    reindex(other)
    assert other.catalogue.fingerprint() != before
