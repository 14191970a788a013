from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.answers import BotError
from bot.app import open_app
from bot.evaluation import running, runs
from bot.evaluation.evaluating import Evaluation, evaluate, for_evaluation, on_folders_alone, scores
from bot.evaluation.gold import GoldError, read_gold
from bot.evaluation.metrics import METRICS
from bot.evaluation.rows import Row
from config import Secrets, load
from tests.bot.evaluation.conftest import Opened, chatting
from tests.openai_server import Fault, OpenAIServer, Reply

SOLHEIM = "Mina Solheim was elected mayor of Saltmere"
QUESTIONS: list[dict[str, Any]] = [
    {"id": "mayor", "question": "Who was elected mayor of Saltmere?", "answers": ["Mina Solheim"], "answerable": True},
    {
        "id": "votes",
        "question": "And how many votes did she get?",
        "history": [{"question": "Who's the new mayor of Saltmere?", "answer": "Mina Solheim. [1]"}],
        "answerable": True,
    },
    {
        "id": "oysters",
        "question": "How many people fell ill from oysters of Sutter Bay?",
        "answers": ["23"],
        "articles": ["oyster-ban"],
        "quotes": ["at least 23 people fell ill"],
        "answerable": True,
    },
    {"id": "wind", "question": "When will the wind farm produce power?", "answers": ["2030"], "answerable": True},
    {"id": "tow", "question": "Which boat towed the ferry back into port?", "answerable": True},
    {"id": "volcano", "question": "How tall is the highest volcano in Iceland?", "answerable": False},
    {"id": "vpn", "question": "How do I reset my VPN password?", "answerable": False},
]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits before questions are asked again."""
    monkeypatch.setattr(running, "_PAUSE", 0.0)


def written(path: Path, questions: Sequence[dict[str, Any]] = QUESTIONS) -> Path:
    path.write_text("".join(json.dumps(question) + "\n" for question in questions), "utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return written(tmp_path / "gold.jsonl")


def made(sample: Opened, gold: Path, folder: Path, *overrides: str, **options: Any) -> Evaluation:
    with sample(*overrides) as app:
        return evaluate(app, read_gold(gold), folder, **options)


def untimed(rows: Sequence[Row]) -> list[Row]:
    return [replace(row, seconds=0.0, timings={}) for row in rows]


def metrics(folder: Path) -> dict[str, Any]:
    """The scores of a run, seconds aside."""
    found: dict[str, Any] = json.loads((folder / runs.SCORES).read_text("utf-8"))["metrics"]
    return {name: one for name, one in found.items() if not name.startswith("seconds")}


def said_to(request: dict[str, Any]) -> str:
    return "\n".join(message["content"] for message in request["messages"])


def writer(request: dict[str, Any]) -> Reply | Fault:
    """A model that says the first sentence of a passage, another one for every question."""
    asked = said_to(request)
    if "votes did she get" in asked.rpartition("Next question:")[2]:
        return Reply("How many votes did Mina Solheim get?", usage=(50, 5))
    number = 1 + len(asked) % 3
    passage = asked.partition(f"<passage {number}>")[2].partition("\n\n")[2]
    return Reply(f"{passage.partition('. ')[0]} [{number}]. The moon is made of cheese [2].", usage=(len(asked), 40))


def test_the_same_run_twice_gives_the_same_numbers_and_the_same_replies(
    sample: Opened, gold: Path, tmp_path: Path
) -> None:
    one, other = (made(sample, gold, tmp_path / name) for name in ("one", "other"))
    assert metrics(tmp_path / "one") == metrics(tmp_path / "other")
    assert untimed(one.run.rows) == untimed(other.run.rows)
    assert [row.gold.id for row in one.run.rows] == [question["id"] for question in QUESTIONS]


def test_so_does_one_that_asks_a_chat_model_several_questions_at_a_time(
    sample: Opened, gold: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    server.answer = writer
    for name, at_a_time in (("one", 1), ("other", 4)):
        made(sample, gold, tmp_path / name, *chatting(server, f"evaluation.concurrency={at_a_time}"))
    assert metrics(tmp_path / "one") == metrics(tmp_path / "other")
    one, other = (untimed(runs.load(tmp_path / name).rows) for name in ("one", "other"))
    assert one == other
    answers = {row.reply.text for row in one if row.reply and row.reply.kind == "answer"}
    assert len(answers) > 2
    assert runs.load(tmp_path / "one").spec == runs.load(tmp_path / "other").spec


def test_every_metric_is_there_and_null_where_nothing_counts(sample: Opened, gold: Path, tmp_path: Path) -> None:
    evaluation = made(sample, gold, tmp_path / "run")
    record = json.loads(json.dumps(scores(evaluation), allow_nan=False))
    assert list(record["metrics"]) == list(METRICS)
    assert record["n"] == len(QUESTIONS)
    assert record["metrics"]["cost"] == {"value": None, "low": None, "high": None, "n": 0}
    assert record["metrics"]["choice_accuracy"]["n"] == 0
    assert record["metrics"]["hit@1"]["n"] == 1
    assert record["metrics"]["quote_in@4"]["value"] == 1.0
    assert record["metrics"]["refusal_recall"]["n"] == 2
    assert record["metrics"]["citation_recall"]["value"] == 1.0
    assert record["failed"] == []
    assert Path(record["per_question"]).is_file()


def stopped_after(count: int, sample: Opened, gold: Path, folder: Path, *overrides: str) -> None:
    """A run that the user stops after so many questions."""

    def stop(done: int, total: int) -> None:
        if done == count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(sample, gold, folder, *overrides, progress=stop)


def test_a_run_that_was_stopped_asks_only_what_is_left_and_ends_with_the_same_scores(
    sample: Opened, gold: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    server.answer = writer
    settings = chatting(server, "evaluation.concurrency=1")
    made(sample, gold, tmp_path / "whole", *settings)
    requests = len(server.requests)
    stopped_after(3, sample, gold, tmp_path / "run", *settings)
    half = runs.load(tmp_path / "run", whole=False)
    assert len(half.rows) == 3
    server.requests.clear()
    seen: list[tuple[int, int]] = []
    made(sample, gold, tmp_path / "run", *settings, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (3, len(QUESTIONS))
    assert seen[-1] == (len(QUESTIONS), len(QUESTIONS))
    assert len(server.requests) < requests
    assert metrics(tmp_path / "run") == metrics(tmp_path / "whole")
    assert untimed(runs.load(tmp_path / "run").rows) == untimed(runs.load(tmp_path / "whole").rows)


def test_half_a_row_is_asked_again(sample: Opened, gold: Path, tmp_path: Path) -> None:
    written(gold, QUESTIONS[:4])
    stopped_after(3, sample, gold, tmp_path / "run")
    file = tmp_path / "run" / runs.ROWS
    file.write_bytes(file.read_bytes()[:-100])
    seen: list[int] = []
    made(sample, gold, tmp_path / "run", progress=lambda done, total: seen.append(done))
    assert seen == [2, 3, 4]
    assert len(runs.load(tmp_path / "run").rows) == 4


def test_a_finished_run_asks_nothing_more(sample: Opened, gold: Path, tmp_path: Path, server: OpenAIServer) -> None:
    server.answer = writer
    made(sample, gold, tmp_path / "run", *chatting(server))
    before = metrics(tmp_path / "run")
    server.requests.clear()
    made(sample, gold, tmp_path / "run", *chatting(server))
    assert server.requests == []
    assert metrics(tmp_path / "run") == before


def test_a_run_does_not_go_on_with_another_setting_or_other_questions(
    sample: Opened, gold: Path, tmp_path: Path
) -> None:
    written(gold, QUESTIONS[:3])
    stopped_after(2, sample, gold, tmp_path / "run")
    for override in ("answer.threshold=0.5", "search.rrf_k=7", "evaluation.seed=1"):
        with pytest.raises(BotError, match=rf"another .*settings\.resolved\.{override.partition('=')[0]}"):
            made(sample, gold, tmp_path / "run", override)
    written(gold, QUESTIONS[:4])
    with pytest.raises(BotError, match=r"another gold\.questions, gold\.sha256"):
        made(sample, gold, tmp_path / "run")
    assert len(runs.load(tmp_path / "run", whole=False).rows) == 2
    made(sample, gold, tmp_path / "run", "evaluation.seed=1", overwrite=True)
    assert len(runs.load(tmp_path / "run").rows) == 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"articles": ["oyster-bann"]}, r"line 8: there is no article 'oyster-bann'.*did you mean 'oyster-ban'"),
        ({"articles": ["oyster-ban"], "quotes": ["nobody fell ill"]}, "line 8: the quote “nobody fell ill” stands in"),
        ({"quotes": ["nobody fell ill"]}, "line 8: the quote “nobody fell ill” stands in no article"),
    ],
)
def test_gold_of_another_library_is_refused_before_anything_is_asked_or_written(
    sample: Opened, tmp_path: Path, server: OpenAIServer, wrong: dict[str, Any], message: str
) -> None:
    gold = written(tmp_path / "gold.jsonl", [*QUESTIONS, {"id": "x", "question": "Who fell ill?", **wrong}])
    with pytest.raises(GoldError, match=message):
        made(sample, gold, tmp_path / "run", *chatting(server))
    assert server.requests == []
    assert not (tmp_path / "run").exists()


def test_a_model_that_cannot_be_asked_at_all_leaves_no_folder(sample: Opened, gold: Path, tmp_path: Path) -> None:
    for override in ("chat.model=openai:ours", "evaluation.judge=openai:judge"):
        with pytest.raises(BotError, match="no OPENAI_API_KEY"):
            made(sample, gold, tmp_path / "run", override)
    assert not (tmp_path / "run").exists()


def test_a_library_without_articles_is_nothing_to_evaluate(gold: Path, tmp_path: Path) -> None:
    settings = load(library=tmp_path / "empty", environ={})
    with open_app(settings, Secrets()) as app, pytest.raises(BotError, match="holds no articles"):
        evaluate(app, read_gold(gold), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_was_answered_before_the_model_failed_is_kept_for_the_next_try(
    sample: Opened, gold: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    questions = [{"id": f"q{n}", "question": f"Who was elected mayor of Saltmere, question {n}?"} for n in range(12)]
    written(gold, questions)
    served = iter(range(100))
    server.answer = lambda request: Reply(f"{SOLHEIM} [1].") if next(served) < 4 else Fault(401)
    settings = chatting(server, "evaluation.concurrency=1")
    with pytest.raises(BotError, match="401: the key was refused; what was answered is kept") as problem:
        made(sample, gold, tmp_path / "run", *settings)
    assert str(tmp_path / "run") in str(problem.value)
    assert [row.gold.id for row in runs.load(tmp_path / "run", whole=False).rows] == ["q0", "q1", "q2", "q3"]
    server.answer = lambda request: Reply(f"{SOLHEIM} [1].")
    server.requests.clear()
    made(sample, gold, tmp_path / "run", *settings)
    assert len(server.requests) == 8
    assert {row.reply.model for row in runs.load(tmp_path / "run").rows if row.reply} == {"openai:ours"}


def test_a_judge_that_always_fails_ends_the_run_too(
    sample: Opened, gold: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    server.will(Fault(403))
    with pytest.raises(BotError, match="the judge gave no verdict: 403"):
        made(
            sample,
            gold,
            tmp_path / "run",
            "answer.threshold=0",
            "evaluation.judge=openai:judge",
            f"chat.base_url={server.base_url}",
        )


@pytest.mark.parametrize(("price", "cost"), [("[2.0, 10.0]", 0.0003), ("2.0", 0.00022)])
def test_tokens_and_what_they_cost_are_those_of_the_answers_alone(
    sample: Opened, tmp_path: Path, server: OpenAIServer, price: str, cost: float
) -> None:
    server.will(Reply(f"{SOLHEIM} [1].", usage=(100, 10)))
    gold = written(tmp_path / "gold.jsonl", QUESTIONS[:1])
    judge = ("evaluation.judge=openai:judge", f"chat.price_per_million={price}")
    server.answer = lambda request: Reply(
        "yes" if "Statement:" in said_to(request) else f"{SOLHEIM} [1].", usage=(100, 10)
    )
    found = made(sample, gold, tmp_path / "run", *chatting(server, *judge)).measured
    assert (found["tokens"].value, found["cost"].value) == (110.0, cost)
    refused = made(sample, gold, tmp_path / "refused", *chatting(server, *judge, "answer.threshold=1")).measured
    assert (refused["tokens"].value, refused["cost"].value) == (0.0, 0.0)
    assert refused["risk_coverage_area"].n == 1


def test_a_sentence_that_was_dropped_counts_against_the_recall_of_citations(
    sample: Opened, tmp_path: Path, server: OpenAIServer
) -> None:
    server.will(Reply(f"{SOLHEIM} [1]. The moon is made of cheese [1]. Nobody ever said so."))
    gold = written(tmp_path / "gold.jsonl", QUESTIONS[:1])
    evaluation = made(sample, gold, tmp_path / "run", *chatting(server))
    (row,) = evaluation.run.rows
    assert row.reply is not None
    assert row.reply.dropped == ("The moon is made of cheese.", "Nobody ever said so.")
    assert evaluation.measured["citation_recall"].value == pytest.approx(1 / 3)
    assert evaluation.measured["citation_precision"].value == 0.5


def test_a_chat_model_is_asked_only_where_one_is_named(gold: Path, tmp_path: Path, sample_library: Path) -> None:
    key = Secrets(SecretStr("sk-a-key"), "environment")
    settings = for_evaluation(load(library=sample_library, environ={}))
    assert settings.chat.model == "none"
    with open_app(settings, key) as app:
        evaluation = evaluate(app, read_gold(gold), tmp_path / "run")
    assert evaluation.run.spec.settings["model"] == "none"
    assert {row.reply.model for row in evaluation.run.rows if row.reply} == {"none"}
    named = for_evaluation(load(library=sample_library, environ={}, overrides=["chat.model=openai:x"]))
    assert named.chat.model == "openai:x"
    assert named.chat.max_retries >= 8


def test_a_library_of_a_runs_own_is_never_made_on_a_server_in_use(tmp_path: Path) -> None:
    servers = ["library.database_url=postgresql://me:hunter2@db/x", "chroma.url=http://chroma:8000"]
    settings = on_folders_alone(load(library=tmp_path, environ={}, overrides=servers))
    assert settings.library.database_url.get_secret_value() == ""
    assert settings.chroma.url == ""
    assert settings.library.path == str(tmp_path)
