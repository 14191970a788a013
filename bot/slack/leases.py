"""What the row of a question says: whether it may be leased, who holds it, and what makes it ready for the next."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.slack import tables
from bot.slack.questions import Question

_questions = tables.questions
COLUMNS = tuple(_questions.c[field.name] for field in fields(Question))
_KEPT_SECONDS = 15.0  # that a lease outlives its process at least: a call to Slack in flight has ended by then


def moment(connection: sa.Connection) -> datetime:
    """This moment in UTC, to the microsecond; by the server's clock where several hosts share one."""
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(sa.select(sa.func.timezone("UTC", sa.func.clock_timestamp()))).scalar_one()
        return now
    return datetime.now(UTC).replace(tzinfo=None)


def oldest(now: datetime) -> sa.Select[tuple[int]]:
    """The first question in line that may be leased now."""
    free = _questions.c.state.in_(("queued", "running", "withdrawn")) & (_questions.c.due <= now)
    return sa.select(_questions.c.seq).where(free).order_by(_questions.c.seq).limit(1)


def waiting(connection: sa.Connection) -> int:
    """How many questions wait for an answer."""
    queued = sa.select(sa.func.count()).select_from(_questions).where(_questions.c.state == "queued")
    return connection.scalar(queued) or 0


def row_of(connection: sa.Connection, question_id: str) -> sa.Row[Any] | None:
    """The row of the question of this id."""
    return connection.execute(sa.select(_questions).where(_questions.c.id == question_id)).one_or_none()


def question_in(row: sa.Row[Any]) -> Question:
    """The question in a row."""
    values = {column.name: getattr(row, column.name) for column in COLUMNS}
    return Question(**{**values, "messages": tuple(values["messages"])})


def asked_in(team: str, channel: str, ts: str) -> sa.ColumnElement[bool]:
    """That a question was asked in this message."""
    return (_questions.c.team == team) & (_questions.c.channel == channel) & (_questions.c.ts == ts)


def is_leased(question: Question, row: sa.Row[Any]) -> bool:
    """Whether the lease under which the question was handed out is still the one that counts."""
    lease = ("running", question.withdrawn, question.revision, question.attempts)
    return lease == (row.state, row.withdrawn, row.begun, row.attempts)


def is_gone(question: Question, row: sa.Row[Any]) -> bool:
    """Whether the question was withdrawn since it was handed out."""
    return bool(row.withdrawn) and not question.withdrawn


def order(question: Question, row: sa.Row[Any] | None, worker: str) -> str:
    """Why work on the question must end early; empty if it may go on."""
    if row is None:
        return "lost"
    if is_gone(question, row):
        return "withdrawn"
    if row.worker != worker or not is_leased(question, row):
        return "lost"
    if row.revision > question.revision:
        return "revised"
    return "stopped" if row.stopped and not row.withdrawn else ""


def afresh(now: datetime) -> dict[str, Any]:
    """What makes a question one that nobody has begun to answer."""
    return {"state": "queued", "due": now, "attempts": 0, "stopped": False}


def to_erase(messages: Collection[str], answer_id: str) -> str:
    """The state of a withdrawn question of which so much is left."""
    return "withdrawn" if messages or answer_id else "done"


def release(connection: sa.Connection, worker: str, keeping: Collection[str], now: datetime) -> int:
    """Give back all that a worker holds but these questions, whose leases run out by themselves; how many in all."""
    at_work = (_questions.c.worker == worker) & _questions.c.state.in_(("running", "withdrawn"))
    kept = _questions.c.id.in_(keeping)
    state = sa.case((_questions.c.withdrawn, "withdrawn"), else_="queued")
    soonest = now + timedelta(seconds=_KEPT_SECONDS)
    longer = sa.case((_questions.c.due < soonest, soonest), else_=_questions.c.due)
    changes = (
        _questions.update().where(at_work & ~kept).values(state=state, worker=None, due=now, changed=now),
        _questions.update().where(at_work & kept).values(due=longer),
    )
    return sum(connection.execute(change).rowcount for change in changes)


def seal(text: str) -> str:
    """What is left of a question's words when it is done: enough to see whether an edit says something new."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
