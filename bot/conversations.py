"""The turns of each conversation, and a follow-up as a question that stands alone."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence

from bot.composing import Turn
from retrieval.splitting import sentences
from retrieval.wording import content_terms, names

_PERSON = re.compile(
    r"\b(he|him|his|she|her|hers|they|them|their|theirs|the (latter|former|two|pair))\b", re.IGNORECASE
)
_THING = re.compile(
    r"\b(it|its|this|that|these|those|there|so|the same|such|one|ones)\b(?! (week|month|year|time))", re.IGNORECASE
)
_CONNECTIVE = re.compile(r"(and|but|or|so|then|also|what else|who else|where else|why not)\b", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"((and|but|so|then) )?(what|how) about\b", re.IGNORECASE)
_ASKING = re.compile(
    r"((and|but|so|then),? )?((who|whom|whose|what|when|where|why|which|how( (many|much|long|often|old|far))?)\b ?)?"
    r"((else|about)\b ?)?((is|are|was|were|did|do|does|has|have|had|can|could|will|would)\b ?)?",
    re.IGNORECASE,
)
_COMPLETED = re.compile(r"(?P<asked>.*) \((?P<context>[^()]*)\)\?$")
_MARKER = re.compile(r" ?\[\d+\]")
_NAMES = 3
_CONTEXT_WORDS = 24


class Conversations:
    """The last turns of the most recent conversations, in memory; safe to use from several threads."""

    def __init__(self, turns: int = 6, conversations: int = 1000) -> None:
        self._turns = turns
        self._conversations = conversations
        self._kept: OrderedDict[str, deque[Turn]] = OrderedDict()
        self._lock = threading.Lock()

    def turns(self, key: str) -> tuple[Turn, ...]:
        """The turns of one conversation, oldest first."""
        with self._lock:
            return tuple(self._kept.get(key, ()))

    def append(self, key: str, turn: Turn) -> None:
        """Add a turn; the oldest turn of the conversation, or the conversation idle the longest, makes room."""
        with self._lock:
            self._kept.setdefault(key, deque(maxlen=self._turns)).append(turn)
            self._kept.move_to_end(key)
            while len(self._kept) > self._conversations:
                self._kept.popitem(last=False)

    def reset(self, key: str) -> None:
        """Forget a conversation."""
        with self._lock:
            self._kept.pop(key, None)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it can be searched for alone: what a follow-up leaves out is added in brackets.

    The rules know English; a question in another language, or one that names what it is about, stays as it is.
    ``And when was that?`` after ``Who opened the Sorne bridge?`` becomes ``And when was that (opened the Sorne
    bridge)?``.
    """
    question = " ".join(question.split())
    previous = next((turn for turn in reversed(history) if content_terms(turn.question)), None)
    if previous is None or not _leans_back(question):
        return question
    context = _topic(previous.question)
    if _WHAT_ABOUT.match(question) and names(question):  # the new name takes the place of the old ones
        for name in names(previous.question):
            context = context.replace(name, "")
    else:
        context = "; ".join([context, *_new_names(previous.answer, f"{context} {question}")])
    words = context.split()[:_CONTEXT_WORDS]
    return f"{question.rstrip(' ?.!')} ({' '.join(words).strip(' ;,')})?" if words else question


def _leans_back(question: str) -> bool:
    """Whether a question needs the one before it: it points back, or hardly says anything itself."""
    if _WHAT_ABOUT.match(question) or not content_terms(question):
        return True
    named = names(question)
    person = _PERSON.search(question)
    if person and not any(question.find(name) < person.start() for name in named):
        return True
    return not named and bool(_CONNECTIVE.match(question) or _THING.search(question))


def _topic(question: str) -> str:
    """What a question is about, without the words that ask; the context of a completed follow-up stays."""
    completed = _COMPLETED.match(question)
    asked, context = (completed["asked"], completed["context"]) if completed else (question, "")
    topic = _ASKING.sub("", asked, count=1).strip(" ?.!")
    return "; ".join(part for part in (topic if content_terms(topic) else "", context) if part)


def _new_names(answer: str, known: str) -> list[str]:
    """The names in the first sentence of an answer that are not known yet."""
    plain = _MARKER.sub("", answer)
    first = next(iter(sentences(plain)), (0, 0))
    found = dict.fromkeys(names(plain[slice(*first)]))
    return [name for name in found if name.casefold() not in known.casefold()][:_NAMES]
