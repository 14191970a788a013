"""Who or what a sentence begins with: a person and what the sentence calls them, or an organisation."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from bot.evaluation.drafting.clauses import Clause, can_open

_TITLE_LIST = """President Prime Minister Secretary Senator Sen. Rep. Gov. Governor Mayor Judge Justice Captain Capt.
Lieutenant Lt. Sgt. Sergeant Colonel Col. General Gen. Dr. Professor Prof. Mr. Mrs. Ms. Mr Mrs Ms Sir Lord Lady King
Queen Prince Princess Pope Chancellor Attorney Chief Executive Detective Sheriff Officer Inspector Commander Admiral
Maj. Major Cardinal Archbishop Bishop Ambassador Chairman Chairwoman Director Deputy Foreign Superintendent Spokesman
Col Spokeswoman Congressman Congresswoman Councillor Commissioner Cpl. Corporal Pvt. Private Staff First Sultan
Sheikh Emir Rev. Reverend Culture Finance Defense Defence Interior Justice Health Manager Special Agent Father
Brother Sister Saint"""
_TITLES = frozenset(_TITLE_LIST.split())
_TITLES_IN_FULL = {"Sen.": "senator", "Rep.": "representative", "Gov.": "governor", "Lt.": "lieutenant"}
_TITLES_IN_FULL |= {"Capt.": "captain", "Sgt.": "sergeant", "Col.": "colonel", "Gen.": "general", "Maj.": "major"}
_TITLES_IN_FULL |= {"Cpl.": "corporal", "Prof.": "professor", "Rev.": "reverend", "Pvt.": "private", "Dr.": "doctor"}
_TITLES_IN_FULL |= dict.fromkeys(("Mr.", "Mrs.", "Ms.", "Mr", "Mrs", "Ms", "Sir", "Lord", "Lady"), "")
_NOT_A_PERSON_LIST = """north south east west northern southern eastern western new saint st san santa los las real
inter port lake mount cape great republic hurricane tropical typhoon operation super world united the house cup court
bank party street league state states city county river bridge island islands company group line lines airlines
airways air university college school institute hospital agency bureau office ministry council commission committee
association union department foundation alliance authority police times post news today journal press television tv
radio club town park festival museum church army navy force forces corps front brigade movement government parliament
congress senate federation organisation organization international national royal central supreme high european
african american asian british german french russian chinese africa europe asia america arabia lanka korea zealand
inc corp ltd co energy motors records studios pictures entertainment games open championship prix road square center
centre airport station valley bay sea ocean coast beach mountains peninsula province region district earth day week
month year award awards images getty photo photos services service"""
_NOT_A_PERSON = frozenset(_NOT_A_PERSON_LIST.split())
_FIRST_WORDS_LIST = "The A An In On At But And For With By From When While After Before As If So Former Late Young Old"
_FIRST_WORDS = frozenset(_FIRST_WORDS_LIST.split())
_PARTICLES = r"al|bin|de|van|von|der|la|el|ben|ibn|da|di|du|dos|al-\w+"
_NAME = rf"[A-Z][\w'’-]*\.?(?: (?:{_PARTICLES}|[A-Z][\w'’-]*\.?))* [A-Z][\w'’-]+"
_NAMED_LAST = re.compile(rf"(?P<role>(?:[\w'’.-]+ )*?)(?P<name>{_NAME})")
_NATION = re.compile(r"[A-Z][a-z]+(?:an|ish|ese|i)|British|French|Greek|Dutch|Swiss|Czech|[A-Z.]+")
_OFFICE = re.compile(
    r"(?:the )?(?P<office>(?!(?:an?|part|one|who|which|whose|where|with) )"
    r"(?:[A-Za-z][\w' -]* (?:of|for|at) (?:the )?[A-Z].*|[A-Z][\w’']*['’]s? [a-z][\w' -]*))"
)
_IN_A_ROLE = ("of", "in", "for", "at", "from", "by", "to", "with", "and", "on", "the")
_ORGANISATIONS = dict.fromkeys(
    ("bureau", "office", "ministry", "commission", "committee", "association", "union", "department", "institute"),
    "organisation",
)
_ORGANISATIONS |= dict.fromkeys(("foundation", "alliance", "authority", "federation"), "organisation")
_ORGANISATIONS |= dict.fromkeys(("inc", "corp", "motors", "energy", "company", "records"), "company")
_ORGANISATIONS |= dict.fromkeys(("airlines", "airways"), "airline")
_ORGANISATIONS |= {name: name for name in ("university", "party", "court", "bank", "council", "museum", "agency")}


@dataclass(frozen=True, slots=True)
class Person:
    """A person by full name, without titles, and what the sentence calls them: a role, or an office they hold.

    ``names`` begins with the name as it stands in the sentence. ``role`` goes with "which" ("Iranian president",
    "member of the jury"), ``office`` with "who is the".
    """

    names: tuple[str, ...]
    role: str = ""
    office: str = ""


def person(read: Clause, text: str) -> Person | None:
    """The person that is the subject of a clause of this text; None where it is not clear that it is one."""
    if read.plural:
        return None
    if " " not in read.subject and may_be_name([read.subject]):
        whole = full_name(read.subject, text)
        return Person((read.subject, whole)) if whole != read.subject else None
    named = _NAMED_LAST.fullmatch(re.sub("^The ", "", read.subject))
    if not named:
        return None
    role, name = _without_titles(named["role"].strip(), named["name"])
    words = role.split()
    if not name or len(words) > 6 or re.search(r"['’]s?(?: |$)", role) or any(word in _IN_A_ROLE for word in words):
        return None
    if not may_be_name(name.split()) or not _is_known(name, role, read.apposition, text):
        return None
    if role:
        return Person((name,), role=_small(role, text))
    office = _OFFICE.fullmatch(read.apposition)
    described = re.fullmatch(r"an? ([a-z].*)", read.apposition)
    return Person((name,), described[1] if described else "", office["office"] if office else "")


def holder(read: Clause) -> Person | None:
    """The person in commas after an office: "The head of the jury, Benedikt Roe, said"."""
    if not re.fullmatch(_NAME, read.apposition) or not may_be_name(read.apposition.split()):
        return None
    office = re.sub("^The ", "", read.subject)
    last_is_noun = re.search(r"(?:^|[ -])[a-z]+$", office) or re.search(r"[a-z] (?:of|for) ", office)
    return Person((read.apposition,), office=office) if last_is_noun and not read.plural else None


def organisation(subject: str) -> str:
    """What kind of organisation a subject names, such as "university"; empty where it names none."""
    words = re.sub("^The ", "", subject).split()
    if len(words) < 2 or not all(word[0].isupper() or word in ("of", "and", "for", "the", "on") for word in words):
        return ""
    heads = [words[-1], *(words[n - 1] for n, word in enumerate(words) if word in ("of", "for", "on") and n)]
    return next((_ORGANISATIONS[head.casefold()] for head in heads if head.casefold() in _ORGANISATIONS), "")


def full_name(last: str, text: str) -> str:
    """The name that a text gives in full where it ends in this word, if there is exactly one; else the word.

    A word that something is "in" is a place, and stays as it is.
    """
    if last.isupper() or re.search(rf"\bin {re.escape(last)}\b", text):
        return last
    found = Counter(re.findall(rf"(?<![/\w])((?:[A-Z][\w'’-]+ ){{1,2}}){re.escape(last)}\b(?! [A-Z])", text))
    given = {
        " ".join(words)
        for words, times in ((words.split(), times) for words, times in found.items())
        if times >= len(words) and may_be_name(words) and _is_given(words[0], text)
    }
    return f"{given.pop()} {last}" if len(given) == 1 else last


def _is_given(first: str, text: str) -> bool:
    """Whether a capitalised word is no word that opens a sentence: no number, and never written small."""
    small = first.lower()
    return not small.endswith("ing") and not can_open(small) and not re.search(rf"\b{re.escape(small)}\b", text)


def is_nation(word: str) -> bool:
    """Whether a word looks like the adjective of a nation, or like an abbreviation."""
    return bool(_NATION.fullmatch(word))


def may_be_name(words: list[str]) -> bool:
    """Whether these capitalised words may be a person's: none is a title or part of the name of something else."""
    return len(words) <= 4 and all(
        re.fullmatch(r"(?!Ex-|[\w’']+-[a-z]{3})[^\W\d_][\w'’-]*\.?", word)
        and not (len(word) > 2 and word.isupper())
        and word not in _TITLES
        and word not in _FIRST_WORDS
        and word.casefold() not in _NOT_A_PERSON
        and not re.search(r"['’]s$", word)
        for word in words
    )


def _without_titles(role: str, name: str) -> tuple[str, str]:
    """Titles and what stands before them belong to the role; no name is left of "President Obama"."""
    words = name.split()
    last = max((n for n, word in enumerate(words) if word in _TITLES), default=-1)
    titles = [_TITLES_IN_FULL.get(word, word.lower() if word in _TITLES else word) for word in words[: last + 1]]
    name = " ".join(words[last + 1 :]) if len(words) - last > 2 else ""
    return " ".join(word for word in (role, *titles) if word), name


def _is_known(name: str, role: str, apposition: str, text: str) -> bool:
    """Whether a role, an age or the use of the last name alone shows that this is a person."""
    if role or re.match(r"\d\d$|(?:an? |the )?(?:former )?[a-z-]{3,}", apposition):
        return True
    first, last = (re.escape(word) for word in name.split()[-2:])
    return re.search(rf"(?<!{first} )(?<![Tt]he )\b{last}\b(?! [A-Z])", text) is not None


def _small(role: str, text: str) -> str:
    """The role as it stands after "which": its first word small, unless that is a name."""
    first = role.split()[0]
    small = first.lower()
    if not is_nation(first) and re.search(rf"(?<![\w'’]){re.escape(small)}(?!\w)", text):
        return small + role[len(first) :]
    return role
