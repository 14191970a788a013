"""The turns of each conversation, kept in the library's database for as long as the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from bot import tables
from bot.answers import AnswerKind
from bot.composing import Turn
from bot.tables import conversation_name, earlier, storable
from retrieval.tables import chunks, migrate, now, writing

_turns = tables.turns


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

    def turns(self, key: str, before: str | None = None) -> tuple[Turn, ...]:
        """The turns of one conversation, oldest first; those older than the turn named ``before``, if it is kept."""
        newest = sa.select(_turns).where(
            _turns.c.conversation == conversation_name(key), _turns.c.asked >= self._oldest()
        )
        if before is not None:
            named = sa.select(_turns.c.id).where(_is(key, before)).scalar_subquery()
            newest = newest.where(sa.or_(named.is_(None), _turns.c.id < named))
        with self._engine.connect() as connection:
            rows = connection.execute(newest.order_by(_turns.c.id.desc()).limit(self._most)).all()
        return tuple(
            Turn(row.question, row.answer, tuple(row.article_ids), cast("AnswerKind", row.kind))
            for row in reversed(rows)
        )

    def append(self, key: str, turn: Turn, name: str | None = None) -> None:
        """Keep a turn; the oldest turn of the conversation makes room, and what is too old goes.

        A turn of the same ``name`` is replaced, and stays in its place.
        """
        if not self._most:
            return
        row = {
            "conversation": conversation_name(key),
            "asked": now(),
            "question": storable(turn.question),
            "answer": storable(turn.answer),
            "article_ids": list(turn.article_ids),
            "kind": turn.kind,
            "name": name,
        }
        of_this = sa.select(_turns.c.id).where(_turns.c.conversation == row["conversation"])
        with self._writing.begin() as connection:
            if name is not None:
                replaced: sa.CursorResult[Any] = connection.execute(_turns.update().where(_is(key, name)).values(row))
                if replaced.rowcount:
                    return
            connection.execute(_turns.insert(), row)
            kept = connection.scalars(of_this.order_by(_turns.c.id.desc()).limit(self._most)).all()
            before_these = (_turns.c.conversation == row["conversation"]) & (_turns.c.id < min(kept))
            connection.execute(_turns.delete().where(before_these | (_turns.c.asked < self._oldest())))

    def withdraw(self, key: str, name: str) -> None:
        """Erase the turn of this name, if it is kept."""
        self._erase(_is(key, name))

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
        names = [conversation_name(key) for key in keys]
        return sum(self._erase(_turns.c.conversation.in_(chunk)) for chunk in chunks(names))

    def forget_older(self, days: float) -> int:
        """Erase the turns that were asked more than so many days ago; how many those were."""
        return self._erase(_turns.c.asked < earlier(now(), days))

    def forget_all(self) -> int:
        """Erase every turn of every conversation; how many those were."""
        return self._erase(sa.true())

    def _erase(self, condition: sa.ColumnElement[bool]) -> int:
        with self._writing.begin() as connection:
            done: sa.CursorResult[Any] = connection.execute(_turns.delete().where(condition))
            return done.rowcount

    def _oldest(self) -> datetime:
        return earlier(now(), self._days)


def _is(key: str, name: str) -> sa.ColumnElement[bool]:
    return (_turns.c.conversation == conversation_name(key)) & (_turns.c.name == name)
