import pytest

from bot.evaluation.drafting.clauses import clause
from bot.evaluation.drafting.counting import Asked, counted, how_many


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("At least 12 people were killed in Aldmere", "how many people were killed in Aldmere", "12"),
        ("Some 1.1 million visitors came to the fair", "how many visitors came to the fair", "1.1 million"),
        ("There were 71 passengers on board", "how many passengers were on board", "71"),
    ],
)
def test_a_number_at_the_beginning_is_asked_for(sentence: str, question: str, answer: str) -> None:
    assert counted(sentence) == Asked(question, answer)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The fair sold 11,300 tickets in May", "how many tickets did The fair sell in May", "11,300"),
        ("The list won 11 of the 27 seats", "how many of the 27 seats did The list win", "11"),
        ("The road was closed for eleven weeks", "for how many weeks was The road closed", "eleven"),
        ("The work will cost €23.6 million", "how much will The work cost", "€23.6 million"),
        ("The list won 54% of the vote in May", "what percentage of the vote did The list win in May", "54%"),
    ],
)  # fmt: skip
def test_a_number_in_the_predicate_is_asked_for(sentence: str, question: str, answer: str) -> None:
    read = clause(sentence)
    assert read is not None
    asked = how_many(read)
    assert asked is not None
    assert (" ".join(asked.question.split()), asked.answer) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        "The road closed in 2019",
        "The mayor predicted 12 visitors",
        "The road closed two days after the fair",
        "The road opened in three weeks",
        "The mayor won the second of 12 races",
        "The road lost three quarters of its width",
    ],
)
def test_years_and_spans_and_parts_are_not_counted(sentence: str) -> None:
    read = clause(sentence)
    assert read is not None
    assert how_many(read) is None


def test_a_relative_clause_is_not_taken_for_the_sentence() -> None:
    assert counted("Two people who had been held in Karrow, one of them old, were freed") is None
    assert counted("1998 was a good year") is None
