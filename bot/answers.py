"""What the bot says: statements with citations, the answer they make, and the events by which it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from retrieval.articles import Article, Hit, Passage

AnswerKind = Literal["answer", "refusal", "question"]
Support = Literal["quoted", "supported", "unsupported"]


class BotError(Exception):
    """The user's problem, in one line that can be shown as it is."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The article's own words: ``article.text[start:end] == text``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source of an answer, with the quotes that the answer rests on and a link that opens at the first."""

    number: int
    article: Article
    passage: Passage
    quotes: tuple[Quote, ...]
    link: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """One [n] of a statement: the citation's number and the index of the quote among that citation's quotes."""

    number: int
    quote: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, without its markers, and what it rests on."""

    text: str
    citations: tuple[Reference, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that was proposed and not shown, because no hit that it may rest on supports it.

    ``hits``: the indexes, among all hits of the answer, of those that it claimed to rest on; it may claim none.
    """

    text: str
    hits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a disagreement and the numbers of its citations."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the evidence gives different answers, and who gives which."""

    about: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """An article a refusal names, so that the asker can look for themselves."""

    id: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a chat model counted for one answer."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer, refusal or question back, with everything it was made of.

    ``chat_failure`` is why the chat model did not answer, or not to the end.
    """

    id: str
    kind: AnswerKind
    question: str
    standalone_question: str
    text: str
    statements: tuple[Statement, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    confidence: float = 0.0
    disagreements: tuple[Disagreement, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    notice: str | None = None
    chat_failure: str | None = None
    hits: tuple[Hit, ...] = ()
    model: str = "none"
    usage: Usage = field(default_factory=Usage)
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_courtesy(self) -> bool:
        """Whether it is words that rest on no article and claim nothing, such as the reply to "thanks"."""
        return self.kind == "answer" and bool(self.text) and not self.hits


@dataclass(frozen=True, slots=True)
class Searching:
    """The search has begun, for this standalone question."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The search has ended with these hits."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The next words of the answer, already grounded, markers included."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every stream."""

    answer: Answer


Event = Searching | Found | Text | Finished


def finished(events: Iterable[Event]) -> Answer:
    """The answer that a stream of events ends with."""
    *_, last = events
    assert isinstance(last, Finished)
    return last.answer
