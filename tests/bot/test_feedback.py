from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import feedback
from bot.answers import Answer, Citation, Quote, Reference, Statement
from bot.feedback import Feedback
from bot.records import answer_record
from retrieval.articles import Article, Hit, Passage
from retrieval.tables import now, open_engine, sqlite_url

TEXT = "The council met on Monday. It approved the bridge."
ARTICLE = Article(id="a1", title="Bridge approved", text=TEXT, published=date(2026, 5, 3))
PASSAGE = Passage("a1@2#0", "a1", 2, 0, len(TEXT), TEXT)
VERSIONS = {"model": "none", "answer": "3"}


def answer(name: str = "x", text: str = "It approved the bridge. [1]") -> Answer:
    return Answer(
        id=name,
        kind="answer",
        question="and the bridge?",
        standalone_question="What about the bridge?",
        text=text,
        statements=(Statement("It approved the bridge.", (Reference(1, 0),), "quoted"),),
        citations=(Citation(1, ARTICLE, PASSAGE, (Quote(TEXT[27:50], 27, 50),), "https://example.org/bridge"),),
        confidence=0.8,
        hits=(Hit(ARTICLE, PASSAGE, 0.25, (27, 50)),),
        timings={"search": 0.0123456789},
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    is_sqlite = request.param == "sqlite"
    opened = open_engine(sqlite_url(tmp_path) if is_sqlite else str(request.getfixturevalue("empty_database")))
    yield opened
    opened.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """``clock["now"]`` is what feedback takes for the present."""
    time = {"now": now()}
    monkeypatch.setattr(feedback, "now", lambda: time["now"])
    return time


def keep(kept: Feedback, one: Answer) -> None:
    kept.keep(
        one, VERSIONS, asker="U1", collections=("default",), conversation="slack:T1:C1:1.0", question=f"of {one.id}"
    )


def said(kept: Feedback) -> dict[str, list[tuple[str, str, str | None, str | None]]]:
    """What every judged answer was said to be: user, verdict, kind, reason."""
    return {
        judged.record["id"]: [(one.user, one.verdict, one.kind, one.reason) for one in judged.verdicts]
        for judged in kept.judged()
    }


def test_an_answer_is_kept_with_its_hits_and_what_made_it(engine: sa.Engine, clock: dict[str, datetime]) -> None:
    kept = Feedback(engine, 30)
    keep(kept, answer())
    record = Feedback(engine, 30).record("x")
    assert record == answer_record(answer())
    assert record["hits"][0]["passage_id"] == "a1@2#0", "which names the version of the article"
    assert kept.record("unknown") is None
    assert kept.judge("x", "U1", "right")
    (judged,) = kept.judged()
    assert judged.record == record
    assert (judged.versions, judged.collections) == (VERSIONS, ("default",))
    assert (judged.surface, judged.asker, judged.given) == ("slack", "U1", clock["now"])


def test_everybody_has_one_verdict_and_may_change_it(engine: sa.Engine, clock: dict[str, datetime]) -> None:
    kept = Feedback(engine, 30)
    keep(kept, answer("x"))
    clock["now"] += timedelta(seconds=1)
    keep(kept, answer("y"))
    keep(kept, answer("unjudged"))
    kept.judge("y", "U1", "right")
    kept.judge("x", "U1", "right")
    clock["now"] += timedelta(seconds=1)
    kept.judge("x", "U2", "wrong")
    kept.judge("x", "U1", "right")
    assert said(kept) == {
        "x": [("U1", "right", None, None), ("U2", "wrong", None, None)],
        "y": [("U1", "right", None, None)],
    }
    assert list(said(kept)) == ["x", "y"], "in the order in which they were given"
    kept.withdraw("x", "U2", "wrong")
    kept.withdraw("x", "U1", "wrong")
    kept.withdraw("y", "U1", "right")
    kept.withdraw("y", "nobody", "right")
    assert said(kept) == {"x": [("U1", "right", None, None)]}


def test_a_reason_joins_its_verdict_and_goes_with_it(engine: sa.Engine) -> None:
    kept = Feedback(engine, 30)
    keep(kept, answer())
    kept.judge("x", "U1", "wrong")
    kept.judge("x", "U1", "wrong", kind="outdated", reason="It was \0 another bridge.")
    assert said(kept)["x"] == [("U1", "wrong", "outdated", "It was \ufffd another bridge.")]
    kept.judge("x", "U1", "wrong")
    kept.judge("x", "U1", "wrong", reason="It was the ferry.")
    assert said(kept)["x"] == [("U1", "wrong", "outdated", "It was the ferry.")]
    kept.judge("x", "U1", "right")
    assert said(kept)["x"] == [("U1", "right", None, None)], "the reason was why it was wrong"


def test_an_answer_that_is_not_kept_cannot_be_judged(engine: sa.Engine) -> None:
    kept = Feedback(engine, 30)
    assert not kept.judge("forged", "U1", "right")
    keep(kept, answer())
    kept.judge("x", "U1", "right")
    assert kept.question_of("x") == "of x" and kept.question_of("none") is None
    kept.forget("of x")
    assert kept.record("x") is None
    assert said(kept) == {}
    assert not kept.judge("x", "U1", "right")


def test_only_what_was_judged_stays_longer_than_its_days(engine: sa.Engine, clock: dict[str, datetime]) -> None:
    kept = Feedback(engine, 30)
    for name in ("judged", "old"):
        keep(kept, answer(name))
    kept.judge("judged", "U1", "wrong")
    clock["now"] += timedelta(days=31)
    keep(kept, answer("new"))
    assert [name for name in ("judged", "old", "new") if kept.record(name)] == ["judged", "new"]
    clock["now"] += timedelta(days=31)
    assert Feedback(engine, 1e9).sweep() == 0
    assert kept.sweep() == 1
    assert kept.record("judged")


def test_any_text_can_be_kept(engine: sa.Engine) -> None:
    kept = Feedback(engine, 30)
    keep(kept, answer(text="half a pair \ud83d and a \0 [1]"))
    record = kept.record("x")
    assert record
    assert record["answer"] == "half a pair ? and a \ufffd [1]"


def test_many_people_judge_at_once(engine: sa.Engine) -> None:
    keep(Feedback(engine, 30), answer())

    def judge(user: str) -> None:
        for verdict in ("right", "wrong", "right") * 3:
            assert Feedback(engine, 30).judge("x", user, verdict)

    threads = [threading.Thread(target=judge, args=(f"U{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said(Feedback(engine, 30))["x"]) == [(f"U{number}", "right", None, None) for number in range(8)]


def test_what_is_to_be_forgotten_goes_with_what_was_said_of_it(engine: sa.Engine, clock: dict[str, datetime]) -> None:
    kept = Feedback(engine, 30)
    places = {"a": "slack:T1:C1:1.0", "b": "slack:T1:C1:2.0", "c": "slack"}

    def keep_all() -> None:
        for name, place in places.items():
            kept.keep(replace(answer(), id=name), VERSIONS, asker="U1", collections=(), conversation=place, question="")
            kept.judge(name, "U1", "wrong", reason="because")

    keep_all()
    kept.forget_conversations(["slack:T1:C1:1.0", "slack:unknown"])
    assert set(said(kept)) == {"b", "c"} and kept.record("a") is None
    keep_all()
    assert said(kept)["a"] == [("U1", "wrong", None, "because")]
    clock["now"] += timedelta(days=3)
    kept.forget_older(4)
    assert set(said(kept)) == {"a", "b", "c"}
    kept.forget_older(2)
    assert said(kept) == {}
    keep_all()
    kept.forget_all()
    assert [kept.record(name) for name in places] == [None, None, None]
