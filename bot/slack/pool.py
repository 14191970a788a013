"""The workers of one process: each leases a question, answers it, and goes on; leases live as long as the process."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable

from bot.slack.answering import Job
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.questions import Question

_IDLE_SECONDS = 1.0  # after which a worker looks for what other processes left behind
_SWEEPING_SECONDS = 3600.0  # between two times that what is too old is erased
_TENDING_SECONDS = 0.5  # between two looks at the leases: so fast a Stop pressed elsewhere is heard


class Pool:
    """A bounded number of threads that answer; the queue is the ledger's, so that no process takes it to its grave."""

    def __init__(self, ledger: Ledger, answer: Callable[[Job], None], workers: int, journal: Journal) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._ledger = ledger
        self._answer = answer
        self._journal = journal
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._news = 0
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"answers-{n}", daemon=True) for n in range(workers)]
        self._tender = threading.Thread(target=self._tend, name="leases", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether every thread does its work."""
        return all(thread.is_alive() for thread in (*self._threads, self._tender))

    @property
    def free(self) -> int:
        """How many threads have nothing to do."""
        return len(self._threads) - len(self._jobs)

    def start(self) -> None:
        """Begin to answer."""
        for thread in (*self._threads, self._tender):
            thread.start()

    def wake(self) -> None:
        """There is something new in the ledger."""
        with self._changed:
            self._news += 1
            self._changed.notify()

    def look(self) -> None:
        """Hear now what the ledger says about the questions in hand, such as that one is to stop."""
        jobs = dict(self._jobs)
        for question_id, order in self._ledger.renew(self.name).items():
            if question_id in jobs:
                jobs[question_id].end_early(order)

    def drain(self, seconds: float) -> int:
        """Take no more questions, let running answers end, and leave the rest to others; how many that is."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._jobs, timeout=seconds)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        jobs = dict(self._jobs)
        for job in jobs.values():  # whatever call it makes now is its last
            job.end_early("lost")
        return self._ledger.release(self.name, jobs)

    def _work(self) -> None:
        while not self._stopping.is_set():
            seen = self._news
            try:
                question = self._ledger.lease(self.name)
            except Exception as error:  # a database that is away comes back
                self._journal.failed("lease failed", error)
                self._stopping.wait(_IDLE_SECONDS)
                continue
            if question is None:
                self._idle(seen)
                continue
            job = Job(question, self.name)
            with self._changed:
                if self._stopping.is_set():
                    return  # what is not in hand yet is given back with the rest
                self._jobs[question.id] = job
            self._do(job)

    def _idle(self, seen: int) -> None:
        """Wait for news since then, or until it is time to see what other processes left behind."""
        seconds = _IDLE_SECONDS * random.uniform(1, 2)
        with self._changed:
            self._changed.wait_for(lambda: self._news != seen or self._stopping.is_set(), seconds)

    def _do(self, job: Job) -> None:
        question = job.question
        try:
            self._answer(job)
        except Exception as error:  # whatever it was, the question is not lost
            self._journal.failed("answering failed", error, question.id)
            self._try_again(question)
        finally:
            with self._changed:
                if self._jobs.get(question.id) is job:  # else another thread has leased it meanwhile
                    del self._jobs[question.id]
                self._changed.notify_all()

    def _try_again(self, question: Question) -> None:
        try:
            self._ledger.later(question, self.name, _pause(question.attempts))
        except Exception as error:  # then its lease runs out
            self._journal.failed("lease kept", error, question.id)

    def _tend(self) -> None:
        """Renew the leases for as long as there is work, the last of it after the process was told to stop too."""
        sweep_at = time.monotonic()
        while self._jobs or not self._stopping.is_set():
            try:
                self.look()
                if time.monotonic() >= sweep_at:
                    sweep_at += _SWEEPING_SECONDS
                    self._ledger.sweep()
            except Exception as error:
                self._journal.failed("leases not renewed", error)
            time.sleep(_TENDING_SECONDS)


def _pause(attempts: int) -> float:
    """Seconds until a question is tried again: 2, 4, 8 … up to a minute, so that Slack or the database may recover."""
    return float(min(60, 2**attempts)) * random.uniform(0.8, 1.2)
