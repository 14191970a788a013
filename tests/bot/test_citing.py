from bot.answers import Quote, Reference
from bot.citing import Bibliography, bears_on, marked
from bot.composing import Span
from retrieval.articles import Article, Hit, Passage

TEXT = "The bridge opened in June. It cost 4 million."


def hit(number: int) -> Hit:
    article = Article(f"a{number}", f"Article {number}", TEXT, url=f"https://example.org/{number}")
    return Hit(article, Passage(f"a{number}@1#0", article.id, 1, 0, len(TEXT), TEXT), 1.0, (0, len(TEXT)))


def test_sources_are_numbered_as_they_are_first_cited() -> None:
    hits = [hit(1), hit(2), hit(3)]
    sources = Bibliography()

    assert sources.cite([Span(2, 0, 26)], hits) == (Reference(1, 0),)
    assert sources.cite([Span(0, 0, 26), Span(2, 27, 45)], hits) == (Reference(2, 0), Reference(1, 1))
    assert [citation.article.id for citation in sources.citations()] == ["a3", "a1"]


def test_quote_is_kept_once_and_is_the_articles_own_words() -> None:
    sources = Bibliography()
    sources.cite([Span(0, 0, 26), Span(0, 0, 26)], [hit(1)])
    assert sources.cite([Span(0, 0, 26)], [hit(1)]) == (Reference(1, 0),)

    (citation,) = sources.citations()
    assert citation.quotes == (Quote("The bridge opened in June.", 0, 26),)
    assert citation.link == "https://example.org/1#:~:text=The%20bridge%20opened%20in%20June."


def test_markers_stand_behind_the_sentence_each_number_once() -> None:
    assert (
        marked("It cost 4 million.", [Reference(1, 0), Reference(1, 1), Reference(3, 0)]) == "It cost 4 million. [1][3]"
    )
    assert marked("It cost 4 million.", []) == "It cost 4 million."


def test_few_words_say_something_only_where_they_rest_on_what_was_asked_about() -> None:
    first, second = Span(0, 0, 26), Span(0, 27, 45)
    assert bears_on("When did the bridge open?", "In June.", [first], [hit(1)])
    assert not bears_on("Who cut the ribbon?", "In June.", [first], [hit(1)])
    assert bears_on("Who cut the ribbon?", "The bridge opened in June after all.", [first], [hit(1)])
    assert bears_on("When did the bridge open?", "June.", [second, first], [hit(1)])
    assert not bears_on("When did the bridge open?", "4 million.", [], [hit(1)])
    assert bears_on("When was it?", "In June.", [first], [hit(1)])
