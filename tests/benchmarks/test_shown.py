"""What of an answer a chat model is shown, counted over rows made here."""

from __future__ import annotations

from bot.evaluation.rows import Row
from tests.benchmarks.shown import measure
from tests.bot.evaluation.making import answered, gold, hit, refused, row

FERRY = hit("ferry", "The ferry sank off Saltmere, with 62 people on board.")
TIDE = hit("tide", "The tide was low. " * 3)
ASKED = gold("ferry", answers=("62",), answerable=True)


def shares(before: Row, after: Row, characters: int) -> dict[str, tuple[float, float]]:
    figures = measure({"ours": ((before,), (after,))}, characters).figures["ours"]
    return {name: (one["without"], one["with"]) for name, one in figures.items() if name != "questions"}


def test_an_answer_counts_where_its_passage_fits_into_what_is_shown() -> None:
    late, early = (row(ASKED, answered("Some.", hits=hits)) for hits in ((TIDE, FERRY), (FERRY, TIDE)))
    counted = shares(late, early, 110)
    assert counted["whole"] == (1.0, 1.0)
    assert counted["half"] == (0.0, 1.0)
    assert counted["quarter"] == (0.0, 0.0), "the first passage is cut before the number"


def test_a_refusal_shows_nothing_where_that_is_counted() -> None:
    counted = shares(row(ASKED, refused(hits=(FERRY,))), row(ASKED, answered("Some.", hits=(FERRY,))), 110)
    assert counted["whole"] == (1.0, 1.0)
    assert counted["whole unless refused"] == (0.0, 1.0)


def test_questions_without_an_answer_are_left_out() -> None:
    no_answer = row(gold("moon", answerable=False, answers=("62",)), refused())
    asked = row(ASKED, answered("Some.", hits=(FERRY,)))
    assert measure({"ours": ((asked, no_answer), (asked, no_answer))}, 110).figures["ours"]["questions"] == 1
