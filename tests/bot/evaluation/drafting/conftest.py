"""Libraries of articles that a test writes itself, made of the real parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.loading import Loaded
from retrieval.tables import open_engine, sqlite_url
from tests.retrieval.town import take_in


@pytest.fixture(scope="session")
def library_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Library]]:
    """``library_of(loaded("a", "Text."), …)``: a library of these articles, for tests that only read it."""
    known: dict[str, Library] = {}
    embedder = open_embedder("local")

    def made(*articles: Loaded) -> Library:
        if repr(articles) not in known:
            folder = tmp_path_factory.mktemp("library")
            library = known[repr(articles)] = Library(folder, open_engine(sqlite_url(folder)), embedder)
            take_in(library, list(articles))
        return known[repr(articles)]

    yield made
    for library in known.values():
        library.close()
