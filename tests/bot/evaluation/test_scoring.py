from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.rows import Judged, Reply, Row, Shown, Span
from bot.evaluation.scoring import Score, Sureness, scores, sureness
from tests.bot.evaluation.making import answered, asked_back, citation, gold, hit, refused, row

FOUND = (hit("x", "Nothing."), hit("a", "On board were 62 people."))
FERRY = gold(answers=("62",), articles=("a",), answerable=True)


def score(name: str, row: Row) -> tuple[float, float]:
    found = scores(row)[name]
    return found.numerator, found.denominator


def test_answer_is_scored_by_its_statements_and_its_short_answer() -> None:
    reply = answered("The ferry had 62 people on board.", "It left at noon.", short_answer="62 people or so")
    one = row(gold(answers=("62 people", "62")), reply)
    assert score("answer_contains", one) == (1, 1)
    assert score("answer_words", one) == (11, 1)
    assert score("answer_exact", one) == (0, 1)
    assert score("answer_f1", one) == (pytest.approx(4 / 6), 1)  # two of four words, two of two


def test_whole_answer_stands_in_for_a_short_one() -> None:
    one = row(gold(answers=("62 people",)), answered("The 62 people."))
    assert score("answer_exact", one) == (1, 1)
    assert score("answer_f1", one) == (1, 1)


def test_sentence_that_was_not_shown_answers_nothing() -> None:
    shown = answered("It left at noon.")
    dropped = answered("It had 62 people.").statements
    one = row(gold(answers=("62",)), Reply("answer", shown.text, 0.9, statements=shown.statements, dropped=dropped))
    assert score("answer_contains", one) == (0, 1)


@pytest.mark.parametrize("reply", [None, refused(short_answer="62"), asked_back()])
def test_refusal_question_back_and_failure_answer_nothing(reply: Reply | None) -> None:
    known = {"choices": ("62", "71"), "answer_choice": (0,), "sides": (("62",), ("71",)), "wrong_answers": ("80",)}
    one = row(gold(answers=("62",), articles=("a",), **known), reply)
    for name in ("answer_contains", "answer_words", "answer_exact", "answer_f1", "choice_accuracy", "sides_shown"):
        assert score(name, one) == (0, 1), name
    assert score("wrong_alone", one) == (0, 1)
    for name in ("citation_gold", "citation_precision", "citation_recall"):
        assert score(name, one) == (0, 0), name


@pytest.mark.parametrize("known", [{}, {"answers": ("62",), "answerable": False}])
def test_answers_count_only_where_there_is_one_to_find(known: dict[str, Any]) -> None:
    one = row(gold(**known), answered("62.", hits=(hit("a", "62"),)))
    for name in ("answer_contains", "answer_words", "answer_exact", "answer_f1", "answer_in@1", "answer_in@4"):
        assert scores(one)[name] == Score(0, 0), name


def test_choice_is_that_of_the_short_answer_if_it_names_one() -> None:
    asked = gold(choices=("Sorne", "Saltmere"), answer_choice=(1,))
    assert score("choice_accuracy", row(asked, answered("In Sorne.", short_answer="Saltmere"))) == (1, 1)
    assert score("choice_accuracy", row(asked, answered("In Saltmere.", short_answer="the town"))) == (1, 1)
    assert score("choice_accuracy", row(asked, answered("In Sorne or Saltmere."))) == (0, 1)
    undecided = answered("It was in Saltmere.", short_answer="Sorne or Saltmere")
    assert score("choice_accuracy", row(asked, undecided)) == (0, 1)
    assert score("choice_accuracy", row(asked, answered("Nobody knows."))) == (0, 1)
    assert score("choice_accuracy", row(gold(choices=("Sorne",)), answered("In Sorne."))) == (0, 0)


def test_gold_answer_is_looked_for_in_the_first_passages() -> None:
    hits = tuple(hit(f"a{number}", text) for number, text in enumerate(["None.", "None.", "None.", "The 62.", "62"]))
    asked = gold(answers=("62",))
    assert [score(f"answer_in@{n}", row(asked, refused(hits=hits))) for n in (1, 4)] == [(0, 1), (1, 1)]
    assert [score(f"answer_in@{n}", row(asked, refused(hits=hits[3:]))) for n in (1, 4)] == [(1, 1), (1, 1)]
    pushed_out = (hits[0], hits[0], *hits[1:])  # the same passage twice takes two places
    assert score("answer_in@4", row(asked, refused(hits=pushed_out))) == (0, 1)
    assert score("answer_in@4", row(asked, None)) == (0, 1)


def test_gold_quote_must_lie_wholly_in_one_of_the_first_passages() -> None:
    asked = gold(quotes=("…",))

    def found(*hits: Any) -> tuple[float, float]:
        return score("quote_in@4", row(asked, refused(hits=hits), quoted=(Span("a", 50, 80), Span("b", 0, 30))))

    assert found(hit("a", start=50, end=80)) == (1, 1)
    assert found(hit("b", start=0, end=90)) == (1, 1)
    assert found(hit("a", start=40, end=79), hit("a", start=51, end=90), hit("c", start=0, end=90)) == (0, 1)
    assert found(*[hit("x")] * 4, hit("a", start=0, end=90)) == (0, 1)
    assert found() == (0, 1)
    assert score("quote_in@4", row(gold(), refused(hits=(hit("a"),)))) == (0, 0)


def test_citation_of_gold_counts_for_answers_to_questions_that_name_gold() -> None:
    asked = gold(articles=("a",))
    assert score("citation_gold", row(asked, answered("62.", cites=[citation("x"), citation("a")]))) == (1, 1)
    assert score("citation_gold", row(asked, answered("62.", cites=[citation("x")]))) == (0, 1)
    assert score("citation_gold", row(asked, answered("62."))) == (0, 1)
    assert score("citation_gold", row(gold(), answered("62.", cites=[citation("x")]))) == (0, 0)
    assert score("citation_gold", row(gold(articles=("a",), answerable=False), answered("62."))) == (0, 0)


def test_citations_are_judged_as_in_alce() -> None:
    # three sentences, two of them supported; five citations, three of them needed
    judged = Judged((True, True, False), (True, True, False, True, False))
    one = row(gold(), answered("One.", "Two."), judged=judged)
    assert score("citation_recall", one) == (pytest.approx(2 / 3), 1)
    assert score("citation_precision", one) == (pytest.approx(3 / 5), 1)


def test_sentence_without_citations_has_neither_recall_nor_precision() -> None:
    one = row(gold(), answered("One."), judged=Judged((False,), ()))
    assert score("citation_recall", one) == (0, 1)
    assert score("citation_precision", one) == (0, 1)


@pytest.mark.parametrize("judged", [None, Judged((), ())])
def test_answer_that_states_nothing_has_no_citations_to_judge(judged: Judged | None) -> None:
    one = row(gold(), answered(), judged=judged)
    assert score("citation_recall", one) == score("citation_precision", one) == (0, 0)


def test_every_side_must_be_shown_in_one_of_its_wordings() -> None:
    asked = gold(sides=(("62", "sixty-two"), ("71",)))
    assert score("sides_shown", row(asked, answered("Sixty-two, says one.", "71, says another."))) == (1, 1)
    assert score("sides_shown", row(asked, answered("It had 62 on board."))) == (0, 1)
    side = Shown("passengers", "71 passengers", (2,))
    assert score("sides_shown", row(asked, answered("It had 62 on board.", disagreements=(side,)))) == (1, 1)
    assert score("sides_shown", row(gold(sides=(("62",),)), answered("62."))) == (0, 0)


def test_wrong_answer_counts_only_where_no_right_one_stands_beside_it() -> None:
    asked = gold(answers=("62",), wrong_answers=("80",))
    assert score("wrong_alone", row(asked, answered("It had 80 on board."))) == (1, 1)
    assert score("wrong_alone", row(asked, answered("It had 62, not 80, on board."))) == (0, 1)
    assert score("wrong_alone", row(asked, answered("It left at noon."))) == (0, 1)
    of_sides = gold(sides=(("62",), ("71",)), wrong_answers=("80",))
    assert score("wrong_alone", row(of_sides, answered("It had 80, or 71."))) == (0, 1)
    assert score("wrong_alone", row(gold(answers=("62",)), answered("80."))) == (0, 0)


@pytest.mark.parametrize(
    ("answerable", "reply", "precision", "recall"),
    [
        (False, refused(), (1, 1), (1, 1)),
        (False, answered("62."), (0, 0), (0, 1)),
        (False, asked_back(), (0, 0), (0, 1)),
        (False, None, (0, 0), (0, 1)),
        (True, refused(), (0, 1), (0, 0)),
        (True, answered("62."), (0, 0), (0, 0)),
        (True, None, (0, 0), (0, 0)),
        (None, refused(), (0, 0), (0, 0)),
    ],
)
def test_refusals_count_only_where_gold_says_whether_they_are_in_place(
    answerable: bool | None, reply: Reply | None, precision: tuple[float, float], recall: tuple[float, float]
) -> None:
    one = row(gold(answerable=answerable), reply)
    assert score("refusal_precision", one) == precision
    assert score("refusal_recall", one) == recall


def test_tokens_of_the_reply_count_and_a_failure_has_none() -> None:
    assert score("tokens", row(gold(), answered("62.", input_tokens=700, output_tokens=50))) == (750, 1)
    assert score("tokens", row(gold(), None)) == (0, 1)


def test_refused_question_is_judged_by_what_would_have_been_said() -> None:
    one = row(FERRY, refused(0.3), would_be=answered("62 people.", confidence=0.3))
    assert sureness(one) == Sureness(0.3, right=True, covered=True)
    assert score("brier", one) == (pytest.approx(0.49), 1)


def test_refusal_without_an_answer_behind_it_is_wrong_and_never_covered() -> None:
    assert sureness(row(FERRY, refused(0.3))) == Sureness(0.3, right=False, covered=False)
    assert sureness(row(gold(answerable=False), refused(0.3))) == Sureness(0.3, right=False, covered=False)
    assert score("brier", row(FERRY, refused(0.3))) == (pytest.approx(0.09), 1)


def test_answer_to_an_unanswerable_question_is_a_risk_taken() -> None:
    one = row(gold(answerable=False), answered("62.", confidence=0.8))
    assert sureness(one) == Sureness(0.8, right=False, covered=True)
    assert score("brier", one) == (pytest.approx(0.64), 1)


def test_failed_question_counts_as_one_the_bot_was_wrongly_sure_of() -> None:
    assert sureness(row(FERRY, None)) == Sureness(1.0, right=False, covered=False)
    assert score("brier", row(FERRY, None)) == (1, 1)


@pytest.mark.parametrize("known", [{"answers": ("62",)}, {"answerable": True}])
def test_confidence_is_not_judged_where_gold_does_not_say_enough(known: dict[str, Any]) -> None:
    for reply in (answered("62."), refused(), None):
        assert sureness(row(gold(**known), reply)) is None
        assert score("brier", row(gold(**known), reply)) == (0, 0)
