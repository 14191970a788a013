"""A bot on a library of the sample articles, joined to a fake Slack, here or as its own process; and a bare ledger."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.app import open_app
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.listening import bolt_app
from bot.slack.manifest import EVENTS, SCOPES
from bot.slack.sockets import Sockets
from bot.slack.web import Web
from bot.slack.wiring import Desk, Identity, open_desk
from config import Secrets, load
from retrieval.tables import open_engine, sqlite_url
from tests import slack_processes
from tests.openai_server import OpenAIServer
from tests.slack_fake import FakeSlack
from tests.slack_ledger import Open

ARTICLES = Path(__file__).parents[2] / "articles"
FERRY = "How many passengers were on the ferry?"
MAYOR = "Who was elected mayor of Saltmere?"

Bot = Callable[..., AbstractContextManager[Desk]]
Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample articles; never opened by a test, only copied."""
    folder = tmp_path_factory.mktemp("ingested") / "library"
    settings = load(library=folder, overrides=["chat.model=none"])
    with open_app(settings, Secrets()) as app:
        for report in app.ingest([str(ARTICLES)]):
            assert report.added
    return folder


@pytest.fixture
def library(ingested: Path, tmp_path: Path) -> Path:
    """A library of the sample articles of the test's own."""
    folder = tmp_path / "library"
    shutil.copytree(ingested, folder)
    return folder


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A strict workspace with two people in a channel of theirs and the bot's."""
    with FakeSlack(scopes=SCOPES, events=EVENTS) as slack:
        slack.user("U1", name="ann")
        slack.user("U2", name="ben")
        slack.channel("C1", members=["U1", "U2"])
        yield slack


@contextmanager
def joined(slack: FakeSlack, library: Path, *settings: str) -> Iterator[Desk]:
    """A bot in this process, whose log is ``desk.journal``'s stream."""
    # what passages rank is nothing that a test of Slack looks at, and reading them takes the most time
    overrides = ["chat.model=none", "reader.model=none", f"slack.api_url={slack.api_url}", *settings]
    secrets = Secrets(openai_api_key=SecretStr("sk-test"), origins={"OPENAI_API_KEY": "test"})
    with open_app(load(library=library, overrides=overrides), secrets) as app:
        journal = Journal(io.StringIO(), app.settings.slack.log_text)
        web = Web(SecretStr(slack.bot_token), slack.api_url)
        desk = open_desk(app, web, Identity(slack.team, slack.bot_user, slack.bot_id), journal)
        connections = app.settings.slack.connections
        bolt = bolt_app(desk, slack.signing_secret)
        sockets = Sockets(bolt, SecretStr(slack.app_token), slack.api_url, connections, journal.write)
        desk.pool.start()
        sockets.open()
        try:
            slack.wait(lambda: sockets.is_connected)
            yield desk
        finally:
            closing = threading.Thread(target=sockets.close)
            closing.start()
            desk.drain(5)
            closing.join()


@pytest.fixture
def bot(slack: FakeSlack, library: Path) -> Bot:
    """``with bot("slack.workers=1") as desk``: a bot joined to the test's Slack, on its library."""

    def running(*settings: str, slack: FakeSlack = slack, library: Path = library) -> AbstractContextManager[Desk]:
        return joined(slack, library, *settings)

    return running


@pytest.fixture
def process(slack: FakeSlack, library: Path, tmp_path: Path) -> Iterator[Process]:
    """``process("slack.workers=1")``: ``footnote slack`` as a process of its own, killed at the end of the test.

    Its standard error goes to ``bot-<n>.log`` in the test's folder, as does what it writes on standard output.
    """
    started: list[subprocess.Popen[str]] = []

    def start(*settings: str, options: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
        log = tmp_path / f"bot-{len(started)}.log"
        running = slack_processes.start(slack, library, log, *settings, options=options, **environment)
        started.append(running)
        return running

    yield start
    for each in started:
        each.kill()
        each.wait()


def thread_of(slack: FakeSlack, channel: str, ts: str) -> list[Any]:
    """What the bot shows in a thread, in order."""
    return [message for message in slack.messages(channel, thread=ts) if message.user == slack.bot_user]


@pytest.fixture
def lawful(slack: FakeSlack) -> Iterator[None]:
    """Whatever happens, no rule of Slack's is broken, and nobody is notified."""
    yield
    assert not slack.violations
    assert not slack.notifications


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """A chat model on loopback."""
    with OpenAIServer() as server:
        yield server


def chat(server: OpenAIServer, *more: str) -> tuple[str, ...]:
    """The settings under which a chat model writes the answers."""
    return ("chat.model=openai:test-model", f"chat.base_url={server.base_url}", "chat.max_retries=0", *more)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("empty_database"))


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def opened(engine: sa.Engine) -> Open:
    """``opened()``: the ledger as one more process sees it."""

    def ledger(lease_seconds: float = 30, queue: int = 100, keep_days: float = 30) -> Ledger:
        return Ledger(engine, lease_seconds=lease_seconds, queue=queue, keep_days=keep_days)

    return ledger


@pytest.fixture
def ledger(opened: Open) -> Ledger:
    return opened()
