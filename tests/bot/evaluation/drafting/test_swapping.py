from collections.abc import Callable
from random import Random

from bot.evaluation.drafting.choosing import Candidate
from bot.evaluation.drafting.phrasing import Phrased
from bot.evaluation.drafting.swapping import known, swapped
from retrieval.library import Library
from tests.retrieval.town import loaded

LibraryOf = Callable[..., Library]
ELECTED = "Mina Solheim was elected mayor in Saltmere with 8,912 votes. Solheim's list came from Saltmere too."
PLACES = "It rained in Karrow, then in Aldmere and in Tolland. Trains go to Karrow, to Aldmere and to Tolland."
PERSONS = "The visitor was Ada Quill. It was late, Quill said."


def asked(question: str, article: str = "election") -> Candidate:
    return Candidate(article, f"{article}@1#0", "Quote.", Phrased("who", question, ("12",), 0.0))


def test_a_place_is_exchanged_for_another_place_that_no_article_joins_with_the_rest(library_of: LibraryOf) -> None:
    other = "In Karrow somebody got 8,912 votes."
    library = library_of(loaded("election", ELECTED), loaded("weather", PLACES), loaded("other", other))
    articles = library.catalogue.articles(["election", "weather", "other"])
    question = asked("Who was elected mayor in Saltmere with 8,912 votes?")
    seen = set()
    for seed in range(20):
        exchanged = swapped([question], known(articles.values()), library, Random(seed))[question]
        assert exchanged.plain
        assert exchanged.was == "Saltmere"
        assert exchanged.question == f"Who was elected mayor in {exchanged.now} with 8,912 votes?"
        seen.add(exchanged.now)
    assert seen == {"Aldmere", "Tolland"}  # an article has 8,912 votes and Karrow


def test_a_year_is_exchanged_for_one_close_to_it(library_of: LibraryOf) -> None:
    library = library_of(loaded("election", "The mayor won the Golden Net in 2019. It was 2018 before that."))
    question = asked("Who won the Golden Net of 2019?")
    names = known(library.catalogue.articles(["election"]).values())
    years = {swapped([question], names, library, Random(seed))[question].now for seed in range(20)}
    assert years <= {"2017", "2020", "2021", "2022"}
    assert len(years) > 1


def test_a_person_is_exchanged_only_for_a_person(library_of: LibraryOf) -> None:
    library = library_of(loaded("election", ELECTED), loaded("weather", PLACES), loaded("visit", PERSONS))
    names = known(library.catalogue.articles(["election", "weather", "visit"]).values())
    assert set(names.persons) == {"Mina Solheim", "Ada Quill"}
    question = asked("How many votes did Mina Solheim get on 12 May?")
    exchanged = swapped([question], names, library, Random(0))[question]
    assert exchanged.question == "How many votes did Ada Quill get on 12 May?"
    assert not exchanged.plain


def test_a_question_with_one_name_alone_is_left(library_of: LibraryOf) -> None:
    library = library_of(loaded("election", ELECTED), loaded("weather", PLACES))
    names = known(library.catalogue.articles(["election", "weather"]).values())
    assert not swapped([asked("Who was elected mayor in Saltmere?")], names, library, Random(0))
    assert not swapped([asked("Who won?"), asked("Who won?", "gone")], names, library, Random(0))
