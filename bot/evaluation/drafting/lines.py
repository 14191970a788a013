"""A draft as a line of a gold file."""

from __future__ import annotations

import hashlib

from bot.evaluation.gold import Gold


def answered(question: str, answers: tuple[str, ...], article_id: str, quote: str) -> Gold:
    """A question that one sentence of an article answers."""
    return Gold(_id(question), question, answers=answers, articles=(article_id,), quotes=(quote,), answerable=True)


def unanswered(question: str, why: str) -> Gold:
    """A question that the library does not answer, with a word on how it came about for whoever checks that."""
    return Gold(_id(question), question, explanation=why, answerable=False)


def _id(question: str) -> str:
    """Two drafts share an id only where they ask the same, so that files of drafts can be put together."""
    return f"draft-{hashlib.sha256(question.encode()).hexdigest()[:8]}"
