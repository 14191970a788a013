from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.cli.conftest import Footnote


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fail-under", "answer_contain=0.5"], "did you mean answer_contains?"),
        (["--fail-under", "answer_contains"], "is not like answer_contains=0.75"),
        (["--fail-under", "answer_contains=much"], "is not like answer_contains=0.75"),
        (["--fail-under", "answer_contains=nan"], "is not like answer_contains=0.75"),
        (["--fail-under", "=0.5"], "there is no metric ''"),
        (["--out", ""], "the name of the folder is empty"),
    ],
)
def test_options_that_mean_nothing_are_mistakes_of_usage(
    run: Footnote, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "gold.jsonl").write_text('{"id": "a", "question": "Who?"}\n', "utf-8")
    result = run("eval", str(tmp_path / "gold.jsonl"), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_finished_run_takes_no_option_that_would_ask_again(run: Footnote, tmp_path: Path) -> None:
    for options in (["--articles", "somewhere"], ["--out", "elsewhere"], ["--overwrite"]):
        result = run("eval", str(tmp_path), *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "measured where it is" in result.stderr
