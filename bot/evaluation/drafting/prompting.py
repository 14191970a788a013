"""Drafts by a chat model: one passage, one question; what it writes is held against the passage here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from bot.composing.chat import ChatFailed
from bot.evaluation.drafting.lines import answered, unanswered
from bot.evaluation.drafting.spreading import passages, read
from bot.evaluation.gold import Gold
from bot.evaluation.matching import stands, words
from retrieval.articles import Article, Passage
from retrieval.wording import names

if TYPE_CHECKING:
    from retrieval.library import Library

PROMPT = "draft"
_EVERY = 5  # of so many passages one gives a question that it does not answer
_SHORTEST = 120  # characters of a passage that is worth a question
_TRIED = 3  # passages that are tried at most, for each question that is wanted
_ROUNDS = 20  # passages that one article gives at most
_WORDS = (4, 40)  # of a question
_NO_STRANGER = re.compile(
    r"\b(?:passage|article|text|excerpt|author|above|mentioned|according to (?:it|this|them))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Writer:
    """How a chat model is asked: ``say`` fills the prompt with values and gives the reply, or raises ChatFailed.

    Passages of the collections ``never`` are not shown to it. ``workers`` are the passages that it reads at a time.
    """

    say: Callable[[str, dict[str, str]], str]
    workers: int = 1
    never: frozenset[str] = frozenset()
    progress: Callable[[int], None] = lambda done: None


@dataclass(frozen=True, slots=True)
class _Piece:
    article: Article
    passage: Passage


def prompted(
    library: Library, order: Sequence[str], n: int, writer: Writer, random: Random
) -> tuple[list[Gold], str | None]:
    """Questions from the first passages that give a good one, and why the chat model stopped if it failed."""
    pieces = islice(_pieces(library, order, writer.never, random), _TRIED * n)
    found: list[Gold] = []
    with ThreadPoolExecutor(writer.workers, thread_name_prefix="draft") as pool:
        while len(found) < n and (batch := list(islice(pieces, min(writer.workers, n - len(found))))):
            futures = [pool.submit(writer.say, PROMPT, _values(piece)) for piece in batch]
            for piece, future in zip(batch, futures, strict=True):
                try:
                    reply = _lines(future.result())
                except ChatFailed as failed:
                    return found, failed.reason
                due = (len(found) + 1) // _EVERY > sum(gold.answerable is False for gold in found)
                gold = (_unanswerable(reply, piece) if due else None) or _answerable(reply, piece)
                if gold and gold.id not in {known.id for known in found}:
                    found.append(gold)
            writer.progress(len(found))
    return found, None


def _pieces(library: Library, order: Sequence[str], never: frozenset[str], random: Random) -> Iterator[_Piece]:
    """A passage of each article, then another of each, at random; none too short to say something."""
    salt = random.random()
    for turn in range(_ROUNDS):
        some = False
        for article in read(library, order):
            if article.collection in never:
                continue
            cut = [passage for passage in passages(library, article) if len(passage.text) >= _SHORTEST]
            shuffled = Random(f"{salt} {article.id}").sample(cut, len(cut))
            if turn < len(shuffled):
                some = True
                yield _Piece(article, shuffled[turn])
        if not some:
            return


def _values(piece: _Piece) -> dict[str, str]:
    article = piece.article
    return {
        "title": " ".join(article.title.split()) or "not given",
        "outlet": article.source or "not given",
        "published": article.published.isoformat() if article.published else "not given",
        "passage": piece.passage.text.replace("</", "‹/"),
    }


def _lines(reply: str) -> list[dict[str, Any]]:
    """The JSON objects of a reply, one a line or in one list; anything else in it is passed over."""
    found: list[dict[str, Any]] = []
    for line in (reply, *reply.splitlines()):
        try:
            read = json.loads(line.strip().rstrip(","))
        except (ValueError, RecursionError):
            continue
        found += [item for item in (read if isinstance(read, list) else [read]) if isinstance(item, dict)]
    return found


def _answerable(reply: list[dict[str, Any]], piece: _Piece) -> Gold | None:
    """The first question of a reply whose quote stands in the passage and whose answer stands in the quote."""
    for item in reply:
        question, answer, quote = (_said(item.get(key)) for key in ("question", "answer", "quote"))
        where = re.search(r"\s+".join(map(re.escape, quote.split())), piece.passage.text) if quote else None
        right = answer and stands(answer, words(quote)) and not stands(answer, words(question))
        if where and right and _can_be_asked(question):
            return answered(question, (answer,), piece.article.id, where[0])
    return None


def _unanswerable(reply: list[dict[str, Any]], piece: _Piece) -> Gold | None:
    """The first question of a reply that it says the passage does not answer."""
    for item in reply:
        question = _said(item.get("question"))
        if "answer" in item and item["answer"] is None and _can_be_asked(question):
            why = f"suggested by article {piece.article.id}, which does not answer it there; see that nothing else does"
            return unanswered(question, why)
    return None


def _said(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _can_be_asked(question: str) -> bool:
    """Whether a question can be put to somebody who has not seen the passage: it names something."""
    shortest, longest = _WORDS
    return (
        question.endswith("?")
        and shortest <= len(question.split()) <= longest
        and not _NO_STRANGER.search(question)
        and bool(names(question) or re.search(r"\d", question))
    )
