import itertools
import random
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.articles import AnswerSpan, Filters, Hit, Reading, Wording
from retrieval.library import Library
from retrieval.reading import Text, open_reader
from retrieval.retriever import FootnoteRetriever
from retrieval.search import Ranking, Search
from tests.retrieval.town import BRIDGE, FERRY, FESTIVAL, loaded, take_in, town_articles


def found(library: Library, question: str, **filters: object) -> list[str]:
    hits, _ = Search(library).find(question, Filters(**filters))  # type: ignore[arg-type]
    return [hit.article.id for hit in hits]


class Judge:
    """A reader that a function tells how relevant a text is; each text's first ten characters are its answer."""

    def __init__(self, relevance: Callable[[str], float] = lambda text: 0.0) -> None:
        self._relevance = relevance
        self.asked: list[str] = []
        self.texts: list[Text] = []

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        self.asked.append(question)
        self.texts = list(texts)
        return [
            Reading(self._relevance(text.text), 0.0, (AnswerSpan(text.offset, text.offset + 10, len(text.text)),))
            for text in texts
        ]


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


STORM = "The storm warning for the coast was lifted, and {} said that the boats may leave again."
SPEAKERS = {"old": "Ada Lund", "spring": "Bo Ferrer", "late": "Cy Marsh", "undated": "Di Quill"}


@pytest.fixture
def storms(library: Library) -> Library:
    """Four articles alike but for who speaks and when."""
    published = {"old": date(2021, 2, 1), "spring": date(2024, 3, 4), "late": date(2024, 5, 16), "undated": None}
    take_in(
        library,
        [loaded(id_, STORM.format(who), title="Storm", published=published[id_]) for id_, who in SPEAKERS.items()],
    )
    return library


@pytest.mark.parametrize(
    ("question", "as_of", "first"),
    [
        ("Who said that the boats may leave again?", date(2024, 5, 18), "late"),
        ("Who said that the boats may leave again?", date(2024, 3, 6), "spring"),
        ("Who said that the boats may leave again?", date(2021, 2, 3), "old"),
        ("Who said in March 2024 that the boats may leave again?", date(2024, 5, 18), "spring"),
        ("Who said in 2021 that the boats may leave again?", date(2024, 5, 18), "old"),
        ("Who said this week that the boats may leave again?", date(2024, 5, 18), "late"),
        ("In the 2021 storm, who said that the boats may leave again?", date(2024, 5, 18), "old"),
        ("Who said before May 2023 that the boats may leave again?", date(2024, 5, 18), "old"),
        ("Who said between February and April that the boats may leave again?", date(2024, 5, 18), "spring"),
        ("Who said in the 2024 storm that the boats may leave again?", date(2024, 5, 18), "late"),
        ("Who said that the boats may leave again?", date(2024, 6, 30), "late"),
    ],
)
@pytest.mark.parametrize("reader", [None, Judge()])
def test_of_articles_alike_the_one_of_the_days_that_are_asked_about_comes_first(
    storms: Library, reader: Judge | None, question: str, as_of: date, first: str
) -> None:
    hits, _ = Search(storms, Ranking(), reader).find(question, as_of=as_of)
    assert hits[0].article.id == first
    assert {hit.article.id for hit in hits} == set(SPEAKERS), "a date hides nothing"


def test_a_year_from_the_asking_dates_count_no_more(storms: Library) -> None:
    near, year, decade = (
        {hit.article.id: hit for hit in Search(storms).find("Who said that?", as_of=as_of)[0]}
        for as_of in (date(2024, 5, 18), date(2026, 1, 1), date(2035, 1, 1))
    )
    assert {id_: hit.why.boosts for id_, hit in near.items()} == {
        "late": ("date 2024-05-16",),
        "spring": (),  # raised too, but not for being of these days
        "old": (),
        "undated": (),
    }
    assert {id_: hit.score for id_, hit in year.items()} == {id_: hit.score for id_, hit in decade.items()}
    assert not any(hit.why.boosts for hit in year.values())


def test_a_conversation_stays_with_the_time_of_the_articles_that_it_cited(storms: Library) -> None:
    question = "Who said that the boats may leave again?"
    of_itself, of_the_spring = (
        {hit.article.id: hit for hit in Search(storms).find(question, as_of=date(2024, 5, 18), cited=cited)[0]}
        for cited in ((), ("spring",))
    )
    lead, held = (hits["spring"].score / hits["late"].score for hits in (of_itself, of_the_spring))
    assert held > 1.3 * lead, "more than having been cited counts for"
    assert set(of_the_spring["spring"].why.boosts) == {"cited before", "date 2024-03-04"}


def test_an_article_with_a_wrong_date_to_come_is_as_one_without(library: Library) -> None:
    take_in(
        library,
        [loaded(id_, STORM.format(id_), published=date(year, 1, 1)) for id_, year in [("a", 2199), ("b", 2019)]],
    )
    hits, _ = Search(library).find("Who said that the boats may leave again?", as_of=date(2024, 5, 18))
    assert not any(hit.why.boosts for hit in hits)


def test_news_of_the_week_do_not_crowd_out_what_answers(library: Library) -> None:
    news = [
        loaded(
            f"n{n}",
            f"The ferry sails again, said captain number {n} of the ferry on Monday.",
            published=date(2024, 5, 14),
        )
        for n in range(40)
    ]
    told = loaded("told", "When it ran aground the ferry carried 214 passengers.", published=date(2019, 1, 1))
    take_in(library, [*news, told])
    question = "How many passengers did the ferry carry when it ran aground?"
    judge = Judge(lambda text: 6.0 if "214" in text else -4.0)
    hits, _ = Search(library, Ranking(), judge).find(question, as_of=date(2024, 5, 18))
    assert hits[0].article.id == "told"
    hits, _ = Search(library).find(question, as_of=date(2024, 5, 18))
    assert "told" in [hit.article.id for hit in hits[:8]]


def test_dates_count_for_nothing_where_that_is_set(storms: Library) -> None:
    search = Search(storms, Ranking(recency=0))
    one, other = (
        search.find("Who said that the boats may leave?", as_of=as_of)[0]
        for as_of in (date(2024, 5, 18), date(2021, 2, 3))
    )
    assert [(hit.article.id, hit.score) for hit in one] == [(hit.article.id, hit.score) for hit in other]
    assert not any(hit.why.boosts for hit in one)


def test_a_passage_that_says_it_stays_before_a_newer_one_that_does_not(library: Library) -> None:
    told = loaded("told", "The ferry carried 214 passengers when it ran aground.", published=date(2019, 1, 1))
    newer = loaded("newer", "The ferry sails again from the old quay.", published=date(2024, 5, 18))
    take_in(library, [told, newer])
    judge = Judge(lambda text: 4.0 if "214" in text else -4.0)
    hits, _ = Search(library, Ranking(), judge).find("How many passengers had the ferry?", as_of=date(2024, 5, 18))
    assert hits[0].article.id == "told"


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


def test_without_a_reader_the_retrievers_ranks_alone_make_the_score(town: Library) -> None:
    hits, seconds = Search(town).find("What happened to the ferry at the festival?")
    assert "read" not in seconds
    for hit in hits:
        assert hit.reading is None and hit.why.read_rank is None
        by_meaning = 1.0 / (5 + hit.why.dense_rank) if hit.why.dense_rank else 0.0
        by_words = 1.5 / (5 + hit.why.lexical_rank) if hit.why.lexical_rank else 0.0
        assert hit.score == by_meaning + by_words
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_reader_that_ships_finds_the_words_that_answer(town: Library) -> None:
    hits, seconds = Search(town, reader=open_reader("local")).find("Who is the captain of the Marigold?")
    first = hits[0]
    assert first.article.id == "ferry" and first.why.read_rank == 1
    assert first.reading
    assert any("Ines Varga" in FERRY[span.start : span.end] for span in first.reading.spans)
    assert set(seconds) == {"embed", "dense", "lexical", "rank", "read"}


@pytest.mark.parametrize("question", ["", "???", "\ud800", "a" * 20_000, "旧铁桥为什么关闭？"])
def test_odd_questions_are_read_without_harm(town: Library, question: str) -> None:
    Search(town, reader=open_reader("local")).find(question)


def test_what_the_reader_is_sure_of_comes_first_however_it_was_found(town: Library) -> None:
    question = "Who is the mayor of Aldermoor?"
    assert found(town, question)[-1] == "ferry"
    judge = Judge(lambda text: 20.0 * ("Marigold" in text))
    hits, _ = Search(town, reader=judge).find(question)
    assert hits[0].article.id == "ferry"
    assert hits[0].why.read_rank == 1
    assert hits[0].score > 0.9


def test_of_passages_that_read_alike_the_better_found_comes_first(town: Library) -> None:
    question = "Who is the mayor of Aldermoor?"
    hits, _ = Search(town, reader=Judge()).find(question)
    assert [hit.article.id for hit in hits] == found(town, question)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("According to the Courier, who opened the new harbour of Tolland?", "courier"),
        ("According to the Gazette, who opened the new harbour of Tolland?", "gazette"),
        ("Who opened the new harbour of Tolland in May 2024?", "gazette"),
        ("Who opened the new harbour of Tolland in March 2024?", "courier"),
        ("Which article on Tolland says \u201cwith a brass band\u201d?", "courier"),
        ("Which article on Tolland says \u201cby its mayor\u201d?", "gazette"),
    ],
)
def test_outlets_dates_and_phrases_decide_among_passages_that_read_alike(
    library: Library, question: str, first: str
) -> None:
    courier = "The new harbour of Tolland was opened on Monday with a brass band, and Petra Lindqvist cut the ribbon."
    gazette = "On Monday the new harbour was opened in Tolland by its mayor. She cut a ribbon in front of the boats."
    take_in(
        library,
        [
            loaded("courier", courier, source="Courier", published=date(2024, 3, 4), title="A new harbour"),
            loaded("gazette", gazette, source="Gazette", published=date(2024, 5, 14), title="A new harbour"),
        ],
    )
    hits, _ = Search(library, reader=Judge()).find(question)
    assert hits[0].article.id == first
    sure = Judge(lambda text: 20.0 * (text == (gazette if first == "courier" else courier)))
    hits, _ = Search(library, reader=sure).find(question)
    assert hits[0].article.id != first, "none of them is more than what was read"


def test_what_holds_a_quoted_phrase_is_read_however_low_it_ranks(library: Library) -> None:
    herring(library)
    band = "At the town harbour a band played on for hours and hours, though it rained on everyone who had come."
    take_in(library, [loaded("band", band)])
    asked = "How much herring was landed, in tons, at the harbour of town number 7"
    assert "band" not in found(library, f"{asked}, at the town harbour?")[:3]
    judge = Judge()
    hits, _ = Search(library, Ranking(read=2), judge).find(f"{asked}, at the \u201ctown harbour\u201d?")
    assert judge.texts[0].text == band
    (hit,) = (hit for hit in hits if hit.article.id == "band")
    assert hit.reading
    assert hit.why.boosts == ("phrase \u201ctown harbour\u201d",)


def test_what_was_cited_before_moves_up_among_passages_that_were_read(town: Library) -> None:
    search = Search(town, reader=Judge())
    last = search.find("What happened in Aldermoor?")[0][-1]
    cited = {hit.article.id: hit for hit in search.find("What happened in Aldermoor?", cited=[last.article.id])[0]}
    assert cited[last.article.id].score > last.score


def test_the_question_is_read_as_it_stands_alone(town: Library) -> None:
    judge = Judge()
    Search(town, reader=judge).find("And who directed it?", alternatives=[Wording("Who directed The Lamplighter?")])
    assert judge.asked == ["And who directed it?"]


def test_nothing_is_read_where_nothing_was_found(library: Library) -> None:
    judge = Judge()
    assert Search(library, reader=judge).find("Is anybody there?")[0] == ()
    assert judge.asked == []


def herring(library: Library) -> None:
    """One long article and fourteen short ones, of which one is told twice."""
    long = "\n\n".join(f"Day {n}. " + f"Much herring was landed in the harbour on day {n}. " * 14 for n in range(12))
    outcomes = [loaded("long", long)]
    outcomes += [loaded(f"a{n}", f"Herring was landed in the harbour of town number {n}, {n} tons.") for n in range(13)]
    agency = "How much herring was landed in the harbour, the agency says. " * 6 + " ".join([FERRY, BRIDGE, FESTIVAL])
    outcomes += [loaded("told", agency), loaded("again", agency.replace("noon", "midday", 1))]
    take_in(library, outcomes)


def test_what_is_read_is_of_many_articles_and_holds_no_copies(library: Library) -> None:
    herring(library)
    judge = Judge()
    question = "How much herring, says the agency, was landed in the harbour on day 7?"
    hits, _ = Search(library, Ranking(read=12), judge).find(question)
    assert len(judge.texts) == 12
    assert sum("on day" in text.text for text in judge.texts) == Ranking().passages_per_article
    assert sum("agency" in text.text for text in judge.texts) == 1
    read = [hit for hit in hits if hit.reading]
    assert len(read) < len(hits)
    assert hits[: len(read)] == tuple(read), "what was not read comes after what was"


def test_of_one_long_article_alone_as_much_is_read_as_there_may_be(library: Library) -> None:
    text = "\n\n".join(f"Chapter {n}. " + f"The herring fleet number {n} sailed at dawn. " * 14 for n in range(20))
    take_in(library, [loaded("long", text, title="The fleet")])
    judge = Judge()
    hits, _ = Search(library, Ranking(read=7), judge).find("When did herring fleet number 7 sail?")
    assert len(judge.texts) == 7
    for given_ in judge.texts:
        assert given_.title == "The fleet"
        assert text[given_.offset :].startswith(given_.text)
    spans = [span for hit in hits if hit.reading for span in hit.reading.spans]
    assert sorted(span.start for span in spans) == sorted(given_.offset for given_ in judge.texts), "none is lost"


def test_who_writes_does_not_wait_for_what_is_read(town: Library) -> None:
    def removing(text: str) -> float:
        town.remove(["ferry"])
        return 0.0

    hits, _ = Search(town, reader=Judge(removing)).find("What happened to the ferry Marigold?")
    assert "ferry" in {hit.article.id for hit in hits}
    assert "ferry" not in found(town, "What happened to the ferry Marigold?")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), most=st.integers(10, 20), read=st.integers(1, 30))
def test_whatever_the_reader_says_hits_stay_what_they_are(town: Library, seed: int, most: int, read: int) -> None:
    if town.catalogue.count() == 3:
        herring(town)
    chance = random.Random(seed)
    judge = Judge(lambda text: chance.gauss(0, 10))
    question = "How much herring was landed in the harbour, according to the Tolland Courier?"
    hits, _ = Search(town, Ranking(hits=most, read=read), judge).find(question)
    require_sound(hits)
    assert len(hits) <= most
    assert len({hit.article.id for hit in hits}) >= 10
    assert {"told", "again"} - {hit.article.id for hit in hits}
    assert sum(hit.reading is not None for hit in hits) <= read


def require_sound(hits: Sequence[Hit]) -> None:
    """Each hit stands where it says, none overlaps another, and the best comes first."""
    assert all(hit.score > 0 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        start, end = hit.passage.start, hit.passage.end
        assert hit.article.text[start:end] == hit.passage.text
        assert start <= hit.span[0] < hit.span[1] <= end
        for span in hit.reading.spans if hit.reading else ():
            assert start <= span.start < span.end <= end
    for one, other in itertools.combinations(hits, 2):
        apart = one.passage.end <= other.passage.start or other.passage.end <= one.passage.start
        assert apart or one.article.id != other.article.id
