import itertools
from collections.abc import Callable
from datetime import date

import pytest

from retrieval.articles import Filters, Wording
from retrieval.library import Library
from retrieval.retriever import FootnoteRetriever
from retrieval.search import Ranking, Search
from tests.retrieval.town import BRIDGE, FERRY, FESTIVAL, loaded, take_in, town_articles


def found(library: Library, question: str, **filters: object) -> list[str]:
    hits, _ = Search(library).find(question, Filters(**filters))  # type: ignore[arg-type]
    return [hit.article.id for hit in hits]


def test_the_article_that_answers_comes_first_with_its_reasons(town: Library) -> None:
    hits, seconds = Search(town).find("How many piers of the bridge had cracks?")
    assert hits[0].article.id == "bridge"
    assert (hits[0].why.dense_rank, hits[0].why.lexical_rank) == (1, 1)
    assert hits[0].why.similarity and hits[0].why.similarity > 0.4
    assert set(seconds) == {"embed", "dense", "lexical", "rank"}


def test_every_hit_is_exactly_what_stands_in_the_article(town: Library) -> None:
    for hit in Search(town).find("What happened in Aldermoor?")[0]:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.passage.start <= hit.span[0] < hit.span[1] <= hit.passage.end


def test_a_question_that_shares_no_word_is_answered_by_meaning(town: Library) -> None:
    assert found(town, "Which ship had an accident?")[0] == "ferry"


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"sources": ("aldermoor gazette",)}, {"bridge", "festival"}),
        ({"since": date(2024, 5, 14)}, {"bridge", "festival"}),
        ({"until": date(2024, 5, 14)}, {"ferry", "bridge"}),
        ({"since": date(2024, 4, 1), "until": date(2024, 5, 15)}, {"bridge"}),
        ({"collections": ("default",)}, {"ferry", "bridge", "festival"}),
        ({"collections": ("other",)}, set()),
    ],
)
def test_filters_exclude(town: Library, filters: dict[str, object], ids: set[str]) -> None:
    assert set(found(town, "What happened in Tolland and Aldermoor?", **filters)) == ids


def test_a_filter_that_leaves_many_articles_still_finds_by_meaning(library: Library) -> None:
    outcomes = [
        loaded(f"a{n}", f"Notice {n}: the quay is closed on day {n}.", source="Courier" if n % 2 else "Gazette")
        for n in range(60)
    ]
    ship = loaded("ship", "A vessel went down in the storm.", source="Courier")
    take_in(library, [*outcomes, ship])
    hits, _ = Search(library).find("Which boat sank?", Filters(sources=("Courier",)))
    assert hits[0].article.id == "ship" and hits[0].why.dense_rank == 1
    assert {hit.article.source for hit in hits} == {"Courier"}


def test_what_the_question_says_of_outlets_and_dates_raises_and_never_excludes(town: Library) -> None:
    hits, _ = Search(town).find("According to the Tolland Courier, what was decided in May 2024?")
    boosts = {hit.article.id: hit.why.boosts for hit in hits}
    assert boosts["ferry"] == ("outlet Tolland Courier",)
    assert boosts["bridge"] == ("date 2024-05-14",)
    assert set(boosts) == {"ferry", "bridge", "festival"}


def test_a_quoted_phrase_raises_the_passage_that_holds_it(town: Library) -> None:
    hits, _ = Search(town).find("Where do the articles say \u201cold iron bridge\u201d?")
    assert hits[0].article.id == "bridge"
    assert hits[0].why.boosts == ("phrase “old iron bridge”",)


def test_lists_are_filtered_by_outlets_whatever_their_script(library: Library) -> None:
    take_in(library, [loaded("e", FERRY, source="Élan Économie")])
    assert library.catalogue.newest(Filters(sources=("élan économie",)), 5)


def test_copies_are_shown_once(library: Library) -> None:
    agency = (FERRY + " " + BRIDGE + " " + FESTIVAL + " ") * 2
    take_in(
        library,
        [
            loaded("one", agency, source="Courier", title="A day in Tolland"),
            loaded("two", agency.replace("noon", "midday", 1), source="Gazette", title="A day in Tolland"),
        ],
    )
    assert set(found(library, "Who is the mayor of Aldermoor?")) == {"one"}


def test_ten_different_articles_are_among_the_hits_and_few_passages_of_each(library: Library) -> None:
    long = " ".join(f"The harbour office of Tolland reported {n} landings of herring on day {n}." for n in range(120))
    outcomes = [loaded("long", long)]
    outcomes += [loaded(f"a{n}", f"Herring was landed in the harbour of town number {n}, {n} tons.") for n in range(14)]
    take_in(library, outcomes)
    hits, _ = Search(library).find("How much herring was landed in the harbour?")
    ids = [hit.article.id for hit in hits]
    assert len(set(ids)) >= 10
    assert ids.count("long") <= Ranking().passages_per_article


def test_an_article_with_more_good_passages_than_candidates_does_not_hide_the_others(library: Library) -> None:
    chapter = "Herring was landed in the harbour of Tolland. " * 15
    shops = [loaded(f"a{n}", f"The mayor of town {n} opened a shop of {n} rooms for herring.") for n in range(14)]
    take_in(library, [loaded("long", "\n\n".join([chapter] * 70)), *shops])
    hits, _ = Search(library).find("How much herring was landed in the harbour of Tolland?")
    assert len({hit.article.id for hit in hits}) >= 10


def test_one_long_article_alone_fills_the_hits_and_neighbours_are_joined(library: Library) -> None:
    text = "\n\n".join(f"Chapter {n}. " + f"The herring fleet number {n} sailed at dawn. " * 12 for n in range(12))
    take_in(library, [loaded("long", text)])
    hits, _ = Search(library).find("When did herring fleet number 7 sail?")
    spans = sorted((hit.passage.start, hit.passage.end) for hit in hits)
    assert all(text[a_end:b_start].strip() for (_, a_end), (b_start, _) in itertools.pairwise(spans))
    assert sum(end - start for start, end in spans) > 4000


def test_chinese_and_japanese_articles_are_found_by_their_words(library: Library) -> None:
    take_in(
        library,
        [
            *town_articles(),
            loaded("zh", "北京市政府周一宣布关闭旧铁桥。工程师发现两个桥墩有裂缝。", title="旧铁桥关闭"),
            loaded("ja", "東京の映画祭は六月三日に開幕する。監督は一九七一年に亡くなった。", title="映画祭"),
        ],
    )
    hits, _ = Search(library).find("铁桥为什么关闭？")
    assert {h.article.id: h.why.lexical_rank for h in hits}["zh"] == 1
    hits, _ = Search(library).find("映画祭はいつ開幕しますか")
    assert {h.article.id: h.why.lexical_rank for h in hits}["ja"] == 1


@pytest.mark.parametrize("question", ["", "???", "the of and", "\ud800", "a" * 20_000, 'AND OR "NOT" (title:x* ]'])
def test_odd_questions_do_no_harm(town: Library, question: str) -> None:
    Search(town).find(question)


def test_an_empty_library_finds_nothing(library: Library) -> None:
    assert Search(library).find("Is anybody there?")[0] == ()


def test_a_removed_article_is_found_no_more(town: Library) -> None:
    town.remove(["ferry"])
    assert "ferry" not in found(town, "What happened to the ferry Marigold?")


def test_a_reader_sees_what_another_library_object_took_in(open_library: Callable[..., Library]) -> None:
    writer, reader = open_library(), open_library()
    search = Search(reader)
    assert search.find("What happened to the ferry?")[0] == ()
    take_in(writer, town_articles())
    assert search.find("What happened to the ferry?")[0][0].article.id == "ferry"


def test_langchain_gets_documents_that_say_where_they_stand(town: Library) -> None:
    documents = FootnoteRetriever(search=Search(town)).invoke("Who is the mayor of Aldermoor?")
    first = documents[0]
    assert (first.metadata["article_id"], first.metadata["published"]) == ("bridge", "2024-05-14")
    assert BRIDGE[first.metadata["start"] : first.metadata["end"]] == first.page_content


def test_other_wordings_are_fused_with_the_question_and_equal_ones_are_looked_up_once(town: Library) -> None:
    search = Search(town)
    alone, _ = search.find("And who made it?")
    hits, _ = search.find("And who made it?", alternatives=[Wording("Who directed The Lamplighter?", 2.0)])
    assert hits[0].article.id == "festival"
    assert hits[0].why.lexical_rank in {None, *(hit.why.lexical_rank for hit in alone)}, "its ranks are its own"
    question = "Who is the mayor of Aldermoor?"
    twice, _ = search.find(question, alternatives=[Wording(question, 1.0)])
    once, _ = search.find(question)
    assert [hit.passage.id for hit in twice] == [hit.passage.id for hit in once]
    assert twice[0].score == pytest.approx(2 * once[0].score)


def test_what_was_cited_before_moves_up(town: Library) -> None:
    search = Search(town)
    last = search.find("What happened in Aldermoor?")[0][-1].article.id
    hits, _ = search.find("What happened in Aldermoor?", cited=[last])
    assert {hit.article.id for hit in hits if "cited before" in hit.why.boosts} == {last}


def test_similarities_tell_what_is_near_in_meaning(town: Library) -> None:
    near, far = Search(town).similarities("Who is the mayor?", ["the head of the town", "a recipe for cake"])
    assert -1 <= far < near <= 1
