from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from langchain_core.embeddings import Embeddings

from retrieval.articles import RetrievalError
from retrieval.intake import Intake
from retrieval.library import Library
from retrieval.loading import Outcome
from retrieval.search import Search
from retrieval.splitting import split
from retrieval.upkeep import check, reindex
from tests.retrieval.town import BRIDGE, FERRY, CountingEmbeddings, loaded, take_in, town_articles


def levels(library: Library) -> list[str]:
    return [finding.level for finding in check(library)]


def test_a_healthy_library_is_found_healthy(town: Library) -> None:
    assert levels(town) == ["ok", "ok", "ok"]


def test_a_passage_missing_in_chroma_is_found_and_rebuilt(town: Library) -> None:
    town.dense.delete(1, [next(iter(town.catalogue.passage_ids(1)))])
    assert [f.message for f in check(town) if f.level == "broken"] == ["1 of 3 passages are missing"]
    reindex(town)
    assert levels(town) == ["ok", "ok", "ok"]


def test_a_lost_text_index_follows_the_catalogue_again_by_itself(open_library: Callable[..., Library]) -> None:
    town = open_library()
    take_in(town, town_articles())
    town.bm25(1).drop()
    again = open_library()
    hits, _ = Search(again).find("Who is the mayor of Aldermoor?")
    assert hits[0].why.lexical_rank is not None
    assert levels(again) == ["ok", "ok", "ok"]


def test_reindex_takes_up_new_settings_and_search_goes_on(open_library: Callable[..., Library]) -> None:
    take_in(open_library(), town_articles())
    other = open_library(passage_characters=120)
    assert levels(other) == ["broken"]
    assert reindex(other).articles == 3
    assert levels(other) == ["ok", "ok", "ok"]
    hits, _ = Search(other).find("Who directed The Lamplighter?")
    assert hits[0].article.id == "festival"
    assert take_in(other, town_articles()).unchanged == 3


def test_another_embedder_of_the_same_dimension_is_refused_until_reindex(open_library: Callable[..., Library]) -> None:
    town = open_library()
    take_in(town, town_articles())
    other = open_library(embedder=replace(town.embedder, fingerprint="other weights"))
    with pytest.raises(RetrievalError, match="footnote reindex"):
        Search(other).find("Who is the mayor?")
    reindex(other)
    assert Search(other).find("Who is the mayor?")[0]


def test_a_stopped_reindex_goes_on_where_it_stopped(open_library: Callable[..., Library]) -> None:
    library = open_library()
    take_in(library, [loaded(f"a{n:03}", f"Report number {n} of the harbour office.") for n in range(80)])
    counting = CountingEmbeddings(library.embedder.embeddings)
    other = open_library(passage_characters=120, embedder=replace(library.embedder, embeddings=counting))

    class Stopped(Exception):
        pass

    def stop(_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        reindex(other, stop)
    assert Search(library).find("report number 7")[0], "the old indexes answer until the new ones are complete"
    with pytest.raises(RetrievalError, match="being rebuilt"):
        take_in(library, town_articles())
    counting.embedded.clear()
    reindex(other)
    assert len(counting.embedded) == 80 - 32, "the first batch of 32 articles is not embedded again"
    assert levels(other) == ["ok", "ok", "ok"]


def test_an_ingest_under_way_stops_where_a_rebuild_begins_and_loses_nothing(library: Library) -> None:
    class Stopped(Exception):
        pass

    def stop(_: object) -> None:
        raise Stopped

    def outcomes() -> Iterator[Outcome]:
        yield loaded("z", FERRY)
        yield loaded("z", FERRY + " The tide was high.")  # the same id again: what came before is written,
        yield loaded("z", FERRY + " The tide was low.")  # and by now it has been
        with pytest.raises(Stopped):
            reindex(library, stop)
        yield loaded("a", BRIDGE)

    with pytest.raises(RetrievalError, match="being rebuilt"):
        Intake(library, "town").read(outcomes())
    reindex(library)
    assert take_in(library, [loaded("a", BRIDGE)]).added == 1
    assert levels(library) == ["ok", "ok", "ok"]
    assert {hit.article.id for hit in Search(library).find("Who is the mayor of Aldermoor?")[0]} == {"a", "z"}


def test_what_is_removed_during_a_rebuild_stays_away_and_can_come_back(open_library: Callable[..., Library]) -> None:
    town = open_library()
    take_in(town, town_articles())

    class RemovingEmbeddings(CountingEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            town.remove(["ferry"])
            return super().embed_documents(texts)

    embedder = town.embedder
    reindex(open_library(embedder=replace(embedder, embeddings=RemovingEmbeddings(embedder.embeddings))))
    assert levels(town) == ["ok", "ok", "ok"]
    assert town.catalogue.count() == 2
    assert take_in(town, town_articles()).added == 1
    assert levels(town) == ["ok", "ok", "ok"]


def test_reindex_with_another_embedder_finishes_what_a_crash_left(open_library: Callable[..., Library]) -> None:
    town = open_library()
    take_in(town, town_articles())
    article = loaded("owl", "An owl nests in the town hall of Aldermoor.").article
    town.register.write([(article, "owl.txt", split(article))], 1)

    class Three(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, float(len(text)), 3.0] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 2.0, 3.0]

    other = open_library(embedder=replace(town.embedder, embeddings=Three(), dimension=3, fingerprint="three"))
    assert reindex(other).articles == 4
    assert levels(other) == ["ok", "ok", "ok"]
    assert "unfinished" not in other.catalogue.facts()
    assert "owl" in {hit.article.id for hit in Search(other).find("Where does the owl nest?")[0]}


def test_of_two_rebuilds_at_once_one_stops_and_the_library_is_whole(open_library: Callable[..., Library]) -> None:
    library, other = open_library(), open_library()
    take_in(library, town_articles())
    with pytest.raises(RetrievalError, match="another footnote reindex"):
        reindex(library, lambda _: rebuild_by(other))
    assert levels(library) == ["ok", "ok", "ok"]
    assert Search(library).find("Who is the mayor of Aldermoor?")[0][0].why.dense_rank


def rebuild_by(library: Library) -> None:
    reindex(library)
