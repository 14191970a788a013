"""From a question to a cited answer: complete the question, search, compose, ground; as a stream of events.

What composers propose becomes visible only here, sentence by sentence, and only with what grounding can show for it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol

import prompts
from bot.answers import (
    Answer,
    AnswerKind,
    Disagreement,
    Dropped,
    Event,
    Finished,
    Found,
    Lead,
    Nearest,
    Searching,
    Statement,
    Text,
    Usage,
)
from bot.citing import Bibliography, bears_on, marked
from bot.clarifying import clarification
from bot.composing import Composer, Draft, Outcome, Request, Turn
from bot.composing.chat import ChatFailed, Rewritten
from bot.composing.markers import disarmed
from bot.confidence import confidence
from bot.disagreements import disagreements
from bot.followups import Followup, Similarities, as_typed, understand
from bot.grounding import ground
from retrieval.articles import Article, Filters, Hit, Wording

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

Special = Callable[[Request], "tuple[tuple[Hit, ...], Iterator[Draft | Outcome]] | None"]

UNSUPPORTED_MARK = "[unsupported]"
NOTHING_PASSES = "No article passes the filters."
NOTHING_FOUND = "There was no article to search: footnote ingest SOURCE adds some, footnote doctor looks for faults."


class Find(Protocol):
    """A search; what a follow-up adds to its question is named only where there is something."""

    def __call__(
        self,
        question: str,
        filters: Filters,
        as_of: date | None,
        /,
        *,
        alternatives: Sequence[Wording] = (),
        cited: Collection[str] = (),
    ) -> tuple[Hit, ...]: ...


class Chat(Protocol):
    """A chat model: a composer that can also complete a follow-up."""

    name: str

    def __call__(self, request: Request) -> Iterator[Draft | Outcome]: ...

    def standalone(self, question: str, history: Sequence[Turn]) -> Rewritten: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """When to answer, and what may be shown to whom; plain values from the settings."""

    threshold: float = 0.4
    unsupported: Literal["drop", "mark"] = "drop"
    nearest: int = 3
    never_collections: frozenset[str] = frozenset()


class Chain:
    """The steps of an answer around one search and one or two composers.

    ``special`` is asked first and answers what is no question to the articles, such as "hello": the hits it cites and
    its drafts, where a draft without hits is a courtesy that claims nothing; None leaves the question to the search.
    ``similarities`` tells a follow-up from a new topic.
    """

    def __init__(
        self,
        find: Find,
        extractive: Composer,
        *,
        chat: Chat | None = None,
        special: Special | None = None,
        similarities: Similarities | None = None,
        rules: Rules = Rules(),
    ) -> None:
        self.find = find
        self.extractive = extractive
        self.chat = chat
        self.special = special
        self.similarities = similarities
        self.rules = rules

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        as_of: date | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """The events of one answer; Finished is the last. A set ``cancel`` ends it with what is there by then."""
        cancelled = cancel.is_set if cancel else lambda: False
        request = Request(question, question, (), tuple(history), as_of, cancelled)
        return _Answering(self, request).events(filters)

    def answer(self, question: str, **options: Any) -> Answer:
        """The answer alone, for whoever does not watch it come; options as for ``stream``."""
        *_, last = self.stream(question, **options)
        assert isinstance(last, Finished)
        return last.answer

    def as_runnable(self) -> Runnable[dict[str, Any], Answer]:
        """The chain as a step of a LangChain pipeline: from the arguments of ``stream``, as a dict, to the Answer."""
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(lambda arguments: self.answer(**arguments), name="footnote")


class _Answering:
    """One question on its way through the chain, and what has become of it so far."""

    def __init__(self, chain: Chain, request: Request) -> None:
        self.chain = chain
        self.rules = chain.rules
        self.request = request
        self.sources = Bibliography()
        self.statements: list[Statement] = []
        self.dropped: list[Dropped] = []
        self.disagreements: tuple[Disagreement, ...] = ()
        self.text = ""
        self.held: list[Text] = []  # words that wait for the lead
        self.confidence = 0.0
        self.outcome = Outcome(model="none")
        self.usage = Usage()
        self.notices: list[str] = []
        self.chat_failure: str | None = None  # before it had said anything
        self.broken_off: str | None = None
        self.timings: dict[str, float] = defaultdict(float)

    def events(self, filters: Filters) -> Iterator[Event]:
        """All steps in order; whatever was left without an answer at the end is refused."""
        special = self.chain.special(self.request) if self.chain.special else None
        if special is not None:
            hits, proposals = special
            self.request, self.confidence = replace(self.request, hits=hits), 1.0
            yield from self._show(proposals, hits, courtesies=True)
            yield Finished(self._answer("answer"))
            return
        with self._timed("standalone"):
            followup = self._understood()
            question = followup.standalone
        self.request = replace(self.request, standalone_question=question)
        yield Searching(question)
        with self._timed("search"):
            hits = () if self.request.cancelled() else self._found(followup, filters)
        self.request = replace(self.request, hits=hits)
        yield Found(hits)
        with self._timed("confidence"):
            self.confidence = confidence(question, hits)
        asked_back = None if self.request.cancelled() else clarification(self.request.question, question, hits)
        if asked_back:
            self.text = disarmed(asked_back)
            yield Text(self.text)
            yield Finished(self._answer("question"))
            return
        if self.confidence >= self.rules.threshold and not self.request.cancelled():
            yield from self._compose()
        if self.statements and not self.request.cancelled():
            with self._timed("compare"):
                self.disagreements = disagreements(question, hits, self.sources)
        if self.text or self.request.cancelled():
            answer = self._answer("answer")
            if answer.lead and self.held:
                yield Lead(answer.lead)
            yield from self.held
            yield Finished(answer)
        else:
            if not hits:
                self.notices.append(NOTHING_FOUND if filters == Filters() else NOTHING_PASSES)
            self.text = prompts.text("refusal")
            yield Text(self.text)
            yield Finished(self._answer("refusal"))

    def _understood(self) -> Followup:
        """The question completed from the turns before it: by the chat model where there is one, else by rules."""
        question, history = self.request.question, self.request.history
        rewritten = None
        if self.chain.chat and history:
            shown = history
            if self.rules.never_collections:  # an answer may quote what the chat model must never see
                shown = tuple(replace(turn, question=as_typed(turn.question), answer="") for turn in history)
            try:
                reply = self.chain.chat.standalone(question, shown)
            except ChatFailed as failed:
                self._fail(failed)
            else:
                self._count(reply.usage)
                rewritten = reply.question
        return understand(question, history, self.chain.similarities, rewritten)

    def _found(self, followup: Followup, filters: Filters) -> tuple[Hit, ...]:
        question, as_of = followup.standalone, self.request.as_of
        if not followup.alternatives and not followup.cited:
            return self.chain.find(question, filters, as_of)
        alternatives, cited = followup.alternatives, followup.cited
        return self.chain.find(question, filters, as_of, alternatives=alternatives, cited=cited)

    def _compose(self) -> Iterator[Text]:
        """The chat model's answer where one may be asked; the articles' own sentences where that gave none."""
        hits, chat = self.request.hits, self.chain.chat
        shown = tuple(hit for hit in hits if hit.article.collection not in self.rules.never_collections)
        if chat and shown and not self.chat_failure:
            self.outcome = Outcome(model=chat.name)
            try:
                yield from self._show(chat(replace(self.request, hits=shown)), shown)
            except ChatFailed as failed:
                self._fail(failed)
            if self.text or self.request.cancelled():
                return
            if not self.chat_failure:
                hits = tuple(hit for hit in hits if hit not in shown)
                if confidence(self.request.standalone_question, hits) < self.rules.threshold:
                    return
                self.notices.append("The chat model may not see the articles quoted here.")
        quoting = self._show(self.chain.extractive(replace(self.request, hits=hits)), hits)
        if any(hit.reading for hit in hits):  # there may be a short answer, and quoting takes no time to speak of
            self.held.extend(quoting)
        else:
            yield from quoting

    def _show(
        self, proposals: Iterator[Draft | Outcome], hits: tuple[Hit, ...], *, courtesies: bool = False
    ) -> Iterator[Text]:
        """Ground each draft as it comes and show what is left of it; only a courtesy may rest on nothing."""
        try:
            while not self.request.cancelled():
                with self._timed("compose"):
                    proposal = next(proposals, None)
                if proposal is None:
                    return
                if isinstance(proposal, Outcome):
                    self._conclude(proposal)
                    continue
                courtesy = courtesies and not proposal.hits and not proposal.quotes
                words = disarmed(proposal.text.strip()) if courtesy else self._grounded(proposal, hits)
                if words:
                    gap = "" if not self.text else "\n" if proposal.text.startswith("\n") else " "
                    self.text += gap + words
                    yield Text(gap + words)
        finally:
            if isinstance(proposals, Generator):
                proposals.close()

    def _grounded(self, draft: Draft, hits: tuple[Hit, ...]) -> str:
        """The draft with its markers, or nothing where it may not be shown."""
        text = disarmed(draft.text.strip())
        with self._timed("ground"):
            grounded = ground(draft, hits)
        said = bool(draft.quotes) or bears_on(self.request.standalone_question, text, grounded.quotes, hits)
        if grounded.support == "unsupported" or not said:
            if self.rules.unsupported == "drop":
                self.dropped.append(Dropped(text, self._claimed(draft, hits)))
                return ""
            self.statements.append(Statement(text, (), "unsupported"))
            return f"{text} {UNSUPPORTED_MARK}"
        references = self.sources.cite(grounded.quotes, hits)
        self.statements.append(Statement(text, references, grounded.support))
        return marked(text, references)

    def _claimed(self, draft: Draft, hits: tuple[Hit, ...]) -> tuple[int, ...]:
        """Which of all hits a draft named; a composer may have been shown only some of them."""
        if not draft.named:
            return ()
        places = {hit.passage.id: place for place, hit in enumerate(self.request.hits)}
        return tuple(places[hits[index].passage.id] for index in draft.hits if 0 <= index < len(hits))

    def _conclude(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._count(outcome.usage)
        if outcome.notice:
            self.notices.append(outcome.notice)

    def _fail(self, failed: ChatFailed) -> None:
        self._count(failed.usage)
        if self.text:
            self.broken_off = failed.reason
            self.notices.append(f"The chat model did not finish ({failed.reason}); the answer may be incomplete.")
        else:
            self.chat_failure = failed.reason

    def _count(self, usage: Usage) -> None:
        self.usage = Usage(self.usage.input_tokens + usage.input_tokens, self.usage.output_tokens + usage.output_tokens)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timings[step] += time.perf_counter() - started

    def _answer(self, kind: AnswerKind) -> Answer:
        hits = self.request.hits
        short = self.outcome.short_answer if kind == "answer" else None
        return Answer(
            id=uuid.uuid4().hex,
            kind=kind,
            question=self.request.question,
            standalone_question=self.request.standalone_question,
            text=self.text,
            statements=tuple(self.statements),
            dropped=tuple(self.dropped),
            citations=self.sources.citations(),
            short_answer=short and disarmed(short),
            confidence=self.confidence,
            disagreements=self.disagreements,
            nearest=nearest(hits, self.rules.nearest) if kind == "refusal" else (),
            notice=self._notice(kind),
            chat_failure=self.chat_failure or self.broken_off,
            hits=hits,
            model=self.outcome.model,
            usage=self.usage,
            timings=dict(self.timings),
        )

    def _notice(self, kind: AnswerKind) -> str | None:
        """What the asker must be told besides the answer, in one line."""
        notices = list(self.notices)
        if self.chat_failure:
            instead = "; this answer quotes the articles instead" if kind == "answer" and self.text else ""
            notices.insert(0, f"The chat model did not answer ({self.chat_failure}){instead}.")
        if self.request.cancelled():
            notices.append("stopped")
        return " ".join(notices) or None


def nearest(hits: Sequence[Hit], count: int) -> tuple[Nearest, ...]:
    """The articles of the best hits, copies of one story named once."""
    articles: dict[str, Article] = {}
    for hit in hits:
        articles.setdefault(hit.article.copy_of or hit.article.id, hit.article)
    return tuple(Nearest(article.id, article.title, article.url) for article in list(articles.values())[:count])
