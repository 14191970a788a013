"""What one visit to a training question reads: which passages, cut how, and where the answer stands in their tokens."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from retrieval.reading import Pair, encode
from retrieval.splitting import sentences
from retrieval.wording import content_terms

HELD_OUT = 40  # every 40th question is for looking, not for learning
SHORTEST, LONGEST = 300, 800  # characters that a SQuAD-format passage is cut down to, at random
SWAPPED = 0.5  # of the visits to news-quiz questions, get another answer put in the place of theirs
EMPTIED = 0.6  # of the visits, read a passage emptied of its answer, if it can be
LEAST_LEFT = 150  # characters of such a passage
_HEAD = re.compile(r"\b(who|where|when|how (?:much|many)|(?:which|what) (?:u\.?s\.? )?\w+|what)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """The pairs of one question and, for each, the token spans of the answer (none: it is not here)."""

    pairs: tuple[Pair, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def tokens(self) -> int:
        return sum(len(pair.ids) for pair in self.pairs)


def cropped(reading: dict[str, Any], random_: random.Random) -> dict[str, Any]:
    """A passage cut down to whole sentences, around one of its answers if it has any, to a length chosen at random."""
    text, spans = reading["text"], reading["spans"]
    want = random_.randint(SHORTEST, LONGEST)
    if len(text) <= want:
        return reading
    breaks = [0, *(first for first, _ in sentences(text)), len(text)]
    start, end = random_.choice(spans) if spans else (random_.randrange(len(text)),) * 2
    left = max(b for b in breaks if b <= start)
    right = min(b for b in breaks if b >= end)
    while True:
        more = [b for b in breaks if b < left][-1:] + [b for b in breaks if b > right][:1]
        fitting = [b for b in more if max(b, right) - min(b, left) <= want]
        if not fitting:
            break
        edge = random_.choice(fitting)
        left, right = min(left, edge), max(right, edge)
    kept = [[first - left, last - left] for first, last in spans if left <= first and last <= right]
    return {"title": reading["title"], "text": text[left:right], "spans": kept}


def occurrences(answers: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """Where any of the answers stands in a text as whole words, whatever its case."""
    found = set()
    for answer in answers:
        words = r"\s+".join(re.escape(word) for word in answer.split())
        before = r"(?<!\d[.,])" if answer[:1].isdigit() else ""  # 12 is not to be found in 3.12 or 12,000
        after = r"(?![.,]\d)" if answer[-1:].isdigit() else ""
        pattern = r"(?<!\w)" + before + words + r"(?!\w)" + after
        found |= {match.span() for match in re.finditer(pattern, text, re.IGNORECASE)}
    return sorted(found)


def emptied(reading: dict[str, Any]) -> dict[str, Any] | None:
    """A passage without the sentences that hold the answer: it is about what is asked, and does not say.

    None where too little would be left, or some word of the answer would.
    """
    text, spans = reading["text"], reading["spans"]
    kept = [text[a:b] for a, b in sentences(text) if not any(start < b and a < end for start, end in spans)]
    left = " ".join(kept)
    told = {term for start, end in spans for term in content_terms(text[start:end])}
    if not told or len(left) < LEAST_LEFT or told & set(content_terms(f"{reading['title']} {left}")):
        return None
    return {"title": reading["title"], "text": left, "spans": []}


def chosen(example: dict[str, Any], random_: random.Random) -> list[dict[str, Any]]:
    """The passages of one visit to a question."""
    with_, without = ([r for r in example["readings"] if bool(r["spans"]) is held] for held in (True, False))
    if example["kind"] == "squad":
        (count,) = random_.choices((0, 1, 2), (0.5, 0.35, 0.15))
        positives, others = with_[:1], random_.sample(without[:8], min(len(without[:8]), count))
    else:
        positives = random_.sample(with_, min(len(with_), 2))
        count = 4 if example["kind"] == "quiz" else 3
        others = random_.sample(without[:14], min(len(without[:14]), count))
    empty = emptied(positives[0]) if random_.random() < EMPTIED else None
    readings = [*positives, *others, *([empty] if empty else [])]
    return [cropped(reading, random_) for reading in readings] if example["kind"] == "squad" else readings


def alike(question: str, answer: str) -> str:
    """A name for answers that may stand for each other: asked for in the same words, and of one look."""
    head = _HEAD.search(question)
    asked = head[0].lower().replace("what", "which") if head else ""
    if re.search(r"\d", answer):
        year = re.fullmatch(r"(19|20)\d\d", answer)
        unit = "year" if year else re.sub(r"[\d.,\s]", "", answer).lower()
        return f"{unit} {'' if year else asked}"
    words = min(len(answer.split()), 2) if asked.startswith("who") else 1
    return f"{'Name' if answer[:1].isupper() else 'word'} {words} {asked}"


def answers_of(examples: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Answers that may stand for each other, by what ``alike`` calls them; at least five different ones."""
    found: dict[str, set[str]] = {}
    for example in examples:
        reading = next(r for r in example["readings"] if r["spans"])
        start, end = reading["spans"][0]
        answer = reading["text"][start:end]
        found.setdefault(alike(example["question"], answer), set()).add(answer)
    return {name: sorted(answers) for name, answers in found.items() if len(answers) >= 5}


def swapped(
    question: str, readings: list[dict[str, Any]], answers: dict[str, list[str]], random_: random.Random
) -> list[dict[str, Any]]:
    """The passages with another answer of the same kind in the place of theirs, so that reading finds it, not memory.

    After Longpre et al., arXiv 2109.05052.
    """
    told = {r["text"][a:b].lower() for r in readings for a, b in r["spans"]}
    if len(told) != 1:
        return readings
    (old,) = told
    reading = next(r for r in readings if r["spans"])
    start, end = reading["spans"][0]
    whole = " ".join(f"{r['title']} {r['text']}" for r in readings)
    kind = alike(question, reading["text"][start:end])
    others = [answer for answer in answers.get(kind, []) if not occurrences((answer,), whole)]
    if not others:
        return readings
    new = random_.choice(others)
    changed = []
    for r in readings:
        kept = {tuple(span) for span in r["spans"]}
        text, places = _replaced(r["text"], old, new)
        spans = [[place, place + len(new)] for at, place in places.items() if at in kept]
        changed.append({"title": _replaced(r["title"], old, new)[0], "text": text, "spans": spans})
    return changed


def _replaced(text: str, old: str, new: str) -> tuple[str, dict[tuple[int, int], int]]:
    """The text with one answer in the place of another, and where what stood where now begins."""
    changed, places, last = "", {}, 0
    for start, end in occurrences((old,), text):
        changed += text[last:start]
        places[start, end] = len(changed)
        changed += new
        last = end
    return changed + text[last:], places


def grouped(tokenizer: Tokenizer, example: dict[str, Any], readings: Sequence[dict[str, Any]]) -> Group | None:
    """The readings as pairs of tokens; None where no answer is within the window."""
    pairs, spans = [], []
    for reading in readings:
        pair, *_ = encode(tokenizer, example["question"], reading["title"], reading["text"])
        found = {tokens for first, last in reading["spans"] if (tokens := token_span(pair, first, last))}
        if found or not reading["spans"]:
            pairs.append(pair)
            spans.append(tuple(sorted(found)))
    return Group(tuple(pairs), tuple(spans)) if any(spans) else None


def token_span(pair: Pair, first: int, last: int) -> tuple[int, int] | None:
    """The tokens that hold these characters of the passage; None where the window ends before."""
    inside = [n for n, at in enumerate(pair.characters) if at and at[0] < last and at[1] > first]
    whole = inside and (pair.characters[inside[-1]] or (0, 0))[1] >= last
    return (inside[0], inside[-1]) if whole else None


def endless(
    examples: list[dict[str, Any]], answers: dict[str, list[str]], tokenizer: Tokenizer, seed: int
) -> Iterator[Group]:
    """Groups for ever, in a new order each time through."""
    random_ = random.Random(seed)
    while True:
        random_.shuffle(examples)
        for example in examples:
            readings = chosen(example, random_)
            if example["kind"] == "quiz" and random_.random() < SWAPPED:
                readings = swapped(example["question"], readings, answers, random_)
            group = grouped(tokenizer, example, readings)
            if group is not None:
                yield group


def batch_of(stream: Iterator[Group], tokens: float) -> list[Group]:
    """As many groups as fill a part of a step."""
    batch = [next(stream)]
    while sum(group.tokens for group in batch) < tokens:
        batch.append(next(stream))
    return batch


def sources(paths: Sequence[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Examples to learn from and those held out; questions whose first passage is the same stay on one side."""
    learning: list[dict[str, Any]] = []
    looking: list[dict[str, Any]] = []
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            examples = [json.loads(line) for line in lines]
        for example in examples:
            key = sum(map(ord, example["readings"][0]["text"][:200]))
            (looking if key % HELD_OUT == 0 else learning).append(example)
    return learning, looking
