"""This project as a worker: ``python -m tests.benchmarks.ours LIBRARY [KEY=VALUE…]``; settings as ``-s`` takes them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.app import App, open_app
from config import Secrets, load
from retrieval.articles import Filters
from tests.benchmarks import growing, memory, workers
from tests.benchmarks.recording import Recorded

Asked = Sequence[tuple[str, str | None]]


class Ours:
    """The commands; each goes through the app, as the command line does."""

    def __init__(self, app: App) -> None:
        self._app = app

    def ready(self) -> dict[str, Any]:
        """Loads the model, so that no clock counts it."""
        self._app.library.embedder.embeddings.embed_query("ready")
        return {"splitting": self._app.library.splitting}

    def record(self, file: str) -> None:
        """From now on every text that is embedded is written down."""
        library = self._app.library
        library.embedder = replace(library.embedder, embeddings=Recorded(library.embedder.embeddings, Path(file)))

    def ingest(self, file: str) -> dict[str, Any]:
        """Reads a file as ``footnote ingest`` does; all of it can be found at the end."""
        began = time.perf_counter()
        [report] = self._app.ingest([file])
        seconds = time.perf_counter() - began
        skipped = [f"{one.location}: {one.reason}" for one in report.skipped]
        return {"seconds": seconds, "articles": report.added, "copies": report.copies, "skipped": skipped}

    def search(self, questions: Asked, filters: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The seconds that each question took, and what each step took of them."""
        seconds, steps, found = [], [], 0
        for (question, day), wanted in zip(questions, filters, strict=True):
            conditions, as_of = _filters(wanted), _day(day)
            began = time.perf_counter()
            hits, timings = self._app.search(question, conditions, as_of)
            seconds.append(time.perf_counter() - began)
            steps.append(dict(timings))
            found += len(hits)
        return {"seconds": seconds, "steps": steps, "hits": found}

    def rank(self, questions: Asked) -> list[list[str]]:
        """The stories that each question finds, best first, each once; what no weighted retriever found is left out."""
        ranked = []
        for question, day in questions:
            hits, _ = self._app.search(question, Filters(), _day(day))
            ranked.append(list(dict.fromkeys(h.article.copy_of or h.article.id for h in hits if h.score > 0)))
        return ranked

    def stories(self, ids: Sequence[str]) -> dict[str, str]:
        """The story of each article: its own id, or the id of what it is a copy of."""
        return {id_: one.copy_of or id_ for id_, one in self._app.library.catalogue.articles(ids).items()}

    def ask(self, questions: Asked) -> float:
        """Answers without a chat model; the seconds that all took."""
        began = time.perf_counter()
        for question, day in questions:
            for _ in self._app.ask(question, as_of=_day(day)):
                pass
        return time.perf_counter() - began

    def grow(self, times: int) -> int:
        """Makes the library that many times as large; how many passages it has then."""
        return growing.grow(self._app.library, times)

    def passages(self) -> int:
        """How many passages can be found."""
        library = self._app.library
        return len(library.catalogue.passage_ids(int(library.catalogue.facts()["layout"])))

    def memory(self) -> dict[str, float | None]:
        """The memory of this process in megabytes."""
        return memory.megabytes()


def _filters(wanted: dict[str, Any]) -> Filters:
    return Filters(
        sources=tuple(wanted.get("sources", ())), since=_day(wanted.get("since")), until=_day(wanted.get("until"))
    )


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def main() -> None:
    """Serve until standard input ends."""
    folder, *overrides = sys.argv[1:]
    settings = load(library=Path(folder), config_file=None, overrides=["chat.model=none", *overrides])
    with open_app(settings, Secrets()) as app:
        ours = Ours(app)
        workers.serve({name: getattr(ours, name) for name in vars(Ours) if not name.startswith("_")})


if __name__ == "__main__":
    main()
