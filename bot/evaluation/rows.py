"""Rows: what the bot said to each gold question, kept so that scores and reports need neither bot nor library again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from bot.answers import Answer, AnswerKind, Citation, Statement, Support
from bot.evaluation.gold import Gold
from retrieval.articles import Article

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Span:
    """Words of an article: ``text[start:end]`` of its stored text."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """One statement without markers, and the numbers of the citations it rests on."""

    text: str
    citations: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation: its passage, the quotes in it, and where it is from."""

    number: int
    article_id: str
    passage_id: str
    start: int
    end: int
    text: str
    quotes: tuple[tuple[int, int], ...]
    title: str
    source: str | None = None
    published: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One hit; ``story`` is its article, or the one that it is a copy of."""

    article_id: str
    story: str
    passage_id: str
    start: int
    end: int
    score: float
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One side of a disagreement as it was shown."""

    about: str
    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, refusal or question back, as far as it is scored and shown; ``dropped`` was not shown to anybody."""

    kind: AnswerKind
    text: str
    confidence: float
    standalone_question: str = ""
    short_answer: str | None = None
    lead: str | None = None
    statements: tuple[Said, ...] = ()
    dropped: tuple[str, ...] = ()
    citations: tuple[Cited, ...] = ()
    disagreements: tuple[Shown, ...] = ()
    nearest: tuple[str, ...] = ()
    notice: str | None = None
    chat_failure: str | None = None
    hits: tuple[Found, ...] = ()
    model: str = "none"
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge says of the statements of a reply, shown and dropped ones, in the sense of ALCE.

    ``supported``: for each statement whether its passages together support it. ``needed``: for each citation of each
    statement whether it supports the statement alone, or the others without it do not.
    """

    supported: tuple[bool, ...]
    needed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its gold and its reply; None where asking failed, and ``failed`` says why.

    ``stories``: for each gold article the one it is a copy of, or itself. ``quoted``: where the gold quotes stand.
    ``would_be``: the reply to a refused question if nothing were refused for want of confidence, for the risk curve.
    ``unjudged``: why the judge gave no verdict, where it should have.
    ``seconds`` and ``timings`` are the only values that differ between two runs of the same.
    """

    gold: Gold
    reply: Reply | None
    stories: tuple[str, ...] = ()
    quoted: tuple[Span, ...] = ()
    would_be: Reply | None = None
    judged: Judged | None = None
    unjudged: str | None = None
    failed: str | None = None
    seconds: float = 0.0
    timings: Mapping[str, float] = field(default_factory=dict)


Outcome = Literal[
    "right",
    "rightly refused",
    "failed",
    "not retrieved",
    "retrieved but not answered",
    "wrong answer",
    "wrong citation",
    "wrongly refused",
    "should have refused",
    "unjudged",
]


def reply(answer: Answer) -> Reply:
    """An answer as a row keeps it."""
    return Reply(
        kind=answer.kind,
        text=answer.text,
        confidence=answer.confidence,
        standalone_question=answer.standalone_question,
        short_answer=answer.short_answer,
        lead=answer.lead,
        statements=_said(answer.statements),
        dropped=tuple(dropped.text for dropped in answer.dropped),
        citations=tuple(_cited(citation) for citation in answer.citations),
        disagreements=tuple(
            Shown(disagreement.about, side.text, side.citations)
            for disagreement in answer.disagreements
            for side in disagreement.sides
        ),
        nearest=tuple(nearest.title for nearest in answer.nearest),
        notice=answer.notice,
        chat_failure=answer.chat_failure,
        hits=tuple(
            Found(
                hit.article.id,
                story(hit.article),
                hit.passage.id,
                hit.passage.start,
                hit.passage.end,
                hit.score,
                hit.article.title,
                hit.passage.text,
            )
            for hit in answer.hits
        ),
        model=answer.model,
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
    )


def story(article: Article) -> str:
    """The article itself, or the one that it is a copy of."""
    return article.copy_of or article.id


def to_json(row: Row) -> str:
    """One line of JSON."""
    return _adapter().dump_json(row).decode("utf-8")


def from_json(line: str | bytes) -> Row:
    """The row of one line; a ValueError where it is none."""
    return _adapter().validate_json(line)


def _said(statements: Sequence[Statement]) -> tuple[Said, ...]:
    return tuple(
        Said(s.text, tuple(dict.fromkeys(reference.number for reference in s.citations)), s.support) for s in statements
    )


def _cited(citation: Citation) -> Cited:
    article, passage = citation.article, citation.passage
    return Cited(
        number=citation.number,
        article_id=article.id,
        passage_id=passage.id,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        quotes=tuple((quote.start, quote.end) for quote in citation.quotes),
        title=article.title,
        source=article.source,
        published=article.published.isoformat() if article.published else None,
        link=citation.link,
    )


@cache
def _adapter() -> TypeAdapter[Row]:
    from pydantic import TypeAdapter

    return TypeAdapter(Row)
