"""The sample articles as a library, made once by the real app, and the app on it with the settings a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bot.app import App, IngestOptions, open_app
from bot.evaluation.evaluating import for_evaluation
from config import Secrets, load
from tests.openai_server import OpenAIServer

Opened = Callable[..., AbstractContextManager[App]]


@contextmanager
def opened(folder: Path, *overrides: str) -> Iterator[App]:
    """The app as ``footnote eval`` opens it."""
    settings = load(library=folder, overrides=overrides, environ={})
    with open_app(for_evaluation(settings), Secrets()) as app:
        yield app


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Path:
    """The library of the sample articles; those of articles.jsonl are the collection "reports". Not to be changed."""
    folder = tmp_path_factory.mktemp("sample") / "library"
    with opened(folder) as app:
        list(app.ingest([str(articles_folder / "articles.jsonl")], IngestOptions(collection="reports")))
        others = sorted(path for path in articles_folder.iterdir() if path.suffix not in (".jsonl", ".py", ""))
        list(app.ingest([str(path) for path in others]))
    return folder


@pytest.fixture(scope="session")
def sample(sample_library: Path) -> Opened:
    """``with sample("answer.threshold=0.9") as app``: the app on the library of the sample articles."""

    def with_settings(*overrides: str) -> AbstractContextManager[App]:
        return opened(sample_library, *overrides)

    return with_settings


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def chatting(server: OpenAIServer, *overrides: str) -> tuple[str, ...]:
    """Settings by which the server answers."""
    return ("chat.model=openai:ours", f"chat.base_url={server.base_url}", *overrides)
