from dataclasses import replace

from bot.confidence import confidence
from retrieval.articles import AnswerSpan, Article, Hit, Passage, Reading, Why

TEXT = (
    "Mayor Ida Voss opened the bridge over the Sorne on 3 June. "
    "The president of the port authority, Jon Falk, cut the ribbon. "
    "The ferry will stop in the autumn."
)


def hits(similarity: float) -> tuple[Hit, ...]:
    article = Article("bridge", "The bridge over the Sorne", TEXT)
    return (Hit(article, Passage("p", "bridge", 1, 0, len(TEXT), TEXT), 0.2, (0, len(TEXT)), Why(1, 1, similarity)),)


def test_without_hits_there_is_no_confidence() -> None:
    assert confidence("Who opened the bridge?", ()) == 0.0
    assert confidence("?", hits(0.5)) == 0.0


def test_a_question_that_the_article_answers_is_answered() -> None:
    assert confidence("When did Ida Voss open the bridge over the Sorne?", hits(0.75)) > 0.8


def test_a_name_that_stands_nowhere_speaks_against_an_answer() -> None:
    asked_here = confidence("Who is the president of the port authority?", hits(0.4))
    assert confidence("Who is the president of France?", hits(0.4)) < 0.5 < asked_here


def test_confidence_grows_with_the_passage_nearness() -> None:
    question = "When did Ida Voss open the bridge?"
    assert confidence(question, hits(0.3)) < confidence(question, hits(0.6)) < confidence(question, hits(0.8)) <= 1


def test_the_same_question_gets_the_same_confidence() -> None:
    assert confidence("Who cut the ribbon?", hits(0.5)) == confidence("Who cut the ribbon?", hits(0.5))


def test_an_outlet_that_the_question_quotes_lowers_nothing() -> None:
    article = Article("bridge", "The bridge over the Sorne", TEXT, source="Northshore Today")
    found = (Hit(article, Passage("p", "bridge", 1, 0, len(TEXT), TEXT), 0.2, (0, len(TEXT)), Why(1, 1, 0.5)),)
    plain = confidence("When did Ida Voss open the bridge?", found)
    assert confidence("According to Northshore Today, when did Ida Voss open the bridge?", found) == plain
    assert confidence("According to Northshore Today, when did Ida Voss open the bridge?", hits(0.5)) < plain


def test_a_year_that_stands_nowhere_speaks_against_an_answer() -> None:
    asked_here = confidence("What did Ida Voss open on 3 June?", hits(0.5))
    assert confidence("What did Ida Voss open on 3 June 1987?", hits(0.5)) < asked_here


def test_a_story_nearer_than_all_others_speaks_for_an_answer() -> None:
    def beside(similarity: float) -> float:
        other = Article("other", "Another bridge", "A bridge in Karrow is closed.")
        passage = Passage("q", "other", 1, 0, len(other.text), other.text)
        rival = Hit(other, passage, 0.1, (0, len(other.text)), Why(2, 2, similarity))
        return confidence("When did Ida Voss open the bridge?", (*hits(0.5), rival))

    assert beside(0.1) > beside(0.45)


def read(similarity: float, relevance: float, marked: float) -> tuple[Hit, ...]:
    """The hit as read: how relevant it is, and how much likelier "Jon Falk" is than "not here"."""
    (found,) = hits(similarity)
    start = TEXT.index("Jon Falk")
    return (replace(found, reading=Reading(relevance, 0.0, (AnswerSpan(start, start + 8, marked),))),)


def test_a_reader_that_finds_the_answer_makes_it_surer_and_one_that_does_not_less_so() -> None:
    question = "Who cut the ribbon?"
    found, missing = confidence(question, read(0.5, 5.0, 6.0)), confidence(question, read(0.5, -5.0, -6.0))
    assert 0 < missing < found - 0.1 < found < 1
    assert missing < confidence(question, read(0.5, 0.0, 0.0)) < found


def test_a_reading_without_any_words_marked_is_no_fault() -> None:
    (found,) = hits(0.5)
    without = confidence("Who cut the ribbon?", (replace(found, reading=Reading(-3.0, 2.0, ())),))
    assert 0 < without < confidence("Who cut the ribbon?", read(0.5, 5.0, 6.0))
