"""Libraries of a few short articles, made of the real parts: SQLite, Chroma, tantivy and the embedder that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.tables import open_engine, sqlite_url
from tests.retrieval.town import take_in, town_articles


@pytest.fixture
def open_library(tmp_path: Path) -> Iterator[Callable[..., Library]]:
    """Opens the library of the test's folder, any number of times."""
    opened: list[Library] = []
    embedder = open_embedder("local")

    def open_(**options: Any) -> Library:
        folder = tmp_path / "library"
        folder.mkdir(exist_ok=True)
        engine = open_engine(options.pop("database_url", None) or sqlite_url(folder))
        library = Library(folder, engine, options.pop("embedder", embedder), **options)
        opened.append(library)
        return library

    yield open_
    for library in opened:
        library.close()


@pytest.fixture
def library(open_library: Callable[..., Library]) -> Library:
    """An empty library."""
    return open_library()


@pytest.fixture
def town(library: Library) -> Library:
    """A library of three articles."""
    take_in(library, town_articles())
    return library
