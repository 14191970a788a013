from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bot.answers import BotError
from bot.cli import footnote
from bot.cli.edge import Group
from bot.cli.invocation import everywhere
from config import ConfigError
from retrieval.articles import RetrievalError


def run(error: BaseException, *options: str) -> Result:
    """The result of a command that raises ``error``."""

    @click.group(cls=Group)
    @everywhere
    def group() -> None:
        pass

    @group.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, [*options, "fail"])


@pytest.mark.parametrize(
    "error", [BotError("no such thing"), ConfigError("no such thing"), RetrievalError("no\nsuch \x1b[1mthing")]
)
def test_the_users_problem_is_one_line_on_stderr_and_exit_code_1(error: Exception) -> None:
    result = run(error)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "footnote: no such thing\n"


def test_a_full_disk_is_the_users_problem_too() -> None:
    result = run(OSError(errno.ENOSPC, "No space left on device", "/data/library"))
    assert result.exit_code == 1
    assert result.stderr == "footnote: No space left on device: /data/library\n"


def test_a_bug_leaves_its_traceback_in_the_librarys_log_folder(tmp_path: Path) -> None:
    result = run(ZeroDivisionError("division by zero"), "--library", str(tmp_path))
    assert result.exit_code == 4
    assert result.stdout == ""
    (log,) = (tmp_path / "log").glob("bug-*.log")
    assert str(log) in result.stderr
    assert result.stderr.count("\n") == 1
    assert "ZeroDivisionError" in log.read_text("utf-8")


def test_a_bug_without_a_library_folder_makes_none(tmp_path: Path) -> None:
    result = run(ZeroDivisionError("division by zero"), "--library", str(tmp_path / "not there"))
    assert result.exit_code == 4
    assert not (tmp_path / "not there").exists()
    found = re.search(r"the details are in (.*)\n", result.stderr)
    assert found and "ZeroDivisionError" in Path(found[1]).read_text("utf-8")


def test_ctrl_c_ends_with_130_and_no_traceback() -> None:
    result = run(KeyboardInterrupt())
    assert result.exit_code == 130
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask"], ["ask", " "], ["--nonsense"], ["search", "x", "--since", "soon"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(footnote, arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("arguments", [["show", "\udcff"], ["remove", "\udcff"], ["list", "--source", "\udcff"]])
def test_an_argument_that_is_not_utf_8_is_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(footnote, ["articles", *arguments, "--library", str(tmp_path)])
    assert result.exit_code == 2
    assert "not UTF-8" in result.stderr


def test_an_empty_library_name_makes_no_library_where_the_shell_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(footnote, ["articles", "--library", ""])
    assert result.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_reader_that_goes_away_is_no_error() -> None:
    # More than a pipe holds, so that writing meets the closed end.
    code = (
        "import click\n"
        "from bot.cli.edge import Group\n"
        "@click.group(cls=Group)\n"
        "def group(): pass\n"
        "@group.command()\n"
        "def many():\n"
        "    for _ in range(100_000): click.echo('a line of output')\n"
        "group()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "many"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "a line of output\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141
