"""One question, from its lease to its one visible end: an answer, a refusal, a question back, or an apology."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version

import prompts
from bot.answers import Answer, BotError, Finished, Lead, Text
from bot.app import App
from bot.slack import rendering
from bot.slack.access import Access, Allowed
from bot.slack.delivering import Delivery, Undelivered, erase
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.questions import Question
from bot.slack.web import SlackLost, SlackRefused, Web
from retrieval.articles import Filters

_MOST_ATTEMPTS = 10  # after so many, processes have died of it or Slack was away for minutes: an apology is all it gets
_MOST_APOLOGIES = 20  # more that could not be delivered either
_MOST_ERASURES = 200  # about three hours of trying to delete what was shown for a deleted question
_TITLE = 80  # characters of a question that make the title of a thread with an agent


@dataclass(slots=True)
class Job:
    """One question in the hands of a worker; ``order`` is why it must end early, if it must.

    Orders: "stopped" (the asker pressed Stop), "revised", "withdrawn" (the message was edited or deleted), "lost" (the
    lease ran out, and another process answers it).
    """

    question: Question
    worker: str
    cancel: threading.Event = field(default_factory=threading.Event)
    order: str = ""

    def end_early(self, order: str) -> None:
        """Have the work stop at its next step."""
        self.order = order
        self.cancel.set()


class Superseded(Exception):
    """The question is no longer ours: withdrawn, or taken up by another process."""


class Answering:
    """Answers the questions of one workspace; safe to be called from several threads."""

    def __init__(self, app: App, ledger: Ledger, access: Access, web: Web, journal: Journal) -> None:
        self._app = app
        self._ledger = ledger
        self._access = access
        self._web = web
        self._journal = journal
        self._stream = app.settings.slack.stream

    def __call__(self, job: Job) -> None:
        """Bring a question to its end; Undelivered or SlackLost where Slack cannot be reached now."""
        question, started = job.question, time.perf_counter()
        if question.withdrawn:
            if question.attempts <= _MOST_ERASURES:
                self._withdraw(question)
            self._ledger.finish(question, job.worker, "", "withdrawn")
            self._journal.write("withdrawn", question.id)
            return
        answer_id = ""

        def remember(messages: Sequence[str]) -> None:
            if job.order == "lost" or not self._ledger.show(question, messages):
                raise Superseded

        def is_known(ts: str) -> bool:
            return self._ledger.by_message(question.team, question.channel, ts) is not None

        try:
            with Delivery(
                self._web, question, remember, is_known, stream=self._stream, live=self._app.writes
            ) as delivery:
                try:
                    end, answer_id = self._end(job, delivery)
                except (Superseded, Undelivered):
                    raise
                except Exception as error:
                    self._journal.failed("no answer", error, question.id)
                    delivery.end_with(rendering.apology(question.id))
                    end = "apology"
        except Superseded:
            end = "superseded"
        except SlackRefused as refusal:  # as where the bot was put out of the channel meanwhile
            self._journal.write("not shown", question.id, why=refusal.code)
            end = "refused"
        except Undelivered:
            if question.attempts < _MOST_ATTEMPTS + _MOST_APOLOGIES:
                raise
            end = "undelivered"
        outcome = "lost" if job.order == "lost" else self._ledger.finish(question, job.worker, answer_id, end)
        seconds = round(time.perf_counter() - started, 3)
        self._journal.write("answered", question.id, end=end, outcome=outcome, seconds=seconds)

    def _withdraw(self, question: Question) -> None:
        """Forget a question that its asker deleted, and take back what was shown for it."""
        if question.conversation:
            self._app.conversations.withdraw(question.conversation, question.ts)
        self._app.feedback.forget(question.id)
        for ts in question.messages:
            with suppress(SlackRefused):  # as where the bot was put out of the channel
                erase(self._web, question.channel, ts)

    def _allowed(self, question: Question) -> Allowed:
        """What may be quoted in reply: in a channel what everyone there may read, in private what the asker may."""
        if question.surface == "channel":
            return self._access.of_channel(question.channel, question.external)
        channel = question.channel if question.surface == "command" else None
        return self._access.of_person(question.user, question.user_team, question.team, channel)

    def _end(self, job: Job, delivery: Delivery) -> tuple[str, str]:
        """How a question ended, and the id of its answer, if it has one."""
        question = job.question
        if question.attempts > _MOST_ATTEMPTS:
            delivery.end_with(rendering.apology(question.id))
            return "apology", ""
        allowed = self._allowed(question)
        if allowed.collections == ():
            delivery.end_with(rendering.not_allowed(allowed.external, allowed.guest))
            return "not allowed", ""
        answer = self._ask(job, delivery, allowed.collections or ())
        if job.order in ("lost", "revised", "withdrawn"):
            return job.order, ""
        if not answer.text:
            delivery.end_with(rendering.stopped())
            return "stopped", ""
        if why := answer.chat_failure:  # after a colon it goes on in the words of the model's server
            self._journal.write("chat model failed", question.id, why=why.partition(":")[0], text=why)
        kept = self._keep(question, answer, allowed.collections or ("*",))
        delivery.end(rendering.rendered(answer, question.handle, feedback=kept and not answer.is_courtesy))
        if question.conversation:
            self._app.keep(question.conversation, answer, question.ts)
        if question.surface == "direct" and question.thread == question.ts and not question.revision:
            self._entitle(question)
        return job.order or answer.kind, answer.id if kept else ""

    def _ask(self, job: Job, delivery: Delivery, collections: tuple[str, ...]) -> Answer:
        question, filters = job.question, Filters(collections=collections)
        delivery.begin(rendering.searching(self._app.count(filters), collections))
        key = question.conversation
        history = self._app.conversations.turns(key, before=question.ts) if key else ()
        for event in self._app.ask(question.text, history=history, filters=filters, cancel=job.cancel):
            if delivery.stopped and not job.order:
                job.end_early("stopped")
            if isinstance(event, Lead):
                delivery.lead(event.text)
            elif isinstance(event, Text):
                delivery.say(event.text)
            elif isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream of events ended without its answer")

    def _keep(self, question: Question, answer: Answer, collections: tuple[str, ...]) -> bool:
        """Keep what feedback and the buttons below the answer need; where that cannot be, it is shown all the same."""
        made_by = {
            "footnote": version("footnote"),
            "model": answer.model,
            "embedder": self._app.library.embedder.fingerprint,
            **prompts.versions(),
        }
        try:
            self._app.feedback.keep(
                answer,
                made_by,
                asker=question.user,
                collections=collections,
                conversation=question.conversation or "slack",
                question=question.id,
            )
        except BotError as error:  # as on a full disk
            self._journal.failed("answer not kept", error, question.id)
            return False
        return True

    def _entitle(self, question: Question) -> None:
        title = rendering.label(question.text, _TITLE)
        with suppress(SlackRefused, SlackLost):  # apps of an older kind have no titles
            self._web.call(
                "assistant.threads.setTitle", channel_id=question.channel, thread_ts=question.thread, title=title
            )
