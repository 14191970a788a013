"""Gold questions and replies in few words, for tests of what is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.evaluation.gold import Gold
from bot.evaluation.rows import Cited, Found, Reply, Row, Said


def gold(id: str = "q", question: str | None = None, **known: Any) -> Gold:
    """A question of its own wording, so that nothing but what is said here makes two of them belong together."""
    return Gold(id, question or f"What happened in case {id}?", **known)


def hit(article: str, text: str = "", *, story: str | None = None, start: int = 0, end: int | None = None) -> Found:
    """One hit: the passage ``start`` to ``end`` of an article, a copy where ``story`` says so."""
    end = start + len(text) if end is None else end
    return Found(article, story or article, f"{article}:{start}", start, end, 1.0, f"Title of {article}", text)


def citation(article: str, *quotes: tuple[int, int]) -> Cited:
    """A citation of an article with these quotes."""
    return Cited(1, article, f"{article}:0", 0, 100, "", quotes, f"Title of {article}")


def answered(*statements: str, cites: Sequence[Cited] = (), confidence: float = 0.9, **more: Any) -> Reply:
    """An answer of these statements."""
    said = tuple(Said(text, (1,), "supported") for text in statements)
    text = " ".join(f"{text} [1]" for text in statements)
    return Reply("answer", text, confidence, statements=said, citations=tuple(cites), **more)


def refused(confidence: float = 0.1, **more: Any) -> Reply:
    """A refusal."""
    return Reply("refusal", "The articles do not say.", confidence, **more)


def asked_back(**more: Any) -> Reply:
    """A question back."""
    return Reply("question", "Which ferry do you mean?", 0.0, **more)


def row(gold: Gold, reply: Reply | None, **more: Any) -> Row:
    """The row of a question; the gold articles are stories of their own unless said otherwise."""
    known: dict[str, Any] = {"stories": gold.articles, "failed": None if reply else "the chat model said nothing"}
    return Row(gold, reply, **(known | more))
