"""Training texts to examples for the reader: each question with passages that answer it and passages that do not.

    python retrieval/models/reader/mining.py READER_TRAINING examples.jsonl.gz [--most N]

READER_TRAINING is a folder with questions in SQuAD 1.1 form (``squadshifts_*.json.xz``, spans marked by people) and
news-quiz questions with web passages (``news-quiz_*.jsonl.xz``, distant supervision). The passages that do not answer
are those that Footnote's own retrieval ranks high: what the reader will have to tell apart when it is used.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.articles import Article, Hit, Passage, sealed
from retrieval.embedding import open_embedder
from retrieval.intake import Intake
from retrieval.library import Library
from retrieval.loading import Loaded
from retrieval.models.reader.groups import occurrences
from retrieval.search import Ranking, Search
from retrieval.tables import open_engine, sqlite_url
from retrieval.wording import content_terms, fold

AROUND = 200  # characters on either side of an answer in which words of the question must stand
ENOUGH = 0.35  # share of the question's words that must stand there, or the answer's string may be an accident
UNTITLED = ("Amazon_Reviews", "Filtered_Reddit")  # collections whose titles say nothing
MOST_PASSAGES = 24  # kept for one question


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage, and where in it the answer stands; no spans: the answer is not here."""

    title: str
    text: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its readings, the ones that a person or the question's source gave first."""

    kind: str
    question: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the training texts give it: the articles it was asked about, and where the answer stands there."""

    kind: str
    question: str
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    marked: tuple[tuple[int, int], ...] = ()  # spans in the one article, where people marked them


def squad(path: Path) -> tuple[list[Article], list[Asked]]:
    """Contexts as articles, and questions with the spans that people marked in them."""
    articles: list[Article] = []
    asked: list[Asked] = []
    for collection in json.loads(lzma.decompress(path.read_bytes()))["data"]:
        title = "" if collection["title"].startswith(UNTITLED) else collection["title"].replace("_", " ")
        for paragraph in collection["paragraphs"]:
            id_ = f"{path.name.split('_v')[0]}-{len(articles)}"
            articles.append(Article(id_, title, paragraph["context"], collection=path.name.split("_v")[0]))
            for each in paragraph["qas"]:
                marked = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in each["answers"]}
                texts = tuple(dict.fromkeys(a["text"] for a in each["answers"]))
                asked.append(Asked("squad", each["question"].strip(), texts, (id_,), tuple(sorted(marked))))
    return articles, asked


def quiz(path: Path) -> tuple[list[Article], list[Asked]]:
    """Web passages as articles, each once, and the questions that they were found for."""
    known: dict[str, Article] = {}
    asked = []
    for line in lzma.decompress(path.read_bytes()).decode("utf-8").rstrip("\n").split("\n"):
        row: dict[str, Any] = json.loads(line)
        ids = []
        for passage in (row.get("positive") or []) + (row.get("negative") or []):
            article = known.setdefault(
                passage["text"], Article(f"quiz-{len(known)}", passage["title"], passage["text"])
            )
            ids.append(article.id)
        asked.append(Asked("quiz", row["question"].strip(), tuple(row["answers"]), tuple(dict.fromkeys(ids))))
    return list(known.values()), asked


def supported(
    spans: list[tuple[int, int]], question: str, text: str, share: float = ENOUGH, least: int = 0
) -> list[tuple[int, int]]:
    """The spans around which enough of the question's words stand: this share of them, and at least so many."""
    asked = set(content_terms(question))
    kept = []
    for start, end in spans:
        around = text[max(0, start - AROUND) : start] + " " + text[end : end + AROUND]
        if len(asked & set(content_terms(around))) >= max(least, share * len(asked)):
            kept.append((start, end))
    return kept


def readings(asked: Asked, hits: list[Hit]) -> Iterator[Reading]:
    """What the hits are worth for the question; a passage where the answer may stand by accident is left out."""
    seen = set()
    for hit in hits:
        start, end = hit.span
        text = hit.article.text[start:end]
        if text in seen:
            continue
        seen.add(text)
        own = hit.article.id in asked.articles
        if own and asked.marked:
            spans = [(first - start, last - start) for first, last in asked.marked if start <= first and last <= end]
            if spans or not occurrences(asked.answers, text):
                yield Reading(hit.article.title, text, tuple(spans))
            continue
        spans = occurrences(asked.answers, text)
        if not spans:
            if not any(fold(answer) in fold(text) for answer in asked.answers):
                yield Reading(hit.article.title, text)
        elif not asked.marked and (kept := supported(spans, asked.question, text)):
            yield Reading(hit.article.title, text, tuple(kept))


def own_passages(library: Library, asked: Asked) -> list[Hit]:
    """The passages of the articles that the question was asked about."""
    with library.reading() as layout:
        ids = library.catalogue.passages_of(frozenset(asked.articles), layout)
        located = library.catalogue.located(ids, layout)
        articles = library.catalogue.articles(list(asked.articles))
    hits = []
    for at in sorted(located.values(), key=lambda at: (asked.articles.index(at.article_id), at.start)):
        article = articles[at.article_id]
        passage = Passage(at.id, at.article_id, at.version, at.start, at.end, article.text[at.start : at.end])
        hits.append(Hit(article, passage, 0.0, (at.start, at.end)))
    return hits


def examples(library: Library, questions: list[Asked]) -> Iterator[Example]:
    """Each question with its own passages and the hits of the house's retrieval."""
    search = Search(library, Ranking(hits=MOST_PASSAGES))
    for asked in questions:
        found, _ = search.find(asked.question)
        kept = tuple(readings(asked, [*own_passages(library, asked), *found]))[:MOST_PASSAGES]
        if any(reading.spans for reading in kept):
            yield Example(asked.kind, asked.question, kept)


def main() -> None:
    parser = argparse.ArgumentParser(description="Find passages with and without the answer for each question.")
    parser.add_argument("texts", type=Path, help="the folder reader-training")
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=None, metavar="N", help="questions of each file, for a trial")
    given = parser.parse_args()
    articles, questions = [], []
    for path in sorted(given.texts.glob("*.xz")):
        more, asked = (squad if path.name.endswith(".json.xz") else quiz)(path)
        articles += more
        questions += asked[: given.most]
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), open_engine(sqlite_url(Path(folder))), open_embedder("local"))
        loaded = (Loaded(sealed(article), f"training#{article.id}") for article in articles)
        report = Intake(library, "training").read(loaded)
        sys.stderr.write(f"{report.added} articles, {len(questions)} questions\n")
        with gzip.open(given.out, "wt", encoding="utf-8") as out:
            for number, example in enumerate(examples(library, questions), start=1):
                out.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
                if number % 1000 == 0:
                    sys.stderr.write(f"{number} examples\n")


if __name__ == "__main__":
    main()
