import threading

from bot.composing import Turn
from bot.conversations import Conversations

BRIDGE = Turn("Who opened the Sorne bridge?", "It was opened by the mayor. [1]", ("bridge",))


def test_conversation_keeps_its_last_turns() -> None:
    kept = Conversations(turns=2)
    for number in range(3):
        kept.append("thread", Turn(f"Question {number}?", "Answer."))
    assert [turn.question for turn in kept.turns("thread")] == ["Question 1?", "Question 2?"]
    assert kept.turns("another") == ()


def test_conversation_idle_the_longest_makes_room() -> None:
    kept = Conversations(conversations=2)
    for key in ("a", "b", "a", "c"):
        kept.append(key, BRIDGE)
    assert kept.turns("b") == ()
    assert len(kept.turns("a")) == 2


def test_reset_forgets() -> None:
    kept = Conversations()
    kept.append("thread", BRIDGE)
    kept.reset("thread")
    kept.reset("never seen")
    assert kept.turns("thread") == ()


def test_no_turns_are_kept_where_none_are_wanted() -> None:
    kept = Conversations(turns=0)
    kept.append("thread", BRIDGE)
    assert kept.turns("thread") == ()


def test_threads_lose_no_turns() -> None:
    kept = Conversations(turns=1000)

    def talk() -> None:
        for _ in range(100):
            kept.append("thread", BRIDGE)

    threads = [threading.Thread(target=talk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.turns("thread")) == 800
