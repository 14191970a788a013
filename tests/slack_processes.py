"""Processes of the bot around one fake Slack and one library, and what people see at the end of their questions."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.openai_server import Fault, OpenAIServer, Reply
from tests.slack_fake import FakeSlack
from tests.slack_fake.records import Message
from tests.slack_thread import read

ROOT = Path(__file__).parents[1]
CREW = "How many passengers were on the ferry Alder Tern?"
SAID = "The ferry Alder Tern ran aground with 62 passengers and nine crew on board"
HURT = "Three passengers were treated for cuts and a broken wrist"


def start(
    slack: FakeSlack, library: Path, log: Path, *settings: str, options: tuple[str, ...] = (), **environment: str
) -> subprocess.Popen[str]:
    """``footnote slack`` as a process of its own, which writes to this log."""
    overrides = ["chat.model=none", "reader.model=none", f"slack.api_url={slack.api_url}", *settings]
    command = [sys.executable, "-m", "bot", "slack", "--library", str(library), *options]
    tokens = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }
    with log.open("w", encoding="utf-8") as stream:
        return subprocess.Popen(
            [*command, *(f"-s{override}" for override in overrides)],
            env={**os.environ, **tokens, **environment},
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
            text=True,
        )


class Staff:
    """Processes that share the questions of a workspace, each with one socket; a context manager that ends them."""

    def __init__(self, slack: FakeSlack, library: Path, folder: Path, *settings: str, **environment: str) -> None:
        self.slack = slack
        self.library = library
        self.settings = settings
        self._folder = folder
        self._environment = environment
        self.members: dict[int, subprocess.Popen[str]] = {}
        self._logs: dict[int, Path] = {}

    def __enter__(self) -> Staff:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self.members.values():
            member.kill()
        for member in self.members.values():
            member.wait()

    def hire(self, *settings: str) -> subprocess.Popen[str]:
        """Start one more; it need not be there yet."""
        log = self._folder / f"staff-{len(self._logs)}.log"
        mine = ("slack.connections=1", *self.settings, *settings)
        member = start(self.slack, self.library, log, *mine, **self._environment)
        self.members[member.pid] = member
        self._logs[member.pid] = log
        return member

    def gather(self, members: int) -> None:
        """Have so many, all of them there."""
        while len(self.members) < members:
            self.hire()
        self.slack.wait(lambda: self.slack.sockets() >= members, 60)

    def lose(self, member: subprocess.Popen[str], number: int) -> None:
        """One ends by a signal, and is gone."""
        member.send_signal(number)
        member.wait(30)
        del self.members[member.pid]

    def freeze(self, member: subprocess.Popen[str]) -> None:
        """Stop one where it stands, though not within a transaction: SQLite would wait for it."""
        while True:
            member.send_signal(signal.SIGSTOP)
            with closing(self._database(timeout=0.1)) as database, suppress(sqlite3.OperationalError):
                database.execute("BEGIN IMMEDIATE")
                return
            member.send_signal(signal.SIGCONT)

    def holder(self, ts: str) -> subprocess.Popen[str]:
        """Who answers a question now; waits until somebody does."""
        return self.slack.wait(lambda: self.members.get(self._worker(ts)), 30)

    def state(self, ts: str) -> str:
        """What the ledger says of a question: "" for an unknown one."""
        return str(self._row(ts)[0])

    def waiting(self) -> int:
        """How many questions wait."""
        with closing(self._database(timeout=30)) as database:
            return int(database.execute("SELECT count(*) FROM slack_questions WHERE state = 'queued'").fetchone()[0])

    def _worker(self, ts: str) -> int:
        worker = self._row(ts)[1]
        return int(worker.split(":")[1]) if worker else 0

    def _row(self, ts: str) -> Any:
        with closing(self._database(timeout=30)) as database:
            row = database.execute("SELECT state, worker FROM slack_questions WHERE ts = ?", (ts,)).fetchone()
        return row or ("", None)

    def _database(self, timeout: float) -> sqlite3.Connection:
        return sqlite3.connect(self.library / "slack.sqlite3", timeout)

    def log_of(self, member: subprocess.Popen[str]) -> str:
        """All that one has written."""
        return self._logs[member.pid].read_text(encoding="utf-8")

    def logs(self) -> str:
        """All that any of them has written, also of those who are gone."""
        return "".join(log.read_text(encoding="utf-8") for log in self._logs.values())


class Model(OpenAIServer):
    """A chat model that answers what CREW asks, when its gate is open, in two sentences (SAID and HURT)."""

    def __init__(self) -> None:
        super().__init__(self._write)
        self.fault: Fault | None = None
        self.pause = 0.0
        self.gate = threading.Event()
        self.gate.set()

    def calm(self) -> None:
        """Answer everything at once from now on."""
        self.fault, self.pause = None, 0.0
        self.gate.set()

    def _write(self, asked: dict[str, Any]) -> Reply | Fault:
        self.gate.wait(60)
        passages = re.findall(r"<passage (\d+)>(.*?)</passage", asked["messages"][-1]["content"], re.DOTALL)
        number = next((number for number, text in passages if "cuts and a broken wrist" in text), "1")
        return self.fault or Reply(f"{SAID} [{number}]. {HURT} [{number}].", pause=self.pause)


def with_model(model: OpenAIServer) -> tuple[str, ...]:
    """Settings by which answers are written by this model."""
    return ("chat.model=openai:test", f"chat.base_url={model.base_url}")


def shown(slack: FakeSlack, channel: str, thread: str) -> list[Message]:
    """What the bot shows in a thread, in order."""
    return [message for message in slack.messages(channel, thread=thread) if message.user == slack.bot_user]


def words_of(message: Message) -> str:
    """What a message says, without what stands below."""
    return read(message) or message.text


def is_ended(slack: FakeSlack, channel: str, thread: str) -> bool:
    """Whether something stands in a thread that no longer looks like work going on."""
    messages = shown(slack, channel, thread)
    ended = all(one.streaming != "in_progress" and not words_of(one).startswith("Searching") for one in messages)
    return bool(messages) and ended and not any(slack.statuses(channel, thread)[-1:])


def assert_one_end(slack: FakeSlack, channel: str, thread: str, *words: str) -> Message:
    """The only message of the bot in a thread, which says all this and looks finished to everyone."""
    messages = shown(slack, channel, thread)
    assert len(messages) == 1, [words_of(message) for message in messages]
    assert is_ended(slack, channel, thread), (messages[0], slack.statuses(channel, thread))
    for each in words:
        assert words_of(messages[0]).count(each) == 1, messages[0]
    assert slack.sessions(channel, thread)[-1:] in ([], ["active"])
    return messages[0]
