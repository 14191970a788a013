"""Questions made from the sentences of news passages: a name or a number is asked for that other passages must tell.

    python retrieval/models/reader/cloze.py READER_TRAINING cloze.jsonl.gz [--apart articles.jsonl.gz] [--most N]

The sentence with a question word in the place of what is asked (Lewis, Denoyer and Riedel, arXiv 1906.04980), cut
short, in another order or down to its words of content, as people type. The passage that the sentence is from is left
out: the answer has to be found in other passages, as that of a quiz question is (``mining.py``). Half of the questions
make sense at best; they are there for the names, the amounts and the style of news. What is measured on articles that
share texts with the passages would be measured on texts that were learned: --apart leaves such passages out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.models.reader.groups import occurrences
from retrieval.models.reader.mining import quiz, supported
from retrieval.splitting import sentences
from retrieval.wording import content_terms, fold, names, quantities

LENGTHS = (60, 350)  # characters of a sentence that a question is made from
FOUND, WITH, WITHOUT = 22, 4, 14  # passages looked at for a question, and kept of those with and without the answer
SUPPORT, LEAST_SUPPORT = 0.55, 4  # share and number of the question's words that stand around an answer
TRIED, OF_PASSAGE, OF_ANSWER = 12, 4, 16  # spans tried of a passage, questions kept of it, and kept with one answer
COMMONEST = 500  # a name that more passages hold says too little
SATURATION, BY_LENGTH = 1.2, 0.75  # of BM25

SENTENCE = 60  # characters from which a sentence tells where a text is from
COPIED = 0.3  # share of such sentences of a passage from which it counts as a copy

_NUMBER = re.compile(
    r"(?<![\w.,$£€])(?:(?:US|A|C)?[$£€])?\d+(?:[.,]\d+)*"
    r"(?i:\s?(?:%|percent|per cent|million|billion|trillion|[tbm]n)|[mkb])?(?![\w%]|[.,]\d)"
)
_COUNTRY_LIST = """afghanistan albania algeria argentina armenia australia austria azerbaijan bahrain bangladesh belarus
    belgium bolivia brazil britain bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus
    denmark ecuador egypt estonia ethiopia finland france gabon germany ghana greece guatemala guyana haiti
    honduras hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan
    kenya kosovo kuwait laos latvia lebanon liberia libya lithuania malawi malaysia mali mexico moldova monaco
    mongolia morocco mozambique myanmar nepal netherlands nicaragua niger nigeria norway oman pakistan panama
    peru philippines poland portugal qatar romania russia rwanda scotland senegal serbia singapore slovakia
    slovenia somalia spain sudan sweden switzerland syria taiwan tanzania thailand tunisia turkey uganda ukraine
    uruguay venezuela vietnam wales yemen zambia zimbabwe"""
_COUNTRIES = frozenset(_COUNTRY_LIST.split())
_STATE_LIST = """alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho
    illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi
    missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia
    washington wisconsin wyoming"""
_STATES = frozenset(_STATE_LIST.split())
_AFTER_PEOPLE_LIST = "said says told tells added wrote tweeted announced testified argued won died was born who"
_AFTER_PEOPLE = frozenset(_AFTER_PEOPLE_LIST.split())
_BEFORE_PEOPLE_LIST = """president minister senator sen rep gov governor mr mrs ms dr judge justice coach actor actress
    singer king queen prince princess chancellor director author star player rapper pope founder ceo"""
_BEFORE_PEOPLE = frozenset(_BEFORE_PEOPLE_LIST.split())
_BEFORE_PLACES_LIST = "in at from near to across outside around"
_BEFORE_PLACES = frozenset(_BEFORE_PLACES_LIST.split())
_KIND_LIST = """singer actor actress company country city state president minister team club airline show film movie
    band book song album game judge senator governor congressman congresswoman star player driver founder rapper
    billionaire lawmaker prince king queen director author brand car maker retailer bank university island
    province airport hurricane storm magazine newspaper network agency group app platform website giant"""
_KINDS = frozenset(_KIND_LIST.split())


def long_sentences(text: str) -> set[str]:
    """The sentences of a text by which a copy of it is known, their white space made one."""
    return {" ".join(text[start:end].split()) for start, end in sentences(text) if end - start >= SENTENCE}


def apart(passages: dict[str, str], articles: Path) -> dict[str, str]:
    """The passages, title by text, without those that stand in the articles of a file."""
    known: set[str] = set()
    with gzip.open(articles, "rt", encoding="utf-8") as lines:
        for line in lines:
            known |= long_sentences(json.loads(line).get("text") or "")
    kept = {}
    for text, title in passages.items():
        held = long_sentences(text)
        if len(held & known) <= COPIED * len(held):
            kept[text] = title
    return kept


def passages_of(parser: argparse.ArgumentParser, texts: Path, without: Path | None) -> dict[str, str]:
    """The news-quiz passages of a folder, title by text, but for those that stand in the articles of ``without``."""
    found = {article.text: article.title for path in sorted(texts.glob("*.jsonl.xz")) for article in quiz(path)[0]}
    kept = apart(found, without) if without else found
    if not kept:
        parser.error(f"{texts}: no news-quiz passages there (*.jsonl.xz)" + (f" but in {without}" if found else ""))
    sys.stderr.write(f"{len(kept)} of {len(found)} passages\n")
    return kept


class Pool:
    """The passages of the news-quiz texts, each once, found by BM25 over their words, each counted once a passage."""

    def __init__(self, titles: dict[str, str]) -> None:
        self.passages = list(titles)
        self.titles = list(titles.values())
        self.folded = [fold(text) for text in self.passages]
        terms = [content_terms(text + " " + title) for text, title in titles.items()]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, held in enumerate(terms):
            for term in held:
                self._postings[term].append(number)
        self._sizes = np.array([len(held) for held in terms])
        self._known: dict[str, int] = {}

    def search(self, text: str, most: int) -> list[int]:
        """The passages with the words of a text, the best first; at most ``most``."""
        score = np.zeros(len(self.passages))
        for term in content_terms(text):
            at = self._postings.get(term, [])
            if not at:
                continue
            rarity = math.log(1 + (len(self.passages) - len(at) + 0.5) / (len(at) + 0.5))
            length = 1 - BY_LENGTH + BY_LENGTH * self._sizes[at] / self._sizes.mean()
            score[at] += rarity * (SATURATION + 1) / (1 + SATURATION * length)
        return [int(number) for number in np.argsort(-score)[:most] if score[number] > 0]

    def holding(self, folded: str) -> int:
        """How many passages hold a folded string."""
        if folded not in self._known:
            self._known[folded] = sum(folded in text for text in self.folded)
        return self._known[folded]


def asking(answer: str, before: list[str], after: list[str], random_: random.Random) -> tuple[str, int]:
    """The question word for an answer between these words, and how many words before it that takes in."""
    last = re.sub(r"\W", "", before[-1].lower()) if before else ""
    following = re.sub(r"\W", "", after[0].lower()) if after else ""
    low = answer.lower()
    money = re.search("million|billion|trillion", low) and following in ("dollars", "euros", "pounds")
    if re.match("(?:US|A|C)?[$£€]", answer) or money:
        return "how much", 0
    if re.search("%|percent|per cent", low):
        return random_.choice(("what percentage", "how much")), 0
    if re.match(r"(?:19|20)\d\d$", low):
        return random_.choice(("when", "what year", "in which year")), int(last in ("in", "since", "by"))
    if low[0].isdigit():
        return "how many", 0
    if low in _COUNTRIES:
        return random_.choice(("which country", "what country", "where")), 0
    if low in _STATES:
        return random_.choice(("which state", "which us state", "where")), 0
    if last in _KINDS:
        return f"which {last}", 1
    if last in _BEFORE_PEOPLE or following in _AFTER_PEOPLE:
        return "who", int(last in _BEFORE_PEOPLE)
    if last in _BEFORE_PLACES:
        return "where", 1
    if len(answer.split()) in (2, 3) and answer.replace(" ", "").isalpha():
        return random_.choice(("who", "who", "what")), 0
    return "what", 0


def question(sentence: str, start: int, end: int, random_: random.Random) -> str:
    """A question for ``sentence[start:end]``."""
    before, after = sentence[:start].split(), sentence[end:].split()
    word, taken = asking(sentence[start:end], before, after, random_)
    before = before[: len(before) - taken]
    before, after = _clause(before[::-1], random_)[::-1], _clause(after, random_)
    before, after = ([word for word in words if random_.random() > 0.08] for words in (before, after))
    form = random_.random()
    if form < 0.35:
        words = [*before, word, *after]
    elif form < 0.75:
        words = [word, *after, *before]
    else:
        words = [word, *(each for each in (*before, *after) if content_terms(each))]
    text = re.sub(r"[\"“”()\[\]]|[,;:.—–-]+(?=\s|$)", "", " ".join(words))
    text = " ".join(text.split()).rstrip("?!. ")
    return text[:1].upper() + text[1:] + "?"


def _clause(words: list[str], random_: random.Random) -> list[str]:
    """The words up to the end of a clause, at most eight to fourteen."""
    kept: list[str] = []
    for word in words:
        kept.append(word)
        if len(kept) >= 4 and re.search(r"[,;:—]$|[”\"]$", word):
            break
    return kept[: random_.randint(8, 14)]


def askable(text: str) -> Iterator[tuple[str, int, int]]:
    """Sentences of a passage, each with a name or a number in it: where that starts and ends."""
    for first, last in sentences(text):
        sentence = text[first:last]
        if not LENGTHS[0] <= len(sentence) <= LENGTHS[1]:
            continue
        spans = {match.span() for match in _NUMBER.finditer(sentence)}
        for name in names(sentence):
            spans |= set(occurrences((name,), sentence))
        yield from ((sentence, *span) for span in spans)


def told(
    pool: Pool, numbers: Iterable[int], answer: str, asked: str, share: float, least: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Of some passages those that tell the answer to a question, with where it stands, and those that do not.

    Where the answer stands with too few of the question's words around it, or may be told in other words, is neither.
    """
    with_, without = [], []
    for number in numbers:
        title, text = pool.titles[number], pool.passages[number]
        if spans := occurrences((answer,), text):
            if kept := supported(spans, asked, text, share, least):
                with_.append({"title": title, "text": text, "spans": kept})
        elif not told_otherwise(answer, text):
            without.append({"title": title, "text": text, "spans": []})
    return with_, without


def readings(pool: Pool, own: int, sentence: str, answer: str, asked: str) -> list[dict[str, Any]]:
    """Passages that tell the answer to a question, and then passages that do not; none where one kind is lacking."""
    found = [n for n in pool.search(asked, FOUND) if n != own and fold(sentence) not in pool.folded[n]]
    with_, without = told(pool, found, answer, asked, SUPPORT, LEAST_SUPPORT)
    return [*with_[:WITH], *without[:WITHOUT]] if with_ and len(without) >= 4 else []


def told_otherwise(answer: str, text: str) -> bool:
    """Whether a text without the answer may tell it all the same: its last word, or the same number in another form."""
    last, numbers = content_terms(answer)[-1:], quantities(answer)
    return bool(set(last) & set(content_terms(text)) or (numbers and numbers & quantities(text)))


def examples(pool: Pool, random_: random.Random) -> Iterator[dict[str, Any]]:
    """Questions with their readings, in the form that ``mining.py`` gives."""
    order = list(range(len(pool.passages)))
    random_.shuffle(order)
    asked_for: Counter[str] = Counter()
    for number in order:
        found = list(askable(pool.passages[number]))
        random_.shuffle(found)
        kept = 0
        for sentence, start, end in found[:TRIED]:
            answer = sentence[start:end]
            folded = fold(answer)
            if kept >= OF_PASSAGE or len(answer) < 2 or asked_for[folded] >= OF_ANSWER:
                continue
            asked = question(sentence, start, end, random_)
            if folded in fold(asked) or not _telling(sentence, asked) or pool.holding(folded) > COMMONEST:
                continue
            if read := readings(pool, number, sentence, answer, asked):
                asked_for[folded] += 1
                kept += 1
                yield {"kind": "cloze", "question": asked, "readings": read}


def _telling(sentence: str, asked: str) -> bool:
    """Whether there is enough to find the answer by, and the sentence is no list, heading or address."""
    words = sentence.split()
    listed = sum(word[:1].isupper() for word in words) > 0.6 * len(words)
    return len(set(content_terms(asked))) >= 5 and "http" not in sentence and not listed


def write(description: str, made: Callable[[Pool], Iterator[dict[str, Any]]], most: int) -> None:
    """The command line of a script that makes questions from the passages and writes them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("texts", type=Path, help="the folder reader-training")
    parser.add_argument("out", type=Path)
    parser.add_argument("--apart", type=Path, metavar="FILE", help="leave out passages that stand in these articles")
    parser.add_argument("--most", type=int, default=most, metavar="N", help="questions (default: %(default)s)")
    given = parser.parse_args()
    pool = Pool(passages_of(parser, given.texts, given.apart))
    number = 0
    with gzip.open(given.out, "wt", encoding="utf-8") as out:
        for number, example in zip(range(1, given.most + 1), made(pool), strict=False):
            out.write(json.dumps(example, ensure_ascii=False) + "\n")
            if number % 1000 == 0:
                sys.stderr.write(f"{number} questions\n")
    sys.stderr.write(f"{number} questions in all\n")


def main() -> None:
    write(
        "Make questions from the sentences of news passages.",
        lambda pool: examples(pool, random.Random(20261127)),
        9000,
    )


if __name__ == "__main__":
    main()
