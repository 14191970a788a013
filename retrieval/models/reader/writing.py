"""Questions that a language model writes about news passages, as people would ask them.

    python retrieval/models/reader/writing.py READER_TRAINING model.gguf written.jsonl.gz [--apart articles.jsonl.gz]

Names and numbers of a passage are the answers, the model writes a question for each. It is kept if the reader, asked
it, gives that answer back (Alberti et al., arXiv 1906.05416), or with the reader's own answer if it is certain of that:
the model often asks for something else than it was told to, and the reader then mostly has it. The passages that
answer, its own and others, and those that do not are found as for ``cloze.py``, which also says what --apart is for.
Needs ``pip install llama-cpp-python``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any, Protocol

from retrieval.models.reader.cloze import COMMONEST, WITH, WITHOUT, Pool, askable, passages_of, told
from retrieval.models.reader.groups import occurrences
from retrieval.models.reader.mining import supported
from retrieval.reading import PassageReader, Reader, Text
from retrieval.wording import content_terms, fold

OF_PASSAGE, OF_ANSWER = 3, 16  # questions written about one passage, and kept with one answer
LONGEST, FEWEST = 220, 3  # characters of a question, words of content in it
BEFORE, AFTER = 250, 400  # characters that the model sees around the beginning of a sentence with an answer
FOUND = 16  # passages looked at for a question
SHARED = 0.3  # of the reader's answer and the one that was asked for, the part that must be the same
DOUBTFUL, CERTAIN, AHEAD = -4, 8, 3  # logits of an answer over "not here", and over the next best, from which it counts
LONGEST_ANSWER = 60  # characters of an answer of the reader's own
SUPPORT, LEAST_SUPPORT = 0.5, 3  # share and number of the question's words that stand around an answer
PROMPT = Path(__file__).with_suffix(".txt")


class Writer(Protocol):
    """Goes on with a text up to the end of the line."""

    def line(self, text: str) -> str: ...


class Llama:
    """A language model in a GGUF file."""

    def __init__(self, path: Path, threads: int) -> None:
        from llama_cpp import Llama as Model

        self._model: Any = Model(str(path), n_ctx=2048, n_threads=threads, n_threads_batch=threads, verbose=False)

    def line(self, text: str) -> str:
        """What follows up to the end of the line; what a text has in common with the one before is not read again."""
        got: str = self._model(text, max_tokens=32, stop=["\n"], temperature=0)["choices"][0]["text"]
        return got.strip()


def about(title: str, passage: str, rare: Callable[[str], bool], random_: random.Random) -> tuple[str, list[str]]:
    """A part of a passage, with its title, and names and numbers in it that can be asked for."""
    found = [(sentence, sentence[start:end]) for sentence, start, end in askable(passage)]
    found = [(sentence, answer) for sentence, answer in found if len(answer) > 1 and rare(answer)]
    if not found:
        return "", []
    random_.shuffle(found)
    sentence = passage.index(found[0][0])
    start = passage.rfind(" ", 0, max(0, sentence - BEFORE)) + 1
    part = " ".join(f"{title.strip()[:BEFORE]}. {passage[start : sentence + AFTER]}".split())
    kept: list[str] = []
    for _, answer in found:
        words = set(fold(answer).split())
        alike = any(words & set(fold(other).split()) for other in kept)
        if not alike and occurrences((answer,), part):
            kept.append(" ".join(answer.split()))
    return part, kept[:OF_PASSAGE]


def sensible(asked: str, answer: str) -> bool:
    """Whether a line is a question that can be understood alone, without its answer."""
    return (
        asked.endswith("?")
        and len(asked) <= LONGEST
        and len(content_terms(asked)) >= FEWEST
        and fold(answer) not in fold(asked)
        and not re.search(r"\b(?:the|this) (?:passage|article|text|answer)\b", fold(asked))
    )


def settled(reader: PassageReader, asked: str, answer: str, title: str, passage: str) -> tuple[int, int] | None:
    """Where the answer to a question stands: the one it was written for, or another of which the reader is certain."""
    (read,) = reader.read(asked, [Text(title, passage)])
    if not read.spans:
        return None
    best, *others = read.spans
    if best.score - read.absent < DOUBTFUL:
        return None
    for start, end in occurrences((answer,), passage):
        same = min(best.end, end) - max(best.start, start)
        if same >= SHARED * max(best.end - best.start, end - start):
            return start, end
    rivals = (other.score for other in others if other.start >= best.end or other.end <= best.start)
    rival = max(rivals, default=others[-1].score if others else -inf)
    certain = best.score - read.absent > CERTAIN and best.score - rival > AHEAD
    return (best.start, best.end) if certain and best.end - best.start <= LONGEST_ANSWER else None


def readings(pool: Pool, own: int, at: tuple[int, int], asked: str) -> list[dict[str, Any]]:
    """The passage that the question is about and others that tell the answer, and then passages that do not."""
    passage = pool.passages[own]
    answer = passage[slice(*at)]
    spans = supported(occurrences((answer,), passage), asked, passage, SUPPORT, LEAST_SUPPORT)
    first = {"title": pool.titles[own], "text": passage, "spans": sorted({at, *spans})}
    found = [number for number in pool.search(asked, FOUND) if number != own]
    with_, without = told(pool, found, answer, asked, SUPPORT, LEAST_SUPPORT)
    return [first, *with_[: WITH - 1], *without[:WITHOUT]]


def examples(
    pool: Pool, writer: Writer, reader: PassageReader, order: Iterable[int], random_: random.Random
) -> Iterator[dict[str, Any] | None]:
    """Questions with their readings, in the form that ``mining.py`` gives; None for one that is not kept."""
    prompt = PROMPT.read_text(encoding="utf-8")
    kept: Counter[str] = Counter()

    def rare(answer: str) -> bool:
        return kept[fold(answer)] < OF_ANSWER and pool.holding(fold(answer)) <= COMMONEST

    for number in order:
        title, passage = pool.titles[number], pool.passages[number]
        part, asked_for = about(title, passage, rare, random_)
        text, known = f"{prompt}\nPassage: {part}\n", set()
        for answer in asked_for:
            line = f"{text}Answer: {answer}\nQuestion:"
            asked = writer.line(line)
            at = None
            if sensible(asked, answer) and fold(asked) not in known:
                known.add(fold(asked))
                text = f"{line} {asked}\n"
                at = settled(reader, asked, answer, title, passage)
            own = passage[slice(*at)] if at else ""
            if at and rare(own) and sensible(asked, own):
                kept[fold(own)] += 1
                yield {"kind": "written", "question": asked, "readings": readings(pool, number, at, asked)}
            else:
                yield None


def main() -> None:
    parser = argparse.ArgumentParser(description="Have a language model write questions about news passages.")
    parser.add_argument("texts", type=Path, help="the folder reader-training")
    parser.add_argument("model", type=Path, help="a language model in the form of llama.cpp (GGUF)")
    parser.add_argument("out", type=Path)
    parser.add_argument("--apart", type=Path, metavar="FILE", help="leave out passages that stand in these articles")
    parser.add_argument("--minutes", type=float, default=60, help="after which it stops (default: %(default)s)")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="of the passages, for processes side by side")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    given = parser.parse_args()
    part = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", given.part)
    if not part or int(part[1]) > int(part[2]):
        parser.error("--part is such as 1/2, the first of two")
    writer, reader = Llama(given.model, given.threads), Reader(threads=given.threads)
    pool = Pool(passages_of(parser, given.texts, given.apart))
    random_ = random.Random(1)
    order = random_.sample(range(len(pool.passages)), len(pool.passages))[int(part[1]) - 1 :: int(part[2])]
    started, kept = time.monotonic(), 0
    with gzip.open(given.out, "wt", encoding="utf-8") as out:
        for tried, example in enumerate(examples(pool, writer, reader, order, random_), start=1):
            if example:
                out.write(json.dumps(example, ensure_ascii=False) + "\n")
                kept += 1
            seconds = time.monotonic() - started
            if tried % 100 == 0:
                out.flush()
                sys.stderr.write(f"{kept} of {tried} questions kept, {seconds:.0f} s\n")
            if seconds > 60 * given.minutes:
                break


if __name__ == "__main__":
    main()
