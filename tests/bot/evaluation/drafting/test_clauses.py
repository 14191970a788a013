import pytest

from bot.evaluation.drafting.clauses import clause, cut, plain, tail


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("The Regal closes in October", ("The Regal", "", "closes", "close", "in October")),
        ("Norvane, the developer, plans 34 mills", ("Norvane", "the developer", "plans", "plan", "34 mills")),
        ("Ada Quill also was elected mayor", ("Ada Quill", "", "was", None, "elected mayor")),
        ("The council has approved it quickly", ("The council", "", "has", None, "approved it quickly")),
        ("The council has nine members", ("The council", "", "has", "have", "nine members")),
    ],
)  # fmt: skip
def test_a_plain_sentence_is_read(sentence: str, parts: tuple[str, ...]) -> None:
    read = clause(sentence)
    assert read is not None
    assert (read.subject, read.apposition, read.verb, read.base, read.rest) == parts


@pytest.mark.parametrize(
    "sentence",
    [
        "He closed the harbour",
        "The harbour was not closed",
        "A man arrested in Aldmere told the court a story",
        "In Aldmere the harbour closed",
        "The ferry and a lorry that crashed closed the road",
        "A long silence",
    ],
)
def test_what_cannot_be_told_is_left_alone(sentence: str) -> None:
    assert clause(sentence) is None


def test_a_clause_becomes_a_question_in_its_own_tense() -> None:
    for sentence, question in (
        ("The Regal closed in May", "did The Regal close"),
        ("The Regal closes in May", "does The Regal close"),
        ("The Regal has nine rooms", "does The Regal have"),
        ("The Regal will close in May", "will The Regal"),
    ):
        read = clause(sentence)
        assert read is not None
        assert read.asked("") == question


def test_a_sentence_is_freed_of_who_said_so_and_of_the_day_of_the_week() -> None:
    assert plain("On Monday, the ferry ran aground, the harbour master, Odile Brandt, said.") == "The ferry ran aground"
    assert plain("The ferry ran aground on Monday evening off Saltmere.") == "The ferry ran aground off Saltmere"
    assert plain("The talks ran on Monday and Tuesday.") == "The talks ran on Monday and Tuesday"
    assert plain("Ada Quill, the mayor, said that it closed.") == "Ada Quill, the mayor, said that it closed"


def test_later_parts_are_cut_and_a_list_is_not_cut_short() -> None:
    assert cut("won the race in May, beating Karrow") == "won the race in May"
    assert cut("killed 12 people and wounded 30") == "killed 12 people"
    assert cut("signed a peace between Karrow and Saltmere") == "signed a peace between Karrow and Saltmere"
    assert cut("visited Karrow, Saltmere and Aldmere") is None
    assert tail(" in May 2024, which was early") == "in May 2024"
    assert tail(" on October 23, 2018, and was sold") == "on October 23, 2018"
    assert tail(" saw it in May") == ""
