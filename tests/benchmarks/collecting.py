"""Questions with their hits, kept in a file: as they are, and with what answers them taken away.

A question whose own article was taken away, or the passages with its answer alone, is one that the rest of the library
cannot answer: so refusals are learnt from sets in which everything can be answered.
"""

from __future__ import annotations

import copy
import json
import lzma
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bot.answers import finished
from bot.app import App, open_app
from bot.evaluation.gold import Gold, read_gold
from bot.evaluation.matching import stands, tokens
from bot.evaluation.rows import Reply, reply, story
from config import Secrets, load
from retrieval.articles import Article, Filters, Hit
from retrieval.catalogue import Located
from tests.benchmarks.workers import telling

Variant = Literal["whole", "article away", "answer away"]
Gone = Callable[[Located, str], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A question as it was searched for, its gold, its hits, what had been taken away, and the unthresholded reply."""

    set: str
    gold: Gold
    question: str
    stories: tuple[str, ...]
    hits: tuple[Hit, ...]
    variant: Variant
    reply: Reply

    @property
    def answerable(self) -> bool:
        """Whether the hits' library still holds the answer, as far as gold knows."""
        return self.variant == "whole" and self.gold.answerable is not False

    @property
    def cluster(self) -> str:
        """What questions of one fold share: the article, or the conversation."""
        return f"{self.set} {self.stories[0] if self.stories else self.gold.id.partition('<::>')[0]}"


def collected(folder: Path, name: str, gold: Path, library: Path, reuse: bool) -> list[Found]:
    """All questions of a set with their hits; kept in ``folder``, and ``reuse`` takes those of an earlier run."""
    file = folder / "hits.pickle"
    if not reuse or not file.is_file():
        settings = load(library=library, config_file=None, overrides=["chat.model=none", "answer.threshold=0"])
        with open_app(settings, Secrets()) as app:
            found = list(_found(app, name, read_gold(gold).questions))
        file.write_bytes(pickle.dumps(found))
    rows: list[Found] = pickle.loads(file.read_bytes())
    return rows


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
    texts: dict[str, str] = {}
    articles: dict[str, Article] = {}  # each once, or the file has as many copies of it as it has hits
    for number, gold in enumerate(questions):
        if number % 200 == 0:
            telling(f"collecting {name}: {number} of {len(questions)}")
        stories = tuple(dict.fromkeys(story(known[id_]) for id_ in gold.articles if id_ in known))
        filters = Filters(collections=(gold.collection,)) if gold.collection else Filters()
        for variant, gone in _variants(gold, stories):
            asked = _without(app, gone, texts) if gone else app
            answer = finished(asked.ask(gold.question, history=gold.history, filters=filters, as_of=gold.asked_at))
            hits = tuple(replace(hit, article=articles.setdefault(hit.article.id, hit.article)) for hit in answer.hits)
            yield Found(name, gold, answer.standalone_question, stories, hits, variant, reply(answer))


def _variants(gold: Gold, stories: tuple[str, ...]) -> Iterator[tuple[Variant, Gone | None]]:
    yield "whole", None
    if gold.answerable is False or gold.kind == "underspecified" or gold.collection or gold.choices:
        return  # the answers of a quiz stand in too many articles
    if stories:
        yield "article away", lambda at, _: at.story in stories
    if gold.answers and all(len(tokens(answer)) <= 8 for answer in gold.answers):
        yield "answer away", lambda at, text: any(stands(answer, tokens(text)) for answer in gold.answers)


def _without(app: App, gone: Gone, texts: dict[str, str]) -> App:
    """The same app, whose library seems to lack the passages that are gone."""
    other = copy.copy(app)
    vars(other).pop("_search", None)
    library: Any = _Seen(app.library)
    library.catalogue = _Catalogue(app.library.catalogue)
    library.catalogue.gone, library.catalogue.texts = gone, texts
    other.library = library
    return other


class _Seen:
    """What a search sees of something, some of it in another way."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


class _Catalogue(_Seen):
    gone: Gone
    texts: dict[str, str]

    def located(self, ids: Sequence[str], layout: int) -> dict[str, Located]:
        """The passages that are left."""
        located = self._whole.located(ids, layout)
        unread = [at.article_id for at in located.values() if at.article_id not in self.texts]
        self.texts.update((id_, one.text) for id_, one in self._whole.articles(unread).items())
        return {id_: at for id_, at in located.items() if not self.gone(at, self._text(at))}

    def _text(self, at: Located) -> str:
        return self.texts[at.article_id][at.start : at.end]
