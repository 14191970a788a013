"""Who joined which channel, so that every process notices that other people read there now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.slack import tables

_joins = tables.joins


def note(connection: sa.Connection, channel: str, user: str, now: datetime) -> None:
    """One more has joined a channel; only one transaction writes at a time."""
    change = _joins.update().where(_joins.c.channel == channel)
    done: sa.CursorResult[Any] = connection.execute(change.values(count=_joins.c.count + 1, user=user, changed=now))
    if not done.rowcount:
        connection.execute(_joins.insert(), {"channel": channel, "count": 1, "user": user, "changed": now})


def read(connection: sa.Connection, channel: str) -> tuple[int, str]:
    """How many joined a channel, and the last of them; 0 and nobody where none is kept."""
    which = sa.select(_joins.c["count"], _joins.c.user).where(_joins.c.channel == channel)
    row = connection.execute(which).one_or_none()
    return (row[0], row[1]) if row else (0, "")


def sweep(connection: sa.Connection, oldest: datetime) -> int:
    """Erase the channels that nobody joined since then; how many those were."""
    done: sa.CursorResult[Any] = connection.execute(_joins.delete().where(_joins.c.changed < oldest))
    return done.rowcount
