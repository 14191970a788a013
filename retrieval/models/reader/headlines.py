"""Questions made from the headlines of news passages, to be answered by the text below and by other articles.

    python retrieval/models/reader/headlines.py READER_TRAINING headlines.jsonl.gz [--apart FILE] [--most N]

What ``cloze.py`` and ``phrases.py`` ask is worded as the sentence that answers, which makes it easy to find. A headline
tells the same in other words than the text: "Vessen County blocks sale of oysters" gives "What does Vessen County
block?", and the answer is marked where a story says "The sale of any oysters was halted". So short are questions about
the news, too, and so worded: those who ask know the event, not the article. Some passages are read without their title,
as the headline there would tell which of them answers.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.models.reader.cloze import WITH, WITHOUT, Pool, told_otherwise, write
from retrieval.models.reader.groups import occurrences
from retrieval.models.reader.mining import supported
from retrieval.models.reader.phrases import PEOPLE, lemma
from retrieval.splitting import sentences
from retrieval.wording import STOPWORDS, content_terms, fold, names

FOUND = 24  # passages looked at for a question
SUPPORT, LEAST_SUPPORT = 0.5, 2  # share and number of the question's words that stand around an answer
OWN_SUPPORT, LEAST_OWN = 0.3, 1  # the same below the headline itself
LOOSE = 3  # words that an answer in a text may have more than its words of content are
LONGEST_SUBJECT, LONGEST_ANSWER = 6, 10  # words
FEWEST = 2  # words of content in a question
TOLD_OTHERWISE = 0.5  # share of an answer's words from which a passage may tell it in other words
FEWEST_WITHOUT = 3  # passages that do not answer a question
FEWEST_USES = 3  # of a word where verbs stand, from which it is known as one
UNTITLED = 0.4  # of the passages are read without their title
_CUT = re.compile(r"\s*(?:\.\.\.|…)$|\s[–—-]\s.*$|\s\|.*$")
_KICKER = re.compile(r"^[^:]{2,40}: (?=[A-Z])|\s*: (?:\d+ |Here|What|How|Five|See|Watch|Live|Recap|News).*$")
_ENDS = re.compile(
    r"[,;]|\b(?:in|on|at|to|for|from|with|by|over|into|during|against|about|under|through|near|after|before|amid"
    r"|as|despite|following|because|while|since|until|if|but|when|where|who|that|which|due|ahead|without|and)\b"
)
_NO_SUBJECT = re.compile(r"[:?!]|\b(?:dead|is|are|was|were)\b")
_TURN_LIST = "from with for against on over at about of into by in"
_TURN = frozenset(_TURN_LIST.split())
_SAYING_LIST = "say claim warn announce tell insist admit deny reveal argue report"
_SAYING = frozenset(_SAYING_LIST.split())
_MAY_OPEN = frozenset(["the", "a", "an", "some", "his", "her"])
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A headline's subject, its verb as written and as asked, and what follows.

    ``form``: "now" for "blocks trade", "will" for "to block trade", "was" for "blocked by".
    """

    form: str
    subject: str
    verb: str
    base: str
    rest: str


def verbs(pool: Pool) -> frozenset[str]:
    """The words that stand where verbs do: often after "to", "will", "would", "could" or "not".

    More than half as often, that is, as they stand after an article, "his", "her", "their" or "of".
    """
    after: Counter[str] = Counter()
    nouns: Counter[str] = Counter()
    for text in pool.passages:
        after.update(re.findall(r"\b(?:to|will|would|could|not) ([a-z]{2,})\b", text))
        nouns.update(re.findall(r"\b(?:the|a|an|his|her|their|of) ([a-z]{2,})\b", text))
    often = {word for word, count in after.items() if count >= FEWEST_USES and count > 0.5 * nouns[word]}
    return frozenset(often - STOPWORDS)


def plain(title: str) -> str:
    """The first sentence of a headline, without the outlet after it, what stands before a colon, and dots at a cut."""
    title = " ".join(title.split())
    title = _KICKER.sub("", _CUT.sub("", title))
    return re.split(r"(?<=[a-z]{3})[.?!] ", title)[0].rstrip(" .,;:?!")


def parsed(title: str, known: frozenset[str]) -> Parsed | None:
    """Subject, verb and the rest of a headline; None for one without, that asks, in capitals, or too short."""
    text = plain(title)
    words = list(_WORD.finditer(text))
    capital = sum(word[0][0].isupper() for word in words)
    if title.rstrip().endswith("?") or len(words) < 4 or capital > 0.75 * len(words) or not text[:1].isalpha():
        return None
    for at, word in enumerate(words[1 : LONGEST_SUBJECT + 1], start=1):
        subject, rest = text[: word.start() - 1], text[word.end() + 1 :]
        if not re.fullmatch(r"[a-z]+", word[0]) or not rest:
            continue
        base, following = lemma(word[0]), words[at + 1][0]
        found = None
        if word[0] == "to" and following in known:
            found = Parsed("will", subject, following, following, rest[len(following) + 1 :])
        elif word[0].endswith("ed") and base in known and _ENDS.fullmatch(following):
            found = Parsed("was", subject, word[0], base, rest)
        elif word[0].endswith("s") and base != word[0] and base in known:
            found = Parsed("now", subject, word[0], base, rest)
        elif base == word[0] and base in known and words[at - 1][0].endswith("s"):
            found = Parsed("now", subject, word[0], word[0], rest)
        if found:
            return found if found.rest and _is_subject(subject) else None
    return None


def _is_subject(text: str) -> bool:
    opens = text.split()[0].lower()
    aside = _ENDS.search(text, 1) or _NO_SUBJECT.search(text)
    return not aside and opens != "here's" and (opens not in STOPWORDS or opens in _MAY_OPEN)


def part(text: str) -> str:
    """What stands before the next preposition, comma or conjunction."""
    found = _ENDS.search(text, 1)
    return text[: found.start()].strip() if found else text


def asked_of(head: Parsed, random_: random.Random) -> Iterator[tuple[str, str]]:
    """Questions about a headline, each with its answer in the headline's words."""
    is_name = all(word[:1].isupper() for word in head.subject.split())
    who = "Who" if is_name or PEOPLE.search(head.subject.lower()) else "What"
    subject = head.subject if names(head.subject) or head.subject[1:2].isupper() else _lower(head.subject)
    told = head.rest if random_.random() < 0.5 else part(head.rest)
    if head.form == "was":
        yield f"{who} was {head.verb} {head.rest}?", head.subject
        return
    yield f"{who} {'will ' * (head.form == 'will')}{head.verb} {told}?", head.subject
    do = "will" if head.form == "will" else "does" if head.base != head.verb else "do"
    if do != "will" and random_.random() < 0.4:
        do = "did"
    first, _, after = head.rest.partition(" ")
    if head.form == "will" and random_.random() < 0.3:
        yield f"What {do} {subject} do?", f"{head.verb} {part(head.rest)}"
    elif head.base in _SAYING:
        yield f"What {do} {subject} {head.base}?", head.rest
    elif first == "to" and after:
        yield f"What {do} {subject} {head.base} to do?", part(after)
    else:
        turn = f" {first}" if first in _TURN and after else ""
        rest = after if turn else head.rest
        answer = part(rest)
        tail = rest[len(answer) :] if random_.random() < 0.4 else ""
        yield f"What {do} {subject} {head.base}{turn}{_tail(tail)}?", answer


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _tail(text: str) -> str:
    return "" if text.lstrip()[:1] in (",", ";") else f" {text.strip()}" if text.strip() else ""


def places(answer: str, text: str) -> list[tuple[int, int]]:
    """Where a text tells an answer: word for word, else in a few words of a sentence with all its words of content.

    Such places may overlap. Of a name of two words the last one is enough where the whole name does not stand; another
    answer with one word of content is only found as it is.
    """
    if found := occurrences((answer,), text):
        return found
    wanted = set(content_terms(answer))
    if not wanted:
        return []
    if names("x " + answer) == [answer] and len(answer.split()) == 2:
        return [span for span in occurrences((answer.split()[-1],), text) if text[span[0]].isupper()]
    if len(wanted) < 2:
        return []
    found = []
    for first, last in sentences(text):
        if wanted <= set(content_terms(text[first:last])):
            found += _windows(text, first, last, wanted)
    return found


def _windows(text: str, first: int, last: int, wanted: set[str]) -> Iterator[tuple[int, int]]:
    words = [(m.start(), m.end(), set(content_terms(m[0]))) for m in re.finditer(r"[^\s—–]+", text[first:last])]
    for opens, (start, _, held) in enumerate(words):
        if not held & wanted:
            continue
        seen: set[str] = set()
        for _, end, more in words[opens : opens + len(wanted) + LOOSE]:
            seen |= more
            if wanted <= seen:
                inside = text[first + start : first + end]
                left = len(inside) - len(inside.lstrip("“\"'(‘"))
                yield first + start + left, first + start + len(inside.rstrip(".,;:!?)”\"’'"))
                break


def readings(pool: Pool, asked: str, answer: str, title: str, random_: random.Random) -> list[dict[str, Any]]:
    """Passages that tell the answer, and then passages that do not; none where one kind is lacking.

    Where it stands with too few of the question's words around it, or may be told in other words, is neither.
    """
    wanted = set(content_terms(answer))
    with_, without = [], []
    for number in pool.search(f"{asked} {title}", FOUND):
        text = pool.passages[number]
        named = "" if random_.random() < UNTITLED else pool.titles[number]
        bounds = (OWN_SUPPORT, LEAST_OWN) if pool.titles[number] == title else (SUPPORT, LEAST_SUPPORT)
        found = places(answer, text)
        if spans := supported(found, asked, text, *bounds):
            with_.append({"title": named, "text": text, "spans": spans})
        elif not (found or told_otherwise(answer, text)) and len(
            wanted & set(content_terms(text))
        ) <= TOLD_OTHERWISE * len(wanted):
            without.append({"title": named, "text": text, "spans": []})
    return [*with_[:WITH], *without[:WITHOUT]] if with_ and len(without) >= FEWEST_WITHOUT else []


def askable(asked: str, answer: str) -> bool:
    """Whether there is enough to find the answer by, which is short, and the question holds no word of it."""
    told, held = set(content_terms(answer)), set(content_terms(asked))
    short = len(answer) > 2 and len(answer.split()) <= LONGEST_ANSWER
    return bool(told) and short and len(held) >= FEWEST and not told & held and fold(answer) not in fold(asked)


def examples(pool: Pool, random_: random.Random) -> Iterator[dict[str, Any]]:
    """Questions with their readings, in the form that ``mining.py`` gives."""
    known = verbs(pool)
    titles = sorted(set(pool.titles))
    random_.shuffle(titles)
    for title in titles:
        head = parsed(title, known)
        for asked, answer in asked_of(head, random_) if head else ():
            answer = answer.strip(" '\"‘’“”")
            if not askable(asked, answer):
                continue
            asked = _lower(asked) if random_.random() < 0.25 else asked
            if read := readings(pool, asked, answer, title, random_):
                yield {"kind": "headlines", "question": asked, "readings": read}


def main() -> None:
    write(
        "Make questions from the headlines of news passages.",
        lambda pool: examples(pool, random.Random(20261129)),
        6000,
    )


if __name__ == "__main__":
    main()
