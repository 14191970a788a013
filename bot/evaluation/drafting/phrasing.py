"""Questions made from one sentence of an article: who did it, how many there were, when and where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.evaluation.drafting.clauses import (
    DAY,
    FUNCTION_WORDS,
    SAID,
    SUBORDINATE,
    Clause,
    clause,
    cut,
    plain,
    single,
    tail,
)
from bot.evaluation.drafting.counting import counted, how_many
from bot.evaluation.drafting.subjects import full_name, holder, is_nation, may_be_name, organisation, person
from bot.evaluation.drafting.verbs import is_finite, past, present
from bot.evaluation.matching import stands
from bot.evaluation.matching import words as words_of
from retrieval.wording import names

_SHORTEST, _LONGEST = 8, 35  # words of a sentence
_ODD = re.compile(
    r"[\"“”„«»()\[\]{}:;?!…|]|--|[–—]| - |\.\.|\s['‘]|['’]\s(?!s\b)|\n|http|www|@"
    r"|, (?:left|right|cent(?:er|re)|top|bottom|pictured|seen|shown)\b"
)
_FIRST_PERSON = re.compile(r"\b(?:I|we|us|our|ours|my|me|you|your|We|You|Our|My|Your)\b")
_SPAN = r"(?:week|month|year|summer|winter|spring|autumn|fall|morning|evening|night|afternoon|day|season|weekend)s?"
_RELATIVE_TIME = re.compile(
    rf"\b(?:yesterday|today|tonight|tomorrow|ago|(?:recent|(?:past|last|next|coming) few) [a-z]+s"
    rf"|(?:last|this|next|past|previous|earlier|later|coming|same|following) {_SPAN})\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    rf"(?P<speaker>[A-Z][^,]{{2,60}}?)(?:, [^,]{{2,60}},)? (?:{SAID}|told \w+)(?: that)? (?P<said>\w.*)"
)
_ENDLESS = re.compile(r" (?:by|on|in|at|from|until|since|to|of|with|for|and|the|a|an|about)\?$")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = (
    rf"(?:{_MONTH} \d{{1,2}}(?:, {_YEAR})?|\d{{1,2}} {_MONTH}(?: {_YEAR})?|{_MONTH},? {_YEAR}|{_YEAR}|{_MONTH})"
    r"(?![\w-]|[.,]?\d)"
)
_DATED = re.compile(rf"(?:^| )(?:on|in)(?: {DAY},)? (?P<date>{_DATE})")
_DATED_FIRST = re.compile(rf"(?:On|In)(?: {DAY},)? (?P<date>{_DATE}),? (?=\w)")
_PRONOUN = re.compile(
    r"\b(?:(?:in|of|on|at|from|by|for|to|with|after|during) that|he|she|it|they|him|her|his|its|their|them|hers|theirs"
    r"|this|these|those)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"\bthe (?![A-Z])(?!(?:[a-z]+ )?(?:of|in|for)\b)[a-z-]+(?! (?:of|in|for|from|at|on)\b)")
_PLACE = re.compile(r" in (?P<place>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)$")
_LASTING = """begin close contain cost cover employ end face hold include lead live meet need offer open operate oppose
own plan produce provide remain represent require run serve start support teach work"""
_TAKING_PLACE = """appear arrest arrive attack base bear begin build bury buy capture crash detain die discover fight
film find gather graduate grow happen hide hold injure kidnap kill land launch live marry meet murder occur open
perform protest receive rescue sell shoot sign speak stab study take undergo unveil win work wound"""


@dataclass(frozen=True, slots=True)
class Phrased:
    """A question with the answers that its sentence gives, and how much it leaves to be guessed: 0 is best."""

    kind: str
    question: str
    answers: tuple[str, ...]
    doubt: float


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sentence stands in: the text of its article, and the outlet, whose name says nothing of a story."""

    text: str
    outlet: str = ""


_Made = tuple[str, str, tuple[str, ...]]  # kind, question without its mark, answers


def phrased(sentence: str, setting: Setting) -> list[Phrased]:
    """All questions that can be made from a sentence, the least doubtful first; mostly there are none."""
    if not suitable(sentence):
        return []
    checked = (_checked(*made, setting) for made in _made(plain(sentence), setting.text))
    return sorted((one for one in checked if one is not None), key=lambda one: (one.doubt, one.question))


def suitable(sentence: str) -> bool:
    """Whether a sentence can be read alone: of middling length, in the author's own words, about something named."""
    words = sentence.split()
    return (
        _SHORTEST <= len(words) <= _LONGEST
        and sentence.endswith(".")
        and not words[-1].isupper()
        and "." not in words[-1][:-1]
        and not _ODD.search(sentence)
        and not _FIRST_PERSON.search(sentence)
        and bool(names(sentence))
    )


def _made(sentence: str, text: str) -> Iterator[_Made]:
    dated = _DATED_FIRST.match(sentence)
    if dated:
        rest = sentence[dated.end() :]
        read = clause(rest[:1].upper() + rest[1:])
        short = cut(read.rest) if read else None
        if read and short and read.tells(short):
            yield "when", f"when {_inside(read, text).asked(short)}", (dated["date"],)
        return
    if asked := counted(sentence):
        yield "how many", asked.question, (asked.answer,)
    read = clause(sentence)
    if read is not None and _lasts(read):
        yield from _who(read, text)
        yield from _about(_inside(read, text))
    yield from _reported(sentence, text)


def _reported(sentence: str, text: str) -> Iterator[_Made]:
    """Questions from what somebody said, with "according to" and their name before them."""
    reported = _REPORTED.fullmatch(sentence)
    if not reported or not names(reported["speaker"]) or clause(f"{reported['speaker']} said so") is None:
        return
    said = reported["said"]
    made: list[_Made] = []
    if asked := counted(said):
        made.append(("how many", asked.question, (asked.answer,)))
    read = clause(said[:1].upper() + said[1:])
    if read is not None and _lasts(read):
        made += _about(_inside(replace(read, subject=said[:1] + read.subject[1:]), text))
    speaker = re.sub("^(?:The|An?) ", lambda article: article[0].lower(), reported["speaker"])
    for kind, question, answers in made:
        yield kind, f"according to {speaker}, {question}", answers


def _lasts(read: Clause) -> bool:
    """Whether a clause in the present tells a state and not, as captions do, what is to be seen in a picture."""
    return read.base is None or read.verb not in present() or read.base in _LASTING.split()


def _who(read: Clause, text: str) -> Iterator[_Made]:
    """Questions for the subject."""
    rest = cut(read.rest) or ""
    if rest.startswith("one of "):
        rest = ""
    someone = person(read, text) or holder(read)
    if someone:
        if someone.office:
            possessive = re.match(r"\S+['’]s? ", someone.office)
            yield "who", f"who is {'' if possessive else 'the '}{someone.office}", someone.names
        elif rest and someone.role and not _PRONOUN.search(someone.role) and len(someone.role.split()) <= 9:
            yield "who", f"which {someone.role} {read.verb} {rest}", someone.names
        if rest and read.subject == someone.names[0]:
            yield "who", f"who {read.verb} {rest}", someone.names
    elif rest and not read.plural and (kind := organisation(read.subject)):
        yield "which", f"which {kind} {read.verb} {rest}", (re.sub("^The ", "", read.subject),)


def _about(read: Clause) -> Iterator[_Made]:
    """Questions that the subject is part of: when, where, how many."""
    dated = _DATED.search(read.rest)
    before = read.rest[: dated.start()] if dated else ""
    simple = "," not in before and len(before.split()) <= 10 and not SUBORDINATE.search(before)
    simple = simple and single(before) == before
    if dated and simple and read.tells(before):
        yield "when", f"when {read.asked(f'{before} {tail(read.rest[dated.end() :])}')}", (dated["date"],)
    rest = cut(read.rest) or ""
    place = _PLACE.search(rest)
    before = rest[: place.start()] if place else ""
    if place and read.tells(before) and not re.fullmatch(_DATE, place["place"]) and not is_nation(place["place"]):
        first = before.split(" ")[0]
        verb = read.base or past().get(first, first)
        if verb in _TAKING_PLACE.split() and not SUBORDINATE.search(before):
            yield "where", f"where {read.asked(before)}", (place["place"],)
    if asked := how_many(read):
        yield "how many", asked.question, (asked.answer,)


def _inside(read: Clause, text: str) -> Clause:
    """The clause as it stands inside a question: its first word small, unless that is a name."""
    first = read.subject.split()[0]
    small = first[:1].lower() + first[1:]
    known_small = re.search(rf"(?<![\w'’]){re.escape(small)}(?!\w)", text)
    plural = re.search(r"[^'’]s$", first) and not re.search(rf"[a-z,] {re.escape(first)}(?!\w)", text)
    if first in ("The", "A", "An") or known_small or plural:
        return replace(read, subject=small + read.subject[len(first) :])
    return read


def _checked(kind: str, question: str, answers: tuple[str, ...], setting: Setting) -> Phrased | None:
    """The question if it can be put to a stranger: its answer is not in it, and it says what it is about."""
    question = _in_full(" ".join(question.split()).strip(" ,."), answers, setting.text)
    question = f"{question[:1].upper()}{question[1:]}?"
    words = question.split()
    named = [name for name in names(question) if name.casefold() != setting.outlet.casefold()]
    if any(stands(answer, words_of(question)) for answer in answers) or not named or not 5 <= len(words) <= 28:
        return None
    if _RELATIVE_TIME.search(question) or _ENDLESS.search(question):
        return None
    office = 1.5 if question.startswith("Who is the ") else 0.0
    details = office + sum(0.5 if is_nation(name) else 1.0 for name in named) + len(re.findall(r"\d[\d.,]*", question))
    doubt = (
        2.0 * len(_PRONOUN.findall(question))
        + 1.0 * len(_VAGUE.findall(question))
        + 0.5 * len(re.findall(DAY, question))
        + 0.1 * max(0, len(words) - 18)
        + (1.5 if re.match(r"Who (?:is|was) an? ", question) else 0.0)
        + max(0.0, 2.0 - details)
        + (0.5 if len(words) < 8 and not office else 0.0)
        + (0.5 if any(re.fullmatch(_MONTH, answer) for answer in answers) else 0.0)
    )
    return Phrased(kind, question, answers, round(doubt, 1))


def _in_full(question: str, answers: tuple[str, ...], text: str) -> str:
    """The question with the full name of whom it names by the last name alone, as the article gives it elsewhere."""
    for name in names(question):
        place = re.search(rf"(?:^|(?P<before>\S+) ){re.escape(name)}(?![\w-])", question)
        if not place or any(name in answer for answer in answers) or not may_be_name([name]):
            continue
        before = place["before"] or "of"
        if before.casefold() in FUNCTION_WORDS or is_finite(before) or before in ("did", "does"):
            question = f"{question[: place.end() - len(name)]}{full_name(name, text)}{question[place.end() :]}"
    return question
