from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from bot.slack import tables
from bot.slack.ledger import Ledger, Taken
from bot.tables import earlier
from retrieval.tables import now, open_engine, sqlite_url, writing
from tests.slack_ledger import Open, asked, edit, leased

ROOT = Path(__file__).parents[3]


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


def test_a_full_queue_says_how_many_wait_and_forgets_no_redelivery(opened: Open) -> None:
    ledger = opened(queue=2)
    assert [ledger.take_in(asked(f"16{n}.5"), f"Ev{n}") for n in (1, 2, 3)] == (
        [Taken("new", 1), Taken("new", 2), Taken("full", 2)]
    )
    leased(ledger)
    assert ledger.take_in(asked("163.5"), "Ev3").state == "known", "its asker was told that it was turned away"
    assert ledger.take_in(asked("164.5"), "Ev4") == Taken("new", 2), "one that is being answered does not wait"


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
