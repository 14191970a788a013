"""The workers: what is asked is answered, failures come again, and a process that ends leaves no question behind."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.slack.answering import Job
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.pool import Pool
from bot.slack.questions import Question
from retrieval.tables import open_engine, sqlite_url

Begin = Callable[..., Pool]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(open_engine(sqlite_url(tmp_path)), lease_seconds=1.2, queue=100, keep_days=30)
    yield opened
    opened.close()


@pytest.fixture
def begin(ledger: Ledger) -> Iterator[Begin]:
    """``begin(answer)``: a process that answers so."""
    pools: list[Pool] = []

    def pool(answer: Callable[[Job], None], workers: int = 2) -> Pool:
        pools.append(Pool(ledger, answer, workers, Journal(io.StringIO())))
        pools[-1].start()
        return pools[-1]

    yield pool
    for each in pools:
        each.drain(0)


def ask(ledger: Ledger, name: str) -> None:
    here = ("channel", "T1", "C1", f"{name}.5", f"{name}.5", "U1", "T1", "When did it open?")
    assert ledger.take_in(Question(name, f"handle-{name}", *here)).state == "new"


def until(happened: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Desk:
    """Answers when it is let, and remembers what it was given."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.begun: list[Job] = []
        self.done: list[tuple[str, str]] = []
        self.may_end = threading.Event()

    def __call__(self, job: Job) -> None:
        self.begun.append(job)
        self.may_end.wait(10)
        self.done.append((job.question.id, self._ledger.finish(job.question, job.worker, "a", "answer")))


@pytest.fixture
def desk(ledger: Ledger) -> Iterator[Desk]:
    made = Desk(ledger)
    yield made
    made.may_end.set()


def test_what_is_asked_is_answered_without_delay(ledger: Ledger, begin: Begin, desk: Desk) -> None:
    desk.may_end.set()
    pool = begin(desk)
    time.sleep(0.2)  # its threads have nothing to do
    for name in ("1", "2", "3"):
        ask(ledger, name)
        pool.wake()
    until(lambda: len(desk.done) == 3, 0.9)
    assert sorted(desk.done) == [("1", "done"), ("2", "done"), ("3", "done")]
    until(lambda: pool.free == 2)
    assert pool.alive


def test_an_answer_that_takes_longer_than_a_lease_stays_its_own(ledger: Ledger, begin: Begin, desk: Desk) -> None:
    ask(ledger, "1")
    begin(desk)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        assert not desk.begun or ledger.lease("another process") is None
        time.sleep(0.05)
    desk.may_end.set()
    until(lambda: desk.done == [("1", "done")])


def test_a_question_whose_answer_failed_comes_again(ledger: Ledger, begin: Begin) -> None:
    attempts: list[int] = []

    def answer(job: Job) -> None:
        attempts.append(job.question.attempts)
        if job.question.attempts == 1:
            raise ConnectionError("Slack is away")
        ledger.finish(job.question, job.worker, "", "answer")

    ask(ledger, "1")
    begin(answer)
    until(lambda: attempts == [1, 2])


def test_work_hears_that_it_is_to_stop(ledger: Ledger, begin: Begin, desk: Desk) -> None:
    ask(ledger, "1")
    begin(desk)
    until(lambda: len(desk.begun) == 1)
    ledger.stop_question("1")
    until(lambda: desk.begun[0].order == "stopped", 1.5)
    assert desk.begun[0].cancel.is_set()


def test_a_process_that_ends_lets_running_answers_end_and_begins_no_other(
    ledger: Ledger, begin: Begin, desk: Desk
) -> None:
    for name in ("1", "2"):
        ask(ledger, name)
    pool = begin(desk, workers=1)
    until(lambda: len(desk.begun) == 1)
    threading.Timer(0.3, desk.may_end.set).start()
    assert pool.drain(5) == 0
    assert desk.done == [("1", "done")]
    waiting = ledger.lease("another process")
    assert waiting is not None
    assert (waiting.id, waiting.attempts) == ("2", 1)


def test_what_is_in_hand_at_the_end_is_nobody_elses_while_its_last_call_may_arrive(
    ledger: Ledger, begin: Begin, desk: Desk
) -> None:
    ask(ledger, "1")
    pool = begin(desk)
    until(lambda: len(desk.begun) == 1)
    started = time.monotonic()
    assert pool.drain(0.2) == 1
    assert time.monotonic() - started < 1
    assert desk.begun[0].order == "lost", "it makes no other call"
    time.sleep(1.4)  # longer than a lease
    assert ledger.lease("another process") is None
    assert ledger.show(desk.begun[0].question, ["171.1"]), "what arrived may still be remembered"


def test_what_is_leased_while_the_process_is_told_to_end_is_given_back(
    ledger: Ledger, begin: Begin, desk: Desk, tmp_path: Path
) -> None:
    busy = open_engine(sqlite_url(tmp_path)).execution_options(footnote_writes=1)
    ask(ledger, "1")
    with busy.begin():  # the lease waits for the file
        pool = begin(desk, workers=1)
        time.sleep(0.2)
        left: list[int] = []
        ending = threading.Thread(target=lambda: left.append(pool.drain(5)))
        ending.start()
        time.sleep(0.2)
    ending.join()
    assert (left, desk.begun) == ([1], [])
    assert ledger.lease("another process") is not None
