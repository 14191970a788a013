from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.slack import leases, tables
from bot.slack.ledger import Ledger
from retrieval.tables import writing
from tests.slack_ledger import Open, asked


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
