"""Questions that a language model writes about news passages, as people would ask them.

    python retrieval/models/reader/writing.py READER_TRAINING model.gguf written.jsonl.gz [--minutes N]

Names and numbers of a passage are the answers, the model writes a question for each. It is kept if the reader that
ships finds that answer among the likeliest in the passage: about half are, and most others ask for something else
(Alberti et al., arXiv 1906.05416). The passages that answer it, its own and others, and those that do not are found as
for ``cloze.py``. Needs ``pip install llama-cpp-python``, and any instructed model in its form; README.md beside this
file says which one the shipped reader learned from.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from retrieval.models.reader.cloze import COMMONEST, WITH, WITHOUT, Pool, askable
from retrieval.models.reader.mining import occurrences, quiz, supported
from retrieval.reading import PassageReader, Reader, Text
from retrieval.wording import content_terms, fold

OF_PASSAGE, OF_ANSWER = 3, 16  # questions written about one passage, and with one answer
LONGEST = 110  # characters of a question
BEFORE, AFTER = 250, 400  # characters that the model sees around the beginning of a sentence with an answer
FOUND = 16  # passages looked at for a question
LIKELIEST, SHARED = 3, 0.5  # spans of the reader, one of which must have so much in common with the answer
SUPPORT, LEAST_SUPPORT = 0.5, 3  # share and number of the question's words that stand around an answer elsewhere
PROMPT = Path(__file__).with_suffix(".txt")


class Writer(Protocol):
    """Goes on with a text up to the end of the line."""

    def line(self, text: str) -> str: ...


class Llama:
    """A language model in a GGUF file."""

    def __init__(self, path: Path, threads: int) -> None:
        from llama_cpp import Llama as Model

        self._model = Model(str(path), n_ctx=2048, n_threads=threads, n_threads_batch=threads, verbose=False)

    def line(self, text: str) -> str:
        """What follows up to the end of the line; what a text has in common with the one before is not read again."""
        got: str = self._model(text, max_tokens=32, stop=["\n"], temperature=0)["choices"][0]["text"]
        return got.strip()


def about(title: str, passage: str, random_: random.Random) -> tuple[str, list[str]]:
    """A part of a passage, with its title, and names and numbers in it that can be asked for."""
    found = list(askable(passage))
    random_.shuffle(found)
    if not found:
        return "", []
    sentence = passage.index(found[0][0])
    start = passage.rfind(" ", 0, max(0, sentence - BEFORE)) + 1
    part = passage[start : sentence + AFTER]
    kept: list[str] = []
    for each, first, last in found:
        answer = each[first:last]
        alike = any(fold(answer) in fold(other) or fold(other) in fold(answer) for other in kept)
        if len(answer) > 1 and answer in part and not alike:
            kept.append(answer)
    return " ".join(f"{title.strip()}. {part}".split()), kept


def sensible(asked: str, answer: str) -> bool:
    """Whether a line is a question that can be understood alone, without its answer."""
    return (
        asked.endswith("?")
        and len(asked) <= 2 * LONGEST
        and len(set(content_terms(asked))) >= 3
        and fold(answer) not in fold(asked)
        and not any(word in fold(asked) for word in ("passage", "article", "according to the text", "the answer"))
    )


def readings(pool: Pool, own: int, answer: str, asked: str) -> list[dict[str, Any]]:
    """The passage that the question is about and others that tell the answer, and then passages that do not."""
    with_ = [(own, occurrences((answer,), pool.passages[own]))]
    without: list[tuple[int, list[tuple[int, int]]]] = []
    for number in pool.search(asked, FOUND):
        text = pool.passages[number]
        if number == own:
            continue
        if spans := occurrences((answer,), text):
            if kept := supported(spans, asked, text, SUPPORT, LEAST_SUPPORT):
                with_.append((number, kept))
        elif fold(answer) not in pool.folded[number]:
            without.append((number, []))
    chosen = [*with_[:WITH], *without[:WITHOUT]]
    return [{"title": pool.titles[n], "text": pool.passages[n], "spans": spans} for n, spans in chosen]


def answered(reader: PassageReader, example: dict[str, Any]) -> bool:
    """Whether the reader, asked the question, has the answer in mind that the question was written for."""
    own = example["readings"][0]
    (read,) = reader.read(example["question"], [Text(own["title"], own["text"])])
    return any(
        min(span.end, end) - max(span.start, start) >= SHARED * max(span.end - span.start, end - start)
        for span in read.spans[:LIKELIEST]
        for start, end in own["spans"]
    )


def examples(pool: Pool, writer: Writer, random_: random.Random) -> Iterator[dict[str, Any]]:
    """Questions with their readings, in the form that ``mining.py`` gives."""
    prompt = PROMPT.read_text(encoding="utf-8")
    order = list(range(len(pool.passages)))
    random_.shuffle(order)
    told: Counter[str] = Counter()
    for number in order:
        part, asked_for = about(pool.titles[number], pool.passages[number], random_)
        rare = [a for a in asked_for if told[fold(a)] < OF_ANSWER and pool.holding(fold(a)) <= COMMONEST]
        text = f"{prompt}\nPassage: {part}\n"
        for answer in rare[:OF_PASSAGE]:
            text += f"Answer: {answer}\nQuestion:"
            asked = writer.line(text)
            text += f" {asked}\n"
            if sensible(asked, answer):
                told[fold(answer)] += 1
                yield {"kind": "written", "question": asked, "readings": readings(pool, number, answer, asked)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Have a language model write questions about news passages.")
    parser.add_argument("texts", type=Path, help="the folder reader-training")
    parser.add_argument("model", type=Path, help="a language model in the form of llama.cpp (GGUF)")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60, help="after which it stops (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of passages (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    given = parser.parse_args()
    articles = [article for path in sorted(given.texts.glob("*.jsonl.xz")) for article in quiz(path)[0]]
    pool = Pool({article.text: article.title for article in articles})
    started = time.monotonic()
    with gzip.open(given.out, "wt", encoding="utf-8") as out:
        reader = Reader(threads=given.threads)
        made = examples(pool, Llama(given.model, given.threads), random.Random(given.seed))
        for number, example in enumerate((each for each in made if answered(reader, each)), start=1):
            out.write(json.dumps(example, ensure_ascii=False) + "\n")
            if number % 50 == 0:
                out.flush()
                sys.stderr.write(f"{number} questions in {time.monotonic() - started:.0f} s\n")
            if time.monotonic() - started > 60 * given.minutes:
                break


if __name__ == "__main__":
    main()
