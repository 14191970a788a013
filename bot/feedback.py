"""Answers kept with what made them, and what people said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from bot import tables
from bot.answers import Answer
from bot.records import answer_record
from bot.tables import conversation_name, earlier, storable
from retrieval.tables import migrate, now, writing

Said = Literal["right", "wrong"]

_answers = tables.answers
_verdicts = tables.verdicts
_BATCH = 200  # answers whose records are in memory at once


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person said of an answer, and when last (UTC); ``kind`` is what is wrong with it, from a list."""

    user: str
    verdict: Said
    kind: str | None
    reason: str | None
    judged: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that somebody judged, with all verdicts, the oldest first.

    ``record``: the answer as ``ask --json`` prints it. ``versions``: of the prompts and models that made it.
    ``collections``: those that were searched.
    """

    record: Mapping[str, Any]
    versions: Mapping[str, str]
    given: datetime
    surface: str
    asker: str
    collections: tuple[str, ...]
    verdicts: tuple[Verdict, ...]


class Feedback:
    """Answers that people may judge, and their verdicts; safe to use from several threads and processes.

    An answer that nobody judged is kept for ``days``; one that was judged stays.
    """

    def __init__(self, engine: sa.Engine, days: float) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._days = days
        migrate(engine, tables.HISTORY)

    def keep(
        self,
        answer: Answer,
        versions: Mapping[str, str],
        *,
        asker: str,
        collections: tuple[str, ...],
        conversation: str,
        question: str,
    ) -> None:
        """Keep an answer with its hits and the versions of what made it; unjudged ones that are too old go.

        ``conversation`` is its key, which begins with the surface; ``question`` the client's own id of what was asked,
        which has several answers where it was edited.
        """
        row = {
            "id": answer.id,
            "given": now(),
            "surface": conversation.partition(":")[0],
            "asker": asker,
            "conversation": conversation_name(conversation),
            "question": question,
            "collections": list(collections),
            "record": _storable(answer_record(answer)),
            "versions": dict(versions),
        }
        with self._writing.begin() as connection:
            connection.execute(_answers.delete().where(_answers.c.id == answer.id))
            connection.execute(_answers.insert(), row)
            _sweep(connection, self._days)

    def record(self, answer_id: str) -> dict[str, Any] | None:
        """A kept answer as ``ask --json`` prints it."""
        with self._engine.connect() as connection:
            record = connection.scalar(sa.select(_answers.c.record).where(_answers.c.id == answer_id))
        return cast("dict[str, Any] | None", record)

    def judge(
        self, answer_id: str, user: str, verdict: Said, kind: str | None = None, reason: str | None = None
    ) -> bool:
        """Remember what somebody says of an answer; False where the answer is not kept.

        The last verdict counts. One that gives neither kind nor reason keeps those that were given for the same one.
        """
        mine = (_verdicts.c.answer_id == answer_id) & (_verdicts.c.user == user)
        with self._writing.begin() as connection:
            if connection.scalar(sa.select(_answers.c.id).where(_answers.c.id == answer_id)) is None:
                return False
            before = connection.execute(sa.select(_verdicts).where(mine)).one_or_none()
            if before is not None and before.verdict == verdict:
                kind, reason = kind or before.kind, reason or before.reason
            row = {
                "answer_id": answer_id,
                "user": user,
                "verdict": verdict,
                "kind": kind,
                "reason": storable(reason) if reason else None,
                "judged": now(),
            }
            connection.execute(_verdicts.delete().where(mine))
            connection.execute(_verdicts.insert(), row)
        return True

    def withdraw(self, answer_id: str, user: str, verdict: Said) -> None:
        """Forget that somebody called an answer this; nothing happens where they say something else by now."""
        mine = (_verdicts.c.answer_id == answer_id) & (_verdicts.c.user == user) & (_verdicts.c.verdict == verdict)
        with self._writing.begin() as connection:
            connection.execute(_verdicts.delete().where(mine))

    def question_of(self, answer_id: str) -> str | None:
        """The question that a kept answer was given to."""
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(_answers.c.question).where(_answers.c.id == answer_id))

    def forget(self, question: str) -> None:
        """Erase all answers to a question and all that was said of them."""
        self._erase(_answers.c.question == question)

    def forget_conversations(self, keys: Sequence[str]) -> None:
        """Erase the answers of conversations, and all that was said of them."""
        self._erase(_answers.c.conversation.in_([conversation_name(key) for key in keys]))

    def forget_older(self, days: float) -> None:
        """Erase the answers given more than so many days ago, judged or not."""
        self._erase(_answers.c.given < earlier(now(), days))

    def forget_all(self) -> None:
        """Erase every answer, and all that was said of it."""
        self._erase(sa.true())

    def _erase(self, which: sa.ColumnElement[bool]) -> None:
        with self._writing.begin() as connection:
            of_these = _verdicts.c.answer_id.in_(sa.select(_answers.c.id).where(which))
            connection.execute(_verdicts.delete().where(of_these))
            connection.execute(_answers.delete().where(which))

    def judged(self) -> Iterator[Judged]:
        """The answers that were judged, the oldest first."""
        judged = _answers.c.id.in_(sa.select(_verdicts.c.answer_id))
        with self._engine.connect() as connection:
            ids = list(
                connection.scalars(sa.select(_answers.c.id).where(judged).order_by(_answers.c.given, _answers.c.id))
            )
        for first in range(0, len(ids), _BATCH):
            yield from self._read(ids[first : first + _BATCH])

    def sweep(self) -> int:
        """Erase the answers that nobody judged in time; how many those were."""
        with self._writing.begin() as connection:
            return _sweep(connection, self._days)

    def _read(self, ids: list[str]) -> Iterator[Judged]:
        with self._engine.connect() as connection:
            answers = {row.id: row for row in connection.execute(sa.select(_answers).where(_answers.c.id.in_(ids)))}
            said: dict[str, list[Verdict]] = {}
            rows = sa.select(_verdicts).where(_verdicts.c.answer_id.in_(ids))
            for one in connection.execute(rows.order_by(_verdicts.c.judged, _verdicts.c.user)):
                verdict = Verdict(one.user, cast("Said", one.verdict), one.kind, one.reason, one.judged)
                said.setdefault(one.answer_id, []).append(verdict)
        for answer_id in ids:
            if answer_id in answers and answer_id in said:  # neither was erased since the ids were read
                row = answers[answer_id]
                yield Judged(
                    record=row.record,
                    versions=row.versions,
                    given=row.given,
                    surface=row.surface,
                    asker=row.asker,
                    collections=tuple(row.collections),
                    verdicts=tuple(said[answer_id]),
                )


def _sweep(connection: sa.Connection, days: float) -> int:
    old = (_answers.c.given < earlier(now(), days)) & ~_answers.c.id.in_(sa.select(_verdicts.c.answer_id))
    done: sa.CursorResult[Any] = connection.execute(_answers.delete().where(old))
    return done.rowcount


def _storable(value: Any) -> Any:
    """A record whose texts every database takes."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {key: _storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value
