"""The claims that make one answer of every question, in the library's database: deliveries, leases, threads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.slack import claims, tables, threads
from bot.slack.questions import Question
from bot.slack.threads import Thread
from bot.tables import earlier, storable
from retrieval.tables import migrate, writing

__all__ = ["Ledger", "Taken", "Thread"]

_questions = tables.questions
_messages = tables.messages
_ROW = 0x466F6F76  # of writers in PostgreSQL: a delivery does not wait for an ingest there
_COLUMNS = tuple(_questions.c[field.name] for field in fields(Question))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a question that was delivered.

    ``place`` counts, in all processes, the questions that wait, up to and with a new one; of a full queue, those that
    wait already. It is 0 for a known one.
    """

    state: Literal["new", "known", "full"]
    place: int


class Ledger:
    """Which questions there are and who answers them; safe to use from several threads and processes.

    A question is queued, then leased by one worker at a time until it is done. A lease ends by itself, so that the
    questions of a process that died are taken up by others. Whoever lost a lease finds out: ``show`` and ``finish``
    take the question as it was leased, and compare.
    """

    def __init__(self, engine: sa.Engine, *, lease_seconds: float, queue: int, keep_days: float) -> None:
        self._engine = engine
        self._writing_engine = writing(engine, _ROW)
        self._lease = timedelta(seconds=lease_seconds)
        self._queue = queue
        self._keep_days = keep_days
        # Threads of one process wait here for each other: SQLite would have them poll the file's lock.
        self._turn = threading.Lock()
        self._held: dict[str, dict[str, Question]] = {}
        migrate(engine, tables.HISTORY)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def claim(self, *keys: str) -> bool:
        """Whether these ids of a delivery are all new; from now on they are not."""
        with self._writing() as (connection, now):
            return not claims.claim(connection, [claims.key("delivery", key) for key in keys], now)

    def take_in(self, question: Question, *keys: str) -> Taken:
        """Queue a question that came under these ids of deliveries, unless it or one of them is known."""
        names = [claims.key("delivery", key) for key in keys]
        names.append(claims.key("message", question.team, question.channel, question.ts))
        with self._writing() as (connection, now):
            if claims.claim(connection, names, now):
                return Taken("known", 0)
            waiting = _waiting(connection)
            if waiting >= self._queue:
                return Taken("full", waiting)
            row = {column.name: getattr(question, column.name) for column in _COLUMNS}
            row.update(text=storable(question.text), messages=list(question.messages))
            row.update(state="queued", due=now, begun=0, stopped=False, changed=now)
            connection.execute(_questions.insert(), row)
            if question.thread:
                where = (question.team, question.channel, question.thread)
                threads.note(connection, where, now, last_speaker=question.user)
            return Taken("new", waiting + 1)

    def lease(self, worker: str) -> Question | None:
        """The oldest question that nobody answers, now this worker's for a while; None if there is none.

        That may be a new one, one that was given back, or one whose lease ran out.
        """
        with self._engine.connect() as connection:
            if connection.scalar(_oldest(_moment(connection))) is None:
                return None
        with self._writing() as (connection, now):
            change = _questions.update().where(_questions.c.seq == _oldest(now).scalar_subquery())
            row = connection.execute(
                change.values(
                    state="running",
                    worker=worker,
                    due=now + self._lease,
                    begun=_questions.c.revision,
                    attempts=_questions.c.attempts + 1,
                    changed=now,
                ).returning(*_COLUMNS)
            ).one_or_none()
        if row is None:
            return None
        question = _question(row)
        self._held.setdefault(worker, {})[question.id] = question
        return question

    def renew(self, worker: str) -> dict[str, str]:
        """Lengthen the worker's leases; the ids of the questions whose work must end early, each with the reason.

        Reasons: "stopped", "revised", "withdrawn", and "lost" where the lease ran out and is somebody else's.
        """
        held = dict(self._held.get(worker, {}))
        if not held:
            return {}
        with self._engine.connect() as connection:
            now = _moment(connection)
            found = connection.execute(sa.select(_questions).where(_questions.c.id.in_(held)))
            rows = {row.id: row for row in found}
        orders = {name: order for name, question in held.items() if (order := _order(question, rows.get(name), worker))}
        mine = [row for name, row in rows.items() if orders.get(name) not in ("lost", "withdrawn")]
        if any(row.due - now < self._lease * 2 / 3 for row in mine):
            self._lengthen(worker, [row.id for row in mine])
        holding = self._held.get(worker, {})
        # Work may have ended meanwhile; what is held under the same id since then is another lease.
        orders = {name: order for name, order in orders.items() if holding.get(name) is held[name]}
        for name, order in orders.items():
            if order == "lost":
                holding.pop(name, None)
        return orders

    def _lengthen(self, worker: str, ids: Collection[str]) -> None:
        with self._writing() as (connection, now):
            still_mine = _questions.c.id.in_(ids) & (_questions.c.worker == worker) & (_questions.c.state == "running")
            connection.execute(_questions.update().where(still_mine).values(due=now + self._lease))

    def show(self, question: Question, messages: Sequence[str]) -> bool:
        """Remember the timestamps of all that is shown for a question; False where it is no longer to be answered.

        They are remembered for a withdrawn question too: what is shown for it is still to be deleted.
        """
        with self._writing() as (connection, now):
            row = _row(connection, question.id)
            if row is None or not (row.state == "withdrawn" or _is_leased(question, row)):
                return False
            this = _questions.c.seq == row.seq
            connection.execute(_questions.update().where(this).values(messages=list(messages), changed=now))
            new = [ts for ts in messages if ts not in row.messages]
            if new and question.surface != "command":  # what a command shows has no timestamp
                place = {"team": question.team, "channel": question.channel}
                connection.execute(
                    _messages.delete().where(
                        _messages.c.team == question.team,
                        _messages.c.channel == question.channel,
                        _messages.c.ts.in_(new),
                    )
                )
                connection.execute(_messages.insert(), [{**place, "ts": ts, "question": question.id} for ts in new])
            return bool(row.state == "running")

    def finish(
        self, question: Question, worker: str, answer_id: str, end: str
    ) -> Literal["done", "again", "withdrawn", "lost"]:
        """Close a question after its visible end, such as "answer" or "apology".

        "again": it was edited meanwhile and is queued anew. "withdrawn": what is shown for it must go.
        """
        self._let_go(worker, question)
        with self._writing() as (connection, now):
            row = _row(connection, question.id)
            if row is None:
                return "lost"
            this = _questions.update().where(_questions.c.seq == row.seq)
            if row.state == "withdrawn":
                connection.execute(this.values(answer_id=answer_id or row.answer_id, worker=None, changed=now))
                return "withdrawn"
            if not _is_leased(question, row) or row.worker != worker:
                return "lost"
            change: dict[str, Any] = {"answer_id": answer_id or row.answer_id, "worker": None, "changed": now}
            if row.revision > question.revision:
                connection.execute(this.values(**change, **_afresh(now)))
                return "again"
            text = _seal(row.text)
            connection.execute(this.values(**change, text=text, state="done", end=end, response_url="", stopped=False))
            return "done"

    def later(self, question: Question, worker: str, seconds: float) -> None:
        """Give a question back, to be taken up again no sooner than in so many seconds."""
        self._let_go(worker, question)
        with self._writing() as (connection, now):
            row = _row(connection, question.id)
            if row is not None and _is_leased(question, row) and row.worker == worker:
                back = {"state": "queued", "worker": None, "due": now + timedelta(seconds=seconds), "changed": now}
                connection.execute(_questions.update().where(_questions.c.seq == row.seq).values(**back))

    def release(self, worker: str) -> int:
        """End all leases of a worker, for others to take up; how many those were."""
        self._held.pop(worker, None)
        with self._writing() as (connection, now):
            mine = (_questions.c.worker == worker) & (_questions.c.state == "running")
            back = _questions.update().where(mine).values(state="queued", worker=None, due=now, changed=now)
            done: sa.CursorResult[Any] = connection.execute(back)
            return done.rowcount

    def revise(self, team: str, channel: str, ts: str, text: str) -> Question | None:
        """Queue a question again with the text it was edited to; None if it is unknown or says nothing new.

        One that is being answered is queued when that work ends.
        """
        with self._writing() as (connection, now):
            row = connection.execute(sa.select(_questions).where(_asked_in(team, channel, ts))).one_or_none()
            if row is None or row.state == "withdrawn" or row.text in (storable(text), _seal(storable(text))):
                return None
            change: dict[str, Any] = {"text": storable(text), "revision": row.revision + 1, "changed": now}
            if row.state != "running":
                change |= _afresh(now)
            changed = _questions.update().where(_questions.c.seq == row.seq).values(**change)
            return _question(connection.execute(changed.returning(*_COLUMNS)).one())

    def withdraw(self, team: str, channel: str, ts: str) -> Question | None:
        """See that a deleted message is never answered any more; the question, if it was one, with what is shown."""
        with self._writing() as (connection, now):
            # A deletion may overtake the message itself, on another socket.
            claims.claim(connection, [claims.key("message", team, channel, ts)], now)
            gone = _questions.update().where(_asked_in(team, channel, ts))
            change = {"state": "withdrawn", "text": "", "response_url": "", "changed": now}
            row = connection.execute(gone.values(**change).returning(*_COLUMNS)).one_or_none()
            return _question(row) if row else None

    def stop(self, team: str, channel: str, thread: str, user: str) -> int:
        """Have the work on a person's questions in a thread end, as soon as it can; how many those are."""
        asked = (_questions.c.team == team) & (_questions.c.channel == channel) & (_questions.c.thread == thread)
        return self._stop(asked & (_questions.c.user == user))

    def stop_question(self, question_id: str) -> None:
        """Have the work on one question end, as soon as it can."""
        self._stop(_questions.c.id == question_id)

    def _stop(self, which: sa.ColumnElement[bool]) -> int:
        # One that was begun and given back is meant too; it ends when it is next taken up.
        begun = (_questions.c.state == "running") | ((_questions.c.state == "queued") & (_questions.c.attempts > 0))
        with self._writing() as (connection, now):
            change = _questions.update().where(which & begun).values(stopped=True, changed=now)
            done: sa.CursorResult[Any] = connection.execute(change)
            return done.rowcount

    def question(self, question_id: str) -> Question | None:
        """The question of this id."""
        return self._find(_questions.c.id == question_id)

    def by_handle(self, handle: str) -> Question | None:
        """The question whose buttons have this value."""
        return self._find(_questions.c.handle == handle)

    def by_message(self, team: str, channel: str, ts: str) -> Question | None:
        """The question that one of the bot's messages is shown for."""
        shown = sa.select(_messages.c.question).where(
            _messages.c.team == team, _messages.c.channel == channel, _messages.c.ts == ts
        )
        return self._find(_questions.c.id == shown.scalar_subquery())

    def _find(self, which: sa.ColumnElement[bool]) -> Question | None:
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(*_COLUMNS).where(which)).one_or_none()
        return _question(row) if row else None

    def waiting(self) -> int:
        """How many questions wait, in all processes."""
        with self._engine.connect() as connection:
            return _waiting(connection)

    def running(self, worker: str) -> int:
        """How many questions the worker holds."""
        mine = (_questions.c.state == "running") & (_questions.c.worker == worker)
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(_questions).where(mine)) or 0

    def thread(self, team: str, channel: str, thread: str) -> Thread:
        """What is known of a thread."""
        with self._engine.connect() as connection:
            return threads.read(connection, (team, channel, thread))

    def heard(self, team: str, channel: str, thread: str, user: str) -> None:
        """Somebody spoke in a thread; of threads that the bot has no part in nothing is kept."""
        where = (team, channel, thread)
        with self._engine.connect() as connection:  # most of what is heard is said elsewhere, and must cost little
            if threads.last_speaker(connection, where) in (None, user):
                return
        with self._writing() as (connection, now):
            threads.note(connection, where, now, last_speaker=user)

    def mute(self, team: str, channel: str, thread: str, muted: bool) -> None:
        """Leave a thread alone from now on, or no longer."""
        with self._writing() as (connection, now):
            threads.note(connection, (team, channel, thread), now, muted=muted)

    def sweep(self) -> int:
        """Erase what is older than its days; how many rows that were. Threads stay muted."""
        with self._writing() as (connection, now):
            oldest = earlier(now, self._keep_days)
            old = _questions.c.changed < oldest
            of_old = _messages.c.question.in_(sa.select(_questions.c.id).where(old))
            gone = (_messages.delete().where(of_old), _questions.delete().where(old))
            rows = sum(connection.execute(statement).rowcount for statement in gone)
            return rows + claims.sweep(connection, now, self._keep_days) + threads.sweep(connection, oldest)

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, datetime]]:
        """A transaction that writes, and the moment at which it began to."""
        with self._turn, self._writing_engine.begin() as connection:
            yield connection, _moment(connection)

    def _let_go(self, worker: str, question: Question) -> None:
        self._held.get(worker, {}).pop(question.id, None)


def _moment(connection: sa.Connection) -> datetime:
    """This moment in UTC, to the microsecond; by the server's clock where several hosts share one."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.execute(
            sa.select(sa.func.timezone("UTC", sa.func.clock_timestamp()))
        ).scalar_one()
        return moment
    return datetime.now(UTC).replace(tzinfo=None)


def _seal(text: str) -> str:
    """What is left of a question's words when it is done: enough to see whether an edit says something new."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _oldest(now: datetime) -> sa.Select[tuple[int]]:
    """The first question in line that may be leased now."""
    free = _questions.c.state.in_(("queued", "running")) & (_questions.c.due <= now)
    return sa.select(_questions.c.seq).where(free).order_by(_questions.c.seq).limit(1)


def _waiting(connection: sa.Connection) -> int:
    queued = sa.select(sa.func.count()).select_from(_questions).where(_questions.c.state == "queued")
    return connection.scalar(queued) or 0


def _row(connection: sa.Connection, question_id: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(_questions).where(_questions.c.id == question_id)).one_or_none()


def _question(row: sa.Row[Any]) -> Question:
    values = {column.name: getattr(row, column.name) for column in _COLUMNS}
    return Question(**{**values, "messages": tuple(values["messages"])})


def _is_leased(question: Question, row: sa.Row[Any]) -> bool:
    """Whether the lease under which the question was handed out is still the one that counts."""
    return (row.state, row.begun, row.attempts) == ("running", question.revision, question.attempts)


def _order(question: Question, row: sa.Row[Any] | None, worker: str) -> str:
    """Why work on the question must end early; empty if it may go on."""
    if row is None:
        return "lost"
    if row.state == "withdrawn":
        return "withdrawn"
    if row.worker != worker or not _is_leased(question, row):
        return "lost"
    if row.revision > question.revision:
        return "revised"
    return "stopped" if row.stopped else ""


def _afresh(now: datetime) -> dict[str, Any]:
    """What makes a question one that nobody has begun to answer."""
    return {"state": "queued", "due": now, "attempts": 0, "stopped": False}


def _asked_in(team: str, channel: str, ts: str) -> sa.ColumnElement[bool]:
    return (_questions.c.team == team) & (_questions.c.channel == channel) & (_questions.c.ts == ts)
