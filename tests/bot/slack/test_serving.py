"""The process behind ``footnote slack``: how it begins, says that it is well, and stops with nothing lost."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from slack_bolt import App

from bot.answers import BotError
from bot.cli import footnote
from bot.slack.journal import Journal
from bot.slack.serving import Service, Told, introduced
from bot.slack.sockets import Sockets
from bot.slack.web import Web
from tests.bot.slack.conftest import FERRY, MAYOR, Process, thread_of
from tests.slack_fake import FakeSlack


class Workers:
    """A pool that works unless told otherwise, and counts."""

    def __init__(self) -> None:
        self.alive = False
        self.drained: list[float] = []

    def start(self) -> None:
        self.alive = True

    def drain(self, seconds: float) -> int:
        self.drained.append(seconds)
        self.alive = False
        return 3


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait(predicate: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def is_ready(port: int) -> Callable[[], bool]:
    return lambda: get(port, "/readyz") == (200, "ok")


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


# What it says of itself


@pytest.fixture
def broken() -> set[str]:
    """Put "database" in, and the database no longer answers."""
    return set()


@pytest.fixture
def service(broken: set[str]) -> Iterator[Service]:
    def database() -> None:
        if "database" in broken:
            raise ConnectionError("the words of the database")

    running = Service(database, ("127.0.0.1", 0), 7.0)
    yield running
    if running.server and running.server.is_serving:
        running.stop()


def bolt() -> App:
    return App(signing_secret="of the tests", authorize=lambda: None, process_before_response=True)


def test_it_is_ready_from_when_questions_can_reach_it_until_it_is_told_to_stop(
    service: Service, broken: set[str]
) -> None:
    assert service.server
    port, pool = service.server.port, Workers()
    wait(lambda: get(port, "/healthz") == (200, "ok"))
    assert get(port, "/readyz") == (503, "starting")
    service.begin(pool, pool.drain, bolt(), None)
    assert get(port, "/readyz") == (200, "ok")
    broken.add("database")
    assert get(port, "/readyz") == (503, "database")
    assert get(port, "/healthz") == (200, "ok")
    broken.clear()
    pool.alive = False
    assert get(port, "/readyz") == get(port, "/healthz") == (503, "pool")
    assert service.stop() == 3
    assert pool.drained == [7.0]
    assert get(port, "/healthz") == (0, "")


def test_it_is_not_ready_while_slack_cannot_reach_it(service: Service, slack: FakeSlack) -> None:
    assert service.server
    port, pool = service.server.port, Workers()
    connections = Sockets(bolt(), SecretStr(slack.app_token), slack.api_url, 1, lambda event, **facts: None)
    slack.refuse_connections(0.7)
    service.begin(pool, pool.drain, bolt(), connections)
    assert get(port, "/readyz") == (503, "disconnected")
    wait(is_ready(port))
    slack.refuse_connections(60)
    slack.disconnect(abrupt=True, all=True)
    wait(lambda: get(port, "/readyz") == (503, "disconnected"))
    assert get(port, "/healthz") == (200, "ok")


def test_what_comes_while_it_stops_is_not_acknowledged_though_it_still_says_how_it_is(
    service: Service, slack: FakeSlack
) -> None:
    assert service.server
    port, pool, seen = service.server.port, Workers(), []

    def drain(seconds: float) -> int:
        slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
        slack.mention("C1", "U1", FERRY)
        slack.wait(lambda: any(delivery.status == "failed" for delivery in slack.deliveries))
        seen.append((get(port, "/readyz"), get(port, "/healthz")))
        return 0

    service.begin(pool, drain, bolt(), None)
    service.stop()
    assert seen == [((503, "draining"), (200, "ok"))]
    assert all(delivery.acked is None for delivery in slack.deliveries)


# What it needs


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str, **tokens: str) -> Result:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name, token in tokens.items():
        monkeypatch.setenv(name, token)
    return CliRunner().invoke(footnote, ["slack", "--library", str(folder), "-s", "chat.model=none", *options])


@pytest.mark.parametrize(
    ("options", "tokens", "words"),
    [
        ([], {}, "SLACK_BOT_TOKEN is not set (it begins with xoxb-)"),
        ([], {"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not set (it begins with xapp-)"),
        (["--http"], {"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET is not set"),
    ],
)
def test_a_missing_token_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], tokens: dict[str, str], words: str
) -> None:
    result = run(monkeypatch, tmp_path, *options, **tokens)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"footnote: {words}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_token_of_the_wrong_kind_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", variable: "xoxp-of-a-person"}
    result = run(monkeypatch, tmp_path, **tokens)
    assert result.exit_code == 1
    assert variable in result.stderr
    assert "of-a-person" not in result.output


def test_slack_is_waited_for(slack: FakeSlack) -> None:
    slack.fail("auth.test", status=503, times=5)
    stream = io.StringIO()
    who = introduced(Web(SecretStr(slack.bot_token), slack.api_url), Told(), Journal(stream))
    assert who and who["user_id"] == slack.bot_user
    assert '"event": "slack_away"' in stream.getvalue()


def test_waiting_for_slack_ends_where_the_process_is_told_to(slack: FakeSlack) -> None:
    told = Told()
    told.is_set = True
    assert introduced(Web(SecretStr(slack.bot_token), slack.api_url), told, Journal(io.StringIO())) is None


def test_a_bot_token_that_slack_refuses_is_named_and_not_shown(slack: FakeSlack) -> None:
    with pytest.raises(BotError, match=r"Slack refuses SLACK_BOT_TOKEN \(invalid_auth\)") as refused:
        introduced(Web(SecretStr("xoxb-wrong"), slack.api_url), Told(), Journal(io.StringIO()))
    assert "xoxb-wrong" not in str(refused.value)


def test_an_app_token_that_slack_refuses_ends_the_process(process: Process, tmp_path: Path) -> None:
    assert process(SLACK_APP_TOKEN="xapp-wrong").wait(30) == 1
    log = (tmp_path / "bot-0.log").read_text(encoding="utf-8")
    assert log.rstrip().splitlines()[-1].startswith("footnote: Slack refuses SLACK_APP_TOKEN (invalid_auth)")
    assert "xapp-wrong" not in log


# How it stops


def test_told_to_stop_it_finishes_what_it_began_and_takes_no_more(
    process: Process, slack: FakeSlack, port: int, tmp_path: Path
) -> None:
    running, log = process("slack.stream=false", options=("--port", str(port))), tmp_path / "bot-0.log"
    wait(is_ready(port))
    slack.slow("chat.postMessage", 2.0)
    first = slack.mention("C1", "U1", FERRY)
    wait(lambda: '"new"' in log.read_text(encoding="utf-8"))
    running.send_signal(signal.SIGTERM)
    wait(lambda: get(port, "/readyz") == (503, "draining"))
    second = slack.mention("C1", "U1", MAYOR)
    assert running.wait(20) == 0
    assert len(thread_of(slack, "C1", first)) == 1
    assert len(thread_of(slack, "C1", second)) == 0
    assert second not in {delivery.payload["event"]["ts"] for delivery in slack.deliveries if delivery.acked}
    names = [event["event"] for event in events(log)]
    assert names.count("started") == names.count("stopped") == 1


def test_a_second_signal_ends_it_at_once(process: Process, slack: FakeSlack, port: int, tmp_path: Path) -> None:
    running = process("slack.stream=false", options=("--port", str(port)))
    wait(is_ready(port))
    slack.slow("chat.postMessage", 20)
    slack.mention("C1", "U1", FERRY)
    wait(lambda: '"new"' in (tmp_path / "bot-0.log").read_text(encoding="utf-8"))
    running.send_signal(signal.SIGINT)
    wait(lambda: get(port, "/readyz") == (503, "draining"))
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(5) == -signal.SIGINT
    assert time.monotonic() - began < 1


# HTTP


def test_over_http_a_question_is_answered_and_a_forged_one_is_not(
    process: Process, slack: FakeSlack, port: int, tmp_path: Path
) -> None:
    running = process(options=("--http", "--port", str(port)), SLACK_APP_TOKEN="")
    wait(is_ready(port))
    slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
    ts = slack.mention("C1", "U1", FERRY)
    slack.wait(lambda: thread_of(slack, "C1", ts))
    assert slack.replay() == 200
    assert _forged(port) == 401
    slack.settle()
    assert len(thread_of(slack, "C1", ts)) == 1
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0
    log = (tmp_path / "bot-0.log").read_text(encoding="utf-8")
    assert "private words" not in log
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())


def _forged(port: int) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/slack/events",
        json.dumps({"type": "event_callback", "event": {"type": "app_mention", "text": "private words"}}).encode(),
        {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "v0=" + "0" * 64},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_at_a_terminal_it_says_in_a_line_who_answers_where(slack: FakeSlack, library: Path) -> None:
    ours, its = pty.openpty()
    settings = ["-s", f"slack.api_url={slack.api_url}", "-s", "chat.model=none"]
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "slack", "--library", str(library), *settings],
        env={**os.environ, "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token},
        cwd=Path(__file__).parents[3],
        stderr=its,
    )
    os.close(its)
    try:
        with os.fdopen(ours, encoding="utf-8") as terminal:
            line = next(line for line in terminal if not line.startswith("{"))
    finally:
        running.kill()
        running.wait()
    assert re.fullmatch(
        r"\w+ answers in Example by Socket Mode; \d+ articles, collections in channels: default. Ctrl-C stops it.\s+",
        line,
    )
