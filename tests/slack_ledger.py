"""What tests of the ledger do with it: ask, lease, edit, and have leases run out."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from bot.slack import leases, tables
from bot.slack.ledger import Ledger
from bot.slack.questions import Question
from retrieval.tables import writing

LEASE = 0.4  # seconds, where a test waits for one to run out
Open = Callable[..., Ledger]


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
