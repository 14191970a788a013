"""The readings that a question of the bot's own offers, and which of them a reply chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.wording import content_terms, fold

_ORDINALS = {"1": 0, "one": 0, "first": 0, "1st": 0, "former": 0, "2": 1, "two": 1, "second": 1, "2nd": 1}
_ORDINALS |= {"3": 2, "three": 2, "third": 2, "3rd": 2, "last": -1, "latter": -1}
_NTH = re.compile(
    r"(?:(?:i mean|i meant|yes|ok|well|please|take|tell me|what|and|about),? )*(?:the )?(?:number |no\. |option |#)?"
    r"(?P<nth>\d(?:st|nd|rd)?|first|second|third|last|former|latter|one|two|three)"
    r"(?: (?:one|reading|option|article|story|question))?(?:,? please)?"
)
_CONSENT = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok|okay|please|of course|certainly|absolutely|right|exactly|correct|go ahead|go on|do"
    r"|please do|do it|do that|i do|i would|that would be (?:great|good|nice|helpful)|why not|sounds good|that one)"
    r"(?:,? (?:please|do|go ahead|go on|i do|i would|do it|do that|thanks|thank you|that one|tell me|tell me more))*"
)
_QUOTED = re.compile('“([^”]+)”|"([^"]+)"')
_LISTED = re.compile(r"^\s*(?:[-•*]|\(?\d[.)])\s+(.+)$", re.MULTILINE)
_MEANT = re.compile(r"\b(?:do|did) you mean:? (?P<readings>.+?)\?$", re.IGNORECASE | re.DOTALL)
_OFFER = re.compile(
    r"(?:^|[.!?\]]\s+)(?:do you want|would you like|should i|shall i|want)(?: me)?(?: to)?"
    r"(?: know| hear| see| learn| find out| tell you| read)?(?: more)?(?: about)? (?P<offer>[^?]+)\?$",
    re.IGNORECASE,
)
_LONGEST_OFFER = 600  # characters; what stands before them at the end of an answer is not read, so that time is bounded


def offered(answer: str, *, asked_back: bool) -> tuple[str, ...]:
    """The readings of a question back, or the one thing that the end of an answer offers; empty where it offers none.

    Readings stand in quotation marks, one a line, or in a row after "Do you mean", parted by commas and "or".
    """
    end = answer.rstrip()[-_LONGEST_OFFER:]
    if asked_back:
        quoted = tuple((one or other).strip(" ,") for one, other in _QUOTED.findall(answer))
        listed = tuple(line.strip() for line in _LISTED.findall(answer))
        meant = _MEANT.search(end)
        in_a_row = re.split(r",? or (?=\S)|, (?=\S)", meant["readings"]) if meant else []
        return quoted or listed or tuple(reading.strip() for reading in in_a_row if reading.strip())
    offer = _OFFER.search(end)
    return (offer["offer"].strip(),) if offer else ()


def chosen(reply: str, readings: Sequence[str]) -> str | None:
    """The reading that a reply names, by its number or by words that only it has; None where it names none.

    A reply with words that stand in no reading asks something of its own.
    """
    plain = fold(reply).strip(" ?.!,")
    if nth := _NTH.fullmatch(plain):
        number = _ORDINALS.get(nth["nth"])
        if number is not None and number < len(readings):
            return readings[number]
    said = set(content_terms(re.sub(r"\b(?:one|ones|mean|meant|article|story)\b", " ", plain)))
    holders = [reading for reading in readings if said and said <= set(content_terms(reading))]
    return holders[0] if len(holders) == 1 else None


def is_consent(reply: str) -> bool:
    """Whether a reply says yes and nothing else."""
    return bool(_CONSENT.fullmatch(fold(reply).strip(" ?.!,")))
