from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.answers import BotError
from bot.app import App
from bot.composing import Turn
from bot.evaluation.checking import Anchor
from bot.evaluation.gold import Gold
from bot.evaluation.judging import chat_judge, lexical
from bot.evaluation.rows import Row
from bot.evaluation.running import Question, Runner
from retrieval.articles import RetrievalError
from tests.bot.evaluation.conftest import Opened, chatting
from tests.openai_server import Fault, OpenAIServer, Reply

MAYOR = "Who was elected mayor of Saltmere?"
CREW = "How many of the crew were on board the Alder Tern?"
OYSTERS = "How many people fell ill from oysters of Sutter Bay?"
SOLHEIM = "Mina Solheim was elected mayor of Saltmere [1]."
REFUSED = Reply("The articles do not say.")


def asked(*questions: str | Gold) -> list[Question]:
    golds = [gold if isinstance(gold, Gold) else Gold(gold, gold) for gold in questions]
    return [Question(gold, Anchor((), ())) for gold in golds]


def rows(app: App, questions: Sequence[Question], **options: Any) -> dict[str, Row]:
    """The rows of a run that does not wait before it asks again."""
    found: list[Row] = []
    judge = options.pop("judge", lexical)
    Runner(app, judge, pause=0.0, **options).run(questions, found.append)
    assert len({row.gold.id for row in found}) == len(found)
    return {row.gold.id: row for row in found}


def said_to(request: dict[str, Any]) -> str:
    return "\n".join(message["content"] for message in request["messages"])


def test_every_question_gets_one_row_with_its_reply(sample: Opened) -> None:
    with sample() as app:
        found = rows(app, asked(MAYOR, CREW, "Who is the president of France?"))
    assert set(found) == {MAYOR, CREW, "Who is the president of France?"}
    mayor = found[MAYOR].reply
    assert mayor is not None
    assert "Solheim" in mayor.text
    assert found[MAYOR].seconds > 0
    assert {"search", "compose"} <= set(found[MAYOR].timings)
    france = found["Who is the president of France?"].reply
    assert france is not None
    assert france.kind == "refusal"


def test_a_follow_up_is_completed_by_its_own_turns_and_by_no_others(sample: Opened) -> None:
    history = (Turn(MAYOR, "Mina Solheim was elected mayor. [1]"),)
    golds = [
        Gold("with", "And how many votes did she get?", history=history),
        Gold("again", "And how many votes did she get?", history=history),
        Gold("without", "And how many votes did she get?"),
    ]
    with sample() as app:
        found = rows(app, asked(*golds))
        assert found["with"].reply and found["again"].reply and found["without"].reply
        assert "Solheim" in found["with"].reply.standalone_question
        assert found["again"].reply.standalone_question == found["with"].reply.standalone_question
        assert found["without"].reply.standalone_question == golds[2].question
        repeated = rows(app, asked(golds[0]))["with"].reply
        assert repeated is not None
        assert repeated.standalone_question == found["with"].reply.standalone_question


def test_the_day_of_a_question_counts_and_where_it_has_none_the_given_one(sample: Opened) -> None:
    week = "Which ferries ran aground this week?"
    with sample() as app:
        then = rows(app, asked(Gold("q", week, asked_at=date(2025, 10, 14))))["q"].reply
        later = rows(app, asked(Gold("q", week, asked_at=date(2024, 1, 1))))["q"].reply
        given = rows(app, asked(Gold("q", week)), today=date(2025, 10, 14))["q"].reply
    assert then and later and given
    scores = {hit.passage_id: hit.score for hit in later.hits}
    raised = {hit.article_id for hit in then.hits if hit.score > scores.get(hit.passage_id, hit.score)}
    assert raised  # articles of that week
    assert given == then


def test_the_chat_model_learns_the_day_too(sample: Opened, server: OpenAIServer) -> None:
    server.will(REFUSED)
    with sample(*chatting(server)) as app:
        rows(app, asked(Gold("q", MAYOR, asked_at=date(2025, 11, 4))))
    assert "2025-11-04" in server.asked("user", 0)


def test_only_the_collection_that_a_question_names_is_searched(sample: Opened) -> None:
    with sample() as app:
        found = rows(app, asked(Gold("reports", MAYOR, collection="reports"), Gold("all", MAYOR)))
    assert found["reports"].reply and found["all"].reply
    reports = {"ferry-report", "oyster-ban", "gannet-wind", "strike-deal"}
    assert {hit.article_id for hit in found["reports"].reply.hits} == reports
    assert not {hit.article_id for hit in found["all"].reply.hits} <= reports


class Faulty:
    """The embeddings of another, with a fault for questions that hold a word."""

    def __init__(self, app: App, word: str, error: BaseException, times: int = 1000) -> None:
        self._inner = app.library.embedder.embeddings
        self._word, self._error, self._times = word, error, times
        app.library.embedder = replace(app.library.embedder, embeddings=self)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        if self._word in text and self._times:
            self._times -= 1
            raise self._error
        return self._inner.embed_query(text)


class Panic(BaseException):
    """What a library in Rust raises when it meets a bug of its own."""


@pytest.mark.parametrize("error", [ValueError("no such number"), Panic("no such number")])
def test_a_question_that_meets_a_bug_is_one_failed_row_and_the_others_go_on(
    sample: Opened, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with sample() as app:
        Faulty(app, "mayor", error)
        found = rows(app, asked(MAYOR, CREW))
    assert found[MAYOR].reply is None
    assert found[MAYOR].failed == f"{type(error).__name__}: no such number"
    assert found[CREW].reply is not None
    assert "no such number" in caplog.text


def test_a_library_that_is_away_for_a_moment_loses_no_question(sample: Opened) -> None:
    with sample() as app:
        Faulty(app, "mayor", RetrievalError("the embedding model is busy"), times=2)
        found = rows(app, asked(MAYOR, CREW))
    assert found[MAYOR].failed is None
    assert found[MAYOR].reply is not None


def test_a_library_that_stays_away_for_one_question_is_said_in_its_row(sample: Opened) -> None:
    with sample() as app:
        Faulty(app, "mayor", RetrievalError("the embedding\nmodel is busy"))
        found = rows(app, asked(MAYOR, CREW))
    assert found[MAYOR].failed == "the embedding model is busy"
    assert found[CREW].failed is None


def test_too_many_requests_lose_no_question(sample: Opened, server: OpenAIServer) -> None:
    tries = 10  # that the server refuses of a busy question: one more than the client makes before it gives up
    refused: Counter[str] = Counter()

    def answer(request: dict[str, Any]) -> Reply | Fault:
        question = said_to(request).rpartition("question ")[2][0]
        refused[question] += 1
        return Fault(429) if question in "024" and refused[question] <= tries else Reply(SOLHEIM)

    server.answer = answer
    questions = [f"Who was elected mayor of Saltmere, question {number}?" for number in range(6)]
    with sample(*chatting(server)) as app:
        found = rows(app, asked(*questions), concurrency=3)
    assert set(found) == set(questions)
    assert {row.reply.model for row in found.values() if row.reply} == {"openai:ours"}
    assert not any(row.reply and row.reply.chat_failure for row in found.values())
    assert refused == {"0": 11, "1": 1, "2": 11, "3": 1, "4": 11, "5": 1}


def test_a_model_that_always_fails_is_not_asked_on_and_on(sample: Opened, server: OpenAIServer) -> None:
    server.will(Fault(401))
    found: list[Row] = []
    questions = asked(*(f"Who was elected mayor of Saltmere, question {number}?" for number in range(30)))
    with sample(*chatting(server)) as app, pytest.raises(BotError) as problem:
        Runner(app, lexical, concurrency=2, pause=0.0).run(questions, found.append)
    assert "5 questions in a row" in str(problem.value)
    assert "401: the key was refused" in str(problem.value)
    assert found == []
    assert len(server.requests) <= 10


def test_a_model_that_fails_every_one_of_a_few_questions_ends_the_run_too(sample: Opened, server: OpenAIServer) -> None:
    server.will(Fault(401))
    found: list[Row] = []
    with sample(*chatting(server)) as app, pytest.raises(BotError, match="401: the key was refused"):
        Runner(app, lexical, pause=0.0).run(asked(MAYOR, CREW), found.append)
    assert found == []


def test_questions_that_a_model_never_answers_do_not_keep_a_run_from_its_end(
    sample: Opened, server: OpenAIServer
) -> None:
    def answer(request: dict[str, Any]) -> Reply | Fault:
        return Reply("", finish="content_filter") if "accident" in said_to(request) else REFUSED

    server.answer = answer
    bad = [f"What did the accident of the Alder Tern cause, in view {number}?" for number in range(7)]
    good = [f"Who was elected mayor of Saltmere, question {number}?" for number in range(7)]
    mixed = [question for pair in zip(bad, good, strict=True) for question in pair]
    with sample(*chatting(server, "chat.context_characters=1000", "search.hits=10", "answer.threshold=0")) as app:
        found = rows(app, asked(*mixed))
    assert set(found) == set(mixed)
    failed = {id_ for id_, row in found.items() if row.reply and row.reply.chat_failure}
    assert failed == set(bad)


def test_a_judge_that_fails_for_a_moment_judges_in_the_end(sample: Opened, server: OpenAIServer) -> None:
    server.will(*[Fault(500)] * 9, Reply("yes"))
    with sample(f"chat.base_url={server.base_url}") as app:
        judge = chat_judge(app.chat_composer("openai:judge"))
        row = rows(app, asked(MAYOR), judge=judge)[MAYOR]
    assert row.unjudged is None
    assert row.judged is not None
    assert all(row.judged.supported)


def test_a_judge_that_always_fails_leaves_answers_without_a_verdict(sample: Opened, server: OpenAIServer) -> None:
    server.will(Reply("maybe"))
    with sample(f"chat.base_url={server.base_url}") as app:
        judge = chat_judge(app.chat_composer("openai:judge"))
        found = rows(app, asked(MAYOR, "Who is the president of France?"), judge=judge)
    assert found[MAYOR].judged is None
    assert found[MAYOR].reply is not None
    assert found[MAYOR].unjudged == "the judge gave no verdict: it said neither yes nor no"
    assert found["Who is the president of France?"].unjudged is None


def test_what_a_refused_question_would_have_got_is_kept_but_costs_no_tokens(
    sample: Opened, server: OpenAIServer
) -> None:
    server.will(Reply(SOLHEIM, usage=(100, 10)))
    golds = [Gold("stated", MAYOR, answerable=True), Gold("unknown", MAYOR)]
    with sample(*chatting(server, "answer.threshold=1")) as app:
        found = rows(app, asked(*golds))
        without = rows(app, asked(golds[0]), curve=False)
    stated = found["stated"]
    assert stated.reply and stated.would_be
    assert (stated.reply.kind, stated.would_be.kind) == ("refusal", "answer")
    assert stated.would_be.confidence == stated.reply.confidence
    assert (stated.reply.input_tokens, stated.would_be.input_tokens) == (0, 100)
    assert found["unknown"].would_be is None
    assert without["stated"].would_be is None


def test_a_question_that_was_answered_is_not_asked_a_second_time(sample: Opened, server: OpenAIServer) -> None:
    server.will(Reply(SOLHEIM))
    with sample(*chatting(server)) as app:
        row = rows(app, asked(Gold("q", MAYOR, answerable=True)))["q"]
    assert row.would_be is None
    assert len(server.requests) == 1


def test_no_more_questions_than_wanted_are_with_the_model_at_a_time(sample: Opened, server: OpenAIServer) -> None:
    now = most = 0
    lock, three = threading.Lock(), threading.Event()

    def answer(request: dict[str, Any]) -> Reply | Fault:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                three.set()
        three.wait(20)
        time.sleep(0.2)  # in which a fourth would come
        with lock:
            now -= 1
        return REFUSED

    server.answer = answer
    questions = [f"Who was elected mayor of Saltmere, question {number}?" for number in range(9)]
    with sample(*chatting(server)) as app:
        rows(app, asked(*questions), concurrency=3)
    assert most == 3


def test_a_run_stops_at_once_whatever_the_server_does(sample: Opened, server: OpenAIServer) -> None:
    slow = threading.Event()

    def answer(request: dict[str, Any]) -> Reply | Fault:
        if "mayor" in said_to(request).rpartition("Question:")[2]:
            return REFUSED
        slow.wait(20)
        return REFUSED

    def stop(row: Row) -> None:
        raise KeyboardInterrupt

    server.answer = answer
    questions = asked(CREW, OYSTERS, MAYOR, "How long is the detour while the Orrin Bridge is closed?")
    with sample(*chatting(server)) as app:
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            Runner(app, lexical, concurrency=3).run(questions, stop)
        waited = time.monotonic() - began
        slow.set()
    assert waited < 10
