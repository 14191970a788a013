from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.openai_server import OpenAIServer, Reply

Footnote = Callable[..., Result]


def test_questions_and_commands_also_come_through_a_pipe(run: Footnote) -> None:
    lines = ["What will the repair of the Sorne bridge cost?", "/sources", "/help", "/nonsense", "", "/quit", "ignored"]
    result = run("chat", input="\n".join(lines))
    assert result.exit_code == 0, result.stderr
    assert "4.2 million crowns" in result.stdout
    assert result.stdout.count("[1] Sorne bridge to close for nine months") == 2
    assert "/open N" in result.stdout
    assert "There is no /nonsense" in result.stdout
    assert "ignored" not in result.stdout


def test_a_follow_up_is_shown_as_it_was_understood(run: Footnote) -> None:
    asked = ["How much will the repair of the Sorne bridge cost?", "And when will it close?"]
    shown = run("chat", input="\n".join(asked)).stdout
    understood = next(line for line in shown.splitlines() if line.startswith("("))
    assert "Sorne" in understood
    assert "1 September" in shown[shown.index(understood) :]


def test_a_question_that_was_not_completed_is_not_shown_twice(run: Footnote) -> None:
    assert "(When" not in run("chat", input="When does  the Sorne bridge\tclose?\n").stdout


def test_reset_forgets_the_questions_before(run: Footnote) -> None:
    shown = run(
        "chat", input="How much will the Sorne bridge repair cost?\n/reset\n/sources\nAnd when will it close?\n"
    ).stdout
    assert "The last answer has no sources." in shown
    assert not [line for line in shown.splitlines() if line.startswith("(") and "Sorne" in line]


def test_open_shows_the_passage_and_the_link(run: Footnote) -> None:
    shown = run("chat", input="What will the repair of the Sorne bridge cost?\n/open 1\n/open 9\n/open\n").stdout
    assert "Ferries will run every ten minutes." in shown
    assert shown.count("https://example.org/sorne-bridge") == 2
    assert shown.count("/open takes the number of a source of the last answer: 1.") == 2


@pytest.mark.parametrize("typed_lines_can_be_kept", [True, False])
def test_at_a_terminal_ctrl_c_clears_the_line_and_ctrl_d_leaves(folder: Path, typed_lines_can_be_kept: bool) -> None:
    kept = folder / "library" / "chat_history"
    if not typed_lines_can_be_kept:
        kept.mkdir()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "chat", "--library", str(folder / "library")]
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}  # nobody here answers a terminal's CPR
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
    )
    os.close(theirs)

    seen = bytearray()

    def wait_for(words: bytes) -> None:
        """Read on until ``words``; what comes before them is done with."""
        end = time.monotonic() + 60
        while words not in seen:
            assert time.monotonic() < end, bytes(seen)
            if select.select([ours], [], [], 0.2)[0]:
                seen.extend(os.read(ours, 4096))
        assert b"Exception" not in seen
        del seen[: seen.index(words) + len(words)]

    try:
        wait_for(b">")
        os.write(ours, b"half a quest\x03")
        os.write(ours, b"/help\r")
        wait_for(b"Ctrl-C stops an answer")
        wait_for(b">")
        os.write(ours, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        os.close(ours)
    assert not typed_lines_can_be_kept or "/help" in kept.read_text("utf-8")


def test_ctrl_c_stops_an_answer_and_not_the_conversation(folder: Path) -> None:
    reply = Reply("The repair will cost 4.2 million crowns [1]. " + "And so on and on. " * 2000, pause=0.05)
    with OpenAIServer() as server:
        server.will(reply)
        command = [sys.executable, "-m", "bot", "chat", "--library", str(folder / "library")]
        command += ["-s", "chat.model=openai:slow", "-s", f"chat.base_url={server.base_url}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("What will the repair of the Sorne bridge cost?\n/help\n")
            process.stdin.close()
            end = time.monotonic() + 60
            while not server.requests:
                assert time.monotonic() < end
                time.sleep(0.05)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            shown = process.stdout.read()
            assert process.wait(timeout=60) == 0
    assert "Note: " in shown and "stopped" in shown
    assert "Ctrl-C stops an answer" in shown
