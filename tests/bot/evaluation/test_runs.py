from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answers import BotError
from bot.evaluation import runs
from bot.evaluation.gold import Gold
from bot.evaluation.rows import Row
from bot.evaluation.runs import Run, Spec
from retrieval.inference import READER
from tests.bot.evaluation.conftest import Opened
from tests.bot.evaluation.making import answered, gold, row

SPEC = Spec(
    gold={"file": "gold.jsonl", "questions": 3, "sha256": "0" * 64},
    settings={"model": "none", "seed": 0, "resolved": {"chat": {"price_per_million": [0.25, 2.0]}}},
    versions={"footnote": "0.1", "prompts": {"answer": "12345678"}},
)
ROWS = [row(gold(id_), answered(f"It is {id_}.")) for id_ in ("a", "b", "c")]


def run_of(folder: Path, rows: list[Row], spec: Spec = SPEC) -> Run:
    """A run in this folder that was stopped after these rows."""
    run = runs.begin(folder, spec)
    with runs.keeping(run) as keep:
        for one in rows:
            keep(one)
    return run


def test_a_row_is_on_disk_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    run = runs.begin(tmp_path / "new" / "run", SPEC)
    with runs.keeping(run) as keep:
        keep(ROWS[0])
        assert runs.load(run.folder, whole=False).rows == (ROWS[0],)


def test_a_run_of_the_same_spec_goes_on_with_its_rows(tmp_path: Path) -> None:
    begun = run_of(tmp_path, ROWS[:2])
    again = runs.begin(tmp_path, SPEC)
    assert again.rows == tuple(ROWS[:2])
    assert again.started == begun.started
    assert again.price == (0.25, 2.0)


def test_half_a_line_at_the_end_does_no_harm(tmp_path: Path) -> None:
    run_of(tmp_path, ROWS[:2])
    file = tmp_path / runs.ROWS
    file.write_bytes(file.read_bytes()[:-40])
    run = runs.begin(tmp_path, SPEC)
    assert run.rows == (ROWS[0],)
    with runs.keeping(run) as keep:
        keep(ROWS[1])
    assert runs.load(tmp_path, whole=False).rows == tuple(ROWS[:2])


def test_a_whole_line_that_is_no_row_is_named(tmp_path: Path) -> None:
    run_of(tmp_path, ROWS[:1])
    with (tmp_path / runs.ROWS).open("a") as file:
        file.write('{"gold": {}}\n')
    with pytest.raises(BotError, match=r"rows\.jsonl, line 2: this is no row"):
        runs.load(tmp_path, whole=False)


def test_a_run_of_another_spec_is_refused_by_what_differs_and_stays(tmp_path: Path) -> None:
    run_of(tmp_path, ROWS[:2])
    other = replace(
        SPEC,
        gold={**SPEC.gold, "sha256": "1" * 64},
        settings={**SPEC.settings, "resolved": {"chat": {"price_per_million": []}}},
        versions={**SPEC.versions, "prompts": {"answer": "87654321"}},
    )
    differing = "another gold.sha256, settings.resolved.chat.price_per_million, versions.prompts.answer;"
    with pytest.raises(BotError, match=differing):
        runs.begin(tmp_path, other)
    assert runs.load(tmp_path, whole=False).rows == tuple(ROWS[:2])


def test_overwriting_starts_anew_and_leaves_nothing_of_the_old_run(tmp_path: Path) -> None:
    old = run_of(tmp_path, ROWS)
    runs.finish(old, ROWS, {"n": 3})
    (tmp_path / runs.REPORT).write_text("old")
    (tmp_path / runs.compared_report("other")).write_text("old")
    run = runs.begin(tmp_path, replace(SPEC, versions={}), overwrite=True)
    assert run.rows == ()
    assert [path.name for path in tmp_path.iterdir()] == [runs.RUN]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_things_is_refused_and_stays_untouched(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / runs.ROWS).write_text("mine")
    with pytest.raises(BotError, match="holds other things"):
        runs.begin(tmp_path, SPEC, overwrite=overwrite)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BotError, match="is not a folder"):
        runs.begin(tmp_path / "file", SPEC)
    with pytest.raises(BotError, match="no folder of an evaluation run"):
        runs.load(tmp_path / "file")


@pytest.mark.parametrize("name", ["file/run", "n" * 300, "/proc/run"])
def test_a_folder_that_cannot_be_made_is_the_users_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BotError, match="cannot be"):
        runs.begin(tmp_path / name, SPEC)


def test_a_finished_run_has_its_rows_in_the_order_given(tmp_path: Path) -> None:
    run = run_of(tmp_path, [ROWS[2], ROWS[0], ROWS[1]])
    runs.finish(run, ROWS, {"n": 3})
    assert runs.load(tmp_path).rows == tuple(ROWS)
    assert json.loads((tmp_path / runs.SCORES).read_text()) == {"n": 3}


def test_a_run_that_was_stopped_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    run_of(tmp_path, ROWS[:2])
    with pytest.raises(BotError, match="stopped after 2 of 3 questions"):
        runs.load(tmp_path)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(BotError, match=r"has no run\.json"):
        runs.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "\xff",
        '{"started": "", "gold": {}, "settings": {}, "versions": {}}',
        '{"started": "", "gold": {"questions": 1}, "settings": {"seed": 0, "resolved": []}, "versions": {}}',
    ],
)
def test_a_damaged_record_of_a_run_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / runs.RUN).write_text(text, "latin-1")
    with pytest.raises(BotError, match=r"run\.json (cannot be read|is no record)") as problem:
        runs.load(tmp_path)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("setting", "price"), [([], None), ([0.25, 2], (0.25, 2.0)), (0.5, (0.5, 0.5)), (0, (0.0, 0.0)), ((), None)]
)
def test_the_price_is_one_for_all_tokens_or_one_each_or_none(setting: Any, price: tuple[float, float] | None) -> None:
    assert runs.price(setting) == price


Specified = Callable[..., Spec]


@pytest.fixture
def specified(sample: Opened, tmp_path: Path) -> Specified:
    """The spec of a run with these settings on the sample articles."""
    file = tmp_path / "gold.jsonl"
    file.write_text('{"id": "a", "question": "Who?"}\n')

    def spec(*overrides: str) -> Spec:
        with sample(*overrides) as app:
            return runs.spec(app.settings, app.library, file, 1)

    return spec


def test_a_spec_names_what_makes_the_numbers(specified: Specified) -> None:
    spec = specified("evaluation.seed=7", "answer.threshold=0.25", "reader.model=none")
    assert spec.gold["questions"] == 1
    assert {name: spec.settings[name] for name in ("model", "reader", "threshold", "judge", "seed")} == {
        "model": "none",
        "reader": "none",
        "threshold": 0.25,
        "judge": "lexical",
        "seed": 7,
    }
    assert {"footnote", "code", "prompts", "embedder", "splitting", "library"} <= set(spec.versions)
    assert {"answer", "standalone", "judge"} <= set(spec.versions["prompts"])
    assert spec == specified("evaluation.seed=7", "answer.threshold=0.25", "reader.model=none")
    assert spec != specified("evaluation.seed=7", "reader.model=none")


def test_a_spec_names_the_reader_with_the_hash_of_its_model(specified: Specified) -> None:
    sha256 = hashlib.sha256((READER / "model.onnx").read_bytes()).hexdigest()
    assert specified().settings["reader"] == f"local:{sha256[:16]}"


def test_another_number_of_passages_to_read_is_another_run(specified: Specified) -> None:
    assert specified("reader.passages=4") != specified()


@pytest.mark.parametrize(
    "override",
    ["evaluation.concurrency=9", "chat.requests_per_minute=20", "chat.max_retries=9", "chat.timeout_seconds=5"],
)
def test_how_fast_and_patiently_one_asks_makes_no_other_run(specified: Specified, override: str) -> None:
    assert specified(override) == specified()


def test_no_secret_of_an_address_or_a_database_stands_in_a_spec(specified: Specified) -> None:
    secret = "hunt@er2"
    spec = specified(
        f"chat.base_url=http://me:{secret}@host:8000/v1?key={secret}",
        f"embedding.base_url=https://{secret}@host/v1",
        f"chroma.url=http://me:{secret}@host",
    )
    assert "er2" not in repr(spec)
    assert spec.settings["resolved"]["chat"]["base_url"] == "http://host:8000/v1"
    assert "database_url" not in repr(spec)


def test_a_question_of_the_gold_file_is_kept_whole(tmp_path: Path) -> None:
    known = Gold("a", "Who?", answers=("Mina",), sides=(("one",), ("two", "2")), answerable=True)
    run = runs.begin(tmp_path, SPEC)
    with runs.keeping(run) as keep:
        keep(row(known, None))
    assert runs.load(tmp_path, whole=False).rows[0].gold == known
