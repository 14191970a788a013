"""Judges of citations: do the passages that a statement cites say what the statement says?

Citation recall and precision are those of ALCE (Gao, Yen, Yu and Chen, Enabling Large Language Models to Generate Text
with Citations, 2023), with another judge in the place of its entailment model. The lexical judge runs the checks of
grounding itself, so sentences that grounding had dropped are judged too: what is measured is what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from bot.answers import Answer
from bot.composing import Draft
from bot.composing.chat import ChatFailed
from bot.composing.dating import dated
from bot.evaluation.rows import Judged
from bot.grounding import ground
from retrieval.articles import Hit
from retrieval.splitting import sentences

if TYPE_CHECKING:
    from bot.composing.chat import ChatComposer

Judge = Callable[[str, Sequence[Hit]], bool]
LEXICAL = "lexical"
_DAY = re.compile(r"(?P<word>\w+) \[(?:[\w ]*[a-z] )?\d{4}\]")  # as in "Monday [3 May 2026]"
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


def lexical(statement: str, hits: Sequence[Hit]) -> bool:
    """Whether the passages support the statement, as grounding sees it.

    A day that the bot put behind a relative date is judged by whether the passage's own sentence leads to it.
    """
    reckoned = {words for hit in hits for words in _reckoned(hit)}
    plain = _DAY.sub(lambda day: day["word"] if day[0] in reckoned else day[0], statement)
    return ground(Draft(plain, tuple(range(len(hits)))), hits).support == "supported"


def chat_judge(chat: ChatComposer) -> Judge:
    """A judge that asks a chat model; ChatFailed where that gives no verdict."""
    return partial(_asked, chat)


def judged(answer: Answer, judge: Judge) -> Judged | None:
    """The verdicts on an answer, dropped sentences after the shown ones; None where nothing was stated."""
    passages = {citation.number: citation.passage.id for citation in answer.citations}
    hits = {hit.passage.id: hit for hit in answer.hits}
    stated: list[tuple[str, list[Hit]]] = [
        (said.text, [hits[passages[n]] for n in dict.fromkeys(reference.number for reference in said.citations)])
        for said in answer.statements
    ]
    stated += [(dropped.text, [answer.hits[n] for n in dropped.hits]) for dropped in answer.dropped]
    if not stated:
        return None
    supported: list[bool] = []
    needed: list[bool] = []
    for text, cited in stated:
        together = bool(cited) and judge(text, cited)
        supported.append(together)
        needed += [together and _is_needed(text, cited, hit, judge) for hit in cited]
    return Judged(tuple(supported), tuple(needed))


def _is_needed(text: str, cited: Sequence[Hit], hit: Hit, judge: Judge) -> bool:
    """Whether the citation supports alone, or the others do not without it."""
    others = [other for other in cited if other is not hit]
    return not others or judge(text, [hit]) or not judge(text, others)


def _reckoned(hit: Hit) -> Iterator[str]:
    """Each relative date of a passage, its last word, with the day that it means."""
    article, passage = hit.article, hit.passage
    for start, end in sentences(article.text, passage.start, passage.end, article.language):
        yield from (day[0] for day in _DAY.finditer(dated(article.text[start:end], article.published)))


def _asked(chat: ChatComposer, statement: str, hits: Sequence[Hit]) -> bool:
    passages = "\n\n".join(_shown(hit) for hit in hits)
    verdict = _VERDICT.match(chat.said("judge", {"statement": statement, "passages": passages}))
    if verdict is None:
        raise ChatFailed("it said neither yes nor no")
    return verdict[1].casefold() == "yes"


def _shown(hit: Hit) -> str:
    published = f"\nPublished: {hit.article.published}" if hit.article.published else ""
    return f"{hit.article.title}{published}\n{hit.passage.text}"
