"""The nouns of retrieval: an article, the passages it is cut into, and a passage that was found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

BlockKind = Literal["heading", "paragraph", "caption", "quote", "page"]


class RetrievalError(Exception):
    """The user's problem, in one line that can be shown as it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of an article's text and what it is.

    ``page`` blocks overlay the others: the n-th of them spans page n of a PDF, empty pages included.
    """

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it stands in the library; offsets everywhere count Python code points of ``text``."""

    id: str
    title: str
    text: str
    blocks: tuple[Block, ...] = ()
    version: int = 1
    url: str | None = None
    author: str | None = None
    source: str | None = None
    language: str | None = None
    published: date | None = None
    updated: date | None = None
    collection: str = "default"
    content_hash: str = ""
    copy_of: str | None = None

    def kind_at(self, offset: int) -> BlockKind:
        """The kind of the block that holds ``offset``; text outside every block is a paragraph."""
        for block in self.blocks:
            if block.kind != "page" and block.start <= offset < block.end:
                return block.kind
        return "paragraph"

    def page_at(self, offset: int) -> int | None:
        """The page number (from 1) that holds ``offset``; None where the article has no pages."""
        pages = [block for block in self.blocks if block.kind == "page"]
        for number, block in enumerate(pages, start=1):
            if offset < block.end:
                return number
        return len(pages) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences of one version of one article: ``article.text[start:end] == text``."""

    id: str
    article_id: str
    version: int
    start: int
    end: int
    text: str


def passage_id(article_id: str, version: int, number: int) -> str:
    """The id of the ``number``-th passage (from 0) of one version of an article."""
    return f"{article_id}@{version}#{number}"


def article_of(passage_id: str) -> str:
    """The id of the article that a passage is part of."""
    return passage_id.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Why:
    """What made a passage a hit: its rank (from 1) with each retriever and the reader, cosine, and what raised it."""

    dense_rank: int | None = None
    lexical_rank: int | None = None
    similarity: float | None = None
    boosts: tuple[str, ...] = ()
    read_rank: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Words of an article that may be the answer: ``article.text[start:end]``, and the logit that they are."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a passage for a question, in logits that compare across the passages of one question.

    ``relevance``: that the passage answers it. ``spans``: the likeliest words of it, the best first; ``absent``: that
    they are not here, on the same scale as the spans' scores.
    """

    relevance: float
    absent: float
    spans: tuple[AnswerSpan, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with its article, its score and the reasons for it.

    ``span`` is where the matching text itself stands in the article: the passage may have been joined with neighbours.
    ``reading`` is None where no reader has read it; of joined passages it is the better one's, with the spans of all.
    """

    article: Article
    passage: Passage
    score: float
    span: tuple[int, int]
    why: Why = field(default_factory=Why)
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions a hit must meet; an empty tuple or None does not restrict."""

    sources: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in other words, and how much its rankings weigh beside the question's own, which weigh 1."""

    text: str
    weight: float = 1.0


def content_hash(article: Article) -> str:
    """Hash of all that a reader would see change: text, title, author, outlet, dates and collection (16 hex digits)."""
    parts: Iterable[str] = (
        article.title,
        article.text,
        article.url or "",
        article.author or "",
        article.source or "",
        article.published.isoformat() if article.published else "",
        article.updated.isoformat() if article.updated else "",
        article.collection,
        repr([(b.start, b.end, b.kind) for b in article.blocks]),
    )
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def sealed(article: Article) -> Article:
    """The same article with its content hash filled in; every loader ends with this."""
    return replace(article, content_hash=content_hash(article))


def article_id(location: str) -> str:
    """The id of an article that came without one: a hash of where it was found (12 hex digits)."""
    return hashlib.sha256(location.encode("utf-8", "surrogatepass")).hexdigest()[:12]
