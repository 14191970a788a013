"""Which deliveries and messages were taken in: each is claimed once, for as long as Slack may send it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.slack import tables
from bot.tables import bounded, earlier

_claims = tables.claims
_LONGEST_KEY = 255  # characters
_CLAIM_DAYS = 7.0  # that a delivery is remembered at least; Slack's own redeliveries end after one


def key(*parts: str) -> str:
    """The name of a claim."""
    return bounded(":".join(parts), _LONGEST_KEY)


def claim(connection: sa.Connection, keys: Sequence[str], now: datetime) -> bool:
    """Whether any of the keys was claimed before; now all are."""
    known = set(connection.scalars(sa.select(_claims.c.key).where(_claims.c.key.in_(keys))))
    if new := [{"key": key, "claimed": now} for key in dict.fromkeys(keys) if key not in known]:
        connection.execute(_claims.insert(), new)
    return bool(known)


def sweep(connection: sa.Connection, now: datetime, days: float) -> int:
    """Erase the claims of so many days ago, but none that may still be needed; how many those were."""
    old = _claims.delete().where(_claims.c.claimed < earlier(now, max(days, _CLAIM_DAYS)))
    done: sa.CursorResult[Any] = connection.execute(old)
    return done.rowcount
