"""Plain English sentences as subject, verb and the rest, as far as that can be told without a parser.

Only sentences of which it can be told: those that begin with their subject, with a verb of a list of verbs that news
and reports use. All others are left alone; a question that is made from a wrong reading is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.evaluation.drafting.verbs import AUXILIARIES, PLURAL, base, is_finite, participles, past, present

DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
SAID = r"(?:said|says|reported|reports|announced|added|wrote|noted|found|confirmed)"
SUBORDINATE = re.compile(
    r"\b(?:that|who|which|where|when|while|after|before|because|if|said|but|until|since|as (?:he|she|it|they|the))\b"
)
_FUNCTION_WORD_LIST = """of in on at by for from to with into onto over under after before during since until among
between within against across around near outside inside through about than per a an the this that these those its
his her their and or but as if when where while who which whose because is are was were be been being has have had
will would can could may might must should each every all both not also up down out off away back together worldwide
nationwide alone"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORD_LIST.split())
_ON_A_DAY = re.compile(
    rf"(?<! and)(?<! or)(?<! to),?(?: (?:early|late))?(?: on| by)? {DAY}(?: (?:morning|afternoon|evening|night))?"
    r"(?!['’\w]| (?:and|or|to|until)\b)"
)
_OPENING = re.compile(rf"(?:On {DAY}(?: \w+)?|Meanwhile|However|Earlier|Later|In addition|Separately), (?=\w)")
_ATTRIBUTION = re.compile(
    rf", (?:according to .*|[^,]{{2,60}}(?:, [^,]{{2,70}},)? {SAID}(?: (?:in|at|on|to) [^,]{{1,40}})?|{SAID} .*)$"
)
_LATER_PART = re.compile(
    r", (?:(?:who|which|where|when|whose|a|an|the|after|before|as|but|while|although|though|with|because|despite"
    r"|including|and|up|down|or|from|more|some|most|both|its|his|her|their)\b|[a-z]+ing\b|[a-z]+ed\b)"
)
_NEXT_PART = re.compile(
    r",(?! ?\d)| and (?:by |about |more than )?[$€£]?\d"
    r"| (?:but|while|as|which|who|that|because|although|where|when|so)\b"
)
_BOUNDARY_LIST = """that who which whose where when while and but or as after before because if although though until
than since"""
_BOUNDARIES = frozenset(_BOUNDARY_LIST.split())
_NO_TAIL = frozenset(("and", "or", "but", "as", "that", "not", "both", "also"))
_DROPPED = frozenset(("also", "however", "already", "still", "now", "then", "later", "recently", "reportedly"))
_NEGATIVE = re.compile(r"\b(?:not|never|no|nobody|none|nothing|neither|nor|cannot|without)\b|n['’]t\b", re.IGNORECASE)
_APPOSITION = re.compile(r"(?P<subject>[^,]+), (?P<apposition>[^,]{2,90}), (?P<predicate>[^,].*)")
_NO_SUBJECT_LIST = """he she it they we i you this that these those there here his her its our their my your who what
when where why how which if as after before during while since when although though because despite amid among but
and or so yet still also then now however meanwhile instead in on at by with from for to of under over about
according both each either another other others some many most few all one only even just not no nobody nothing such
once until unlike like two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety more less at least nearly almost
around dozens hundreds thousands watch see read click last next earlier later today yesterday tomorrow"""
_NO_SUBJECT = frozenset(_NO_SUBJECT_LIST.split())
_BEFORE_NOUNS = frozenset(("a", "an", "the", "its", "his", "her", "their", "of"))
_LONGEST_SUBJECT = 9  # words


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence in three parts: ``subject`` (and what stands in commas after it), finite ``verb``, ``rest``.

    ``base`` is the infinitive of a full verb, None where ``verb`` is an auxiliary and the full verb is in ``rest``.
    """

    subject: str
    apposition: str
    verb: str
    base: str | None
    rest: str

    @property
    def plural(self) -> bool:
        """Whether the verb shows that the subject is more than one."""
        return self.verb in PLURAL

    def asked(self, rest: str) -> str:
        """The words of a question that the subject is part of: "was" or "did" before it, the rest after it."""
        if self.base is None:
            return f"{self.verb} {self.subject} {rest}".rstrip()
        helper = "does" if self.verb == "has" or self.verb in present() else "did"
        return f"{helper} {self.subject} {self.base} {rest}".rstrip()

    def tells(self, before: str) -> bool:
        """Whether the clause up to here tells what happened in so many words, so that one can ask when or where."""
        if self.base is not None:
            return True
        return bool(before) and self.verb in ("was", "were", "will") and is_full_verb(before.split()[0])


def clause(sentence: str) -> Clause | None:
    """The parts of a sentence without its full stop; None where they cannot be told."""
    words = sentence.split(" ")
    if _NEGATIVE.search(sentence) or not words[0][:1].isupper():
        return None
    if re.split(r"['’-]", words[0].casefold())[0] in _NO_SUBJECT:
        return None
    apposed = _APPOSITION.fullmatch(sentence)
    if apposed and not any(is_finite(word) for word in apposed["subject"].split()[1:]):
        subject, apposition, predicate = apposed["subject"], apposed["apposition"], apposed["predicate"].split(" ")
    else:
        first = next((n for n, word in enumerate(words) if n and is_finite(word)), 0)
        apposition, predicate = "", words[first:]
        while first > 1 and _is_adverb(words[first - 1]):
            first -= 1
        subject = " ".join(words[:first])
    predicate = _without_adverbs(predicate)
    verb, rest = predicate[0], _without_adverbs(predicate[1:])
    told = is_finite(verb) or (apposition and verb in present())  # after a comma "plans" is no noun
    if not told or not rest or not _is_subject(subject) or _another_verb(verb, rest):
        return None
    return Clause(subject, apposition, verb, _base(verb, rest), " ".join(rest))


def can_open(word: str) -> bool:
    """Whether a word, in small letters, opens sentences without being their subject, as adverbs and numbers do."""
    return word in _NO_SUBJECT or word in FUNCTION_WORDS


def plain(sentence: str) -> str:
    """The sentence without its full stop, without who said so, and without the day of the week."""
    words = _OPENING.sub("", sentence.removesuffix("."), count=1)
    said = _ATTRIBUTION.search(words)
    if said and any(is_finite(word) for word in words[: said.start()].split()):
        words = words[: said.start()]
    words = _ON_A_DAY.sub("", words)
    return words[:1].upper() + words[1:]


def cut(rest: str) -> str | None:
    """A predicate without its later parts; None where a comma stands that may be part of a list."""
    later = _LATER_PART.search(rest)
    short = rest[: later.start()] if later else rest
    said = re.search(r"\bthat\b(.*)", short)
    if "," in re.sub(r"\d,\d", "", short) or len(short.split()) < 3:
        return None
    if later and said and not any(is_finite(word) for word in said[1].split()):
        return None
    return single(short)


def tail(after: str) -> str:
    """What follows up to the next part of the sentence, where it goes on with a preposition; else nothing."""
    part = _NEXT_PART.split(after)[0].strip()
    part = single(part)
    first = part.split(" ")[0]
    goes_on = first in FUNCTION_WORDS - _NO_TAIL and not is_finite(first)
    return part if goes_on and len(part.split()) <= 14 else ""


def is_full_verb(word: str) -> bool:
    """Whether a word after an auxiliary is the verb that says what happened."""
    return word in participles() or word.endswith("ed") or word in past().values() or word in ("be", "been", "born")


def single(words: str) -> str:
    """The words up to a second predicate: "killed 12 people and wounded 30" is cut, "Iran and Iraq" is not."""
    for joined in re.finditer(r" (?:and|but|or) (?=(\w+))", words):
        after = words[joined.end() :].split()
        main = not SUBORDINATE.search(words[: joined.start()])
        if is_finite(joined[1]) or (main and any(is_finite(word) for word in after)):
            return words[: joined.start()]
    return words


def _without_adverbs(words: list[str]) -> list[str]:
    while len(words) > 1 and _is_adverb(words[0]):
        words = words[1:]
    return words


def _is_adverb(word: str) -> bool:
    return word in _DROPPED or bool(re.fullmatch(r"[a-z]{3,}ly", word))


def _base(verb: str, rest: list[str]) -> str | None:
    """The infinitive of a full verb; "had" and "has" are one unless a participle follows."""
    if verb in ("has", "had", "have"):
        helps = any(word in participles() or word.endswith("ed") or word == "been" for word in rest[:2])
        return None if helps else "have"
    return None if verb in AUXILIARIES else base(verb)


def _is_subject(subject: str) -> bool:
    words = subject.split()
    return (
        0 < len(words) <= _LONGEST_SUBJECT
        and "," not in subject
        and not _BOUNDARIES & set(words)
        and not any(word.endswith("ing") for word in words[1:])
        and not any(word[0].isupper() and word.casefold() in _NO_SUBJECT and word != "The" for word in words[1:])
        and words[-1] not in ("to", "of", "in", "by", "the", "a")
        and not any(word in participles() or re.fullmatch(r"[a-z]{2,}ed", word) for word in words)
    )


def _another_verb(verb: str, rest: list[str]) -> bool:
    """Whether a second finite verb follows in the same clause: then the first one was no verb, or no main one."""
    for number, word in enumerate(rest):
        if word in _BOUNDARIES or (number and rest[number - 1].endswith(",")):
            return False
        if word in AUXILIARIES or (word in past() and word not in participles()):
            return True
        noun = past().get(word) == word or rest[number - 1] in _BEFORE_NOUNS
        if word in past() and verb not in AUXILIARIES and not noun:
            return True
    return False
