"""What is kept of Slack's threads, and read of one: who asked there, who spoke last, whether it is muted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.slack import tables

_threads = tables.threads
_questions = tables.questions
Where = tuple[str, str, str]  # team, channel, timestamp of the root


@dataclass(frozen=True, slots=True)
class Thread:
    """What is known of one thread; ``known`` says whether the bot was ever asked in it.

    ``askers`` are the people who asked.
    ``asked_back`` is who was last asked a question back, and has not asked anything since.
    """

    muted: bool
    last_speaker: str
    askers: frozenset[str]
    known: bool
    asked_back: str = ""


def read(connection: sa.Connection, where: Where) -> Thread:
    """What is known of a thread."""
    team, channel, thread = where
    here = (_questions.c.team == team) & (_questions.c.channel == channel) & (_questions.c.thread == thread)
    by_asker = sa.select(_questions.c.user, _questions.c.by_bot).where(here).distinct()
    latest = sa.select(_questions.c.user, _questions.c.end).where(here).order_by(_questions.c.seq.desc()).limit(1)
    last = connection.execute(latest).one_or_none()
    row = connection.execute(sa.select(_threads).where(_is(where))).one_or_none()
    asked = connection.execute(by_asker).all()
    return Thread(
        muted=bool(row and row.muted),
        last_speaker=row.last_speaker if row else "",
        askers=frozenset(user for user, by_bot in asked if not by_bot),
        known=bool(asked),
        asked_back=last.user if last and last.end == "question" else "",
    )


def answers_to_bots(connection: sa.Connection, team: str, channel: str, since: datetime) -> int:
    """How many questions of bots were taken in since then, in all threads of a channel."""
    here = (_questions.c.team == team) & (_questions.c.channel == channel)
    of_bots = sa.select(sa.func.count()).where(here, _questions.c.by_bot, _questions.c.taken >= since)
    return connection.scalar(of_bots) or 0


def last_speaker(connection: sa.Connection, where: Where) -> str | None:
    """Who spoke last in a thread; None if nothing is kept of it."""
    return connection.scalar(sa.select(_threads.c.last_speaker).where(_is(where)))


def note(connection: sa.Connection, where: Where, now: datetime, **values: Any) -> None:
    """Set values of a thread's row, making it if need be; only one transaction writes at a time."""
    changed = _threads.update().where(_is(where)).values(**values, changed=now)
    done: sa.CursorResult[Any] = connection.execute(changed)
    if not done.rowcount:
        team, channel, thread = where
        row = {"team": team, "channel": channel, "thread": thread, "muted": False, "last_speaker": "", "changed": now}
        connection.execute(_threads.insert(), row | values)


def sweep(connection: sa.Connection, oldest: datetime) -> int:
    """Erase the threads in which nothing happened since then, but for muted ones; how many those were."""
    old = _threads.delete().where(_threads.c.changed < oldest, ~_threads.c.muted)
    done: sa.CursorResult[Any] = connection.execute(old)
    return done.rowcount


def _is(where: Where) -> sa.ColumnElement[bool]:
    team, channel, thread = where
    return (_threads.c.team == team) & (_threads.c.channel == channel) & (_threads.c.thread == thread)
