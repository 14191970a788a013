from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

import prompts
from bot.composing import Draft, Outcome, Request
from bot.composing.listing import reply
from bot.grounding import ground
from retrieval.articles import Article, Block, Hit, Passage

TODAY = date(2024, 5, 15)  # a Wednesday
BRIDGE = Article(
    "bridge",
    "The bridge opens",
    "Falk at the bridge.\n\nThe bridge over the Sorne opened. It cost 4 million.",
    blocks=(Block(0, 19, "caption"),),
    source="Sorne Courier",
    published=date(2024, 5, 13),
)
FERRY = Article("ferry", "The ferry stops", "The ferry will stop in July. Nobody is glad.", published=date(2024, 4, 2))


class Shelf:
    """Articles in memory behind the three callables, with the arguments they were called with."""

    def __init__(self, *articles: Article) -> None:
        self.articles = articles

    def recent(self, since: date | None, until: date | None, limit: int) -> Sequence[Article]:
        def within(article: Article) -> bool:
            day = article.published or date.min
            return (since or date.min) <= day <= (until or date.max)

        return [article for article in self.articles if within(article)][:limit]

    def find(self, topic: str) -> tuple[Hit, ...]:
        return tuple(
            Hit(article, Passage(article.id, article.id, 1, 0, len(article.text), article.text), 1.0, (0, 5))
            for article in self.articles
        )

    def count(self) -> int:
        return len(self.articles)


def lines(question: str, *articles: Article, today: date = TODAY) -> list[str] | None:
    shelf = Shelf(*articles)
    request = Request(question, question, (), as_of=today)
    answer = reply(request, recent=shelf.recent, find=shelf.find, count=shelf.count)
    if answer is None:
        return None
    hits, events = answer
    *drafts, outcome = events
    assert isinstance(outcome, Outcome)
    assert all(isinstance(draft, Draft) for draft in drafts)
    proposals = [draft for draft in drafts if isinstance(draft, Draft)]
    assert all(ground(draft, hits).support == "quoted" for draft in proposals if draft.hits)
    return [draft.text.strip() for draft in proposals]


@pytest.mark.parametrize("message", ["hello", "Hi!", "Hello there :)", "good morning", "hey Footnote, how are you?"])
def test_a_greeting_is_returned_with_what_is_there(message: str) -> None:
    assert lines(message, BRIDGE, FERRY) == ["Hello! There are 2 articles in the library. What is your question?"]
    assert "empty" in (lines(message) or [""])[0]


def test_thanks_and_help() -> None:
    assert lines("Thanks a lot!") == ["You are welcome."]
    for message in ("help", "What can you do?", "who are you", "How does this work?"):
        (text,) = lines(message, BRIDGE) or [""]
        assert text.startswith(prompts.text("abilities"))
        assert "1 article in" in text


@pytest.mark.parametrize("message", ["list articles", "Show me all the articles", "which articles do you have?"])
def test_articles_of_no_topic_are_the_newest(message: str) -> None:
    assert (lines(message, BRIDGE, FERRY) or [])[:2] == [
        "The newest articles:",
        "- The bridge opens, Sorne Courier, 2024-05-13",
    ]


@pytest.mark.parametrize("period", ["yesterday", "this week", "last week"])
def test_a_period_before_the_calendar_begins_is_cut_there(period: str) -> None:
    first = lines(f"what is new {period}?", BRIDGE, today=date.min)
    assert first is not None and "The newest are:" in first[0]


@pytest.mark.parametrize("message", ["What is new this week?", "what's new this week", "latest news this week"])
def test_the_news_of_the_week_are_cited_lines(message: str) -> None:
    assert lines(message, BRIDGE, FERRY) == [
        "The newest articles of this week:",
        "- The bridge opens, Sorne Courier, 2024-05-13",
    ]


def test_news_without_a_period_are_the_newest_articles() -> None:
    assert (lines("latest news", BRIDGE, FERRY) or [])[1:] == [
        "- The bridge opens, Sorne Courier, 2024-05-13",
        "- The ferry stops, 2024-04-02",
    ]


def test_a_week_without_news_says_so_and_shows_the_newest() -> None:
    first, *rest = lines("What is new this week?", FERRY) or []
    assert first == "No article is dated from 2024-05-09 to 2024-05-15. The newest are:"
    assert rest == ["- The ferry stops, 2024-04-02"]
    assert "no articles" in (lines("What is new this week?") or [""])[0]


def test_last_week_is_the_calendar_week_before() -> None:
    first, *_ = lines("What is new last week?", BRIDGE) or []
    assert "from 2024-05-06 to 2024-05-12" in first


def test_articles_about_a_topic_are_those_that_name_it() -> None:
    assert lines("List articles about the ferry", BRIDGE, FERRY) == [
        "Articles about the ferry:",
        "- The ferry stops, 2024-04-02",
    ]
    assert lines("show me all articles on whales", BRIDGE, FERRY) == ["No article in the library is about whales."]


def test_articles_that_hold_a_phrase_are_cited_with_the_sentence_that_does() -> None:
    shelf = Shelf(BRIDGE, FERRY)
    request = Request("what stories mention the words “Will  Stop.”", "", (), as_of=TODAY)
    answer = reply(request, recent=shelf.recent, find=shelf.find, count=shelf.count)
    assert answer is not None
    hits, events = answer
    heading, line = [draft for draft in events if isinstance(draft, Draft)]
    assert heading.text == "“Will Stop” stands in this article:"
    assert line.text.strip() == "- The ferry stops, 2024-04-02"
    (span,) = line.quotes
    assert hits[span.hit].article.text[span.start : span.end] == "The ferry will stop in July."
    assert hits[span.hit].passage.id == "ferry"  # the passage that was found, for whoever opens it


def test_a_phrase_in_a_title_is_found_and_one_that_is_nowhere_is_not() -> None:
    assert lines('Show me articles that mention "the ferry stops"', BRIDGE, FERRY) == [
        "“the ferry stops” stands in this article:",
        "- The ferry stops, 2024-04-02",
    ]
    assert lines('Which article says "ill stop"?', BRIDGE, FERRY) == ["I find no article that says “ill stop”."]
    assert lines('Find articles about "glad ferry"', BRIDGE, FERRY) == ["I find no article that says “glad ferry”."]


def test_of_many_articles_with_a_phrase_ten_are_shown_and_it_says_that_there_may_be_more() -> None:
    many = [replace(FERRY, id=f"ferry-{n}") for n in range(10)]
    heading, *shown = lines('Which articles say "will stop"?', *many) or []
    assert heading == "“will stop” stands in these articles, and perhaps in others:"
    assert len(shown) == 10


def test_a_line_is_cited_with_the_articles_own_first_sentence() -> None:
    shelf = Shelf(BRIDGE)
    answer = reply(Request("latest news", "", (), as_of=TODAY), recent=shelf.recent, find=shelf.find, count=shelf.count)
    assert answer is not None
    hits, events = answer
    (span,) = [span for draft in events if isinstance(draft, Draft) for span in draft.quotes]
    assert hits[span.hit].article.text[span.start : span.end] == "The bridge over the Sorne opened."
    assert hits[0].passage.text == "The bridge over the Sorne opened."


@pytest.mark.parametrize(
    "question",
    [
        "What is new in the trade agreement?",
        "Hello, who opened the bridge?",
        "Who said hello to the mayor?",
        "What is the latest estimate of the cost?",
        "What can you do about cracks in a pillar?",
        "What news did the mayor announce about the bridge?",
        "Thanks to whom was the bridge built?",
        "Who helped?",
        "When did the new bridge open this week?",
        "What did the articles of confederation say about taxes?",
        'Who says "the bridge is safe"?',
        'Which article says "safe" about the bridge?',
        'Which article says "…"?',
        'Which article says " "?',
        'Where does it say "will stop"?',
        "",
    ],
)
def test_real_questions_are_left_to_the_search(question: str) -> None:
    assert lines(question, BRIDGE) is None
