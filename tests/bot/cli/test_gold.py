import json
from pathlib import Path
from typing import Any

from tests.bot.cli.conftest import Footnote


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def test_check_names_file_line_and_what_is_wrong(run: Footnote, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"id": "a", "question": "When will the Sorne bridge close?", "quotes": ["will close for nine\n months"]},
        {"id": "b", "question": "Who is Petra Hollin?", "quotes": ["the council's gardener"], "answer": "an engineer"},
    )
    result = run("gold", "check", str(path))
    assert result.stdout.splitlines() == [
        f"{path}:2: error: the quote “the council's gardener” stands in no article",
        f"{path}:2: remark: the key 'answer' is not known and is not read; did you mean 'answers'?",
        "2 questions, 1 error, 1 remark",
    ]
    assert result.exit_code == 1


def test_check_of_a_good_file_passes_and_remarks_do_not_fail_it(run: Footnote, tmp_path: Path) -> None:
    question = {"id": "a", "question": "When will the Sorne bridge close?"}
    result = run("gold", "check", str(written(tmp_path, question)))
    assert (result.exit_code, result.stdout) == (0, "1 question, 0 errors, 0 remarks\n")
    result = run("gold", "check", str(written(tmp_path, question | {"answerable": True})))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 question, 0 errors, 1 remark")


def test_check_as_json(run: Footnote, tmp_path: Path) -> None:
    result = run("gold", "check", str(written(tmp_path, {"id": "a", "question": " "})), "--json")
    assert json.loads(result.stdout) == {
        "questions": 1,
        "errors": [{"line": 1, "message": "the question is empty"}],
        "remarks": [],
    }
    assert result.exit_code == 1


def test_a_file_that_is_missing_or_empty_is_one_line_on_stderr(run: Footnote, tmp_path: Path) -> None:
    empty = written(tmp_path)
    for path, words in ((empty, "holds no questions"), (tmp_path / "none.jsonl", "No such file")):
        result = run("gold", "check", str(path))
        assert (result.exit_code, result.stdout) == (1, "")
        assert len(result.stderr.splitlines()) == 1
        assert words in result.stderr
