from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.answers import BotError
from bot.cli.evaluating import nothing_half_done
from bot.evaluation import running
from bot.evaluation.metrics import METRICS
from retrieval.articles import Hit
from retrieval.search import Search
from tests.bot.cli.conftest import Footnote
from tests.openai_server import Fault, OpenAIServer, Reply

COST = "The repair will cost 4.2 million crowns [1]."
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "cost",
        "question": "How much will the repair of the Sorne bridge cost?",
        "answers": ["4.2 million crowns"],
        "quotes": ["The repair will cost 4.2 million crowns"],
        "answerable": True,
    },
    {"id": "director", "question": "Who is the director of the Aldmere library?", "answers": ["Ilse Varga"]},
    {"id": "frost", "question": "How cold was the frost of 21 April?", "answers": ["minus five"], "answerable": True},
    {"id": "france", "question": "Who is the president of France?", "answerable": False},
]
CONTRACT = """hit@1 hit@4 hit@10 mrr@10 recall@5 recall@10 ndcg@10 answer_in@1 answer_in@4 quote_in@4 answer_contains
answer_words answer_exact answer_f1 choice_accuracy citation_gold citation_precision citation_recall refusal_precision
refusal_recall risk_coverage_area brier seconds_p50 seconds_p95 tokens cost"""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits before questions are asked again."""
    monkeypatch.setattr(running, "_PAUSE", 0.0)


def write(path: Path, questions: Sequence[Mapping[str, Any]] = QUESTIONS) -> Path:
    path.write_text("".join(json.dumps(question) + "\n" for question in questions), "utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write(tmp_path / "gold.jsonl")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


def never(text: str) -> None:
    """What JSON's own NaN and Infinity are read with."""
    raise AssertionError(f"{text} is not JSON")


def scored(run: Footnote, *arguments: str, **given: Any) -> dict[str, Any]:
    """What ``eval --json`` printed, which must be one object and nothing else."""
    result = run("eval", *arguments, "--json", **given)
    assert result.exit_code == 0, result.stderr
    record: dict[str, Any] = json.loads(result.stdout, parse_constant=never)
    return record


def chatting(server: OpenAIServer, *more: str) -> list[str]:
    """Options by which the server answers."""
    settings = ("chat.model=openai:ours", f"chat.base_url={server.base_url}", *more)
    return [word for setting in settings for word in ("-s", setting)]


def test_json_is_one_object_with_every_metric_and_what_made_it(run: Footnote, gold: Path, out: Path) -> None:
    record = scored(run, str(gold), "--out", str(out), "-s", "evaluation.seed=3")
    assert {"n", "metrics", "settings", "versions", "per_question"} <= set(record)
    assert record["n"] == 4
    assert set(CONTRACT.split()) <= set(record["metrics"]) == set(METRICS)
    for one in record["metrics"].values():
        assert set(one) == {"value", "low", "high", "n"}
        assert (one["value"] is None) == (one["n"] == 0)
    assert record["metrics"]["hit@1"] == {"value": None, "low": None, "high": None, "n": 0}
    assert record["metrics"]["answer_contains"]["n"] == 3
    assert record["metrics"]["answer_contains"]["value"] == 1.0
    assert record["metrics"]["refusal_recall"]["value"] == 1.0
    settings = record["settings"]
    assert (settings["model"], settings["threshold"], settings["seed"]) == ("none", 0.4, 3)
    assert re.fullmatch("local:[0-9a-f]{16}", settings["reader"])
    assert record["versions"]["prompts"]["answer"]
    assert record["per_question"] == str(out / "rows.jsonl")
    assert len((out / "rows.jsonl").read_text("utf-8").splitlines()) == 4
    assert json.loads((out / "scores.json").read_text("utf-8"))["metrics"] == record["metrics"]


def test_a_table_for_people_names_metrics_outcomes_and_the_report(run: Footnote, gold: Path, out: Path) -> None:
    result = run("eval", str(gold), "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert "gold.jsonl, 4 questions" in result.stdout
    for name in METRICS:
        assert name in result.stdout
    assert "1 rightly refused" in result.stdout
    assert f"Report: {out / 'report.html'}" in result.stdout
    assert (out / "report.html").read_text("utf-8").startswith("<!")
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_one_question_is_one_and_a_long_one_stays_on_its_line_in_a_pipe(run: Footnote, tmp_path: Path) -> None:
    asked = "Who is the director of the library, " + "as far as anybody in the town of Aldmere can say, " * 3 + "today?"
    gold = write(tmp_path / "gold.jsonl", [QUESTIONS[1] | {"question": asked, "answerable": True}])
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    assert run("eval", str(gold), "--out", old, "-s", "answer.threshold=1").exit_code == 0
    result = run("eval", str(gold), "--out", new, "--compare", old, "-s", "answer.threshold=0")
    assert result.exit_code == 0, result.stderr
    assert "gold.jsonl, 1 question " in result.stdout
    assert "1 question goes better:" in result.stdout
    assert asked in result.stdout


def test_brackets_in_a_name_are_no_markup(run: Footnote, tmp_path: Path, out: Path) -> None:
    gold = write(tmp_path / "[red]x[1] [bold].jsonl")
    result = run("eval", str(gold), "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert "[red]x[1] [bold].jsonl, 4 questions" in result.stdout


def test_without_a_folder_each_run_has_a_new_one_in_the_library(run: Footnote, folder: Path, gold: Path) -> None:
    for seed in ("1", "2"):
        assert run("eval", str(gold), "-s", f"evaluation.seed={seed}").exit_code == 0
    made = sorted((folder / "library" / "evaluations").iterdir())
    assert len(made) == 2
    assert all(path.name.startswith("gold-") and (path / "report.html").is_file() for path in made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot read the gold file"),
        ("", "holds no questions"),
        ('{"id": "a", "question": "Who?"}\n{"id": "b", "question"\n', "line 2: this is not JSON"),
        ('{"id": "a", "question": "Who?", "articles": ["nobody"]}\n', "line 1: there is no article 'nobody'"),
        ('\n{"id": "a", "question": "Who?", "quotes": ["Nobody came."]}\n', "line 2: the quote “Nobody came.”"),
    ],
)
def test_gold_that_cannot_be_used_is_one_line_and_nothing_is_asked_or_left(
    run: Footnote, folder: Path, out: Path, text: str | None, words: str
) -> None:
    gold = folder / "bad.jsonl"
    if text is not None:
        gold.write_text(text, "utf-8")
    before = sorted(folder.rglob("*"))
    with OpenAIServer() as server:
        for where in (("--out", str(out)), ("--json",)):
            result = run("eval", str(gold), *where, *chatting(server))
            assert (result.exit_code, result.stdout) == (1, "")
            assert words in result.stderr
            assert result.stderr.count("\n") == 1
        assert server.requests == []
    assert sorted(folder.rglob("*")) == before


def test_bad_gold_leaves_no_library_of_its_own_either(
    fresh: Footnote, articles: Path, tmp_path: Path, out: Path
) -> None:
    gold = write(tmp_path / "gold.jsonl", [{"id": "a", "question": "Who?", "articles": ["nobody"]}])
    for where in (("--out", str(out)), ()):
        result = fresh("eval", str(gold), "--articles", str(articles), *where)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "line 1: there is no article 'nobody'" in result.stderr
    assert not out.exists()
    assert not (tmp_path / "fresh library").exists()
    out.mkdir()
    assert fresh("eval", str(gold), "--articles", str(articles), "--out", str(out)).exit_code == 1
    assert list(out.iterdir()) == []


def test_a_run_that_ends_before_it_began_takes_no_other_with_it(tmp_path: Path) -> None:
    """Two runs side by side, in a folder that neither found there: only what the failing one made is taken away."""
    mine, other = tmp_path / "runs" / "nightly" / "mine", tmp_path / "runs" / "other"
    with pytest.raises(BotError), nothing_half_done(mine):
        (mine / "library").mkdir(parents=True)
        (mine / "library" / "catalogue.sqlite3").touch()
        other.mkdir()
        (other / "run.json").touch()
        raise BotError("the gold is bad")
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "runs", other, other / "run.json"]


def test_no_articles_at_all_are_the_users_problem(fresh: Footnote, tmp_path: Path, gold: Path, out: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", [{"id": "a", "question": "Who?"}])
    result = fresh("eval", str(gold), "--out", str(out))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "holds no articles" in result.stderr
    missing = fresh("eval", str(gold), "--out", str(out), "--articles", str(tmp_path / "nowhere"))
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert not out.exists()


def test_articles_of_a_runs_own_are_its_library_and_no_others(
    fresh: Footnote, articles: Path, tmp_path: Path, gold: Path, out: Path
) -> None:
    arguments = [str(gold), "--out", str(out), "--articles"]
    result = fresh("eval", *arguments, str(articles), "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["versions"]["articles"] == 3
    assert record["metrics"]["answer_contains"]["value"] == 1.0
    assert "3 articles" in result.stderr
    assert not (tmp_path / "fresh library").exists()
    other = write(tmp_path / "other.jsonl", QUESTIONS[1:2])
    arguments[0] = str(other)
    library = str(articles / "library.md")
    refused = fresh("eval", *arguments, library)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "holds a run on other articles" in refused.stderr
    refused = fresh("eval", *arguments, str(articles))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "holds a run with another gold.file" in refused.stderr
    assert scored(fresh, str(gold), *arguments[1:], str(articles))["versions"]["articles"] == 3
    assert scored(fresh, *arguments, library, "--overwrite")["versions"]["articles"] == 1


def test_a_finished_run_is_measured_again_without_library_or_server(
    run: Footnote, folder: Path, gold: Path, out: Path
) -> None:
    with OpenAIServer() as server:
        server.will(Reply(COST))
        before = scored(run, str(gold), "--out", str(out), *chatting(server))
    shutil.rmtree(folder / "library")
    gold.unlink()
    again = scored(run, str(out))
    assert again == before
    assert not (folder / "library").exists()
    result = run("eval", str(out), "--articles", "somewhere")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_run_is_compared_with_another_in_words_and_as_json(
    run: Footnote, gold: Path, tmp_path: Path, out: Path
) -> None:
    old = tmp_path / "old"
    assert run("eval", str(gold), "--out", str(old), "-s", "answer.threshold=1").exit_code == 0
    result = run("eval", str(gold), "--out", str(out), "--compare", str(old))
    assert result.exit_code == 0, result.stderr
    assert f"Comparedwith{old}" in "".join(result.stdout.split())  # a long path is wrapped
    assert "better:" in result.stdout
    assert "cost: wrongly refused → right: How much will the repair" in result.stdout
    assert (out / "report.html").is_file()
    assert (out / "compared-with-old.html").is_file()
    comparison = scored(run, str(out), "--compare", str(old))["comparison"]
    assert comparison["with"] == str(old)
    assert comparison["n"] == 4
    contains = next(paired for paired in comparison["paired"] if paired["name"] == "answer_contains")
    assert (contains["new"], contains["old"], contains["difference"]) == (1.0, 0.0, 1.0)
    assert {change["id"] for change in comparison["changed"]} >= {"cost", "frost"}


@pytest.mark.parametrize("option", ["--compare", "--fail-if-worse"])
def test_what_is_no_finished_run_is_nothing_to_compare_with(
    run: Footnote, gold: Path, tmp_path: Path, out: Path, option: str
) -> None:
    (tmp_path / "empty").mkdir()
    more = [{"id": f"more {n}", "question": f"What will the repair cost, in view {n}?"} for n in range(5)]
    with OpenAIServer() as server:
        server.will(Reply(COST), Fault(401))
        settings = chatting(server, "answer.threshold=0", "evaluation.concurrency=1")
        half = write(tmp_path / "half.jsonl", QUESTIONS + more)
        assert run("eval", str(half), "--out", str(tmp_path / "half"), *settings).exit_code == 1
    for other, words in (
        ("empty", "is no folder of an evaluation run"),
        ("half", "was stopped after 1 of 9 questions"),
    ):
        result = run("eval", str(gold), "--out", str(out), option, str(tmp_path / other))
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr
    assert not out.exists()


def test_runs_without_a_question_in_common_cannot_be_compared(
    run: Footnote, gold: Path, tmp_path: Path, out: Path
) -> None:
    other = write(tmp_path / "other.jsonl", [{"id": "x", "question": "Who opened the bridge?"}])
    assert run("eval", str(other), "--out", str(tmp_path / "old")).exit_code == 0
    result = run("eval", str(gold), "--out", str(out), "--fail-if-worse", str(tmp_path / "old"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no question in common" in result.stderr


def test_gates_that_are_met_and_gates_that_are_not(run: Footnote, gold: Path, out: Path) -> None:
    met = ["answer_contains=1", "brier=0.9", "seconds_p95=60", "tokens=0"]
    assert run("eval", str(gold), "--out", str(out), *(f"--fail-under={gate}" for gate in met)).exit_code == 0
    unmet = ["--fail-under=brier=0.0001", "--fail-under=hit@1=0.5", "--fail-under=answer_contains=1"]
    result = run("eval", str(out), *unmet, "--json")
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("footnote: brier is ")
    assert "above 0.0001 (n = 3, 95 % between" in lines[0]
    assert lines[1].startswith("footnote: hit@1 has nothing to count")
    assert json.loads(result.stdout)["unmet"] == [line.removeprefix("footnote: ") for line in lines]


@pytest.fixture
def towns(fresh: Footnote, tmp_path: Path) -> Path:
    """Gold with one question on each of eight articles, which are in the fresh library."""
    names = ["Aldmere", "Brakwater", "Corrin", "Dunholm", "Eastfell", "Farrow", "Gannet", "Hollin"]
    (tmp_path / "towns").mkdir()
    for name in names:
        text = f"# The budget of {name}\n\nThe council of {name} wants to spend less on the harbour of {name}.\n"
        (tmp_path / "towns" / f"{name}.md").write_text(text, "utf-8")
    assert fresh("ingest", str(tmp_path / "towns")).exit_code == 0
    ids = {one["title"].split()[-1]: one["id"] for one in json.loads(fresh("articles", "list", "--json").stdout)}
    questions = [{"id": n, "question": f"What does {n} want to spend?", "articles": [ids[n]]} for n in names]
    return write(tmp_path / "towns.jsonl", questions)


def test_a_run_that_is_as_good_passes_and_a_ranking_upside_down_does_not(
    fresh: Footnote, towns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault injection: the one method that ranks hands its hits out last first; everything else is as it is."""
    before = tmp_path / "before"
    assert scored(fresh, str(towns), "--out", str(before))["metrics"]["hit@1"]["value"] == 1.0
    same = fresh("eval", str(towns), "--out", str(tmp_path / "same"), "--fail-if-worse", str(before))
    assert same.exit_code == 0, same.stderr
    find = Search.find

    def reversed_find(self: Search, *arguments: Any) -> tuple[tuple[Hit, ...], Mapping[str, float]]:
        hits, timings = find(self, *arguments)
        return hits[::-1], timings

    monkeypatch.setattr(Search, "find", reversed_find)
    result = fresh("eval", str(towns), "--out", str(tmp_path / "after"), "--fail-if-worse", str(before))
    assert result.exit_code == 3
    assert f"footnote: hit@1 is 0, worse than 1 in {before} (p = 0.0" in result.stderr


def test_a_key_in_the_environment_makes_nobody_ask_a_chat_model(run: Footnote, gold: Path, out: Path) -> None:
    record = scored(run, str(gold), "--out", str(out), env={"OPENAI_API_KEY": "sk-a-key"})
    assert record["settings"]["model"] == "none"
    assert record["metrics"]["tokens"]["value"] == 0.0


def test_a_chat_model_that_is_named_answers_and_costs(run: Footnote, gold: Path, out: Path) -> None:
    with OpenAIServer() as server:
        server.answer = lambda request: Reply(COST, usage=(1000, 100))
        priced = chatting(server, "chat.price_per_million=[1.0, 10.0]")
        record = scored(run, str(gold), "--out", str(out), *priced)
        asked = len(server.requests)
    assert record["settings"]["model"] == "openai:ours"
    assert asked >= 3
    assert record["metrics"]["tokens"]["value"] == 825.0  # three of four questions got as far as the model
    assert record["metrics"]["cost"]["value"] == pytest.approx(0.0015)


def test_a_model_that_always_fails_is_one_line(run: Footnote, gold: Path, out: Path) -> None:
    with OpenAIServer() as server:
        server.will(Fault(401))
        result = run("eval", str(gold), "--out", str(out), *chatting(server))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "401: the key was refused" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_question_that_failed_is_listed_and_counts(
    run: Footnote, gold: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Search.find

    def faulty(self: Search, question: str, *rest: Any) -> Any:
        if "frost" in question:
            raise ZeroDivisionError("division by zero")
        return find(self, question, *rest)

    monkeypatch.setattr(Search, "find", faulty)
    result = run("eval", str(gold), "--out", str(out), "--json")
    record = json.loads(result.stdout)
    assert result.exit_code == 0
    assert record["failed"] == [{"id": "frost", "reason": "ZeroDivisionError: division by zero"}]
    assert record["metrics"]["answer_contains"]["value"] == pytest.approx(2 / 3)
    assert "1 question failed, wholly or in part, and counts all the same:" in result.stderr
    assert "  frost: ZeroDivisionError: division by zero\n" in result.stderr


def test_no_file_and_no_output_holds_a_secret(run: Footnote, gold: Path, folder: Path) -> None:
    key, password = "sk-very-secret-key", "hunter2"
    shown: list[str] = []
    with OpenAIServer() as server:
        for name, address in (
            ("key", server.base_url),
            ("password", server.base_url.replace("//", f"//me:{password}@")),
        ):
            server.will(*[Fault(400, f"bad {key} and {password}")] * 3, Reply(COST))
            options = ["-s", "chat.model=openai:ours", "-s", f"chat.base_url={address}"]
            result = run("eval", str(gold), "--out", str(folder / name), *options, env={"OPENAI_API_KEY": key})
            assert result.exit_code == 0, result.stderr
            shown += [result.output, *(file.read_text("utf-8") for file in (folder / name).iterdir())]
        assert f"Bearer {key}" in server.keys
        assert any(str(sent).startswith("Basic ") for sent in server.keys)
    database = f"library.database_url=postgresql+psycopg://me:{password}@127.0.0.1:1/x"
    refused = run("eval", str(gold), "-s", database, env={"OPENAI_API_KEY": key})
    assert refused.exit_code == 1
    shown.append(refused.output)
    assert len(shown) == 11
    for text in shown:
        assert key not in text
        assert password not in text


def process(library: Path, *arguments: str) -> subprocess.Popen[str]:
    """The real command in a process of its own, which hears Ctrl-C also where the tests run in the background."""
    command = [sys.executable, "-m", "bot", "eval", *arguments, "--library", str(library)]
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_stopped_or_killed_goes_on_where_it_was(
    run: Footnote, folder: Path, gold: Path, out: Path, signal_: signal.Signals
) -> None:
    rows = out / "rows.jsonl"
    with OpenAIServer() as server:
        server.answer = lambda request: Reply(COST, pause=0.0 if "Sorne" in str(request["messages"][-1]) else 0.3)
        settings = chatting(server, "evaluation.concurrency=1", "answer.threshold=0")
        command = process(folder / "library", str(gold), "--out", str(out), *settings)
        until = time.monotonic() + 60
        while time.monotonic() < until and not (rows.is_file() and b"\n" in rows.read_bytes()):
            time.sleep(0.01)
        command.send_signal(signal_)
        stdout, stderr = command.communicate(timeout=20)
        assert stdout == ""
        if signal_ == signal.SIGINT:
            assert command.returncode == 130
            assert stderr == f"Stopped. The same command with --out {out} goes on from there.\n"
        kept = rows.read_text("utf-8").count("\n")
        assert 1 <= kept < 4
        assert not (out / "scores.json").exists()
        server.requests.clear()
        server.answer = lambda request: Reply(COST)
        record = scored(run, str(gold), "--out", str(out), *settings)
        assert len(server.requests) == 4 - kept
        whole = scored(run, str(gold), "--out", str(folder / "whole"), *settings)
    for name in METRICS:
        if not name.startswith("seconds"):
            assert record["metrics"][name] == whole["metrics"][name]
