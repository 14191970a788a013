import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Answer, finished
from bot.app import App, open_app
from config import Secrets, load
from tests.bot.cli.conftest import Footnote, on
from tests.openai_server import Fault, OpenAIServer, Reply

QUESTIONS = [
    {
        "question": "How much will the repair of the Sorne bridge cost?",
        "answer": "4.2 million crowns",
        "quote": "The repair will cost 4.2 million crowns, said Petra Hollin, the council's engineer.",
    },
    {
        "question": "How many visitors did the late opening of the Aldmere library bring in last winter?",
        "answer": "3,100",
        "quote": "A trial last winter brought in 3,100 visitors after eight in the evening.",
    },
    {
        "question": "How cold was it in the orchards of Aldmere on 21 April?",
        "answer": "minus five degrees",
        "quote": "The frost of 21 April reached minus five degrees, the coldest April night there in thirty years.",
    },
]
WRITTEN = Reply("\n".join(json.dumps(question) for question in QUESTIONS))  # a passage takes what it is quoted in


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Footnote:
    """The real command on a library of the sample articles."""
    command = on(tmp_path_factory.mktemp("sample"))
    assert command("ingest", str(articles_folder)).exit_code == 0
    return command


def asking(server: OpenAIServer) -> list[str]:
    """The settings that name a chat model at this server; one passage at a time, so that replies have an order."""
    settings = (
        f"chat.base_url={server.base_url}", "chat.model=openai:test-model", "chat.max_retries=0",
        "evaluation.concurrency=1",
    )  # fmt: skip
    return [argument for setting in settings for argument in ("-s", setting)]


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


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_drafts_are_gold_that_passes_the_check(sample: Footnote, tmp_path: Path) -> None:
    result = sample("gold", "draft", "--n", "8")
    assert result.exit_code == 0
    drafts = lines(result.stdout)
    assert len(drafts) == 8
    assert result.stderr == "8 questions, 1 of them unanswerable\n"
    path = tmp_path / "gold.jsonl"
    path.write_text(result.stdout, "utf-8")
    assert sample("gold", "check", str(path)).stdout == "8 questions, 0 errors, 0 remarks\n"


def test_fewer_drafts_than_were_asked_for_are_said_to_be_all(sample: Footnote) -> None:
    result = sample("gold", "draft", "--n", "500")
    found = len(lines(result.stdout))
    assert 8 < found < 500
    assert f"{found} questions, " in result.stderr
    assert "; no more were found in these articles" in result.stderr


def test_drafts_stay_within_the_filters(sample: Footnote) -> None:
    found = lines(sample("gold", "draft", "--source", "The Lantern").stdout)
    everything = lines(sample("gold", "draft").stdout)
    assert found
    assert len(found) < len(everything)
    listed = json.loads(sample("articles", "list", "--source", "The Lantern", "--json").stdout)
    assert {id_ for draft in found for id_ in draft["articles"]} <= {article["id"] for article in listed}


def test_a_file_is_written_once_and_never_overwritten(sample: Footnote, tmp_path: Path) -> None:
    out = tmp_path / "new.jsonl"
    assert sample("gold", "draft", "--out", str(out)).stdout == ""
    written = out.read_text("utf-8")
    assert lines(written)
    again = sample("gold", "draft", "--out", str(out), "--seed", "3")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == f"footnote: {out} is there already; move it away, or choose another name\n"
    assert out.read_text("utf-8") == written


def test_an_empty_library_and_one_without_such_sentences_are_one_line_on_stderr(
    fresh: Footnote, sample: Footnote
) -> None:
    for result, words in (
        (fresh("gold", "draft"), "there are no articles to draft questions from"),
        (sample("gold", "draft", "--until", "2019"), "there are no articles to draft questions from"),
        (sample("gold", "draft", "--source", "Karrow Courier", "--until", "2025-10-21"), "no sentence of these"),
    ):
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_key_alone_sends_nothing_to_a_chat_model(sample: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        result = sample("gold", "draft", "-s", f"chat.base_url={server.base_url}")
    assert result.exit_code == 0
    assert server.requests == []


def test_a_chat_model_that_is_named_writes_the_drafts(run: Footnote) -> None:
    with OpenAIServer() as server:
        server.will(WRITTEN)
        result = run("gold", "draft", *asking(server))
    assert result.exit_code == 0, result.stderr
    drafts = lines(result.stdout)
    assert {draft["answers"][0] for draft in drafts} == {"4.2 million crowns", "3,100", "minus five degrees"}
    assert all(len(draft["articles"]) == 1 for draft in drafts)
    assert result.stderr == "3 questions, 0 of them unanswerable; no more were found in these articles\n"


def test_what_a_chat_model_wrote_before_it_failed_is_kept(run: Footnote, tmp_path: Path) -> None:
    with OpenAIServer() as server:
        server.will(WRITTEN, Fault(401))
        result = run("gold", "draft", *asking(server))
        assert len(lines(result.stdout)) == 1
        assert result.exit_code == 5
        assert "the chat model gave up: 401: the key was refused; what it had written is kept" in result.stderr
        server.will(Fault(401))
        result = run("gold", "draft", "--out", str(tmp_path / "none.jsonl"), *asking(server))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "footnote: the chat model gave up: 401: the key was refused\n"
    assert not (tmp_path / "none.jsonl").exists()


COST = "How much will the repair of the Sorne bridge cost?"
VISITORS = "How many visitors did the late opening of the Aldmere library bring in last winter?"
KING = "Who is the king of Norway?"
OPENING = "Until when will the public library of Aldmere stay open?"


@contextmanager
def judging(folder: Path) -> Iterator[App]:
    with open_app(load(library=folder / "library", environ={}), Secrets()) as app:
        yield app


def given(app: App, question: str) -> Answer:
    """An answer to a question, kept as a client keeps it."""
    answer = finished(app.ask(question))
    app.feedback.keep(
        answer, {"model": answer.model}, asker="U1", collections=("*",), conversation="slack", question=""
    )
    return answer


def test_what_people_judged_becomes_gold_that_can_be_checked_and_asked(run: Footnote, folder: Path) -> None:
    with judging(folder) as app:
        kinds = []
        for question, verdicts in ((COST, "right"), (VISITORS, "wrong"), (KING, "right"), (OPENING, "right wrong")):
            answer = given(app, question)
            kinds.append(answer.kind)
            for user, verdict in enumerate(verdicts.split()):
                app.feedback.judge(answer.id, f"U{user}", "right" if verdict == "right" else "wrong")
            if verdicts == "wrong":
                app.feedback.judge(answer.id, "U0", "wrong", reason="That was the winter before.")
        given(app, "When will the Sorne bridge close?")  # which nobody judges
        assert kinds == ["answer", "answer", "refusal", "answer"]
    path = folder / "gold.jsonl"
    result = run("gold", "export", "--out", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        f"“{OPENING}” is left out: the same answer was called right and wrong",
        "3 questions, 1 of them unanswerable",
    ]
    found = {line["question"]: line for line in lines(path.read_text("utf-8"))}
    right, wrong, refused = (found[question] for question in (COST, VISITORS, KING))
    assert (right["answerable"], right["kind"]) == (True, "feedback")
    assert any("4.2 million crowns" in quote for quote in right["quotes"])
    assert not {"answerable", "answers", "quotes"} & set(wrong)
    assert wrong["explanation"].startswith("called wrong (That was the winter before.): “")
    assert refused["answerable"] is False
    assert run("gold", "export").stdout == path.read_text("utf-8"), "a second export gives the same lines"
    assert run("gold", "check", str(path)).stdout == "3 questions, 0 errors, 0 remarks\n"
    gates = ("--fail-under", "citation_gold=1", "--fail-under", "refusal_recall=1")
    result = run("eval", str(path), "--out", str(folder / "run"), *gates)
    assert result.exit_code == 0, "what was right is right again"


def test_only_the_answers_that_were_called_right_or_only_those_called_wrong(run: Footnote, folder: Path) -> None:
    with judging(folder) as app:
        app.feedback.judge(given(app, COST).id, "U1", "right")
        app.feedback.judge(given(app, KING).id, "U1", "wrong")
    for verdict, questions in (("right", [COST]), ("wrong", [KING]), ("all", [COST, KING])):
        found = lines(run("gold", "export", "--verdict", verdict).stdout)
        assert {line["question"] for line in found} == set(questions)


def test_an_export_of_nothing_is_one_line_on_stderr_and_no_file(run: Footnote, folder: Path) -> None:
    path = folder / "gold.jsonl"
    result = run("gold", "export", "--out", str(path))
    assert (result.exit_code, result.stderr) == (1, "footnote: nobody has judged an answer yet\n")
    with judging(folder) as app:
        app.feedback.judge(given(app, COST).id, "U1", "right")
    result = run("gold", "export", "--verdict", "wrong", "--out", str(path))
    assert (result.exit_code, result.stderr) == (1, "footnote: no judged answer makes a gold question\n")
    assert not path.exists()
    path.write_text("mine", "utf-8")
    result = run("gold", "export", "--out", str(path))
    assert (result.exit_code, path.read_text("utf-8")) == (1, "mine")
    assert "is there already" in result.stderr
