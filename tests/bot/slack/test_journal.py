"""What stands in the log: one line of JSON an event, without tokens, and without what people wrote."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.answers import BotError, Event, finished
from bot.slack.journal import Journal, redirect_logging
from bot.slack.web import SlackRefused


def lines(journal: Journal) -> list[dict[str, Any]]:
    """What was written, line by line."""
    assert isinstance(journal.stream, io.StringIO)
    return [json.loads(line) for line in journal.stream.getvalue().splitlines()]


@pytest.fixture
def journal() -> Journal:
    return Journal(io.StringIO())


@pytest.fixture
def redirected(journal: Journal) -> Iterator[Journal]:
    """A journal that all logging of the process goes to."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = root.handlers[:], root.level
    redirect_logging(journal)
    yield journal
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def test_an_event_is_one_line_with_its_time_its_question_and_its_numbers(journal: Journal) -> None:
    journal.write("answered", "q1", end="answer", seconds=0.25, name="a\nb")
    (line,) = lines(journal)
    age = datetime.now(UTC) - datetime.fromisoformat(line.pop("time"))
    assert 0 <= age.total_seconds() < 5
    assert line == {"event": "answered", "question": "q1", "end": "answer", "seconds": 0.25, "name": "a\nb"}


def test_what_people_wrote_is_written_only_where_that_is_asked_for(journal: Journal) -> None:
    journal.write("asked", "q1", text="my secret question", place=1)
    assert "secret" not in str(lines(journal))
    open_journal = Journal(io.StringIO(), log_text=True)
    open_journal.write("asked", "q1", text="my secret question", place=1)
    assert lines(open_journal)[0]["text"] == "my secret question"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123-abc-DEF",
        "xoxe.xoxp-1-Mi0yL",
        "xapp-1-A0-42-ff00",
        "sk-proj-abcdefghijk",
        "ticket=af-12.x",
        "Bearer a.b",
    ],
)
@pytest.mark.parametrize("log_text", [True, False])
def test_tokens_are_never_written(secret: str, log_text: bool) -> None:
    journal = Journal(io.StringIO(), log_text)
    journal.write("failed", why=f"sent {secret}, and failed", nested={"list": [secret]}, text=secret)
    journal.failed("failed", BotError(f"refused {secret}"))
    written = journal.stream.getvalue()  # type: ignore[attr-defined]
    assert secret.rpartition("=")[2].removeprefix("Bearer ") not in written
    assert "redacted" in written


def test_a_response_url_is_no_address_for_others(journal: Journal) -> None:
    journal.write("x", url="https://hooks.slack.com/commands/T0/42/abcDEF")
    assert lines(journal)[0]["url"] == "https://hooks.slack.com/[redacted]"


def test_an_error_is_told_by_kind_and_place_and_only_ours_in_words(journal: Journal) -> None:
    try:
        try:
            raise ValueError("the question was: my secret")
        except ValueError as error:
            raise KeyError("secret") from error
    except KeyError as error:
        journal.failed("no answer", error, "q1")
    journal.failed("no answer", BotError("The model is away."))
    journal.failed("no answer", SlackRefused("channel_not_found"))
    first, second, third = lines(journal)
    assert (first["question"], first["error"], first["causes"]) == ("q1", "KeyError", ["ValueError"])
    assert "test_journal:" in first["place"]
    assert "secret" not in str(first)
    assert (second["error"], second["why"]) == ("bot.answers.BotError", "The model is away.")
    assert third["why"] == "channel_not_found"


def test_the_words_of_others_errors_are_written_where_texts_are() -> None:
    journal = Journal(io.StringIO(), log_text=True)
    journal.failed("no answer", ValueError("it was the ferry"))
    assert lines(journal)[0]["why"] == "it was the ferry"


def test_the_place_of_an_error_is_the_line_of_ours_and_the_line_it_came_from(journal: Journal) -> None:
    def events() -> Iterator[Event]:
        raise RuntimeError
        yield

    try:
        finished(events())
    except RuntimeError as error:
        journal.failed("no answer", error)
    ours, last = lines(journal)[0]["place"].split(" > ")
    assert ours.startswith("bot.answers:")
    assert "test_journal:" in last


def test_a_journal_that_nobody_reads_does_no_harm() -> None:
    journal = Journal(io.StringIO())
    journal.stream.close()
    journal.write("asked", "q1")


def test_lines_of_many_threads_do_not_mix(journal: Journal) -> None:
    def write() -> None:
        for number in range(200):
            journal.write("asked", "q" * 50, number=number)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(journal)) == 1600


def test_warnings_of_libraries_are_events_without_what_they_quote(redirected: Journal) -> None:
    logging.getLogger("slack_bolt.adapter").warning("Unhandled request ({'text': 'my secret'})")
    logging.getLogger("slack_sdk.socket_mode").error("Failed to send a request to Slack API server: my secret")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("asyncio").warning("Executing %s took %.3f seconds", "my secret", 1.0)
    logging.getLogger("somebody.else").warning("my secret")
    bolt, sdk, server, loop, other = lines(redirected)
    assert "secret" not in str(lines(redirected))
    assert (bolt["logger"], bolt["level"], bolt["words"]) == ("slack_bolt.adapter", "WARNING", "Unhandled request")
    assert sdk["words"] == "Failed to send a request to Slack API server"
    assert server["words"] == "Invalid HTTP request received."
    assert loop["words"] == "Executing %s took %.3f seconds"
    assert "words" not in other
    assert other["place"].startswith("test_journal:")


def test_what_libraries_log_below_a_warning_is_not_heard(redirected: Journal) -> None:
    client = WebClient("xoxb-1", "http://127.0.0.1:9/api/", timeout=1, retry_handlers=[])
    with pytest.raises(OSError, match="refused"):
        client.chat_postMessage(channel="C1", text="my secret")
    assert "secret" not in str(lines(redirected))
    assert [line["level"] for line in lines(redirected)] == ["ERROR"]


def test_an_exception_that_a_library_logs_is_told_by_kind_and_place(redirected: Journal) -> None:
    try:
        raise OSError("my secret")
    except OSError:
        logging.getLogger("slack_bolt.adapter").exception("Failed to run a middleware")
    (line,) = lines(redirected)
    assert (line["words"], line["error"]) == ("Failed to run a middleware", "OSError")
    assert "secret" not in str(line)


def test_a_message_that_does_not_fit_its_arguments_is_still_an_event() -> None:
    journal = Journal(io.StringIO(), log_text=True)
    root = logging.getLogger()
    handlers, hook = root.handlers[:], threading.excepthook
    redirect_logging(journal)
    logging.getLogger("uvicorn.error").warning("%d of %d", "one")
    root.handlers[:], threading.excepthook = handlers, hook
    assert lines(journal)[0]["logger"] == "uvicorn.error"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_a_thread_is_an_event(redirected: Journal) -> None:
    def work() -> None:
        raise LookupError("my secret")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (line,) = lines(redirected)
    assert (line["event"], line["error"]) == ("thread ended", "LookupError")
    assert "secret" not in str(line)
