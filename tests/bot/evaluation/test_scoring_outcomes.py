"""Which reply is right, and what went wrong with the others; what each is worth in the metrics is in test_scoring."""

from __future__ import annotations

from typing import Any

import pytest

from bot.composing import Turn
from bot.evaluation.rows import Outcome, Reply, Span
from bot.evaluation.scoring import is_right, kind_of, outcome
from tests.bot.evaluation.making import answered, asked_back, citation, gold, hit, refused, row

LONG = "because the keel had been welded in two places by a yard that has since closed"


# What is right


def test_short_gold_answer_must_stand_in_the_statements() -> None:
    asked = gold(answers=("Ida Voss", "the mayor"))
    assert is_right(row(asked, None), answered("It was opened.", "The mayor did that."))
    assert not is_right(row(asked, None), answered("Ida opened it.", short_answer="Ida Voss"))


def test_refusal_is_not_right_whatever_it_mentions() -> None:
    mentions = answered("It was opened by Ida Voss.").statements
    assert not is_right(row(gold(answers=("Ida Voss",)), None), refused(statements=mentions))


def test_right_choice_must_be_named_where_gold_has_no_answers() -> None:
    asked = gold(choices=("Sorne", "Saltmere"), answer_choice=(1,))
    assert is_right(row(asked, None), answered("It is in Saltmere."))
    assert not is_right(row(asked, None), answered("It is in Sorne."))
    assert not is_right(row(asked, None), refused())


@pytest.mark.parametrize("answers", [(), (LONG,)])
def test_gold_article_must_be_cited_where_nobody_would_repeat_the_answer(answers: tuple[str, ...]) -> None:
    one = row(gold(answers=answers, articles=("a",)), None)
    assert is_right(one, answered("The keel was weak.", cites=[citation("a")]))
    assert not is_right(one, answered("The keel was weak.", cites=[citation("b")]))
    assert not is_right(one, refused())


def test_copy_of_a_gold_article_is_as_good() -> None:
    one = row(gold(articles=("a",)), None)
    assert is_right(one, answered("Yes.", cites=[citation("copy")], hits=(hit("copy", story="a"),)))
    copy_is_gold = row(gold(articles=("copy",)), None, stories=("a",))
    assert is_right(copy_is_gold, answered("Yes.", cites=[citation("a")]))


def test_quote_over_a_gold_quote_is_right_and_one_beside_it_is_not() -> None:
    one = row(gold(quotes=("…",)), None, quoted=(Span("a", 50, 80),))
    assert is_right(one, answered("Yes.", cites=[citation("a", (0, 20), (79, 120))]))
    assert not is_right(one, answered("Yes.", cites=[citation("a", (20, 50), (80, 90))]))
    assert not is_right(one, answered("Yes.", cites=[citation("b", (50, 80))]))


def test_no_reply_to_an_unanswerable_question_is_right() -> None:
    one = row(gold(answerable=False), None)
    assert is_right(one, answered("It was Ida Voss.")) is False
    assert is_right(one, refused()) is False


def test_nothing_is_said_where_gold_says_nothing() -> None:
    assert is_right(row(gold(), None), answered("It was Ida Voss.")) is None
    assert is_right(row(gold(answers=(LONG,)), None), answered(LONG)) is None
    assert is_right(row(gold(answers=("the",)), None), answered("The end.")) is None


# What went wrong

FERRY = gold(answers=("62",), articles=("a",), answerable=True)
FOUND = (hit("x", "Nothing."), hit("a", "On board were 62 people."))
QUOTED: dict[str, Any] = {"stories": (), "quoted": (Span("a", 5, 20),)}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (None, "failed"),
        (answered("62 people.", cites=[citation("a")], hits=FOUND), "right"),
        (answered("62 people.", cites=[citation("x")], hits=FOUND), "wrong citation"),
        (answered("71 people.", cites=[citation("a")], hits=FOUND), "retrieved but not answered"),
        (answered("71 people.", cites=[citation("x")], hits=FOUND), "wrong answer"),
        (answered("71 people.", cites=[citation("x")], hits=FOUND[:1]), "not retrieved"),
        (refused(hits=FOUND), "wrongly refused"),
        (refused(hits=FOUND[:1]), "not retrieved"),
        (asked_back(hits=FOUND), "wrongly refused"),
        (asked_back(), "not retrieved"),
    ],
)
def test_outcome_of_an_answerable_question(reply: Reply | None, expected: Outcome) -> None:
    assert outcome(row(FERRY, reply)) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (None, "failed"),
        (answered("62 people."), "should have refused"),
        (refused(), "rightly refused"),
        (asked_back(), "rightly refused"),
    ],
)
def test_outcome_of_an_unanswerable_question(reply: Reply | None, expected: Outcome) -> None:
    assert outcome(row(gold(answerable=False), reply)) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answered("62.", hits=(hit("a", "No.", start=0, end=5),)), "wrong citation"),
        (answered("62.", cites=[citation("a", (0, 6))]), "right"),
        (
            answered("71.", cites=[citation("a", (30, 40))], hits=(hit("a", start=19, end=90),)),
            "retrieved but not answered",
        ),
        (answered("71.", cites=[citation("a", (30, 40))], hits=(hit("a", start=20, end=90),)), "not retrieved"),
        (refused(hits=(hit("a", start=0, end=6),)), "wrongly refused"),
    ],
)
def test_outcome_where_gold_names_quotes(reply: Reply, expected: Outcome) -> None:
    assert outcome(row(gold(answers=("62",), answerable=True), reply, **QUOTED)) == expected


def test_outcome_where_gold_names_neither_article_nor_quote() -> None:
    asked = gold(answers=("62",), answerable=True)
    assert outcome(row(asked, answered("62 people."))) == "right"
    assert outcome(row(asked, answered("71 people.", hits=FOUND))) == "wrong answer"
    assert outcome(row(asked, answered("71 people.", hits=FOUND[:1]))) == "not retrieved"
    assert outcome(row(asked, refused(hits=FOUND))) == "wrongly refused"
    choice = gold(choices=("62", "71"), answer_choice=(0,), answerable=True)
    assert outcome(row(choice, refused(hits=FOUND))) == "wrongly refused"


def test_outcome_where_it_is_unknown_whether_the_articles_answer() -> None:
    asked = gold(answers=("62",), articles=("a",))
    assert outcome(row(asked, refused(hits=FOUND))) == "unjudged"
    assert outcome(row(asked, answered("71.", cites=[citation("a")], hits=FOUND))) == "retrieved but not answered"
    assert outcome(row(gold(), answered("62."))) == "unjudged"


# Kinds


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who opened the bridge?", "who"),
        ("When did the ferry stop?", "when"),
        ("How many people were on board?", "how many"),
        ("Where is the bridge?", "where"),
        ("Which yard built the ferry?", "which"),
        ("Why did it sink?", "other"),
    ],
)
def test_kind_of_question_is_what_it_asks_for(question: str, kind: str) -> None:
    assert kind_of(gold(question=question)) == kind


def test_kind_that_gold_states_comes_before_what_can_be_seen() -> None:
    history = (Turn("Who opened the bridge?", "Ida Voss."),)
    assert kind_of(gold(question="When?", history=history)) == "follow-up"
    assert kind_of(gold(question="When?", history=history, kind="underspecified")) == "underspecified"
