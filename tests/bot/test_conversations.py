import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import conversations
from bot.composing import Turn
from bot.conversations import Conversations
from retrieval.tables import now, open_engine, sqlite_url

BRIDGE = Turn("Who opened the Sorne bridge?", "It was opened by the mayor. [1]", ("bridge", "ferry"), "answer")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """``clock["now"]`` is what the conversations take for the present."""
    time = {"now": now()}
    monkeypatch.setattr(conversations, "now", lambda: time["now"])
    return time


def questions(kept: Conversations, key: str) -> list[str]:
    return [turn.question for turn in kept.turns(key)]


def test_a_conversation_goes_on_in_another_process_with_all_that_was_kept(engine: sa.Engine, tmp_path: Path) -> None:
    refusal = Turn("Why?", "The articles do not say.", (), "refusal")
    kept = Conversations(engine)
    kept.append("slack:C1:169", BRIDGE)
    kept.append("slack:C1:169", refusal)
    other = open_engine(sqlite_url(tmp_path))
    assert Conversations(other).turns("slack:C1:169") == (BRIDGE, refusal)
    assert Conversations(other).turns("slack:C1:170") == ()
    other.dispose()


def test_a_conversation_keeps_its_last_turns(engine: sa.Engine) -> None:
    kept = Conversations(engine, turns=2)
    kept.append("other", BRIDGE)
    for number in range(5):
        kept.append("thread", Turn(f"Question {number}?", "Answer."))
    assert questions(kept, "thread") == ["Question 3?", "Question 4?"]
    assert [(one.key, one.turns) for one in kept.all()] == [("other", 1), ("thread", 2)]
    assert questions(Conversations(engine, turns=1), "thread") == ["Question 4?"]


def test_no_turns_are_kept_where_none_are_wanted(engine: sa.Engine) -> None:
    kept = Conversations(engine, turns=0)
    kept.append("thread", BRIDGE)
    assert kept.turns("thread") == ()
    assert kept.all() == []


def test_turns_that_are_too_old_are_not_seen_and_go_with_the_next(
    engine: sa.Engine, clock: dict[str, datetime]
) -> None:
    kept = Conversations(engine, days=30)
    kept.append("old", BRIDGE)
    clock["now"] += timedelta(days=20)
    kept.append("chat:new", BRIDGE)
    clock["now"] += timedelta(days=11)
    assert kept.turns("old") == ()
    assert [(one.surface, one.key, one.last_asked) for one in kept.all()] == [
        ("chat", "chat:new", clock["now"] - timedelta(days=11))
    ]
    kept.append("chat:new", BRIDGE)
    assert Conversations(engine, days=1000).turns("old") == (), "swept from the disk"


def test_what_is_forgotten_is_gone(engine: sa.Engine, clock: dict[str, datetime]) -> None:
    kept = Conversations(engine)
    for key in ("a", "b", "c"):
        kept.append(key, BRIDGE)
        clock["now"] += timedelta(days=2)
    assert kept.forget(["a", "never seen"]) == 1
    assert kept.turns("a") == ()
    assert kept.forget_older(3) == 1
    assert [one.key for one in kept.all()] == ["c"]
    assert kept.forget_older(1e9) == 0
    assert kept.forget_all() == 1
    assert kept.all() == []


def test_an_edited_question_replaces_its_turn_where_it_stands(engine: sa.Engine) -> None:
    kept = Conversations(engine, turns=3)
    for number in (1, 2, 3):
        kept.append("thread", Turn(f"Question {number}?", "Answer."), f"16{number}.5")
    kept.append("other", BRIDGE, "161.5")
    kept.append("thread", Turn("Question 1, edited?", "Another answer.", ("ferry",), "refusal"), "161.5")
    assert kept.turns("thread")[0] == Turn("Question 1, edited?", "Another answer.", ("ferry",), "refusal")
    assert questions(kept, "thread")[1:] == ["Question 2?", "Question 3?"]
    assert questions(kept, "other") == [BRIDGE.question], "names are of one conversation"


def test_an_edited_question_is_asked_after_what_stood_before_it(engine: sa.Engine) -> None:
    kept = Conversations(engine, turns=3)
    for number in (1, 2, 3, 4):
        kept.append("thread", Turn(f"Question {number}?", "Answer."), f"16{number}.5")

    def before(name: str) -> list[str]:
        return [turn.question for turn in kept.turns("thread", before=name)]

    assert before("164.5") == ["Question 2?", "Question 3?"]
    assert before("162.5") == []
    assert before("169.5") == ["Question 2?", "Question 3?", "Question 4?"], "a new question follows them all"


def test_a_withdrawn_turn_is_gone_and_no_other(engine: sa.Engine) -> None:
    kept = Conversations(engine)
    for key, name in (("thread", "161.5"), ("thread", "162.5"), ("thread", None), ("other", "161.5")):
        kept.append(key, Turn(f"{key} {name}", "Answer."), name)
    kept.withdraw("thread", "161.5")
    kept.withdraw("thread", "169.5")
    assert questions(kept, "thread") == ["thread 162.5", "thread None"]
    assert questions(kept, "other") == ["other 161.5"]


def test_any_text_and_any_key_can_be_kept(engine: sa.Engine) -> None:
    kept = Conversations(engine)
    long = "slack:" + "x" * 2000
    kept.append(long + "1", Turn("half a pair \ud83d and a \0", "\ud83d [1]"))
    kept.append(long + "2", BRIDGE)
    assert questions(kept, long + "1") == ["half a pair ? and a \ufffd"]
    assert questions(kept, long + "2") == [BRIDGE.question]


def talk(engine: sa.Engine) -> int:
    """Eight threads with an engine each append 20 turns to one conversation; how many are there in the end."""
    Conversations(engine)
    url = engine.url.render_as_string(hide_password=False)

    def say() -> None:
        own = open_engine(url)
        kept = Conversations(own, turns=1000)
        for _ in range(20):
            kept.append("thread", BRIDGE)
        own.dispose()

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(Conversations(engine, turns=1000).turns("thread"))


def test_many_writers_lose_no_turns(engine: sa.Engine) -> None:
    assert talk(engine) == 160


def test_conversations_live_in_postgresql_as_in_sqlite(empty_database: str) -> None:
    engine = open_engine(empty_database)
    assert talk(engine) == 160
    kept = Conversations(engine, turns=2)
    kept.append("thread", Turn("With a \0 in it?", "Answer.", ("bridge",), "question"))
    assert kept.turns("thread")[1] == Turn("With a \ufffd in it?", "Answer.", ("bridge",), "question")
    assert [(one.key, one.turns) for one in kept.all()] == [("thread", 2)]
    assert kept.forget(["thread"]) == 2
    engine.dispose()
