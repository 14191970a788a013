"""Asks the app every gold question, as people ask it, and makes a row of each reply."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from bot.answers import Answer, BotError, finished
from bot.app import App
from bot.composing.chat import ChatFailed
from bot.evaluation.checking import Anchor
from bot.evaluation.gold import Gold
from bot.evaluation.judging import Judge, judged
from bot.evaluation.rows import Judged, Reply, Row, reply
from retrieval.articles import Filters, RetrievalError

_log = logging.getLogger("footnote.evaluation")
_IN_A_ROW = 5  # failures of the chat model, one right after the other, from which on it is not asked any more
_ROUNDS = 3  # in which questions that the chat model failed are asked again, one at a time
_PAUSE = 5.0  # seconds before the first of these rounds; each further one waits twice as long


@dataclass(frozen=True, slots=True)
class Question:
    """A gold question and where its evidence stands in the library."""

    gold: Gold
    anchor: Anchor


class Runner:
    """Puts questions to one app; a row is handed on as soon as it is final.

    ``curve``: questions refused for want of confidence are asked once more without a threshold, so that the risk curve
    has an answer for every confidence. ``pause`` is in seconds.
    """

    def __init__(self, app: App, judge: Judge, *, concurrency: int = 1, curve: bool = True, pause: float = _PAUSE):
        self._app = app
        self._judge = judge
        self._concurrency = concurrency
        self._pause = pause
        self._unthresholded = app.with_threshold(0.0) if curve else None
        self._cancel = threading.Event()

    def run(self, questions: Sequence[Question], done: Callable[[Row], None]) -> None:
        """Ask all questions; ``done`` gets each row, in no certain order.

        Stopped by KeyboardInterrupt, which leaves what was handed on as it is. A BotError where the chat model fails
        several times in a row.
        """
        pending = self._once(questions, done, self._concurrency)
        for number in range(_ROUNDS):
            if not pending:
                return
            time.sleep(self._pause * 2**number)
            last = number == _ROUNDS - 1
            pending = self._once(pending, done, 1, keep_failed=last)

    def _once(
        self, questions: Sequence[Question], done: Callable[[Row], None], workers: int, *, keep_failed: bool = False
    ) -> list[Question]:
        """One round; the questions that the chat model failed, unless their rows are to be kept as they are."""
        again: list[Question] = []
        in_a_row = 0
        waiting = iter(questions)
        running: dict[Future[Row], Question] = {}
        with ThreadPoolExecutor(workers, thread_name_prefix="question") as pool:
            try:
                while True:
                    for question in waiting:
                        running[pool.submit(self.row, question)] = question
                        if len(running) >= 2 * workers:
                            break
                    if not running:
                        return again
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        question, row = running.pop(future), future.result()
                        failure = _chat_failure(row)
                        in_a_row = in_a_row + 1 if failure else 0
                        if not failure or keep_failed:
                            done(row)
                        else:
                            again.append(question)
                        if in_a_row >= _IN_A_ROW:
                            raise BotError(f"the chat model failed {in_a_row} times in a row: {failure}")
            except BaseException:
                self._cancel.set()
                for future in running:
                    future.cancel()
                raise

    def row(self, question: Question) -> Row:
        """The row of one question; whatever goes wrong while it is asked stands in the row."""
        gold, anchor = question.gold, question.anchor
        began = time.perf_counter()
        try:
            answer = self._ask(self._app, gold)
            seconds = time.perf_counter() - began
            verdict, unjudged = self._judged(answer)
            return Row(
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
        except (BotError, RetrievalError) as error:
            failed = str(error)
        except Exception as error:  # one question that meets a bug must not take the others with it
            _log.exception("question %s failed", gold.id)
            failed = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - began
        return Row(gold, None, stories=anchor.stories, quoted=anchor.quoted, failed=failed, seconds=seconds)

    def _judged(self, answer: Answer) -> tuple[Judged | None, str | None]:
        """The verdicts of the judge, or why there are none."""
        if answer.kind != "answer":
            return None, None
        try:
            return judged(answer, self._judge), None
        except ChatFailed as failed:
            return None, f"the judge gave no verdict: {failed.reason}"

    def _would_be(self, gold: Gold, answer: Answer) -> Reply | None:
        if self._unthresholded is None or answer.kind != "refusal" or gold.answerable is None:
            return None
        if answer.confidence >= self._app.settings.answer.threshold:
            return None
        return reply(self._ask(self._unthresholded, gold))

    def _ask(self, app: App, gold: Gold) -> Answer:
        conversation = f"evaluation {gold.id}" if gold.history else None
        if conversation:
            app.begin(conversation, gold.history)
        filters = Filters(collections=(gold.collection,)) if gold.collection else Filters()
        try:
            events = app.ask(
                gold.question, conversation=conversation, filters=filters, as_of=gold.asked_at, cancel=self._cancel
            )
            return finished(events)
        finally:
            if conversation:
                app.reset(conversation)


def _chat_failure(row: Row) -> str | None:
    """Why a chat model did not answer this question to the end, or did not judge the answer, if it did not."""
    replies = [one for one in (row.reply, row.would_be) if one]
    return next((one.chat_failure for one in replies if one.chat_failure), row.unjudged)
