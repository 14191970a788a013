"""Questions that could mean several things get a question back: "Do you mean “…”, “…” or “…”?"

Only where the question itself names nothing to search by ("When did it happen?" with nothing before it, "What services
does this clinic offer?") and what was found is of different stories. It is better to answer a vague question than to
ask back without need, so each rule is narrow; they know English.

The readings stand in quotation marks (“…”), parted by commas and "or", which ``bot.readings`` takes apart again: a
reply such as "the second" or "the ferry one" then completes the question that was asked first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.relevance import asked, ranked
from bot.spans import BELIEF, are_read
from retrieval.articles import Hit
from retrieval.wording import content_terms, names

_READINGS = 3
_LONGEST_READING = 90  # characters
_CLOSE = 0.5  # of the best story's score, that a second story must have
_LEAD = 0.2  # of the nearest story's cosine on the next one's, from which on one story is meant
_NEARLY_EQUAL = 0.06  # the same where only a noun points: "the clinic" may be the only one there is

_VERB = r"(?:is|are|was|were|did|do|does|has|have|had|can|could|will|would|should)"
_ASKING = r"(?:(?:and|but|so|then),? )?(?:(?:who|whom|whose|what|when|where|why|which|how(?: \w+)?) )?"
_POINTING = re.compile(
    rf"{_ASKING}{_VERB} (?:(?:it|he|she)\b(?! (?:take|cost|mean|true|possible|\w+ing|\w+ed (?:how|that|whether))\b)"
    r"|(?:this|that)(?=\W*$| (?:begin|come|end|happen|occur|start)\b))",
    re.I,
)
_LIGHT = frozenset(content_terms("happen happened occur take place going event thing story news new say said do mean"))
_FEW_WORDS = 3  # of content, that a question with a pronoun may have and still say nothing
_TIMES = r"day|week|weekend|month|year|season|time|morning|afternoon|evening|night|summer|winter|spring|autumn|fall"
_KINDS = (
    r"actor|actress|animal|author|band|book|burger|chain|city|clinic|club|company|county|court|film|firm|flag|hospital"
    r"|library|movie|museum|novel|restaurant|school|shop|show|singer|song|stadium|star|state|team|town|university"
)
_OF_MANY = r"actor|actress|animal|author|book|clinic|film|movie|novel|restaurant|singer|song"  # articles tell of many
_THIS = re.compile(rf"\bthis (?!(?:{_TIMES})\b)(?:[\w-]+ ){{0,3}}?(?:{_KINDS})s?\b", re.I)
_THE = re.compile(rf"\bthe (?:{_OF_MANY})(?:['’]s)?\b(?! (?:of|in|at|that|who|which|on|for|about|by)\b)", re.I)
_MANY_WORDS = 8  # of content; a question with more says what it means


def clarification(question: str, standalone: str, hits: Sequence[Hit]) -> str | None:
    """The question back, or None where the question can be answered or refused as it stands.

    A question that the turns before it have completed, so that ``standalone`` differs, is clear.
    """
    if " ".join(question.split()) != " ".join(standalone.split()):
        return None
    pointing = _points(question)
    if not pointing or not _undecided(hits, _NEARLY_EQUAL if pointing == "the" else _LEAD):
        return None
    readings = _readings(question, hits)
    if len(readings) < 2:
        return None
    quoted = [f"“{reading}”" for reading in readings]
    return f"Do you mean {', '.join(quoted[:-1])} or {quoted[-1]}?"


def _points(question: str) -> str:
    """How a question points at something that it does not name: "it", "this", "the"; empty where it does not."""
    content = [term for term in asked(question).terms if term not in _LIGHT]
    named = bool(names(question))
    if not named and (not content or (_POINTING.match(question) and len(content) <= _FEW_WORDS)):
        return "it"
    if len(content) > _MANY_WORDS:
        return ""
    return "this" if _THIS.search(question) else "the" if not named and _THE.search(question) else ""


def _undecided(hits: Sequence[Hit], most: float) -> bool:
    """Whether at least two stories are about equally near, by score and by cosine."""
    scores: dict[str, float] = {}
    nearness: dict[str, float] = {}
    for hit in hits:
        story = _story(hit)
        scores[story] = max(scores.get(story, 0.0), hit.score)
        nearness[story] = max(nearness.get(story, 0.0), hit.why.similarity or 0.0)
    if len(scores) < 2:
        return False
    first, second = sorted(scores.values(), reverse=True)[:2]
    nearest, next_one = sorted(nearness.values(), reverse=True)[:2]
    closeness = (second / first) ** (BELIEF if are_read(hits) else 1.0)  # a reading sets passages far apart
    return closeness >= _CLOSE and nearest - next_one <= most


def _readings(question: str, hits: Sequence[Hit]) -> list[str]:
    """What the likeliest stories are about, the likeliest first: their titles, or else the name each speaks of."""
    likeliest: dict[str, Hit] = {}
    for candidate in ranked(question, hits):
        likeliest.setdefault(_story(hits[candidate.hit]), hits[candidate.hit])
    known: dict[str, str] = {}
    for hit in likeliest.values():
        reading = _reading(hit)
        if reading and reading.casefold() not in known:
            known[reading.casefold()] = reading
        if len(known) == _READINGS:
            break
    return list(known.values())


def _reading(hit: Hit) -> str:
    text = " ".join(hit.article.title.split()) or next(iter(names(hit.passage.text)), "")
    text = re.sub(r"[\"“”„«»]", "'", text).strip(" ?")
    if len(text) > _LONGEST_READING:
        text = text[:_LONGEST_READING].rsplit(" ", 1)[0] + "…"
    return text if content_terms(text) else ""


def _story(hit: Hit) -> str:
    return hit.article.copy_of or hit.article.id
