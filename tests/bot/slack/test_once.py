"""Every delivery in time, every question once: under load, redelivered, replayed, by two processes, over bad lines."""

from __future__ import annotations

import shutil
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.slack.conftest import Process
from tests.slack_fake import FakeSlack
from tests.slack_processes import CREW, HURT, SAID, Model, Staff, assert_one_end, is_ended, shown, with_model, words_of

STARTED = 30.0  # seconds within which a process is there
IN_TIME = 1.0  # seconds within which everything is acknowledged


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model() as model:
        yield model


@pytest.fixture(scope="module")
def library(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once") / "library"
    shutil.copytree(ingested, folder)
    return folder


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as slack:
        for number in range(10):
            slack.channel(f"C{number}", members=["U1", "U2"])
        yield slack


@pytest.fixture(scope="module")
def staff(slack: FakeSlack, model: Model, library: Path) -> Iterator[Staff]:
    """Two processes with two workers each and room for fifty questions in line."""
    settings = (*with_model(model), "slack.workers=2", "slack.queue=50")
    with Staff(slack, library, library.parent, *settings, OPENAI_API_KEY="sk-test") as staff:
        staff.gather(2)
        yield staff


@pytest.fixture(autouse=True)
def calm(model: Model, slack: FakeSlack) -> Iterator[None]:
    yield
    model.calm()
    slack._server.failures.clear()
    slack._server._rates._calls.clear()  # a minute has passed


def all_ended(slack: FakeSlack, questions: list[tuple[str, str]], seconds: float = 60) -> None:
    """Each question, by its channel and its thread, has one whole answer when nothing moves any more."""
    for channel, ts in questions:
        slack.wait(lambda channel=channel, ts=ts: is_ended(slack, channel, ts), seconds)  # type: ignore[misc]
    slack.settle()
    for channel, ts in questions:
        assert_one_end(slack, channel, ts, SAID, HURT)


def test_while_fifty_slow_answers_run_or_wait_everything_is_acknowledged_and_who_waits_knows_it(
    staff: Staff, slack: FakeSlack, model: Model
) -> None:
    before = slack.mention("C0", "U1", CREW)
    all_ended(slack, [("C0", before)])
    answer = shown(slack, "C0", before)[0]

    model.gate.clear()
    asked = len(model.requests)
    questions = [(f"C{number}", slack.mention(f"C{number}", "U1", CREW)) for number in range(4)]
    slack.wait(lambda: len(model.requests) == asked + 4, 30)
    told = len(slack.private("U1"))
    questions.append(("C4", slack.mention("C4", "U1", CREW)))
    slack.wait(lambda: any("number 1 in line" in message.text for message in slack.private("U1")[told:]))
    questions += [(f"C{number % 10}", slack.mention(f"C{number % 10}", "U1", CREW)) for number in range(5, 52)]
    slack.wait(lambda: staff.waiting() == 48, 30)
    slack.command("U2", "C1", "/ask", CREW)
    slack.wait(lambda: slack.private("U2"))
    assert "number 49 in line" in slack.private("U2")[0].text
    direct, ts = slack.direct_channel("U2"), slack.direct("U2", CREW)
    slack.wait(lambda: any("number 50 in line" in words for words in slack.statuses(direct, ts)))
    full = slack.mention("C5", "U2", CREW)
    (turned_away,) = slack.wait(lambda: shown(slack, "C5", full))
    assert "50" in words_of(turned_away)
    slack.click("C0", answer.ts, "U2", "passage:1")
    slack.wait(lambda: slack.views("U2"))
    slack.wait(lambda: not slack.unacknowledged())
    assert max(slack.ack_seconds_of()) < IN_TIME
    assert not any(one.attempt for one in slack.deliveries)
    slack.wait(lambda: len(slack.private("U1")) == told + 48, 30)

    model.calm()
    all_ended(slack, [*questions, (direct, ts)], 120)
    slack.wait(lambda: any(SAID in message.text for message in slack.private("U2")), 60)
    assert shown(slack, "C5", full) == [turned_away]
    assert not slack.violations


def test_a_delivery_that_comes_four_times_is_answered_once(staff: Staff, slack: FakeSlack, model: Model) -> None:
    model.gate.clear()
    questions = [(f"C{number}", slack.mention(f"C{number}", "U1", CREW)) for number in range(3)]
    slack.wait(lambda: all(staff.state(ts) for _, ts in questions) and not slack.unacknowledged())
    for _ in range(3):
        redeliver(slack, questions)
    model.calm()
    all_ended(slack, questions)
    redeliver(slack, questions)
    all_ended(slack, questions)


def redeliver(slack: FakeSlack, questions: list[tuple[str, str]]) -> None:
    """All that brought these questions comes once more, by whichever socket."""
    asked = {ts for _, ts in questions}
    events = {one.event_id for one in slack.deliveries if one.payload.get("event", {}).get("ts") in asked}
    assert len(events) == 2 * len(questions)  # each as a message and as a mention
    for event in events:
        slack.redeliver(event)


def test_sockets_that_are_replaced_or_cut_lose_nothing_and_double_nothing(
    staff: Staff, slack: FakeSlack, model: Model
) -> None:
    questions = []
    for number in range(24):
        if number % 4 == 1:
            slack.disconnect()
        elif number % 4 == 3:
            slack.disconnect(abrupt=True, all=number % 8 == 7)
        questions.append((f"C{number % 10}", slack.mention(f"C{number % 10}", "U2", CREW)))
    all_ended(slack, questions)
    assert not slack.unacknowledged()


def test_what_is_asked_while_slack_lets_no_socket_open_is_answered_when_it_does(
    staff: Staff, slack: FakeSlack, model: Model
) -> None:
    slack.refuse_connections(3)
    slack.disconnect(abrupt=True, all=True)
    questions = [(f"C{number}", slack.mention(f"C{number}", "U2", CREW)) for number in range(3)]
    assert not slack.sockets()
    all_ended(slack, questions)
    assert not slack.unacknowledged()


def test_over_http_two_processes_answer_once_what_comes_again_and_what_is_replayed(
    process: Process, slack: FakeSlack, model: Model
) -> None:
    ports = [free_port(), free_port()]
    for port in ports:
        process(*with_model(model), options=("--http", "--port", str(port)), OPENAI_API_KEY="sk-test")
    for port in ports:
        slack.wait(lambda port=port: is_ready(port), STARTED)  # type: ignore[misc]
    first, second = (f"http://127.0.0.1:{port}/slack/events" for port in ports)
    try:
        slack.deliver_to(first)
        questions = [("C6", slack.mention("C6", "U2", CREW))]
        slack.wait(lambda: slack.post_office.last_request and not slack.unacknowledged())
        _, body, headers = slack.post_office.last_request
        slack.deliver_to(second)
        redeliver(slack, questions)
        all_ended(slack, questions)
        assert slack.replay() == 200
        assert slack._server.do(slack.post_office.request(second, body, headers))[0] == 200
        before = len(slack.private("U2"))
        slack.command("U2", "C6", "/ask", CREW)
        slack.wait(lambda: any(SAID in message.text for message in slack.private("U2")[before:]), 30)
        assert slack.replay() == 200
        all_ended(slack, questions)
        assert sum(SAID in message.text for message in slack.private("U2")[before:]) == 1
    finally:
        slack.deliver_to(None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
