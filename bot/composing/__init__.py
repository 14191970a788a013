"""Composers: from a question and its hits to proposed sentences, each naming the hits it rests on.

A composer proposes; the chain grounds every draft before anybody sees it. Two composers stand behind the one contract:
``extractive`` (the articles' own sentences, no key) and ``chat`` (a chat model).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from bot.answers import AnswerKind, Usage
from retrieval.articles import Hit


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of the conversation, as it stood alone, the reply it got, and the articles cited there."""

    question: str
    answer: str
    article_ids: tuple[str, ...] = ()
    kind: AnswerKind = "answer"


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a composer may use."""

    question: str
    standalone_question: str
    hits: tuple[Hit, ...]
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Span:
    """The exact words that a draft quotes: offsets in the article of ``hits[hit]``."""

    hit: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Draft:
    """One proposed sentence without markers, and the indexes of the hits it claims to rest on.

    ``named`` is False where it claimed to rest on nothing in particular, so that any of the hits may support it.

    ``quotes`` is set where the composer itself took the words from the articles; grounding then only checks the
    offsets. Otherwise grounding looks for the supporting sentences in the passages of ``hits``.
    """

    text: str
    hits: tuple[int, ...]
    quotes: tuple[Span, ...] = ()
    named: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last thing a composer yields: what it cost, and what a reader must be told."""

    model: str
    usage: Usage = field(default_factory=Usage)
    short_answer: str | None = None
    notice: str | None = None
    refused: bool = False


class Composer(Protocol):
    """Yields drafts in reading order, then exactly one Outcome."""

    def __call__(self, request: Request) -> Iterator[Draft | Outcome]: ...
