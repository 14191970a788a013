from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.slack import leases, tables
from bot.slack.ledger import Ledger, Taken
from bot.slack.questions import Question
from bot.tables import earlier
from retrieval.tables import now, open_engine, sqlite_url, writing

ROOT = Path(__file__).parents[3]
LEASE = 0.4  # seconds, where a test waits for one to run out
Open = Callable[..., Ledger]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("empty_database"))


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def opened(engine: sa.Engine) -> Open:
    """``opened()``: the ledger as one more process sees it."""

    def ledger(lease_seconds: float = 30, queue: int = 100, keep_days: float = 30) -> Ledger:
        return Ledger(engine, lease_seconds=lease_seconds, queue=queue, keep_days=keep_days)

    return ledger


@pytest.fixture
def ledger(opened: Open) -> Ledger:
    return opened()


def asked(ts: str = "161.5", thread: str = "161.5", user: str = "U1", text: str = "When did it open?") -> Question:
    return Question(
        id=secrets.token_hex(6),
        handle=secrets.token_urlsafe(16),
        surface="channel",
        team="T1",
        channel="C1",
        ts=ts,
        thread=thread,
        user=user,
        user_team="T1",
        text=text,
    )


def leased(ledger: Ledger, worker: str = "w1") -> Question:
    question = ledger.lease(worker)
    assert question is not None
    return question


def let_run_out(engine: sa.Engine) -> None:
    """Have every lease end now, as it would in its time."""
    with writing(engine).begin() as connection:
        connection.execute(tables.questions.update().values(due=leases.moment(connection)))


def edit(ledger: Ledger, ts: str, text: str, at: str = "181.5", delivery: str = "") -> Question | None:
    return ledger.revise("T1", "C1", ts, text, delivery or secrets.token_hex(6), at)


def test_a_question_goes_from_its_delivery_to_its_end_unchanged(ledger: Ledger, opened: Open) -> None:
    question = replace(
        asked(text="A \0 and \ud83d"), external=True, by_bot=True, user_team="T2", response_url="https://x"
    )
    assert ledger.take_in(question, "Ev1") == Taken("new", 1)
    assert ledger.waiting() == 1
    other = opened()
    assert leased(other) == replace(question, text="A \ufffd and ?", attempts=1)
    assert (other.waiting(), other.running("w1"), other.running("w2")) == (0, 1, 0)
    assert other.lease("w2") is None
    assert other.finish(leased_copy := replace(question, attempts=1), "w1", "a1", "answer") == "done"
    assert other.lease("w1") is None
    kept = ledger.question(question.id)
    assert kept is not None and "and" not in kept.text, "its words are erased"
    assert kept == replace(leased_copy, text=kept.text, answer_id="a1", response_url=""), "its address is erased too"
    assert edit(ledger, question.ts, question.text) is None, "and yet it is seen that an edit says no more"


def test_a_delivery_is_claimed_once(ledger: Ledger, opened: Open) -> None:
    assert ledger.claim("Ev1")
    assert not opened().claim("Ev1")
    assert not ledger.claim("Ev2", "Ev1"), "one of them is known"
    assert not ledger.claim("Ev2"), "which the other is since then"
    assert ledger.claim("x" * 400 + "1")
    assert ledger.claim("x" * 400 + "2")
    assert not ledger.claim("x" * 400 + "1")


def test_a_mention_that_comes_twice_and_its_redeliveries_make_one_question(ledger: Ledger) -> None:
    assert ledger.take_in(asked(), "Ev1").state == "new"
    assert ledger.take_in(asked(), "Ev2") == Taken("known", 0), "the same message under another event id"
    assert ledger.take_in(asked(ts="999.9"), "Ev2").state == "known", "an id is remembered from the second copy too"
    assert not ledger.claim("Ev1")
    assert ledger.waiting() == 1
    first = leased(ledger)
    ledger.finish(first, "w1", "a1", "answer")
    assert ledger.take_in(asked(), "Ev3").state == "known", "redelivered after its answer"
    assert ledger.lease("w1") is None


def test_a_full_queue_says_how_many_wait_and_forgets_no_redelivery(opened: Open) -> None:
    ledger = opened(queue=2)
    assert [ledger.take_in(asked(f"16{n}.5"), f"Ev{n}") for n in (1, 2, 3)] == (
        [Taken("new", 1), Taken("new", 2), Taken("full", 2)]
    )
    leased(ledger)
    assert ledger.take_in(asked("163.5"), "Ev3").state == "known", "its asker was told that it was turned away"
    assert ledger.take_in(asked("164.5"), "Ev4") == Taken("new", 2), "one that is being answered does not wait"


def test_questions_are_leased_in_the_order_of_their_coming(ledger: Ledger) -> None:
    for ts in ("163.5", "161.5", "162.5"):
        ledger.take_in(asked(ts))
    assert [leased(ledger).ts for _ in range(3)] == ["163.5", "161.5", "162.5"]


def test_a_lease_that_runs_out_is_taken_by_the_other_and_the_first_finds_out(opened: Open) -> None:
    one, other = opened(LEASE), opened(LEASE)
    one.take_in(asked())
    first = leased(one, "one")
    assert one.show(first, ["171.1"])
    assert other.lease("other") is None
    time.sleep(LEASE)
    second = leased(other, "other")
    assert (second.attempts, second.messages) == (2, ("171.1",)), "it goes on with what is shown"
    assert one.renew("one") == {first.id: "lost"}
    assert one.renew("one") == {}, "said once"
    assert not one.show(first, ["171.1", "171.2"])
    one.later(first, "one", 0)
    assert one.finish(first, "one", "a1", "answer") == "lost"
    assert other.question(first.id) == second, "nothing of the first was kept"
    assert other.finish(second, "other", "a2", "answer") == "done"


def test_the_same_worker_too_may_take_up_what_it_lost(opened: Open) -> None:
    # As a process that was suspended and goes on: the first thread's lease is over all the same.
    ledger = opened(LEASE)
    ledger.take_in(asked())
    first = leased(ledger)
    time.sleep(LEASE)
    second = leased(ledger)
    assert not ledger.show(first, ["171.1"])
    assert ledger.finish(first, "w1", "a1", "answer") == "lost"
    assert ledger.finish(second, "w1", "a2", "answer") == "done"


def test_a_lease_that_is_renewed_does_not_run_out(opened: Open) -> None:
    ledger = opened(LEASE)
    ledger.take_in(asked())
    question = leased(ledger)
    for _ in range(8):
        time.sleep(LEASE / 4)
        assert ledger.renew("w1") == {}
        assert ledger.lease("w2") is None
    assert ledger.finish(question, "w1", "a1", "answer") == "done"


def test_a_lease_ends_by_itself_once_its_worker_failed_to_finish(opened: Open, url: str) -> None:
    own = open_engine(url)
    ledger, broken = opened(LEASE), Ledger(own, lease_seconds=LEASE, queue=100, keep_days=30)
    ledger.take_in(asked())
    question = leased(broken)

    def fail(_: sa.Connection) -> None:
        raise ConnectionError("the database is away")

    sa.event.listen(own, "begin", fail)
    with pytest.raises(ConnectionError):
        broken.finish(question, "w1", "a1", "answer")
    sa.event.remove(own, "begin", fail)
    assert broken.renew("w1") == {}
    time.sleep(LEASE)
    assert leased(ledger, "w2").id == question.id
    own.dispose()


def test_what_is_given_back_is_tried_again_in_its_time(ledger: Ledger) -> None:
    ledger.take_in(asked())
    ledger.later(leased(ledger), "w1", 0.3)
    assert ledger.lease("w2") is None
    assert ledger.waiting() == 1
    time.sleep(0.3)
    assert leased(ledger, "w2").attempts == 2


def test_a_process_that_ends_hands_over_at_once_what_it_has_not_in_hand(ledger: Ledger, opened: Open) -> None:
    for ts in ("161.5", "162.5", "163.5"):
        ledger.take_in(asked(ts))
    first = leased(ledger, "one")
    leased(ledger, "one")
    leased(ledger, "two")
    assert ledger.release("one", ()) == 2
    assert not ledger.show(first, ["171.1"])
    assert [leased(opened(), "two").ts for _ in range(2)] == ["161.5", "162.5"]


def test_what_a_process_that_ends_has_in_hand_stays_its_own_for_the_time_of_a_call(
    opened: Open, engine: sa.Engine
) -> None:
    ledger, other = opened(LEASE), opened(LEASE)
    for ts in ("161.5", "162.5"):
        ledger.take_in(asked(ts))
    kept, given = leased(ledger, "one"), leased(ledger, "one")
    assert ledger.release("one", {kept.id}) == 2
    time.sleep(LEASE)
    assert leased(other, "two").id == given.id
    assert other.lease("two") is None
    with engine.connect() as connection:
        due = connection.scalar(sa.select(tables.questions.c.due).where(tables.questions.c.id == kept.id))
        assert 10 < (due - leases.moment(connection)).total_seconds() <= 15
    assert ledger.show(kept, ["171.1"]), "what was sent in time is remembered"
    assert ledger.renew("one") == {}
    let_run_out(engine)
    assert leased(other, "two").messages == ("171.1",)


def test_a_lease_that_has_long_to_go_is_not_shortened_by_the_end_of_its_process(
    opened: Open, engine: sa.Engine
) -> None:
    ledger = opened(100)
    ledger.take_in(asked())
    question = leased(ledger)
    ledger.release("w1", [question.id])
    with engine.connect() as connection:
        due = connection.scalar(sa.select(tables.questions.c.due))
        assert (due - leases.moment(connection)).total_seconds() > 90


def test_who_lost_a_lease_does_not_take_the_next_one_with_it(opened: Open) -> None:
    ledger = opened(LEASE)
    ledger.take_in(asked())
    for give_up in (
        lambda question: ledger.finish(question, "w1", "", "answer"),
        lambda question: ledger.later(question, "w1", 0),
    ):
        first = leased(ledger)
        time.sleep(LEASE)
        second = leased(ledger)
        give_up(first)
        for _ in range(6):
            time.sleep(LEASE / 4)
            assert ledger.renew("w1") == {}
            assert ledger.lease("w2") is None, "the second one is at work"
        ledger.later(second, "w1", 0)


def test_an_edited_question_is_answered_again_in_its_place(ledger: Ledger) -> None:
    ledger.take_in(asked())
    first = leased(ledger)
    ledger.show(first, ["171.1"])
    ledger.finish(first, "w1", "a1", "answer")
    assert edit(ledger, "161.5", first.text) is None, "it says nothing new"
    assert edit(ledger, "999.9", "Anything?") is None, "it was no question"
    revised = edit(ledger, "161.5", "When did it close?")
    assert revised is not None
    again = leased(ledger)
    assert again == replace(
        first, text="When did it close?", revision=1, attempts=1, messages=("171.1",), answer_id="a1"
    )
    assert ledger.finish(again, "w1", "a2", "answer") == "done"
    assert not ledger.show(first, ["171.9"]), "the lease of the first wording is over"


def test_a_question_that_is_edited_while_it_is_answered_ends_early_and_comes_again(
    ledger: Ledger, opened: Open
) -> None:
    ledger.take_in(asked())
    first = leased(ledger)
    edit(opened(), "161.5", "When did it close?")
    assert opened().lease("w2") is None, "it is still in work"
    assert ledger.renew("w1") == {first.id: "revised"}
    assert ledger.show(first, ["171.1"])
    assert ledger.finish(first, "w1", "", "revised") == "again"
    assert leased(ledger).text == "When did it close?"


def test_an_edit_that_is_delivered_twice_counts_once(ledger: Ledger) -> None:
    ledger.take_in(asked(), "Ev1")
    assert edit(ledger, "161.5", "When did it close?", "181.5", "Ev2") is not None
    assert edit(ledger, "161.5", "When did it open?", "182.5", "Ev3") is not None
    assert edit(ledger, "161.5", "When did it close?", "183.5", "Ev2") is None
    assert edit(ledger, "161.5", "When did it close?", "183.5", "Ev1") is None
    assert leased(ledger).text == "When did it open?"
    assert edit(ledger, "999.9", "Anything?", "181.5", "Ev4") is None
    assert ledger.take_in(asked("999.9"), "Ev4").state == "new", "an edit may be what makes a message a question"


def test_of_edits_that_overtake_each_other_the_newest_counts(ledger: Ledger) -> None:
    ledger.take_in(asked())
    assert edit(ledger, "161.5", "When did it close?", "1000.5") is not None
    assert edit(ledger, "161.5", "When did it sink?", "999.5") is None, "older, though not in the order of letters"
    assert edit(ledger, "161.5", "When did it close?", "1002.5") is None, "says nothing new"
    assert edit(ledger, "161.5", "When did it sink?", "1001.5") is None, "older than the one that said nothing new"
    assert leased(ledger).text == "When did it close?"


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


def test_stop_ends_the_work_of_the_one_who_asked(ledger: Ledger, opened: Open) -> None:
    for ts, user in (("161.5", "U1"), ("162.5", "U2"), ("163.5", "U1")):
        ledger.take_in(asked(ts, "161.5", user))
    mine, theirs = leased(ledger), leased(ledger)
    assert opened().stop("T1", "C1", "161.5", "U1") == 1, "the third is not begun"
    assert opened().stop("T1", "C1", "161.5", "U3") == 0
    assert ledger.renew("w1") == {mine.id: "stopped"}
    opened().stop_question(theirs.id)
    assert ledger.renew("w1") == {mine.id: "stopped", theirs.id: "stopped"}
    ledger.finish(mine, "w1", "", "stopped")
    assert ledger.renew("w1") == {theirs.id: "stopped"}
    edit(ledger, "161.5", "When did it close?")
    assert leased(ledger, "w2").id == mine.id
    assert ledger.renew("w2") == {}, "an edited question was not stopped"


def test_a_question_is_found_by_its_buttons_and_by_its_messages(ledger: Ledger) -> None:
    ledger.take_in(asked())
    question = leased(ledger)
    assert ledger.show(question, ["171.1"])
    assert ledger.show(question, ["171.1", "171.2"])
    kept = ledger.by_handle(question.handle)
    assert kept is not None
    assert kept.messages == ("171.1", "171.2")
    assert ledger.asked("T1", "C1", "161.5") == kept
    assert ledger.by_message("T1", "C1", "171.1") == ledger.by_message("T1", "C1", "171.2") == kept
    for nothing in (
        ledger.by_handle("forged"),
        ledger.question("unknown"),
        ledger.by_message("T1", "C1", "161.5"),
        ledger.by_message("T1", "C2", "171.1"),
        ledger.by_message("T2", "C1", "171.1"),
    ):
        assert nothing is None


def test_commands_have_messages_without_timestamps(ledger: Ledger) -> None:
    for trigger in ("13345.738.8088", "13345.739.8089"):
        ledger.take_in(replace(asked(trigger, ""), surface="command"), trigger)
        question = leased(ledger)
        assert ledger.show(question, ["sent"])
        kept = ledger.question(question.id)
        assert kept is not None
        assert kept.messages == ("sent",)
    assert ledger.by_message("T1", "C1", "sent") is None


def test_a_thread_knows_who_asked_and_who_spoke_last(ledger: Ledger, opened: Open) -> None:
    unknown = ledger.thread("T1", "C1", "161.5")
    assert (unknown.known, unknown.muted, unknown.last_speaker) == (False, False, "")
    ledger.heard("T1", "C1", "161.5", "U9")
    assert ledger.thread("T1", "C1", "161.5") == unknown, "nothing is kept of threads that are not the bot's"
    ledger.take_in(asked("161.5", "161.5", "U1"))
    ledger.take_in(asked("162.5", "161.5", "U2"))
    ledger.take_in(replace(asked("163.5", "161.5", "B1"), by_bot=True))
    ledger.take_in(asked("164.5", "164.5", "U4"))
    thread = opened().thread("T1", "C1", "161.5")
    assert thread.known
    assert (thread.last_speaker, thread.askers) == ("B1", frozenset({"U1", "U2"}))
    ledger.heard("T1", "C1", "161.5", "U3")
    assert opened().thread("T1", "C1", "161.5").last_speaker == "U3"
    assert ledger.thread("T1", "C1", "164.5").last_speaker == "U4"


def test_bots_are_counted_in_all_threads_of_a_channel_for_an_hour(
    ledger: Ledger, opened: Open, engine: sa.Engine
) -> None:
    for ts, thread in (("161.5", "161.5"), ("162.5", "161.5"), ("163.5", "163.5")):
        ledger.take_in(replace(asked(ts, thread, "B1"), by_bot=True))
    ledger.take_in(asked("164.5", "161.5"))
    ledger.take_in(replace(asked("165.5"), channel="C2", by_bot=True))
    assert opened().answers_to_bots("T1", "C1") == 3
    assert (ledger.answers_to_bots("T1", "C2"), ledger.answers_to_bots("T2", "C1")) == (1, 0)
    questions = tables.questions
    for minutes, left in ((59, 3), (61, 2)):
        with writing(engine).begin() as connection:
            first = questions.update().where(questions.c.ts == "161.5")
            connection.execute(first.values(taken=leases.moment(connection) - timedelta(minutes=minutes)))
        assert ledger.answers_to_bots("T1", "C1") == left


def test_every_process_notices_who_joins(ledger: Ledger, opened: Open) -> None:
    other = opened()
    assert other.joins("C1") == (0, "")
    ledger.joined("C1", "U1")
    assert other.joins("C1") == (1, "U1")
    other.joined("C1", "U2")
    other.joined("C2", "U3")
    assert (ledger.joins("C1"), ledger.joins("C2")) == ((2, "U2"), (1, "U3"))
    assert ledger.sweep() == 0
    time.sleep(0.01)
    assert opened(keep_days=0).sweep() == 2
    assert ledger.joins("C1") == (0, "")


def test_a_muted_thread_stays_muted_until_it_is_unmuted(ledger: Ledger, opened: Open) -> None:
    ledger.mute("T1", "C1", "161.5", True)
    ledger.take_in(asked())
    assert opened().thread("T1", "C1", "161.5").muted
    assert not ledger.thread("T1", "C1", "999.9").muted
    time.sleep(0.01)
    opened(keep_days=0).sweep()
    assert ledger.thread("T1", "C1", "161.5").muted
    ledger.mute("T1", "C1", "161.5", False)
    assert not opened().thread("T1", "C1", "161.5").muted


def test_what_is_old_goes_but_a_delivery_is_remembered_for_a_week(engine: sa.Engine, opened: Open) -> None:
    ledger = opened()
    ledger.take_in(asked(), "Ev1")
    question = leased(ledger)
    ledger.show(question, ["171.1"])
    ledger.finish(question, "w1", "a1", "answer")
    assert ledger.sweep() == 0
    assert opened(keep_days=1e9).sweep() == 0
    time.sleep(0.01)
    assert opened(keep_days=0).sweep() == 3, "the question, its message, its thread"
    assert ledger.question(question.id) is None
    assert ledger.asked("T1", "C1", "161.5") is None
    assert not ledger.thread("T1", "C1", "161.5").known
    assert ledger.take_in(asked(), "Ev1").state == "known"
    with writing(engine).begin() as connection:
        claims = tables.claims
        connection.execute(claims.update().values(claimed=earlier(now(), 8)))
    assert opened(keep_days=0).sweep() == 2, "the claims on the event and on the message"


def test_eight_threads_lease_every_question_once(ledger: Ledger) -> None:
    for number in range(80):
        ledger.take_in(asked(f"{number}.5", f"{number}.5"))
    seen: list[str] = []

    def work() -> None:
        while question := ledger.lease("w1"):
            seen.append(question.id)
            assert ledger.finish(question, "w1", "a1", "answer") == "done"

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 80


def test_in_postgresql_a_delivery_does_not_wait_while_an_ingest_writes(empty_database: str) -> None:
    engine = open_engine(empty_database)
    ledger = Ledger(engine, lease_seconds=30, queue=100, keep_days=30)
    with writing(engine).begin():
        assert ledger.take_in(asked(), "Ev1").state == "new"
    engine.dispose()


PROCESS = """
import sys, threading, time
from bot.slack.ledger import Ledger
from bot.slack.questions import Question
from retrieval.tables import open_engine

url, name, count, lease, patience = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:6])
count = int(count)
ledger = Ledger(open_engine(url), lease_seconds=lease, queue=10_000, keep_days=30)

def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

def take_in(part):
    for n in range(part, count, 4):
        here = ("channel", "T1", "C1", f"{n}.5", f"{n}.5", "U1", "T1", "When did it open?")
        question = Question(f"{name}-{n}", f"{name}-handle-{n}", *here)
        say(ledger.take_in(question, f"Ev-{name}-{n}").state, n)

def work():
    idle = time.monotonic()
    while time.monotonic() - idle < patience:
        if question := ledger.lease(name):
            say("leased", question.ts)
            idle = time.monotonic()
            say(ledger.finish(question, name, "a", "answer"), question.ts)
        else:
            time.sleep(0.02)

for does in (take_in, work):
    threads = [threading.Thread(target=does, args=(part,) if does is take_in else ()) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def process(url: str, name: str, count: int, lease: float, patience: float) -> subprocess.Popen[str]:
    """A process that takes in the same questions as any other of these, and then answers until there are no more."""
    command = [sys.executable, "-c", PROCESS, url, name, str(count), str(lease), str(patience)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def said(running: subprocess.Popen[str]) -> list[tuple[str, str]]:
    assert running.stdout is not None
    lines = running.stdout.read().splitlines()
    running.wait(timeout=60)
    return [(line.split()[0], line.split()[1]) for line in lines if len(line.split()) == 2]


def test_two_processes_that_are_sent_the_same_answer_each_question_once(url: str) -> None:
    both = [process(url, name, 120, lease=10, patience=0.5) for name in ("one", "two")]
    happened = Counter(line for running in both for line in said(running))
    assert {state for state, _ in happened} == {"new", "known", "leased", "done"}
    for state in ("new", "known"):
        assert [happened[state, str(n)] for n in range(120)] == [1] * 120
    for state in ("leased", "done"):
        assert [happened[state, f"{n}.5"] for n in range(120)] == [1] * 120


def test_processes_that_are_killed_at_any_moment_lose_no_question_and_end_none_twice(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    ends: Counter[str] = Counter()
    for seconds in (0.05, 0.2, 0.35):
        running = process(url, f"killed-after-{seconds}", 200, lease=0.4, patience=1)
        assert running.stdout is not None
        running.stdout.readline()  # it has begun
        time.sleep(seconds)
        running.kill()
        ends += Counter(ts for state, ts in said(running) if state == "done")
    last = said(process(url, "last", 200, lease=0.4, patience=1))
    ends += Counter(ts for state, ts in last if state == "done")
    assert max(ends.values()) == 1
    engine = open_engine(url)
    with engine.connect() as connection:
        questions = tables.questions
        states = connection.execute(sa.select(questions.c.state, sa.func.count()).group_by(questions.c.state)).all()
    assert [tuple(row) for row in states] == [("done", 200)]


def test_intake_and_work_are_quick_enough_for_a_busy_workspace(tmp_path: Path) -> None:
    # 5,000 deliveries with 2,500 questions in a minute are 12 ms a delivery; this asks for far less on a busy machine.
    ledger = Ledger(open_engine(sqlite_url(tmp_path)), lease_seconds=30, queue=10_000, keep_days=30)
    started = time.process_time()
    for number in range(200):
        ledger.take_in(asked(f"{number}.5", f"{number}.5"), f"Ev{number}")
        ledger.take_in(asked(f"{number}.5", f"{number}.5"), f"Ev{number}b")
    while question := ledger.lease("w1"):
        ledger.show(question, [f"9{question.ts}"])
        ledger.finish(question, "w1", "a1", "answer")
    assert (time.process_time() - started) / 200 < 0.024
