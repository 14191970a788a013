"""Whatever fails on the way of an answer, and however often: one visible end, and none of the reason in it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.slack import delivering, pool, streaming, web
from bot.slack.wiring import Desk
from tests.bot.slack.conftest import joined
from tests.openai_server import Fault
from tests.slack_fake import FakeSlack
from tests.slack_processes import CREW, HURT, SAID, Model, assert_one_end, is_ended, with_model, words_of

FAILURES: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 503},
    {"error": "fatal_error"},
    {"error": "internal_error"},
    {"cut": "before"},
    {"cut": "after"},
    {"cut": "before", "times": 2},
    {"cut": "after", "times": 2},
    {"retry_after": 1},
]
QUESTIONS = 5  # at the same time, so that some meet one failure and some meet several in a row
_NUMBERS = count(10)
STREAMED = ("chat.startStream", "chat.appendStream", "chat.stopStream")
POSTED = ("chat.postMessage", "chat.update")
AROUND = {
    "channel": ("conversations.info",),
    "direct": ("users.info", "assistant.threads.setStatus", "assistant.threads.setTitle"),
}
ALL = [(surface, method) for surface, around in AROUND.items() for method in (*STREAMED, *POSTED, *around)]


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
def desk(slack: FakeSlack, model: Model, ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A bot with gaps that suit a server on loopback."""
    library = tmp_path_factory.mktemp("failures") / "library"
    shutil.copytree(ingested, library)
    with pytest.MonkeyPatch.context() as patch, joined(slack, library, *with_model(model)) as desk:
        patch.setattr(delivering, "_LATE", 0.05)
        patch.setattr(streaming, "_APPEND_GAP", 0.02)
        patch.setattr(web, "_FIRST_GAP", 0.02)
        patch.setattr(web, "_POST_GAP", 0.0)
        patch.setattr(pool, "_pause", lambda attempts: 0.3)
        yield desk


@pytest.fixture(autouse=True)
def calm(desk: Desk, slack: FakeSlack, model: Model) -> Iterator[None]:
    yield
    model.calm()
    slack._server.failures.clear()
    desk.web.streaming.__init__()  # type: ignore[misc]


def asked(slack: FakeSlack, surface: str) -> tuple[str, str]:
    """A question in a place where nothing was asked before: its channel and its thread."""
    number = next(_NUMBERS)
    if surface == "direct":
        return slack.direct_channel(f"U{number}"), slack.direct(f"U{number}", CREW)
    slack.channel(f"C{number}", members=["U1"])
    return f"C{number}", slack.mention(f"C{number}", "U1", CREW)


def folder_of(desk: Desk) -> Path:
    """The folder of its library."""
    return desk.answering._app.folder


def events(desk: Desk, name: str) -> list[dict[str, Any]]:
    lines = desk.journal.stream.getvalue().splitlines()  # type: ignore[attr-defined]
    return [event for line in lines if (event := json.loads(line))["event"] == name]


def answered(slack: FakeSlack, questions: list[tuple[str, str]]) -> None:
    """Each question, by its channel and its thread, has the whole answer, and nothing else."""
    for channel, ts in questions:
        slack.wait(lambda channel=channel, ts=ts: is_ended(slack, channel, ts), 30)  # type: ignore[misc]
    slack.settle()
    for channel, ts in questions:
        assert_one_end(slack, channel, ts, SAID, HURT)
    assert not slack.violations


# what Slack does wrong


def test_the_calls_of_a_normal_answer_are_those_that_are_made_to_fail_here(desk: Desk, slack: FakeSlack) -> None:
    before = len(slack.calls)
    answered(slack, [asked(slack, surface) for surface in AROUND])
    slack.command("U1", "C1", "/ask", CREW)
    slack.wait(lambda: len(slack.private("U1")) == 2)
    made = {call.method for call in slack.calls[before:]}
    once = {"users.list", "response_url"}  # asked once an hour; and what a command is answered by
    assert made - once - set(POSTED) - {"chat.appendStream"} == {method for _, method in ALL} - set(POSTED) - {
        "chat.appendStream"
    }


@pytest.mark.parametrize(("surface", "method"), ALL)
def test_a_call_that_fails_leaves_one_whole_answer(
    desk: Desk, slack: FakeSlack, model: Model, surface: str, method: str
) -> None:
    if method in POSTED:
        slack.fail("chat.startStream", error="team_not_eligible", times=99)
    model.pause = 0.02
    for failure in FAILURES:
        slack.fail(method, **failure)
    answered(slack, [asked(slack, surface) for _ in range(QUESTIONS)])


@pytest.mark.parametrize("surface", list(AROUND))
def test_a_question_outlasts_a_slack_that_is_away_for_a_while(desk: Desk, slack: FakeSlack, surface: str) -> None:
    for method in (*STREAMED, *POSTED, "conversations.replies"):
        slack.fail(method, status=503, times=10_000)
    before = len(events(desk, "answering failed"))
    question = asked(slack, surface)
    slack.wait(lambda: len(events(desk, "answering failed")) > before, 30)
    slack._server.failures.clear()
    answered(slack, [question])


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_command_is_answered_once_or_its_asker_told_that_it_may_have_been(
    desk: Desk, slack: FakeSlack, failure: dict[str, Any]
) -> None:
    slack.fail("response_url", **failure)
    user = slack.user(f"U{next(_NUMBERS)}").id
    before = len(events(desk, "answered"))
    slack.command(user, "C1", "/ask", CREW)
    slack.wait(lambda: len(events(desk, "answered")) > before, 30)
    texts = [message.text for message in slack.private(user)[1:]]
    assert sum(SAID in text for text in texts) <= 1
    perhaps = sum("may have reached you" in text for text in texts)
    assert perhaps + sum(SAID in text for text in texts) == len(texts) > 0
    assert bool(perhaps) == ("retry_after" not in failure)


# what others do wrong


LEAKS = ("xoxb-9876", "sk-live-abcdef0123456789", "/srv/footnote/secret", "Traceback", "sqlite3", "SELECT")
WORDS = "no: xoxb-9876-5432 sk-live-abcdef0123456789 in /srv/footnote/secret.key"


def assert_nothing_leaked(desk: Desk, slack: FakeSlack) -> None:
    log = desk.journal.stream.getvalue()  # type: ignore[attr-defined]
    told = json.dumps([call.arguments for call in slack.calls])
    for leak in LEAKS:
        assert leak not in told
    for secret in ("xoxb-", "xapp-", "sk-", "/srv/footnote", "/response/", CREW, SAID):
        assert secret not in log


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_chat_model_that_fails_is_made_up_for_and_its_words_are_kept_out_of_sight(
    desk: Desk, slack: FakeSlack, model: Model, status: int
) -> None:
    model.fault = Fault(status, WORDS)
    channel, ts = asked(slack, "channel")
    slack.wait(lambda: is_ended(slack, channel, ts), 30)
    slack.settle()
    assert_one_end(slack, channel, ts, "71 passengers on board")
    assert events(desk, "chat model failed")[-1]["why"] == str(status)
    assert_nothing_leaked(desk, slack)


def test_a_library_that_breaks_is_told_as_an_apology_whose_id_stands_in_the_log(
    desk: Desk, slack: FakeSlack, model: Model
) -> None:
    with closing(sqlite3.connect(folder_of(desk) / "catalogue.sqlite3", timeout=30)) as database:
        database.execute("ALTER TABLE articles RENAME TO gone")
        questions = [asked(slack, surface) for surface in AROUND]
        user = slack.user(f"U{next(_NUMBERS)}").id
        slack.command(user, "C1", "/ask", CREW)
        try:
            for channel, ts in questions:
                slack.wait(lambda channel=channel, ts=ts: is_ended(slack, channel, ts), 30)  # type: ignore[misc]
            slack.wait(lambda: len(slack.private(user)) == 2)
        finally:
            database.execute("ALTER TABLE gone RENAME TO articles")
    slack.settle()
    texts = [words_of(assert_one_end(slack, channel, ts)) for channel, ts in questions]
    texts.append(slack.private(user)[1].text)
    failed = {event["question"] for event in events(desk, "no answer")}
    for text in texts:
        (name,) = [word for word in text.replace(".", " ").split() if word in failed]
        failed.remove(name)
    assert_nothing_leaked(desk, slack)


def test_a_locked_database_delays_an_answer_and_does_not_double_it(desk: Desk, slack: FakeSlack) -> None:
    with closing(sqlite3.connect(folder_of(desk) / "slack.sqlite3", timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        question = asked(slack, "channel")
        slack.wait(lambda: sum(one.attempt > 0 for one in slack.deliveries) >= 2, 30)  # Slack has asked again
        database.execute("ROLLBACK")
    answered(slack, [question])
