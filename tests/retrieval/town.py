"""A small invented world for the tests of retrieval: three articles, and the way they are taken in."""

from __future__ import annotations

from datetime import date
from typing import Any

from langchain_core.embeddings import Embeddings

from retrieval.articles import Article, sealed
from retrieval.intake import Intake, Report
from retrieval.library import Library
from retrieval.loading import Loaded, Outcome

FERRY = (
    "The ferry Marigold ran aground off Tolland Point on Monday morning, the harbour office said. "
    "All 214 passengers were brought ashore by noon.\n\n"
    "Captain Ines Varga told the inquiry that the radar had failed twenty minutes before."
)
BRIDGE = (
    "The council of Aldermoor voted on Tuesday to close the old iron bridge to lorries. "
    "Engineers found cracks in two of its nine piers last autumn.\n\n"
    "Repairs will cost 4.2 million crowns, the mayor, Petra Lindqvist, said."
)
FESTIVAL = (
    "The Aldermoor film festival opens on 3 June with a restored print of The Lamplighter. "
    "Its director, Oskar Dahl, died in 1971 and never saw the film on a screen."
)


def loaded(id_: str, text: str, location: str | None = None, **fields: Any) -> Loaded:
    """An article as a loader would give it."""
    fields.setdefault("title", text.split(".")[0][:60])
    return Loaded(sealed(Article(id=id_, text=text, **fields)), location or f"articles.jsonl#{id_}")


class CountingEmbeddings(Embeddings):
    """The embeddings of another, and a list of every text that was embedded for the library."""

    def __init__(self, inner: Embeddings) -> None:
        self._inner = inner
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded.extend(texts)
        return self._inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)


def town_articles() -> list[Outcome]:
    """Three articles of two outlets."""
    return [
        loaded("ferry", FERRY, source="Tolland Courier", published=date(2024, 3, 4)),
        loaded("bridge", BRIDGE, source="Aldermoor Gazette", published=date(2024, 5, 14)),
        loaded("festival", FESTIVAL, source="Aldermoor Gazette", published=date(2024, 5, 20)),
    ]


def take_in(library: Library, outcomes: list[Outcome], source: str = "articles.jsonl", **options: Any) -> Report:
    """Reads outcomes into a library as one source."""
    prune = options.pop("prune", False)
    return Intake(library, source, **options).read(outcomes, prune=prune)
