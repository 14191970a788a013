"""Processes that die, freeze or are told to stop in the middle of a question: another one answers it, once."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.slack_fake import FakeSlack
from tests.slack_processes import CREW, HURT, SAID, Model, Staff, assert_one_end, is_ended, with_model


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model() as model:
        yield model


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(rate_limits=False) as slack:
        slack.channel("C1", members=["U1", "U2"])
        yield slack


@pytest.fixture(scope="module")
def staff(slack: FakeSlack, model: Model, ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    folder = tmp_path_factory.mktemp("staff")
    shutil.copytree(ingested, folder / "library")
    settings = (*with_model(model), "slack.workers=1", "slack.lease_seconds=1", "slack.drain_seconds=1")
    with Staff(slack, folder / "library", folder, *settings, OPENAI_API_KEY="sk-test") as staff:
        yield staff


@pytest.fixture(autouse=True)
def pair(staff: Staff, model: Model) -> None:
    """Two processes that are well, and a model that answers at once."""
    model.calm()
    staff.slack._server.failures.clear()
    staff.gather(2)


_NUMBERS = count(1)


def someone(slack: FakeSlack) -> tuple[str, str]:
    """A person whom no process has met, and the channel of what they write to the bot alone."""
    user = f"UNEW{next(_NUMBERS)}"
    return user, slack.direct_channel(user)


def called(slack: FakeSlack, method: str, before: int) -> Callable[[], bool]:
    """Whether a method has been called since there were so many calls of it."""
    return lambda: len(slack.calls_of(method)) > before


def ended(staff: Staff, channel: str, ts: str) -> None:
    """The question has one end, the whole answer, when nothing moves any more."""
    slack = staff.slack
    slack.wait(lambda: staff.state(ts) == "done" and is_ended(slack, channel, ts), 30)
    slack.settle()
    assert_one_end(slack, channel, ts, SAID, HURT)
    assert not slack.violations


# kill -9


def before_anything_is_shown(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    slack.slow("users.info", 3)
    return lambda: True


def when_a_stream_was_begun_and_not_yet_remembered(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    slack.fail("chat.startStream", cut="after")
    return called(slack, "chat.startStream", len(slack.calls_of("chat.startStream")))


def when_a_message_was_posted_and_not_yet_remembered(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    slack.fail("chat.startStream", error="channel_type_not_supported")
    slack.fail("chat.postMessage", cut="after")
    return called(slack, "chat.postMessage", len(slack.calls_of("chat.postMessage")))


def while_the_model_thinks(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    model.gate.clear()
    before = len(model.requests)
    return lambda: len(model.requests) > before


def while_it_streams(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    model.pause = 0.2
    return called(slack, "chat.appendStream", len(slack.calls_of("chat.appendStream")))


def when_all_was_shown_and_not_yet_noted(slack: FakeSlack, model: Model) -> Callable[[], bool]:
    slack.slow("assistant.threads.setTitle", 3)
    return called(slack, "chat.stopStream", len(slack.calls_of("chat.stopStream")))


@pytest.mark.parametrize(
    "moment",
    [
        before_anything_is_shown,
        when_a_stream_was_begun_and_not_yet_remembered,
        when_a_message_was_posted_and_not_yet_remembered,
        while_the_model_thinks,
        while_it_streams,
        when_all_was_shown_and_not_yet_noted,
    ],
    ids=lambda moment: moment.__name__,
)
def test_killed_at_any_moment_its_question_is_answered_once_by_the_other(
    staff: Staff, slack: FakeSlack, model: Model, moment: Callable[[FakeSlack, Model], Callable[[], bool]]
) -> None:
    user, channel = someone(slack)
    is_time = moment(slack, model)
    ts = slack.direct(user, CREW)
    victim = staff.holder(ts)
    slack.wait(is_time, 30)
    staff.lose(victim, signal.SIGKILL)
    staff.hire()
    model.calm()
    ended(staff, channel, ts)


def test_killed_before_it_answered_a_command_another_answers_it(staff: Staff, slack: FakeSlack, model: Model) -> None:
    user, _ = someone(slack)
    slack.slow("users.info", 3)
    trigger = slack.command(user, "C1", "/ask", CREW)
    staff.lose(staff.holder(trigger), signal.SIGKILL)
    staff.hire()
    slack.wait(lambda: staff.state(trigger) == "done", 30)
    _, answer = slack.private(user)
    assert SAID in answer.text


# a process that freezes


def test_frozen_for_longer_than_its_lease_it_adds_nothing_to_what_the_other_answered(
    staff: Staff, slack: FakeSlack, model: Model
) -> None:
    is_time = while_the_model_thinks(slack, model)
    user, channel = someone(slack)
    ts = slack.direct(user, CREW)
    frozen = staff.holder(ts)
    slack.wait(is_time, 30)
    staff.freeze(frozen)
    try:
        slack.wait(lambda: staff.holder(ts) is not frozen, 30)
        model.calm()
        slack.wait(lambda: staff.state(ts) == "done", 30)
    finally:
        frozen.send_signal(signal.SIGCONT)
    slack.wait(lambda: '"lost"' in staff.log_of(frozen), 30)
    ended(staff, channel, ts)


# a process that is told to stop


def test_told_to_stop_it_leaves_what_it_cannot_finish_and_its_queue_to_the_other(
    staff: Staff, slack: FakeSlack, model: Model
) -> None:
    model.gate.clear()
    before = len(model.requests)
    asked = [(channel, slack.direct(user, CREW)) for user, channel in [someone(slack) for _ in range(6)]]
    slack.wait(lambda: len(model.requests) >= before + 2, 30)
    states = [staff.state(ts) for _, ts in asked]
    assert sorted(states) == ["queued"] * 4 + ["running"] * 2
    leaving = staff.holder(asked[states.index("running")][1])
    staff.lose(leaving, signal.SIGTERM)
    assert leaving.returncode == 0
    staff.hire()
    model.calm()
    for channel, ts in asked:
        ended(staff, channel, ts)


def test_none_of_them_has_written_a_token_or_what_people_wrote(staff: Staff) -> None:
    logs = staff.logs()
    assert '"answered"' in logs
    for secret in ("xoxb-", "xapp-", "sk-test", "/response/", CREW, SAID):
        assert secret not in logs
