from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa

from bot.slack import leases, tables
from bot.slack.ledger import Ledger
from retrieval.tables import open_engine
from tests.slack_ledger import LEASE, Open, asked, leased, let_run_out


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
