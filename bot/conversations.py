"""The turns of each conversation, kept in the library's database for as long as the settings say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from bot import tables
from bot.answers import AnswerKind
from bot.composing import Turn
from retrieval.tables import chunks, migrate, now, writing

_turns = tables.turns
_LONGEST_KEY = 512  # characters


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is kept of one conversation: its key, which begins with its surface, and how many turns since when (UTC)."""

    key: str
    turns: int
    last_asked: datetime

    @property
    def surface(self) -> str:
        """Where it was held: "chat", "slack"."""
        return self.key.partition(":")[0]


class Conversations:
    """The last turns of every conversation that is not too old; safe to use from several threads and processes.

    A key names the surface and the thread there, as in "slack:C1:169". What is older than ``days`` is no longer seen,
    and swept away with the next turn that is kept.
    """

    def __init__(self, engine: sa.Engine, turns: int = 6, days: int = 30) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._most = turns
        self._days = days
        migrate(engine, tables.HISTORY)

    def turns(self, key: str) -> tuple[Turn, ...]:
        """The turns of one conversation, oldest first."""
        newest = sa.select(_turns).where(_turns.c.conversation == _name(key), _turns.c.asked >= self._oldest())
        with self._engine.connect() as connection:
            rows = connection.execute(newest.order_by(_turns.c.id.desc()).limit(self._most)).all()
        return tuple(
            Turn(row.question, row.answer, tuple(row.article_ids), cast("AnswerKind", row.kind))
            for row in reversed(rows)
        )

    def append(self, key: str, turn: Turn) -> None:
        """Keep a turn; the oldest turn of the conversation makes room, and what is too old goes."""
        if not self._most:
            return
        row = {
            "conversation": _name(key),
            "asked": now(),
            "question": _storable(turn.question),
            "answer": _storable(turn.answer),
            "article_ids": list(turn.article_ids),
            "kind": turn.kind,
        }
        of_this = sa.select(_turns.c.id).where(_turns.c.conversation == row["conversation"])
        with self._writing.begin() as connection:
            connection.execute(_turns.insert(), row)
            kept = connection.scalars(of_this.order_by(_turns.c.id.desc()).limit(self._most)).all()
            before_these = (_turns.c.conversation == row["conversation"]) & (_turns.c.id < min(kept))
            connection.execute(_turns.delete().where(before_these | (_turns.c.asked < self._oldest())))

    def all(self) -> list[Conversation]:
        """What is kept, the conversation asked last first."""
        last = sa.func.max(_turns.c.asked)
        query = sa.select(_turns.c.conversation, sa.func.count(), last).where(_turns.c.asked >= self._oldest())
        with self._engine.connect() as connection:
            rows = connection.execute(
                query.group_by(_turns.c.conversation).order_by(last.desc(), _turns.c.conversation)
            )
            return [Conversation(*row) for row in rows]

    def forget(self, keys: Sequence[str]) -> int:
        """Erase conversations; how many turns those were. Unknown keys are no error."""
        names = [_name(key) for key in keys]
        return sum(self._erase(_turns.c.conversation.in_(chunk)) for chunk in chunks(names))

    def forget_older(self, days: float) -> int:
        """Erase the turns that were asked more than so many days ago; how many those were."""
        return self._erase(_turns.c.asked < _before(days))

    def forget_all(self) -> int:
        """Erase every turn of every conversation; how many those were."""
        return self._erase(sa.true())

    def _erase(self, condition: sa.ColumnElement[bool]) -> int:
        with self._writing.begin() as connection:
            done: sa.CursorResult[Any] = connection.execute(_turns.delete().where(condition))
            return done.rowcount

    def _oldest(self) -> datetime:
        return _before(self._days)


def _before(days: float) -> datetime:
    """The moment so many days ago, but no earlier than the calendar goes."""
    try:
        return now() - timedelta(days=days)
    except OverflowError:
        return datetime.min


def _name(key: str) -> str:
    """The key as the table holds it; a longer one ends in a hash of itself."""
    name = _storable(key)
    if len(name) <= _LONGEST_KEY:
        return name
    return f"{name[: _LONGEST_KEY - 64]}{hashlib.sha256(name.encode()).hexdigest()}"


def _storable(text: str) -> str:
    """The text as every database takes it: without lone surrogates and zero characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
