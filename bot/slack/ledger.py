"""The claims that make one answer of every question, in SQL: deliveries, leases, threads."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.slack import claims, joins, leases, tables, threads
from bot.slack.questions import Question
from bot.slack.threads import Thread
from bot.tables import earlier, storable
from retrieval.tables import migrate, writing

__all__ = ["Ledger", "Taken", "Thread"]

_questions = tables.questions
_messages = tables.messages
_ROW = 0x466F6F76  # of writers in PostgreSQL: a delivery does not wait for an ingest there
_BOTS_SECONDS = 3600.0  # within which the questions of bots are counted


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
            waiting = leases.waiting(connection)
            if waiting >= self._queue:
                return Taken("full", waiting)
            row = {column.name: getattr(question, column.name) for column in leases.COLUMNS}
            row.update(text=storable(question.text), messages=list(question.messages))
            row.update(state="queued", due=now, begun=0, stopped=False, edited="", taken=now, changed=now)
            connection.execute(_questions.insert(), row)
            if question.thread:
                where = (question.team, question.channel, question.thread)
                threads.note(connection, where, now, last_speaker=question.user)
            return Taken("new", waiting + 1)

    def lease(self, worker: str) -> Question | None:
        """The oldest question that nobody answers, now this worker's for a while; None if there is none.

        That may be a new one, one that was given back, one whose lease ran out, or one that was withdrawn and of which
        there is something to erase.
        """
        with self._engine.connect() as connection:
            if connection.scalar(leases.oldest(leases.moment(connection))) is None:
                return None
        with self._writing() as (connection, now):
            change = _questions.update().where(_questions.c.seq == leases.oldest(now).scalar_subquery())
            row = connection.execute(
                change.values(
                    state="running",
                    worker=worker,
                    due=now + self._lease,
                    begun=_questions.c.revision,
                    attempts=_questions.c.attempts + 1,
                    changed=now,
                ).returning(*leases.COLUMNS)
            ).one_or_none()
        if row is None:
            return None
        question = leases.question_in(row)
        with self._turn:
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
            now = leases.moment(connection)
            found = connection.execute(sa.select(_questions).where(_questions.c.id.in_(held)))
            rows = {row.id: row for row in found}
        orders = {
            name: order for name, question in held.items() if (order := leases.order(question, rows.get(name), worker))
        }
        mine = [row for name, row in rows.items() if orders.get(name) not in ("lost", "withdrawn")]
        if any(row.due - now < self._lease * 2 / 3 for row in mine):
            self._lengthen(worker, [row.id for row in mine])
        holding = self._held.get(worker, {})
        # Work may have ended meanwhile; what is held under the same id since then is another lease.
        orders = {name: order for name, order in orders.items() if holding.get(name) is held[name]}
        for name, order in orders.items():
            if order == "lost":
                self._let_go(worker, held[name])
        return orders

    def _lengthen(self, worker: str, ids: Collection[str]) -> None:
        with self._writing() as (connection, now):
            still_mine = _questions.c.id.in_(ids) & (_questions.c.worker == worker) & (_questions.c.state == "running")
            connection.execute(_questions.update().where(still_mine).values(due=now + self._lease))

    def show(self, question: Question, messages: Sequence[str]) -> bool:
        """Remember the timestamps of all that is shown for a question; False where it is no longer to be answered.

        They are remembered for a withdrawn question too: what is shown for it is still to be erased.
        """
        with self._writing() as (connection, now):
            row = leases.row_of(connection, question.id)
            if row is None or not (leases.is_gone(question, row) or leases.is_leased(question, row)):
                return False
            change: dict[str, Any] = {"messages": list(messages), "changed": now}
            if gone := leases.is_gone(question, row):  # others may have shown something too, or be erasing it
                change["messages"] = list(dict.fromkeys((*row.messages, *messages)))
                if row.state == "done":
                    change |= {"state": leases.to_erase(messages, ""), "due": max(row.due, now)}
            connection.execute(_questions.update().where(_questions.c.seq == row.seq).values(**change))
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
            return not gone

    def finish(
        self, question: Question, worker: str, answer_id: str, end: str
    ) -> Literal["done", "again", "withdrawn", "lost"]:
        """Close a question after its visible end, such as "answer" or "apology".

        "again": it was edited meanwhile and is queued anew. "withdrawn": its message was deleted meanwhile; what is
        shown for it must go, and it is leased for that. The same closes a withdrawn question of which all was erased;
        "again" then says that more was shown meanwhile.
        """
        self._let_go(worker, question)
        with self._writing() as (connection, now):
            row = leases.row_of(connection, question.id)
            if row is None:
                return "lost"
            this = _questions.update().where(_questions.c.seq == row.seq)
            if leases.is_gone(question, row):
                known = answer_id or row.answer_id
                state = "running" if row.state == "running" else leases.to_erase(row.messages, known)
                free = {} if state == "running" else {"worker": None, "due": now}  # else it is being erased already
                connection.execute(this.values(answer_id=known, state=state, changed=now, **free))
                return "withdrawn"
            if not leases.is_leased(question, row) or row.worker != worker:
                return "lost"
            if row.withdrawn:
                left = [ts for ts in row.messages if ts not in question.messages]
                unknown = "" if row.answer_id == question.answer_id else row.answer_id
                state = leases.to_erase(left, unknown)
                change = {"messages": left, "answer_id": unknown, "state": state, "end": end, "due": now}
                connection.execute(this.values(**change, worker=None, changed=now))
                return "done" if state == "done" else "again"
            change = {"answer_id": answer_id or row.answer_id, "worker": None, "changed": now}
            if row.revision > question.revision:
                connection.execute(this.values(**change, **leases.afresh(now)))
                return "again"
            text = leases.seal(row.text)
            connection.execute(this.values(**change, text=text, state="done", end=end, response_url="", stopped=False))
            return "done"

    def later(self, question: Question, worker: str, seconds: float) -> None:
        """Give a question back, to be taken up again no sooner than in so many seconds."""
        self._let_go(worker, question)
        with self._writing() as (connection, now):
            row = leases.row_of(connection, question.id)
            if row is None or row.worker != worker:
                return
            due = now + timedelta(seconds=seconds)
            if leases.is_leased(question, row):
                state = "withdrawn" if row.withdrawn else "queued"
            elif leases.is_gone(question, row) and row.state != "running":
                state = row.state
            else:
                return
            back = {"state": state, "worker": None, "due": due, "changed": now}
            connection.execute(_questions.update().where(_questions.c.seq == row.seq).values(**back))

    def release(self, worker: str, keeping: Collection[str]) -> int:
        """Give back what a worker leased, for others to take up; how many questions it leaves behind in all.

        Those of the ids in ``keeping`` are still in hand: their leases run out by themselves, and no sooner than a call
        to Slack that is on its way has ended.
        """
        with self._turn:
            self._held.pop(worker, None)
        with self._writing() as (connection, now):
            return leases.release(connection, worker, keeping, now)

    def revise(self, team: str, channel: str, ts: str, text: str, delivery: str, edited: str) -> Question | None:
        """Queue a question again with the text it was edited to; None if it is unknown or says nothing new.

        One that is being answered is queued when that work ends. ``delivery`` is the id of the delivery, which claims
        it if there is such a question; ``edited`` the timestamp of the edit: of edits that overtake each other, and of
        one that comes twice, the newest counts, once.
        """
        with self._writing() as (connection, now):
            row = connection.execute(sa.select(_questions).where(leases.asked_in(team, channel, ts))).one_or_none()
            if row is None or claims.claim(connection, [claims.key("delivery", delivery)], now):
                return None
            if row.withdrawn or float(edited or 0) < float(row.edited or 0):
                return None
            changed = _questions.update().where(_questions.c.seq == row.seq)
            if row.text in (storable(text), leases.seal(storable(text))):
                connection.execute(changed.values(edited=edited))
                return None
            change = {"text": storable(text), "revision": row.revision + 1, "edited": edited, "changed": now}
            if row.state != "running":
                change |= leases.afresh(now)
            return leases.question_in(connection.execute(changed.values(**change).returning(*leases.COLUMNS)).one())

    def withdraw(self, team: str, channel: str, ts: str) -> Question | None:
        """See that a deleted message is never answered any more; the question, if it was one, with what is shown.

        If anything is shown for it, it is leased once more, to be erased: at once, or when the work on it ends.
        """
        with self._writing() as (connection, now):
            # A deletion may overtake the message itself, on another socket.
            claims.claim(connection, [claims.key("message", team, channel, ts)], now)
            row = connection.execute(sa.select(_questions).where(leases.asked_in(team, channel, ts))).one_or_none()
            if row is None or row.withdrawn:
                return leases.question_in(row) if row else None
            change = {"withdrawn": True, "state": leases.to_erase(row.messages, row.answer_id), "attempts": 0}
            change |= {"text": "", "response_url": "", "changed": now}
            if row.state != "running":
                change |= {"due": now}
            gone = _questions.update().where(_questions.c.seq == row.seq).values(**change)
            return leases.question_in(connection.execute(gone.returning(*leases.COLUMNS)).one())

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

    def asked(self, team: str, channel: str, ts: str) -> Question | None:
        """The question that was asked in a message."""
        return self._find(leases.asked_in(team, channel, ts))

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
            row = connection.execute(sa.select(*leases.COLUMNS).where(which)).one_or_none()
        return leases.question_in(row) if row else None

    def waiting(self) -> int:
        """How many questions wait, in all processes."""
        with self._engine.connect() as connection:
            return leases.waiting(connection)

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

    def answers_to_bots(self, team: str, channel: str) -> int:
        """How many questions of bots were taken in in a channel within the last hour."""
        with self._engine.connect() as connection:
            since = leases.moment(connection) - timedelta(seconds=_BOTS_SECONDS)
            return threads.answers_to_bots(connection, team, channel, since)

    def joined(self, channel: str, user: str) -> None:
        """Somebody has joined a channel, or left it."""
        with self._writing() as (connection, now):
            joins.note(connection, channel, user, now)

    def joins(self, channel: str) -> tuple[int, str]:
        """How often somebody came to a channel or left it, and who did last; 0 and nobody if none did for long."""
        with self._engine.connect() as connection:
            return joins.read(connection, channel)

    def sweep(self) -> int:
        """Erase what is older than its days; how many rows that were. Threads stay muted."""
        with self._writing() as (connection, now):
            oldest = earlier(now, self._keep_days)
            old = _questions.c.changed < oldest
            of_old = _messages.c.question.in_(sa.select(_questions.c.id).where(old))
            gone = (_messages.delete().where(of_old), _questions.delete().where(old))
            rows = sum(connection.execute(statement).rowcount for statement in gone)
            rows += claims.sweep(connection, now, self._keep_days)
            return rows + threads.sweep(connection, oldest) + joins.sweep(connection, oldest)

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, datetime]]:
        """A transaction that writes, and the moment at which it began to."""
        with self._turn, self._writing_engine.begin() as connection:
            yield connection, leases.moment(connection)

    def _let_go(self, worker: str, question: Question) -> None:
        """What the worker holds under the same id may be another lease, which lives on."""
        with self._turn:
            held = self._held.get(worker, {})
            if held.get(question.id) is question:
                del held[question.id]
