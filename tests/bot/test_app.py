from __future__ import annotations

import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.answers import Answer, BotError, Finished, finished
from bot.app import App, Headway, IngestOptions, chat_model, open_app, source_uri
from bot.composing import Turn
from config import Secrets, Settings, load
from retrieval import inference
from retrieval.articles import Filters


def settings(folder: Path, *overrides: str) -> Settings:
    return load(library=folder, overrides=overrides, environ={})


def test_a_library_is_made_read_and_asked(tmp_path: Path, articles_folder: Path) -> None:
    seen: list[Headway] = []
    with open_app(settings(tmp_path / "new" / "library"), Secrets()) as app:
        options = IngestOptions(collection="coast", progress=seen.append)
        (report,) = app.ingest([str(articles_folder / "articles.jsonl")], options)
        assert report.added == 4
        *_, last = app.ask("What are the oysters of Sutter Bay being tested for?")
        assert isinstance(last, Finished)
        assert last.answer.hits
        hits, timings = app.search("oysters")
        assert hits[0].article.collection == "coast"
        assert timings
    assert (seen[0].done, seen[0].total) == (0, 4)
    assert seen[-1].done == 4


@pytest.mark.parametrize("model", ["local", "none"])
def test_only_a_question_loads_the_reader_and_only_where_one_is_set(
    tmp_path: Path, articles_folder: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    opened: list[Path] = []
    load_model = inference._load

    def counted(model: Path, tokenizer: Path) -> object:
        opened.append(model)
        return load_model(model, tokenizer)

    monkeypatch.setattr(inference, "_load", counted)
    with open_app(settings(tmp_path, f"reader.model={model}"), Secrets()) as app:
        list(app.ingest([str(articles_folder / "articles.jsonl")]))
        assert inference.READER / "model.onnx" not in opened
        for question in ("What are the oysters of Sutter Bay being tested for?", "And who said that?"):
            finished(app.ask(question, conversation="one"))
            finished(app.with_threshold(0.0).ask(question))
        assert opened.count(inference.READER / "model.onnx") == (model == "local")


def test_the_number_of_passages_to_read_is_what_was_set(tmp_path: Path, articles_folder: Path) -> None:
    with open_app(settings(tmp_path, "reader.passages=3"), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))
        hits, _ = app.search("What happened in Saltmere?")
        assert sum(hit.reading is not None for hit in hits) in (1, 2, 3) and len(hits) > 3


def test_what_is_no_question_stays_within_the_filters(tmp_path: Path, articles_folder: Path) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))
        for request in ("what is new?", "list articles about the ferry"):
            *_, last = app.ask(request, filters=Filters(sources=("Northshore Today",)))
            assert isinstance(last, Finished)
            assert {citation.article.source for citation in last.answer.citations} == {"Northshore Today"}
        *_, last = app.ask("what is new?", filters=Filters(until=date(2025, 10, 14)))
        assert isinstance(last, Finished)
        assert max(str(citation.article.published) for citation in last.answer.citations) == "2025-10-14"


def test_turns_of_a_conversation_complete_a_follow_up_and_can_be_forgotten(
    tmp_path: Path, articles_folder: Path
) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))

        def understood(question: str, conversation: str) -> str:
            *_, last = app.ask(question, conversation=conversation)
            assert isinstance(last, Finished)
            return last.answer.standalone_question

        understood("Who was elected mayor of Saltmere?", "one")
        follow_up = "And when was that?"
        assert "Saltmere" in understood(follow_up, "one")
        assert understood(follow_up, "another") == follow_up
        understood("thanks", "one")
        understood("hello again", "one")
        assert "thanks" not in (again := understood(follow_up, "one"))
        assert "Saltmere" in again
        app.reset("one")
        assert understood(follow_up, "one") == follow_up


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["library.database_url=nonsense"], "library.database_url cannot be used"),
        (["library.database_url=postgresql+psycopg://me:hunter2@127.0.0.1:1/x"], "the catalogue cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_the_users_problem(tmp_path: Path, overrides: list[str], words: str) -> None:
    with pytest.raises(Exception) as caught, open_app(settings(tmp_path, *overrides), Secrets()):
        pass
    assert type(caught.value).__name__ in ("BotError", "RetrievalError")
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_catalogue_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite3").write_text("garbage, garbage, garbage")
    message = "the catalogue cannot be used: file is not a database"
    with pytest.raises(BotError, match=message), open_app(settings(tmp_path), Secrets()):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BotError, match="library"), open_app(settings(tmp_path / "file" / "library"), Secrets()):
        pass


def test_a_source_is_remembered_so_that_it_is_found_from_anywhere() -> None:
    assert source_uri("articles") == os.path.join(os.getcwd(), "articles")
    assert source_uri("~/articles") == os.path.expanduser("~/articles")
    assert source_uri("https://example.org/feed") == "https://example.org/feed"
    assert source_uri("-") == "-"


def test_a_chat_model_is_asked_only_where_there_is_a_key_or_it_is_named(tmp_path: Path) -> None:
    key = Secrets(SecretStr("sk-test"), "environment")
    assert chat_model(settings(tmp_path), Secrets()) == "none"
    assert chat_model(settings(tmp_path), key).startswith("openai:")
    assert chat_model(settings(tmp_path, "chat.model=none"), key) == "none"
    assert chat_model(settings(tmp_path, "chat.model=openai:mine"), Secrets()) == "openai:mine"


def test_a_password_that_is_read_as_a_port_is_told_to_nobody(tmp_path: Path) -> None:
    broken = settings(tmp_path, "library.database_url=postgresql+psycopg://me:hunter/x")
    with pytest.raises(BotError, match="port is no number") as caught, open_app(broken, Secrets()):
        pass
    assert "hunter" not in str(caught.value)


def test_eight_threads_that_ask_at_the_same_time_get_the_answers_that_one_gets(
    tmp_path: Path, articles_folder: Path
) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder / "articles.jsonl")], IngestOptions(collection="reports")))
        list(app.ingest([str(articles_folder / "film-festival.md")]))
    questions = [
        "Why are the oysters of Sutter Bay off the menu?",
        "What won the Golden Net?",
        "Who is the president of France?",
    ]
    asked = [(question, Filters(collections=(name,))) for question in questions for name in ("reports", "default", "x")]
    asked += [(question, Filters()) for question in questions]

    def answered(app: App, question: str, filters: Filters) -> Answer:
        conversation = f"test:{uuid.uuid4()}"
        first = finished(app.ask(question, conversation=conversation, filters=filters))
        second = finished(app.ask("And why was that?", conversation=conversation, filters=filters))
        return replace(first, id=second.standalone_question, timings={})

    with open_app(settings(tmp_path), Secrets()) as app:
        alone = {one: answered(app, *one) for one in asked}
    assert len({answer.text for answer in alone.values()}) >= len(questions)
    with open_app(settings(tmp_path), Secrets()) as app, ThreadPoolExecutor(8) as pool:
        start = threading.Barrier(8)

        def together(asker: int) -> dict[tuple[str, Filters], Answer]:
            start.wait()  # nothing is loaded yet: all eight need it first
            return {one: answered(app, *one) for one in [*asked[asker:], *asked][:6]}

        for found in pool.map(together, range(8)):
            assert found == {one: alone[one] for one in found}


def test_a_chat_model_and_with_it_its_limit_of_requests_is_one_for_all(tmp_path: Path) -> None:
    overrides = ("chat.base_url=http://127.0.0.1:1/v1", "chat.model=openai:one")
    with open_app(settings(tmp_path, *overrides), Secrets()) as app:
        assert app.chat_composer("openai:one") is app.chat_composer("openai:one")
        assert app.chat_composer("openai:one") is not app.chat_composer("openai:other")
        assert app.with_threshold(0.2).chat_composer("openai:one") is app.chat_composer("openai:one")


def test_another_threshold_leaves_the_app_itself_as_it_is(tmp_path: Path, articles_folder: Path) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder / "articles.jsonl")]))
        question = "What are the oysters of Sutter Bay being tested for?"
        assert finished(app.with_threshold(1.0).ask(question)).kind == "refusal"
        assert finished(app.ask(question)).kind == "answer"


def test_an_answer_is_given_where_the_disk_is_too_full_to_keep_its_turn(
    tmp_path: Path, articles_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder / "articles.jsonl")]))
        assert app.conversations.turns("one") == ()
        with app.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")  # what is there stays, nothing can be added
        question = "Why are the oysters of Sutter Bay off the menu? " + "oysters " * 2000
        assert finished(app.ask(question, conversation="one")).hits
        assert "a turn of one could not be kept: the catalogue cannot be used" in caplog.text
        assert app.conversations.turns("one") == ()


def test_a_history_that_the_caller_holds_is_used_and_not_kept(tmp_path: Path, articles_folder: Path) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))
        before = Turn("Who was elected mayor of Saltmere?", "Nobody yet.")
        assert "Saltmere" in finished(app.ask("And when was that?", history=[before])).standalone_question
        assert app.conversations.all() == []


def test_a_conversation_goes_on_after_a_restart(tmp_path: Path, articles_folder: Path) -> None:
    with open_app(settings(tmp_path), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))
        first = finished(app.ask("Who was elected mayor of Saltmere?", conversation="slack:C1:169"))
    with open_app(settings(tmp_path), Secrets()) as app:
        (turn,) = app.conversations.turns("slack:C1:169")
        assert turn.article_ids == tuple(citation.article.id for citation in first.citations)
        assert turn.kind == first.kind
        second = finished(app.ask("And when was that?", conversation="slack:C1:169"))
        assert "Saltmere" in second.standalone_question
