"""Questions made from the sentences of news passages whose answers are phrases: what somebody did, said, plans or is.

    python retrieval/models/reader/phrases.py READER_TRAINING phrases.jsonl.gz [--apart articles.jsonl.gz] [--most N]

A reader that has only ever seen names and numbers asked of the news, as ``cloze.py`` and ``writing.py`` do, names
somebody for "What did the minister reject?". Plain sentences are turned round by rule (Heilman and Smith, NAACL 2010):
subject and verb are kept, and what follows is asked for.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from retrieval.models.reader.cloze import LENGTHS, Pool, write
from retrieval.models.reader.writing import readings
from retrieval.splitting import sentences
from retrieval.wording import STOPWORDS, content_terms, fold, names

Span = tuple[int, int]
Made = tuple[str, int, int]  # a question, and where its answer starts and ends in the sentence

OF_PASSAGE, OF_FORM = 4, 0.3  # questions kept of a passage, and share of all that may have one form
LONGEST_PHRASE, LONGEST_CLAUSE = 9, 20  # words of an answer
TOLD_OTHERWISE = 0.7  # share of the question's words from which a passage may tell the answer in other words
FEWEST, FEWEST_WITHOUT = 2, 3  # words of content in a question, and passages that do not answer it

_WORD = r"[A-Za-z][\w’'-]*"
_DETERMINER = r"(?:an?|the|his|her|their|its|no|some|several|many|more|another|all|any|two|three|four|five|\d+)"
_STOP = re.compile(  # where a phrase ends
    r"[,.:](?!\d)|[;!?()“”\"—–]|\s-\s|\b(?:that|which|who|whose|where|when|while|after|before|because|since|as|if|but|so"
    r"|and (?:then|has|is|was|will)|although|though|until|unless|saying|adding|including|according|following|despite"
    r"|amid)\b"
)
_FINITE = re.compile(r"\b(?:is|are|was|were|will|has|have|had|would|could|do|does|did)\b")
_A_TIME = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_CLAUSE_STARTS = re.compile(r"(?:^|[,;:—] |\b(?:that|but|as|when|because|after|while|and) )(?:the |The )?$")
_PREPOSITION = re.compile(r"\b(?:in|on|at|to|for|from|with|by|over|into|during|against|about|under|through|near|of)\b")
_SAID = r"(?:said|says|announced|believes|argued|claimed|insisted|warned|acknowledged|confirmed|denied|suggested|noted)"
_NOT_SAID = r"(?:(?:in|at|on|last|this|during|would|will|is|was|earlier|mid-)|\w+day\b|(?:\S+ ){1,5}that )"
_TOWARDS = (
    r"(?:plans?|planned|wants?|wanted|hopes?|hoped|vowed|agreed|refused|decided|tried|failed|expects?|expected|pledged"
    r"|promised|intends?|intended|needs?|seeks?|sought|threatened|managed|offered|asked|continues?|continued|began)"
)
_PEOPLE = re.compile(
    r"\b(?:man|men|woman|women|people|police|officers?|officials?|soldiers?|troops|students?|workers?|residents?"
    r"|lawmakers?|lawyers?|doctors?|patients?|victims?|children|teenagers?|boys?|girls?|players?|ministers?|judges?"
    r"|voters?|protesters?|suspects?|passengers?|members?|leaders?|experts?|researchers?|scientists?|employees|drivers?"
    r"|fans|parents|families|journalists?|reporters?|prosecutors?|investigators?|firefighters|customers|others)\b"
)
_PRONOUNS = frozenset(["he", "she", "it", "they", "we", "i", "you", "this", "that", "these", "those", "there"])


@cache
def lemma(word: str) -> str:
    """The verb's form for "did": rescued, rescue."""
    import simplemma

    return str(simplemma.lemmatize(word, lang="en")).lower()


def phrase(text: str, start: int, most: int, ends: re.Pattern[str] = _STOP) -> int:
    """Where the phrase that begins at ``start`` ends; ``start`` where it has too many words."""
    found = ends.search(text, start)
    end = found.start() if found else len(text)
    abbreviated = found and found[0] == "." and text[found.end() :].strip('”" ')  # the U.S. Senate
    end = start + len(text[start:end].rstrip())
    return end if not abbreviated and 0 < len(text[start:end].split()) <= most else start


def nominal(text: str, start: int) -> int:
    """Where the noun phrase that begins at ``start`` with a determiner ends, with its of-phrases; else ``start``."""
    if not re.match(rf"(?i:{_DETERMINER})\s+[a-z$\d]", text[start:]):
        return start
    end = phrase(text, start, LONGEST_PHRASE + 8)
    for found in _PREPOSITION.finditer(text, start, end):
        if found[0] != "of":
            end = start + len(text[start : found.start()].rstrip())
            break
    words = text[start:end]
    plain = not (_FINITE.search(words) or _A_TIME.search(words))
    return end if plain and 2 <= len(words.split()) <= LONGEST_PHRASE else start


def tail(text: str, start: int) -> str:
    """What a question may go on with after the answer that ends at ``start``: up to the end of the clause."""
    rest = text[start:]
    if not rest[:1].isspace() or not _PREPOSITION.match(rest.lstrip()):
        return ""
    end = phrase(text, start + 1, LONGEST_PHRASE)
    return text[start:end]


def made(sentence: str) -> Iterator[tuple[str, Made]]:
    """Questions that can be made of a sentence, each after the name of its form."""
    if sentence.rstrip('”" ').endswith("?"):
        return
    yield from _of_quotes(sentence)
    yield from _of_plain_subjects(sentence)
    for who in dict.fromkeys(names(sentence)):
        begin = sentence.find(who)
        role = re.search(r"(?:(?:[A-Z][a-z]+|[Ff]ormer|[Tt]he) ){0,4}$", sentence[:begin])
        first = role.start() if role else begin
        while set(fold(sentence[first:begin]).split()[:1]) & (STOPWORDS - {"the"}):
            first = sentence.index(" ", first) + 1  # "But Ida Voss"
        if not _CLAUSE_STARTS.search(sentence[:first]):
            continue
        subject = re.sub(r"^The ", "the ", sentence[first : begin + len(who)])
        for form, text, start, end in _after(sentence, subject, begin + len(who)):
            if start < end:
                yield form, (text, start, end)


def _after(sentence: str, subject: str, at: int) -> Iterator[tuple[str, str, int, int]]:
    """The questions about a subject that ends at ``at``."""
    rest = sentence[at:]
    if found := re.match(rf",? (?:also )?{_SAID} (?!(?:that )?{_NOT_SAID})(?:that )?(?!that )(?=[a-z“\"A-Z])", rest):
        start = at + found.end()
        end = phrase(sentence, start, LONGEST_CLAUSE, re.compile(r"[;.!?]|, (?:but|and|which|who|adding)\b|$"))
        about = [name for name in names(sentence[start:end]) if name not in subject]
        end = end if _FINITE.search(sentence, start, end) else start  # "denied the claims" says nothing of the kind
        yield "said", f"What did {subject} say{f' about {about[0]}' if about else ''}?", start, end
    if found := re.match(rf" (?:also )?({_TOWARDS}) to (?=[a-z])", rest):
        start, verb = at + found.end(), lemma(found[1])
        did = "does" if found[1].endswith("s") else "did"
        end = phrase(sentence, start, LONGEST_PHRASE + 3)
        yield "towards", f"What {did} {subject} {verb} to do?", start, end
    if found := re.match(rf" (is|was|were|are|has been|had been) ({_WORD}(?:ed|en|wn|ld|pt|nt)) (\w+) (?=[a-z])", rest):
        start = at + found.end()
        if _PREPOSITION.fullmatch(found[3]) and found[3] not in ("to", "by"):
            end = phrase(sentence, start, LONGEST_PHRASE)
            auxiliary, _, been = found[1].partition(" ")
            yield (
                "passive",
                f"What {auxiliary} {subject} {been + ' ' if been else ''}{found[2]} {found[3]}?",
                start,
                end,
            )
    if found := re.match(r" (is|was) (?=(?:an?|the) [a-z])", rest):
        start = at + found.end()
        yield "being", f"Who {found[1]} {subject}?", start, phrase(sentence, start, LONGEST_PHRASE)
    if found := re.match(r", (?=(?:an?|the) [a-z])", rest):
        start = at + found.end()
        end = phrase(sentence, start, LONGEST_PHRASE)
        if sentence[end : end + 1] == ",":
            yield "being", f"Who is {subject}?", start, end
    if found := re.match(r" (?:also |has |had |have )?([a-z]+(?:ed|t|d|ught|ew|k|e|g|ank|ose)) ", rest):
        start, verb = at + found.end(), found[1]
        end = nominal(sentence, start)
        if lemma(verb) != verb and end > start:
            yield "object", f"What did {subject} {lemma(verb)}{tail(sentence, end)}?", start, end
            if verb.endswith("ed"):
                yield "done", f"What was {verb} by {subject}?", start, end


def _of_quotes(sentence: str) -> Iterator[tuple[str, Made]]:
    """“...,” Ida Voss said: what did she say?"""
    found = re.match(rf"[“\"]([^”\"]{{15,160}}?)[,.!?]?[”\"],? (.*?)\b{_SAID}\b(.{{0,60}})", sentence)
    if not found:
        return
    near = found[2] + found[3]
    who = [name for name in names("x " + near) if len(name) > 2]
    if who and not _PRONOUNS & set(near.lower().split()[:1]):
        start, end = found.span(1)
        about = [name for name in names(found[1][:1].lower() + found[1][1:]) if name not in who[0]]
        yield "quote", (f"What did {who[0]} say{f' about {about[0]}' if about else ''}?", start, end)


def _of_plain_subjects(sentence: str) -> Iterator[tuple[str, Made]]:
    """Four men were arrested on Monday in Oslo: who was arrested?"""
    cut = re.match(rf"((?i:{_DETERMINER}) .*?) (was|were|has|have|had|will|is|are|could|can|may) (?=[a-z])", sentence)
    if not cut or len(cut[1].split()) > LONGEST_PHRASE or names(cut[1]):
        return
    if _STOP.search(cut[1]) or _FINITE.search(cut[1]) or _A_TIME.search(cut[1]) or re.search(rf"\b{_SAID}\b", cut[1]):
        return
    people = bool(_PEOPLE.search(cut[1].split(" of ")[0].lower()))
    auxiliary = {"were": "was", "have": "has", "are": "is"}.get(cut[2], cut[2])
    last = phrase(sentence, cut.end(), 14)
    if last - cut.end() >= 12:
        yield "subject", (f"{'Who' if people else 'What'} {auxiliary} {sentence[cut.end() : last]}?", 0, cut.end(1))


def typed(question: str, random_: random.Random) -> str:
    """The question as somebody types it: some in the tense of headlines, some with a small first letter or no mark."""
    question = " ".join(re.sub(r"[\"“”()\[\]]|[ ,;:]+(?=\?$)", "", question).split())
    if random_.random() < 0.3:
        question = question.replace("What did ", "What does ", 1)  # as in headlines
    if random_.random() < 0.4:
        question = re.sub(r" say about .*\?", " say?", question)
    if random_.random() < 0.25:
        question = question[:1].lower() + question[1:]
    return question[:-1] if random_.random() < 0.1 else question


def askable(question: str, answer: str) -> bool:
    """Whether there is enough to find the answer by, and the answer is a phrase that the question does not hold."""
    asked, told = set(content_terms(question)), set(content_terms(answer))
    all_names = not re.search(r"\b(?!the\b)[a-z]{3,}", answer)
    return (
        len(asked) >= FEWEST
        and bool(told)
        and not told & asked
        and not all_names
        and fold(answer) not in fold(question)
    )


def read_for(pool: Pool, number: int, at: Span, asked: str) -> list[dict[str, Any]]:
    """The passage and others, without those that may tell the answer in other words."""
    wanted = set(content_terms(asked))
    found = readings(pool, number, at, asked)
    most = TOLD_OTHERWISE * len(wanted)
    apart = [r for r in found if r["spans"] or len(wanted & set(content_terms(f"{r['title']} {r['text']}"))) < most]
    return apart if sum(not r["spans"] for r in apart) >= FEWEST_WITHOUT else []


def examples(pool: Pool, random_: random.Random) -> Iterator[dict[str, Any]]:
    """Questions with their readings, in the form that ``mining.py`` gives."""
    order = random_.sample(range(len(pool.passages)), len(pool.passages))
    forms: Counter[str] = Counter()
    for number in order:
        text = pool.passages[number]
        found = []
        for first, last in sentences(text):
            if LENGTHS[0] // 2 <= last - first <= LENGTHS[1]:
                found += [(form, first, one) for form, one in made(text[first:last])]
        random_.shuffle(found)
        kept: set[Span] = set()
        for form, first, (question, start, end) in found:
            at = first + start, first + end
            common = forms[form] > 50 and forms[form] > OF_FORM * forms.total()
            overlapping = any(at[0] < b and a < at[1] for a, b in kept)
            if len(kept) >= OF_PASSAGE or overlapping or common or not askable(question, text[slice(*at)]):
                continue
            asked = typed(question, random_)
            if read := read_for(pool, number, at, asked):
                kept.add(at)
                forms[form] += 1
                yield {"kind": "phrases", "question": asked, "readings": read}


def main() -> None:
    write(
        "Make questions with phrases as answers from news passages.",
        lambda pool: examples(pool, random.Random(20261128)),
        6000,
    )


if __name__ == "__main__":
    main()
