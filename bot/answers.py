"""What the bot says: statements with citations, the answer they make, and the events by which it arrives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from retrieval.articles import Article, Hit, Passage

AnswerKind = Literal["answer", "refusal", "question"]
Support = Literal["quoted", "supported", "unsupported"]

_LONGEST_LEAD = 160  # characters; what is longer is not read at a glance


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

    @property
    def lead(self) -> str | None:
        """The short answer as it is shown before all else: "Tiger Woods [1]", marked as the statement that carries it.

        Where sources disagree it says so. None where there is no short answer, where nothing that is shown carries it,
        and where it would only say the whole answer twice.
        """
        short = " ".join((self.short_answer or "").split())
        if self.kind != "answer" or not 0 < len(short) <= _LONGEST_LEAD:
            return None
        carrier = next((one for one in self.statements if one.citations and self._carries(one, short)), None)
        if carrier is None or _words(short) == _words(" ".join(one.text for one in self.statements)):
            return None
        markers = "".join(f"[{number}]" for number in dict.fromkeys(one.number for one in carrier.citations))
        as_said = _spelled_out(short).search(" ".join(carrier.text.split()))
        words = as_said[0] if as_said else short
        return f"{words} {markers}{', but sources disagree' if self.disagreements else ''}"

    def _carries(self, statement: Statement, short: str) -> bool:
        """Whether a statement, or what it quotes, holds these words."""
        quotes = {citation.number: citation.quotes for citation in self.citations}
        quoted = (quotes[one.number][one.quote].text for one in statement.citations)
        wanted = _spelled_out(short)
        return any(wanted.search(" ".join(text.split())) for text in (statement.text, *quoted))


@dataclass(frozen=True, slots=True)
class Searching:
    """The search has begun, for this standalone question."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The search has ended with these hits."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """The answer's lead, where it has one; before the first words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The next words of the answer, already grounded, markers included."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every stream."""

    answer: Answer


Event = Searching | Found | Lead | Text | Finished


def finished(events: Iterable[Event]) -> Answer:
    """The answer that a stream of events ends with."""
    *_, last = events
    assert isinstance(last, Finished)
    return last.answer


def _spelled_out(short: str) -> re.Pattern[str]:
    """Finds the words of a short answer with the dates that stand in brackets behind some: "Monday [13 October 2025]".

    Neither within other words or numbers ("5" is not in "5,000" or "2.5") nor within those brackets.
    """
    letter, day = "[A-Za-z0-9À-ɏ]", r"(?: \[[^\]]*\])?"
    words = rf"{day} ".join(map(re.escape, short.split()))
    outside = r"(?![^\[\]]*\])"
    return re.compile(rf"(?<!{letter})(?<!\d[.,]){words}(?!{letter})(?![.,]\d){outside}{day}", re.IGNORECASE)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
