"""A follow-up as a question that stands alone, and what the turns before it give the search to go by.

The rules know English; a question in another language, or one that names what it is about, stays as it is and is still
searched for together with the turn before it. A question that starts something new takes nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.composing import Turn
from bot.readings import chosen, is_consent, offered
from retrieval.articles import Wording
from retrieval.splitting import sentences
from retrieval.wording import content_terms, names

Similarities = Callable[[str, Sequence[str]], Sequence[float]]

_VERB = r"(?:is|are|was|were|did|do|does|has|have|had|can|could|will|would|should|may|might|means?|happen(?:s|ed)?)"
_PERSON = re.compile(
    r"\b(he|him|his|she|her|hers|they|them|their|theirs|the (latter|former|two|pair))\b", re.IGNORECASE
)
_THING = re.compile(
    r"\b(?:its?|this|these|those|the same|such)\b(?! (?:week|weekend|month|year|time|morning|evening)\b)"
    rf"|\bthat\b(?=\W*$|[?.!,]| {_VERB}\b)|^(?:(?:and|but|so) )?(?:(?:who|what|when|where|why|how) )?{_VERB} that\b"
    r"|\b(?:about|of|in|on|at|for|to|after|before|by|with|from|since|than|like|over|despite) that\b"
    r"|\b(?:do|did|does|say|said|think|if|why) so\b|\bthere\b(?=\W*$|[?.!,])"
    r"|\b(?:which|the|another|any|other|first|second|third|last|next|good|best) ones?\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(r"(and|but|or|so|then|also|what else|who else|where else|why not)\b", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"((and|but|so|then) )?(what|how) about\b|(and|but) (for|with)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(by the way|on another (topic|note|subject)|((another|a|a new|a different) )?(new|other|different|another)"
    r" (question|topic|subject))\b",
    re.IGNORECASE,
)
_NO = re.compile(r"(?:no|nope|never mind|none|not really)\b[, ]*(?:thanks|thank you)?[.!]*", re.IGNORECASE)
_ASKING = re.compile(
    r"((and|but|so|then),? )?((who|whom|whose|what|when|where|why|which|how( (many|much|long|often|old|far))?)\b"
    r"(['’](s|re|d|ll)\b)? ?)?"
    r"((else|about)\b ?)?((is|are|was|were|did|do|does|has|have|had|ca|can|could|wo|will|would)(n['’]t)?\b ?)?",
    re.IGNORECASE,
)
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_WHEN = (
    rf"(?:(?:in|on|during|since|before|after|until|by|for|as of) )?(?:the )?(?:year )?(?:{_DAY},? )?"
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? (?:1\d|20)\d\d)?|(?:1\d|20)\d\d"
    rf"|(?:this|last|next|past) (?:week|month|year|spring|summer|autumn|fall|winter|{_DAY})"
    rf"|year before|yesterday|today|tomorrow|{_DAY})"
)
_OTHER_TIME = re.compile(
    rf"(?:(?:and|but|or|so|then|what about|how about),? )+(?P<when>{_WHEN})|{_WHEN}", re.IGNORECASE
)
_TIME = re.compile(rf"\b{_WHEN}\b", re.IGNORECASE)
_COMPLETED = re.compile(r"(?P<asked>.*) \((?P<context>[^()]*)\)\?$")
_ADDED = re.compile(r" \(.*\)\?$", re.DOTALL)
_MARKER = re.compile(r" ?\[\d+\]")
_NAMES = 3
_CONTEXT_WORDS = 24
_CHARACTERS = 300  # of a turn before


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much the turns before weigh; chosen on the threads benchmark by ``python -m tests.benchmarks followups``.

    ``turn`` and ``answer`` are the weights of the question together with the question before it and with the beginning
    of the answer before it, beside the weight of 1 of the question's own wording. Turns count from a cosine of
    ``unrelated`` on (of MiniLM's vectors), and fully from ``related`` on.
    """

    turn: float = 0.5
    answer: float = 0.5
    unrelated: float = 0.05
    related: float = 0.15


@dataclass(frozen=True, slots=True)
class Followup:
    """What to search for: the question that stands alone, its other wordings, and the articles cited so far."""

    standalone: str
    alternatives: tuple[Wording, ...] = ()
    cited: tuple[str, ...] = ()


def understand(
    question: str,
    history: Sequence[Turn],
    similarities: Similarities | None = None,
    rewritten: str | None = None,
    weighing: Weighing = Weighing(),
) -> Followup:
    """The follow-up as the search needs it; without history the question alone.

    ``similarities`` gives the cosines of a question and texts; without it every turn counts as related. ``rewritten``
    is a chat model's own standalone question, which is then taken instead of what the rules would make.
    """
    question = " ".join(question.split())
    previous = _previous(history)
    if previous is None:
        return Followup(rewritten or standalone(question, history))
    related = _related(question, history, similarities, weighing)
    complete = rewritten or (standalone(question, history) if related >= 0.5 else question)
    if not related:
        return Followup(complete)
    said = _said(history[-1])
    before = previous.question[:_CHARACTERS]
    wordings = [Wording(question), Wording(f"{before} {question}", related * weighing.turn)]
    if said:
        wordings.append(Wording(f"{said} {question}", related * weighing.answer))
    cited = dict.fromkeys(id_ for turn in reversed(history) for id_ in turn.article_ids)
    return Followup(complete, tuple(wordings), tuple(cited))


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it can be searched for alone.

    What a follow-up leaves out is added in brackets: ``And when was that?`` after ``Who opened the Sorne bridge?``
    becomes ``And when was that (opened the Sorne bridge)?``. Another time or name takes the place of the old one:
    ``And in 2019?`` after ``Who led the port in 2018?`` becomes ``Who led the port in 2019?``. A reply to a question of
    the bot's own becomes what was asked, with the reading that was chosen.
    """
    question = " ".join(question.split())
    if history and (replied := _reply(question, history)):
        return replied
    previous = _previous(history)
    alone = _NO.fullmatch(question) or is_consent(question) or _ELSEWHERE.match(question)
    if previous is None or alone or not _leans_back(question):
        return question
    if exchanged := _exchanged(question, previous.question):
        return exchanged
    context = _topic(previous.question)
    if _WHAT_ABOUT.match(question) and names(question):  # the new name takes the place of the old ones
        for name in names(previous.question):
            context = context.replace(name, "")
    else:
        context = "; ".join([context, *_new_names(_said(previous), f"{context} {question}")])
    words = context.split()[:_CONTEXT_WORDS]
    return f"{question.rstrip(' ?.!')} ({' '.join(words).strip(' ;,')})?" if words else question


def as_typed(question: str) -> str:
    """A completed question without what was added to it in brackets, which may be words of an answer."""
    return _ADDED.sub("?", question)


def _previous(history: Sequence[Turn]) -> Turn | None:
    """The last turn that was about something."""
    return next((turn for turn in reversed(history) if content_terms(turn.question)), None)


def _said(turn: Turn) -> str:
    """How the answer of a turn begins, without its markers; a refusal and a question say nothing."""
    plain = "" if turn.kind in ("refusal", "question") else _MARKER.sub("", turn.answer)
    return " ".join(plain[:_CHARACTERS].split())


def _related(question: str, history: Sequence[Turn], similarities: Similarities | None, weighing: Weighing) -> float:
    """How far a question goes on with the conversation, from 0 to 1; what hardly says anything itself always does."""
    if similarities is None or len(content_terms(question)) <= 1 or _reply(question, history):
        return 1.0
    nearest = max(similarities(question, [f"{turn.question[:_CHARACTERS]} {_said(turn)}".strip() for turn in history]))
    return min(1.0, max(0.0, (nearest - weighing.unrelated) / (weighing.related - weighing.unrelated)))


def _reply(question: str, history: Sequence[Turn]) -> str | None:
    """What a reply to the bot's own question means; None where it replies to none."""
    last = history[-1]
    readings = offered(last.answer, asked_back=last.kind == "question")
    if not readings:
        return None
    reading = chosen(question, readings)
    if reading is None and is_consent(question):
        reading = readings[0]
    if reading is None:
        return None
    if last.kind != "question" or reading.endswith("?"):
        return f"{reading.rstrip(' ?.')}?"
    return f"{last.question.rstrip(' ?.!')} ({reading})?"


def _leans_back(question: str) -> bool:
    """Whether a question needs the one before it: it points back, or hardly says anything itself."""
    if _WHAT_ABOUT.match(question) or not content_terms(question) or _only_a_time(question):
        return True
    named = names(question)
    person = _PERSON.search(question)
    if person and not any(question.find(name) < person.start() for name in named):
        return True
    return not named and bool(_CONNECTIVE.match(question) or _THING.search(question))


def _only_a_time(question: str) -> re.Match[str] | None:
    return _OTHER_TIME.fullmatch(question.rstrip(" ?.!"))


def _exchanged(question: str, previous: str) -> str | None:
    """The question before with another time or another name in it, where the follow-up gives no more than that."""
    if only := _only_a_time(question):
        when = only["when"] or only[0]
        known = list(_TIME.finditer(previous))
        if len(known) > 1:
            return None
        if known:
            return f"{previous[: known[0].start()]}{_like(known[0][0], when)}{previous[known[0].end() :]}"
        return f"{previous.rstrip(' ?.!')} {when}?"
    about = _WHAT_ABOUT.match(question)
    name = question[about.end() :].strip(" ?.!") if about else ""
    known_names = names(previous)
    if name and len(known_names) == 1 and names(f"about {name}") == [name]:
        return previous.replace(known_names[0], name)
    return None


def _like(old: str, new: str) -> str:
    """The new time with the preposition of the old one, where it has none of its own."""
    preposition = re.match(r"(?:in|on|during|since|before|after|until|by|for|as of) ", old, re.IGNORECASE)
    bare = re.match(r"(?:\d|january|february|march|april|may|june|july|august|sep|oct|nov|dec)", new, re.IGNORECASE)
    return f"{preposition[0]}{new}" if preposition and bare else new


def _topic(question: str) -> str:
    """What a question is about, without the words that ask; the context of a completed follow-up stays."""
    completed = _COMPLETED.match(question)
    asked, context = (completed["asked"], completed["context"]) if completed else (question, "")
    topic = _ASKING.sub("", asked, count=1).strip(" ?.!")
    return "; ".join(part for part in (topic if content_terms(topic) else "", context) if part)


def _new_names(answer: str, known: str) -> list[str]:
    """The names in the first sentence of an answer that are not known yet."""
    first = next(iter(sentences(answer)), (0, 0))
    found = dict.fromkeys(names(answer[slice(*first)]))
    return [name for name in found if name.casefold() not in known.casefold()][:_NAMES]
