from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Footnote

QUESTIONS = [
    ("How long will the Sorne bridge be closed?", "nine months"),
    ("How much will the repair of the bridge cost?", "4.2 million crowns"),
    ("Who said what the repair of the bridge will cost?", "Petra Hollin"),
    ("How often will the ferries run?", "every ten minutes"),
    ("How long will the library of Aldmere stay open?", "midnight"),
    ("Who is the director of the Aldmere library?", "Ilse Varga"),
    ("How many visitors came after eight in the evening?", "3,100"),
    ("What do growers expect of their cherry harvest?", "half"),
    ("How cold did the frost of 21 April get?", "minus five degrees"),
    ("When will the Sorne bridge close?", "1 September"),
]
UNANSWERABLE = ["Who won the chess championship?", "What is the capital of France?"] + [
    f"What did the parliament of Ostland say about tax number {n}?" for n in range(8)
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.jsonl"
    lines = [{"id": q, "question": q, "answers": [a], "answerable": True} for q, a in QUESTIONS]
    lines += [{"id": q, "question": q, "answerable": False} for q in UNANSWERABLE]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return file


def test_the_threshold_is_set_for_the_library_and_is_in_force(run: Footnote, folder: Path, gold: Path) -> None:
    result = run("calibrate", str(gold), "--risk", "0.2", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["n"], found["unanswerable"], found["before"]) == (20, 10, 0.4)
    assert found["risk"] <= 0.2
    setting = json.loads(run("config", "--json").stdout)["settings"]["answer.threshold"]
    assert setting == {"value": found["threshold"], "from": str(folder / "library" / "settings.toml")}


def test_a_finished_run_serves_too_and_a_dry_run_writes_nothing(run: Footnote, folder: Path, gold: Path) -> None:
    assert run("eval", str(gold), "--out", str(folder / "run")).exit_code == 0
    result = run("calibrate", str(folder / "run"), "--risk", "0.2", "--dry-run")
    assert result.exit_code == 0
    assert "20 questions, 10 of them unanswerable" in result.stdout
    assert not (folder / "library" / "settings.toml").exists()


def test_a_run_of_another_library_says_nothing_of_this_one(
    run: Footnote, fresh: Footnote, folder: Path, gold: Path
) -> None:
    assert run("eval", str(gold), "--out", str(folder / "run")).exit_code == 0
    result = fresh("calibrate", str(folder / "run"), "--risk", "0.2")
    assert result.exit_code == 1
    assert "another library" in result.stderr
    assert result.stdout == ""


def test_a_run_of_another_version_says_nothing_of_the_confidence_of_this_one(
    run: Footnote, folder: Path, gold: Path
) -> None:
    assert run("eval", str(gold), "--out", str(folder / "run")).exit_code == 0
    file = folder / "run" / "run.json"
    record = json.loads(file.read_text("utf-8"))
    record["versions"]["code"] = "00000000"
    file.write_text(json.dumps(record), "utf-8")
    result = run("calibrate", str(folder / "run"), "--risk", "0.2")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "another version of Footnote" in result.stderr
    assert not (folder / "library" / "settings.toml").exists()


def test_the_threshold_gives_exactly_the_answers_that_the_figures_count(
    run: Footnote, folder: Path, gold: Path
) -> None:
    """With every answer accepted the threshold is the confidence of the least sure one, to the last digit."""
    found = json.loads(run("calibrate", str(gold), "--risk", "0.99", "--json").stdout)
    rows = [json.loads(line) for line in (Path(found["run"]) / "rows.jsonl").read_text("utf-8").splitlines()]
    given = [row["would_be"] or row["reply"] for row in rows]
    assert found["threshold"] == min(reply["confidence"] for reply in given if reply["kind"] == "answer")


def test_a_risk_that_cannot_be_kept_changes_nothing(run: Footnote, folder: Path, gold: Path) -> None:
    short = folder / "short.jsonl"
    short.write_text("".join(gold.read_text("utf-8").splitlines(keepends=True)[:5]), "utf-8")
    result = run("calibrate", str(short), "--risk", "0.1")
    assert result.exit_code == 1
    assert "at least 20 questions" in result.stderr
    assert not (folder / "library" / "settings.toml").exists()
    assert run("calibrate", str(gold), "--risk", "1.5").exit_code == 2


def test_a_stronger_layer_is_named(run: Footnote, gold: Path) -> None:
    result = run("calibrate", str(gold), "--risk", "0.2", "-s", "answer.threshold=0.3")
    assert result.exit_code == 0
    assert "stronger layer" in result.stderr
