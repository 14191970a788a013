"""Questions for amounts: how many, how much, what percentage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.evaluation.drafting.clauses import FUNCTION_WORDS, SUBORDINATE, Clause, cut, is_full_verb, tail
from bot.evaluation.drafting.verbs import AUXILIARIES, is_finite

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_NUMERALS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?"
_NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_NUMERALS.split())}|eighteen|nineteen|{_TENS})"
    r"(?: (?:hundred|thousand|million|billion|trillion))?"
)
_HEDGE = (
    r"(?:(?:about|more than|at least|some|around|nearly|almost|up to|as many as|an estimated|over|roughly|only|just"
    r"|approximately|an additional|a total of|another|fewer than|less than|the other|a further|all) )?"
)
_AMOUNT = re.compile(
    rf"(?:^|(?<= )){_HEDGE}"
    rf"(?:(?P<money>(?:US)?[$€£]{_NUMBER}|{_NUMBER} (?:US )?(?:dollars|euros|pounds|crowns|yen|rupees))"
    rf"|(?P<percent>{_NUMBER}(?:%| per ?cent\b))|(?P<count>{_NUMBER}))(?![\w%$€£-]|[.,]\d)",
    re.IGNORECASE,
)
_UNCHANGED = frozenset(("people", "men", "women", "children", "police", "fish", "sheep", "cattle", "crew", "aircraft"))
_THING = re.compile(r"[a-z][a-z'’-]*|U\.S\.|[A-Z][a-z]+(?:an|ish|ese|i)")
_OF_THEM = re.compile(r" of(?: [\w'’-]+){1,3}?(?= (?:in|on|at|by|from|to|after|for|with|and|were|was|have|had)\b|$|,)")
_OUT_OF = re.compile(r" of (?:the|its|their) (?:\d[\d,]* )?[a-z]+s(?: (?:on|in) the [a-z]+)?(?= |$|,)")
_SHARE = re.compile(r" of (?:the |all )?[\w'’-]+(?: [\w'’-]+)?(?= (?:in|on|at|by|from|to|after|for)\b|$|,)")
_SAYING = frozenset(
    ("say", "tell", "think", "know", "suggest", "state", "hear", "claim", "announce", "warn", "predict")
)
_SPANS = frozenset(("seconds", "minutes", "hours", "days", "weeks", "months", "years", "decades"))
_PARTS = frozenset(("quarters", "thirds", "halves", "fifths", "percent", "percentage"))
_WHEREABOUTS = frozenset(("in", "on", "at", "inside", "under", "among", "across", "within"))
_FRONTED = frozenset(("for", "with", "by", "at", "after", "in"))


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question without its mark, and the amount that answers it."""

    question: str
    answer: str


def counted(plain: str) -> Asked | None:
    """A question from a sentence that begins with a number: "At least 12 people were killed", "There were 12"."""
    there = re.match(r"[Tt]here (were|are|was|is) ", plain)
    plain = plain[there.end() :] if there else plain
    amount = _AMOUNT.match(plain)
    if not amount or not amount["count"] or _YEAR.fullmatch(amount["count"]):
        return None
    words = plain[amount.end() :].split()
    ends = FUNCTION_WORDS if there else ()
    verb = next((n for n, word in enumerate(words) if word in ends or (not there and is_finite(word))), 0)
    if there and words[verb] not in _WHEREABOUTS:
        return None
    if there:
        words.insert(verb, there[1])
    rest = cut(" ".join(words[verb:])) or ""
    if {"who", "that", "which"} & set(words[:verb]) and not AUXILIARIES & set(rest.split()[1:]):
        return None
    if (
        not 1 <= verb <= 7
        or not rest
        or re.search(r" and \d", rest)
        or words[0] in FUNCTION_WORDS
        or any(word.endswith(",") for word in words[:verb])
    ):
        return None
    return Asked(f"how many {' '.join(words[:verb])} {rest}", amount["count"])


def how_many(read: Clause) -> Asked | None:
    """A question from a clause whose predicate holds an amount: what was counted, then the clause as a question."""
    amount = _AMOUNT.search(read.rest)
    if not amount or (amount["count"] and _YEAR.fullmatch(amount["count"])):
        return None
    words, after = read.rest[: amount.start()].split(), read.rest[amount.end() :]
    fronted = words.pop() if words and words[-1] in _FRONTED else ""
    before = " ".join(words)
    if len(words) > 8 or re.search(r",|\d", before) or SUBORDINATE.search(before):
        return None
    direct = len(words) <= (0 if read.base else 2) and all(is_full_verb(word) for word in words)
    if (fronted and not words and read.base is None) or (not fronted and not direct) or read.base in _SAYING:
        return None
    asked, left = _asked(amount, after, fronted)
    paid = fronted == "for" and read.base in ("buy", "sell", "acquire", "purchase")
    if not asked or (fronted not in ("", "by") and not amount["count"] and not paid):
        return None
    answer = amount["money"] or amount["percent"] or amount["count"]
    return Asked(f"{fronted} {asked} {read.asked(f'{before} {tail(left)}')}", answer)


def _asked(amount: re.Match[str], after: str, fronted: str) -> tuple[str, str]:
    """How the amount is asked for, and what follows the thing that is counted; nothing where that cannot be told."""
    if amount["money"]:
        return "how much", after
    if amount["count"] and (out_of := _OUT_OF.match(after)):
        return f"how many{out_of[0]}", after[out_of.end() :]
    if amount["percent"]:
        share = _SHARE.match(after)
        return (f"what percentage{share[0]}", after[share.end() :]) if share else ("", "")
    things = _things(after)
    if not 1 <= len(things) <= 4 or not (things[-1] in _UNCHANGED or re.search(r"[^su]s$", things[-1])):
        return "", ""
    if _PARTS & set(things):
        return "", ""
    left = after[1 + len(" ".join(things)) :]
    elapsed = fronted in ("in", "at", "after") or re.match(r",? (?:after|before|ago|later|earlier|old|into)\b", left)
    if things[-1] in _SPANS and elapsed:
        return "", ""
    of = _OF_THEM.match(left)
    return f"how many {' '.join(things)}{of[0] if of else ''}", left[of.end() :] if of else left


def _things(after: str) -> list[str]:
    """The words after a number that say what is counted."""
    things: list[str] = []
    for word in after.split(" ")[1:]:
        bare = word.rstrip(",")
        if bare in FUNCTION_WORDS or is_finite(bare) or not _THING.fullmatch(bare) or bare.endswith("ly"):
            break
        things.append(bare)
        if word != bare:
            break
    return things
