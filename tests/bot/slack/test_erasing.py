"""What becomes of a question that is deleted, and of what was shown for it."""

from __future__ import annotations

import time
from dataclasses import replace

import sqlalchemy as sa

from bot.slack.ledger import Ledger
from bot.slack.questions import Question
from tests.slack_ledger import LEASE, Open, asked, edit, leased, let_run_out


def test_a_deleted_question_is_never_answered(ledger: Ledger) -> None:
    ledger.take_in(asked(), "Ev1")
    withdrawn = ledger.withdraw("T1", "C1", "161.5")
    assert withdrawn is not None
    assert withdrawn.text == ""
    assert ledger.lease("w1") is None
    assert ledger.take_in(asked(), "Ev2").state == "known"
    assert edit(ledger, "161.5", "When did it close?") is None
    assert ledger.withdraw("T1", "C1", "161.5") == withdrawn, "a second time too, if the first process died of it"


def test_a_question_that_is_deleted_while_it_is_answered_leaves_nothing_behind(ledger: Ledger, opened: Open) -> None:
    ledger.take_in(asked())
    question = leased(ledger)
    ledger.show(question, ["171.1"])
    withdrawn = opened().withdraw("T1", "C1", "161.5")
    assert withdrawn is not None
    assert withdrawn.messages == ("171.1",)
    assert ledger.renew("w1") == {question.id: "withdrawn"}
    assert not ledger.show(question, ["171.1", "171.2"])
    assert ledger.finish(question, "w1", "a1", "answer") == "withdrawn"
    kept = ledger.question(question.id)
    assert kept is not None
    assert (kept.messages, kept.answer_id) == (("171.1", "171.2"), "a1"), "all that there is to delete"
    assert leased(opened(), "w2") == replace(kept, attempts=1), "and at once"


def erased(ledger: Ledger, worker: str = "w1") -> Question:
    """What is leased to be erased, and then is."""
    question = leased(ledger, worker)
    assert question.withdrawn
    assert ledger.finish(question, worker, "", "withdrawn") == "done"
    return question


def nothing_is_left(ledger: Ledger, question: Question) -> bool:
    kept = ledger.question(question.id)
    return kept is not None and (kept.messages, kept.answer_id) == ((), "") and ledger.lease("w9") is None


def test_what_is_shown_for_a_deleted_question_is_erased_once(ledger: Ledger, opened: Open) -> None:
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1", "171.2"])
    ledger.finish(first, "w1", "a1", "answer")
    ledger.withdraw("T1", "C1", "161.5")
    assert ledger.waiting() == 0, "nobody waits for that"
    question = erased(opened())
    assert (question.messages, question.answer_id, question.text) == (("171.1", "171.2"), "a1", "")
    ledger.withdraw("T1", "C1", "161.5")
    assert nothing_is_left(ledger, question)


def test_what_is_to_be_erased_outlives_the_process_that_was_to_do_it(opened: Open) -> None:
    ledger, other = opened(LEASE), opened(LEASE)
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1"])
    ledger.finish(first, "w1", "a1", "answer")
    ledger.withdraw("T1", "C1", "161.5")
    killed = leased(ledger)
    assert other.lease("w2") is None, "one at a time"
    time.sleep(LEASE)
    away = leased(other, "w2")
    assert (away.withdrawn, away.messages, away.attempts) == (True, ("171.1",), killed.attempts + 1)
    assert ledger.finish(killed, "w1", "", "withdrawn") == "lost"
    other.later(away, "w2", 0.2)
    assert ledger.lease("w1") is None, "Slack is given time"
    time.sleep(0.2)
    leased(ledger, "w3")
    assert ledger.release("w3", ()) == 1
    assert nothing_is_left(ledger, erased(ledger))


def test_a_deletion_while_the_answer_is_written_is_left_to_it_until_it_ends(opened: Open, engine: sa.Engine) -> None:
    ledger, other = opened(), opened()
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1"])
    other.withdraw("T1", "C1", "161.5")
    assert other.lease("w2") is None, "it is still in hand"
    let_run_out(engine)
    eraser = leased(other, "w2")
    assert not ledger.show(first, ["171.1", "171.2"]), "sent before it heard"
    assert other.finish(eraser, "w2", "", "withdrawn") == "again", "there is more than it knew of"
    assert erased(other, "w2").messages == ("171.2",)
    assert not ledger.show(first, ["171.1", "171.2", "171.3"])
    assert ledger.finish(first, "w1", "a1", "superseded") == "withdrawn"
    assert nothing_is_left(ledger, erased(other, "w2"))


def test_a_deleted_question_that_was_given_back_is_erased_in_its_time(ledger: Ledger) -> None:
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1"])
    ledger.withdraw("T1", "C1", "161.5")
    ledger.later(first, "w1", 0.2)
    assert ledger.lease("w2") is None
    time.sleep(0.2)
    assert nothing_is_left(ledger, erased(ledger, "w2"))


def test_nothing_shown_by_either_of_two_is_forgotten_when_it_is_to_be_erased(opened: Open) -> None:
    ledger = opened(LEASE)
    ledger.take_in(asked())
    first = leased(ledger)
    time.sleep(LEASE)
    second = leased(ledger, "w2")
    ledger.show(second, ["171.2"])
    ledger.withdraw("T1", "C1", "161.5")
    assert not ledger.show(first, ["171.1"])
    ledger.finish(second, "w2", "", "withdrawn")
    assert erased(ledger, "w2").messages == ("171.2", "171.1")


def test_work_that_fails_late_does_not_end_the_erasing(opened: Open, engine: sa.Engine) -> None:
    ledger = opened()
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1"])
    ledger.withdraw("T1", "C1", "161.5")
    let_run_out(engine)
    eraser = leased(ledger)
    ledger.later(first, "w1", 0)
    assert ledger.lease("w2") is None
    assert ledger.finish(eraser, "w1", "", "withdrawn") == "done"


def test_the_first_message_may_come_after_the_deletion(ledger: Ledger) -> None:
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.withdraw("T1", "C1", "161.5")
    assert ledger.renew("w1") == {first.id: "withdrawn"}
    assert not ledger.show(first, ["171.1"])
    assert ledger.lease("w2") is None
    assert ledger.finish(first, "w1", "", "superseded") == "withdrawn"
    assert nothing_is_left(ledger, erased(ledger, "w2"))


def test_of_a_question_that_was_deleted_before_anything_was_shown_nothing_is_to_do(
    opened: Open, engine: sa.Engine
) -> None:
    ledger = opened()
    for ts in ("161.5", "162.5"):
        ledger.take_in(asked(ts))
    first = leased(ledger)
    for ts in ("161.5", "162.5"):
        ledger.withdraw("T1", "C1", ts)
    let_run_out(engine)
    assert ledger.lease("w2") is None
    assert ledger.finish(first, "w1", "", "withdrawn") == "withdrawn"
    assert nothing_is_left(ledger, first)


def test_a_deletion_that_overtakes_its_message_holds(ledger: Ledger) -> None:
    assert ledger.withdraw("T1", "C1", "161.5") is None
    assert ledger.take_in(asked(), "Ev1").state == "known"
    assert ledger.lease("w1") is None
