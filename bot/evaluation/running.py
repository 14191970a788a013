"""Asks the app every gold question, as people ask it, and makes a row of each reply."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answers import Answer, BotError, finished
from bot.app import App
from bot.composing.chat import ChatFailed
from bot.evaluation.checking import Anchor
from bot.evaluation.gold import Gold
from bot.evaluation.judging import Judge, judged
from bot.evaluation.rows import Judged, Reply, Row, reply
from retrieval.articles import Filters, RetrievalError

_log = logging.getLogger("footnote.evaluation")
_IN_A_ROW = 5  # questions in trouble, one right after the other, from which on no more are asked
_ROUNDS = 3  # in which questions in trouble are asked again, one at a time
_PAUSE = 5.0  # seconds before the first of these rounds; each further one waits twice as long
_FAREWELL = 1.0  # seconds that a run that is stopped waits for the questions being answered


@dataclass(frozen=True, slots=True)
class Question:
    """A gold question and where its evidence stands in the library."""

    gold: Gold
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its row, and where that may be better another time, the trouble: what did not answer, and why."""

    question: Question
    row: Row
    trouble: str | None = None


class Runner:
    """Puts questions to one app; a row is handed on as soon as it is final.

    ``curve``: questions refused for want of confidence are asked once more without a threshold, so that the risk curve
    has an answer for every confidence. ``today`` is the day on which a question is asked that does not say when it is.
    ``pause`` is in seconds.
    """

    def __init__(
        self,
        app: App,
        judge: Judge,
        *,
        concurrency: int = 1,
        curve: bool = True,
        today: date | None = None,
        pause: float | None = None,
    ):
        self._app = app
        self._judge = judge
        self._concurrency = concurrency
        self._today = today
        self._pause = _PAUSE if pause is None else pause
        self._unthresholded = app.with_threshold(0.0) if curve else None
        self._cancel = threading.Event()

    def run(self, questions: Sequence[Question], done: Callable[[Row], None]) -> None:
        """Ask all questions; ``done`` gets each row, in no certain order.

        A question in trouble, as with a server that refuses it for now, is asked again at the end, several times.
        Stopped by KeyboardInterrupt, which leaves what was handed on as it is. A BotError where several questions in a
        row are in trouble, or all of them, even in the end.
        """
        troubled = self._once(questions, done, self._concurrency, most=_IN_A_ROW)
        for number in range(_ROUNDS):
            if not troubled:
                return
            time.sleep(self._pause * 2**number)
            troubled = self._once([asked.question for asked in troubled], done, 1)
        if troubled and len(troubled) == len(questions):
            raise BotError(f"no question could be asked: {troubled[-1].trouble}")
        for asked in troubled:
            done(asked.row)

    def _once(
        self, questions: Sequence[Question], done: Callable[[Row], None], workers: int, most: int | None = None
    ) -> list[Asked]:
        """One round; the questions in trouble. A BotError where ``most`` of them come one after the other."""
        waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
        replies: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        for question in questions:
            waiting.put(question)

        def work() -> None:
            while not self._cancel.is_set():
                try:
                    question = waiting.get_nowait()
                except queue.Empty:
                    return
                replies.put(self.ask(question))

        # A thread that waits for a server cannot be woken; as a daemon it does not keep a stopped run from ending.
        names = [f"question {number}" for number in range(min(workers, len(questions)))]
        threads = [threading.Thread(target=work, name=name, daemon=True) for name in names]
        for thread in threads:
            thread.start()
        troubled: list[Asked] = []
        in_a_row = 0
        try:
            for _ in questions:
                asked = replies.get()
                if asked.trouble is None:
                    in_a_row = 0
                    done(asked.row)
                    continue
                in_a_row += 1
                troubled.append(asked)
                if in_a_row == most:
                    raise BotError(f"{in_a_row} questions in a row could not be asked: {asked.trouble}")
        except BaseException:
            self._cancel.set()
            until = time.monotonic() + _FAREWELL
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
            raise
        return troubled

    def ask(self, question: Question) -> Asked:
        """Ask one question; whatever goes wrong stands in its row."""
        gold, anchor = question.gold, question.anchor
        began = time.perf_counter()
        try:
            answer = self._answer(self._app, gold)
            seconds = time.perf_counter() - began
            verdict, unjudged = self._judged(answer)
            row = Row(
                gold,
                reply(answer),
                stories=anchor.stories,
                quoted=anchor.quoted,
                would_be=self._would_be(gold, answer),
                judged=verdict,
                unjudged=unjudged,
                seconds=seconds,
                timings=answer.timings,
            )
            return Asked(question, row, _trouble(row))
        except (BotError, RetrievalError) as error:
            failed = trouble = " ".join(str(error).split())
        except BaseException as error:  # a bug that one question meets, or a panic of a library, is not the others' end
            if not self._cancel.is_set():
                _log.exception("question %s failed", gold.id)
            failed, trouble = f"{type(error).__name__}: {error}", None
        seconds = time.perf_counter() - began
        row = Row(gold, None, stories=anchor.stories, quoted=anchor.quoted, failed=failed, seconds=seconds)
        return Asked(question, row, trouble)

    def _judged(self, answer: Answer) -> tuple[Judged | None, str | None]:
        """The verdicts of the judge, or why there are none."""
        try:
            return judged(answer, self._judge), None
        except ChatFailed as failed:
            return None, f"the judge gave no verdict: {failed.reason}"

    def _would_be(self, gold: Gold, answer: Answer) -> Reply | None:
        if self._unthresholded is None or answer.kind != "refusal" or gold.answerable is None:
            return None
        if answer.confidence >= self._app.settings.answer.threshold:
            return None
        return reply(self._answer(self._unthresholded, gold))

    def _answer(self, app: App, gold: Gold) -> Answer:
        filters = Filters(collections=(gold.collection,)) if gold.collection else Filters()
        as_of = gold.asked_at or self._today
        events = app.ask(gold.question, history=gold.history, filters=filters, as_of=as_of, cancel=self._cancel)
        return finished(events)


def _trouble(row: Row) -> str | None:
    """Why a chat model did not answer this question to the end, or did not judge the answer, if it did not."""
    replies = [one for one in (row.reply, row.would_be) if one]
    failure = next((one.chat_failure for one in replies if one.chat_failure), None)
    return f"the chat model did not answer: {failure}" if failure else row.unjudged
