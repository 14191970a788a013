"""Embeddings that write down the texts they are given, so that what was embedded can be counted afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class TextEmbeddings(Protocol):
    """What LangChain calls ``Embeddings``."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...


class Recorded:
    """Other embeddings, and a file of all documents that went through them."""

    def __init__(self, embeddings: TextEmbeddings, file: Path) -> None:
        self._embeddings = embeddings
        self._file = file

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The others' vectors."""
        with self._file.open("a", encoding="ascii") as stream:
            stream.write(json.dumps(texts) + "\n")
        return self._embeddings.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The others' vector."""
        return self._embeddings.embed_query(text)


def recorded(file: Path) -> Iterator[str]:
    """The texts of such a file, in order."""
    with file.open(encoding="ascii") as stream:
        for line in stream:
            yield from json.loads(line)
