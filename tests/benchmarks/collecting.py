"""Questions with their hits, kept in a file: as they are, and with what answers them taken away.

A question whose own article was taken away, or the passages with its answer alone, is one that the rest of the library
cannot answer: so refusals are learnt from sets in which everything can be answered. Hits are kept with their readings;
what is said of them is made anew from the hits (``replied``), so that one collection serves whatever weights come.
"""

from __future__ import annotations

import copy
import json
import lzma
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from bot.answers import finished
from bot.app import App, open_app
from bot.chain import Chain, Rules
from bot.composing import extractive
from bot.evaluation.gold import Gold, read_gold
from bot.evaluation.matching import stands, tokens, words
from bot.evaluation.rows import Reply, reply, story
from config import Secrets, load
from retrieval.articles import Article, Filters, Hit, Reading
from retrieval.catalogue import Located
from retrieval.reading import PassageReader, Text
from retrieval.search import Search
from tests.benchmarks.workers import telling

_AWAY_EVERY = 2  # so-manieth question is also asked with its answer taken away
_AT_ONCE = 2  # questions

Variant = Literal["whole", "article away", "answer away"]
Gone = Callable[[Located, str], bool]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Found:
    """A question as it was searched for, its gold, its hits, and what had been taken away from the library."""

    set: str
    gold: Gold
    question: str
    stories: tuple[str, ...]
    hits: tuple[Hit, ...]
    variant: Variant

    @property
    def answerable(self) -> bool:
        """Whether the hits' library still holds the answer, as far as gold knows."""
        return self.variant == "whole" and self.gold.answerable is not False

    @property
    def cluster(self) -> str:
        """What questions of one fold share: the article, or the conversation."""
        return f"{self.set} {self.stories[0] if self.stories else self.gold.id.partition('<::>')[0]}"


def collected(name: str, folder: Path, gold: Path, reader: str, reuse: bool) -> list[Found]:
    """All questions of a set with the hits of ``folder / "ours"``, read by ``reader``.

    They are kept in ``folder``, and ``reuse`` takes those of an earlier run.
    """
    file = folder / f"hits-{reader}.pickle"
    if not reuse or not file.is_file():
        # refused, all of them: replies are made of the hits
        wished = ["chat.model=none", "answer.threshold=1", f"reader.model={reader}"]
        with open_app(load(library=folder / "ours", config_file=None, overrides=wished), Secrets()) as app:
            found = list(_found(app, name, read_gold(gold).questions))
        file.write_bytes(pickle.dumps(found))
    rows: list[Found] = pickle.loads(file.read_bytes())
    return rows


def replied(row: Found) -> Reply:
    """What the extractive composer says to a question, whatever the confidence."""
    chain = Chain(lambda *_, **__: row.hits, extractive.compose, rules=Rules(threshold=0))
    return reply(chain.answer(row.question, as_of=row.gold.asked_at))


def shared_out(work: Callable[[Found], _T], rows: Sequence[Found]) -> list[_T]:
    """The work done on each row, in order, by as many processes as there are cores."""
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(work, rows, chunksize=max(1, len(rows) // (4 * cores))))


def squad(file: Path, folder: Path, every: int = 12) -> tuple[Path, Path]:
    """``articles.jsonl`` and ``gold.jsonl`` of a SQuAD file, one article a title and every so-manieth question."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.loads(lzma.decompress(file.read_bytes()))["data"]
    articles, gold = folder / "articles.jsonl", folder / "gold.jsonl"
    with articles.open("w", encoding="utf-8") as out, gold.open("w", encoding="utf-8") as questions:
        number = 0
        for one in data:
            text = "\n\n".join(paragraph["context"] for paragraph in one["paragraphs"])
            title = one["title"].replace("_", " ")
            out.write(json.dumps({"id": one["title"], "title": title, "text": text}) + "\n")
            for qa in (qa for paragraph in one["paragraphs"] for qa in paragraph["qas"]):
                number += 1
                if number % every == 0:
                    answers = list(dict.fromkeys(answer["text"] for answer in qa["answers"]))
                    record = {"id": qa["id"], "question": qa["question"], "answers": answers, "answerable": True}
                    questions.write(json.dumps(record | {"articles": [one["title"]]}) + "\n")
    return articles, gold


def _found(app: App, name: str, questions: Sequence[Gold]) -> Iterator[Found]:
    known = app.library.catalogue.articles(list({id_ for gold in questions for id_ in gold.articles}))
    newest = app.library.catalogue.newest(Filters(until=date.today()), 1)
    today = newest[0].published if newest else None
    texts: dict[str, str] = {}
    articles: dict[str, Article] = {}  # each once, or the file has as many copies of it as it has hits

    def asked(place: int) -> list[Found]:
        if place % 200 == 0:
            telling(f"collecting {name}: {place} of {len(questions)}")
        gold = questions[place]
        stories = tuple(dict.fromkeys(story(known[id_]) for id_ in gold.articles if id_ in known))
        filters = Filters(collections=(gold.collection,)) if gold.collection else Filters()
        reader = app._search._reader and _Remembering(app._search._reader)
        rows = []
        for variant, gone in _variants(gold, stories, away=place % _AWAY_EVERY == 0):
            seen = _seen(app, reader, partial(_Catalogue, gone=gone, texts=texts) if gone else None)
            as_of = gold.asked_at or today
            answer = finished(seen.ask(gold.question, history=gold.history, filters=filters, as_of=as_of))
            hits = tuple(replace(hit, article=articles.setdefault(hit.article.id, hit.article)) for hit in answer.hits)
            rows.append(Found(name, gold, answer.standalone_question, stories, hits, variant))
        return rows

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for rows in pool.map(asked, range(len(questions))):
            yield from rows


def _variants(gold: Gold, stories: tuple[str, ...], *, away: bool) -> Iterator[tuple[Variant, Gone | None]]:
    yield "whole", None
    if not away or gold.answerable is False or gold.kind == "underspecified" or gold.collection or gold.choices:
        return  # the answers of a quiz stand in too many articles
    if stories:
        yield "article away", lambda at, _: at.story in stories
    if gold.answers and all(len(tokens(answer)) <= 8 for answer in gold.answers):
        yield "answer away", lambda at, text: any(stands(answer, words(text)) for answer in gold.answers)


def _seen(app: App, reader: PassageReader | None, catalogue: Callable[[Any], Any] | None) -> App:
    """The same app with this reader, and with another catalogue of its library."""
    other = copy.copy(app)
    if catalogue:
        library: Any = _Seen(app.library)
        library.catalogue = catalogue(app.library.catalogue)
        other.library = library
    vars(other)["_search"] = Search(other.library, app._search._ranking, reader)
    return other


class _Remembering:
    """A reader that reads no passage twice: with something taken away, most of what is found stays the same."""

    def __init__(self, reader: PassageReader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, Text], Reading] = {}

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        """As the reader itself reads."""
        new = [text for text in dict.fromkeys(texts) if (question, text) not in self._known]
        self._known |= zip(((question, text) for text in new), self._reader.read(question, new), strict=True)
        return [self._known[question, text] for text in texts]


class _Seen:
    """What a search sees of something, some of it in another way."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


class _Catalogue(_Seen):
    """A catalogue that seems to lack the passages that are gone."""

    def __init__(self, whole: Any, gone: Gone, texts: dict[str, str]) -> None:
        super().__init__(whole)
        self._gone, self._texts = gone, texts

    def located(self, ids: Sequence[str], layout: int) -> dict[str, Located]:
        """The passages that are left."""
        located = self._whole.located(ids, layout)
        unread = [at.article_id for at in located.values() if at.article_id not in self._texts]
        self._texts.update((id_, one.text) for id_, one in self._whole.articles(unread).items())
        return {id_: at for id_, at in located.items() if not self._gone(at, self._text(at))}

    def _text(self, at: Located) -> str:
        return self._texts[at.article_id][at.start : at.end]
