import pytest

from bot.composing import Turn
from bot.followups import standalone

LEADER = Turn(
    "Who leads the Sorne Port Authority?",
    "Ida Voss, who took office in May, leads the Sorne Port Authority. [1]",
    ("voss",),
)
BRIDGE = Turn("Who opened the Sorne bridge?", "It was opened by the mayor. [1]", ("bridge",))


def test_follow_up_that_says_nothing_itself_gets_the_topic_before_it() -> None:
    assert standalone("And when was that?", [BRIDGE]) == "And when was that (opened the Sorne bridge)?"
    assert standalone("Why?", [BRIDGE]) == "Why (opened the Sorne bridge)?"


def test_person_is_named_from_the_answer() -> None:
    completed = standalone("When did she take office?", [LEADER])
    assert completed == "When did she take office (leads the Sorne Port Authority; Ida Voss)?"


def test_what_about_keeps_the_question_and_changes_the_name() -> None:
    before = Turn("What did Ida Voss say about the ferry?", "Ida Voss said that it stops in July. [1]")
    assert standalone("What about Jon Marek?", [before]) == "What did Jon Marek say about the ferry?"
    both = Turn("What did Ida Voss say about the Alder Tern?", "Ida Voss said that it stops in July. [1]")
    completed = standalone("What about Jon Marek?", [both])
    assert completed.startswith("What about Jon Marek (")
    assert "say about" in completed
    assert "Voss" not in completed


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Sorne?",
        "What did Ida Voss say about her plans?",
        "How many people work at the Sorne Port Authority?",
        "When does the ferry stop?",
        "What happened in Sorne this week?",
        "Wann wurde die Brücke eröffnet?",
    ],
)
def test_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    assert standalone(question, [LEADER, BRIDGE]) == question


def test_first_question_stays_as_it_is() -> None:
    assert standalone("And when was that?", []) == "And when was that?"


def test_topic_survives_a_second_follow_up() -> None:
    first = standalone("And when was that?", [BRIDGE])
    second = standalone("Why?", [BRIDGE, Turn(first, "It opened on 3 June. [1]")])
    assert second == "Why (opened the Sorne bridge)?"


def test_greeting_in_between_does_not_become_the_topic() -> None:
    assert "Sorne bridge" in standalone("And when was that?", [BRIDGE, Turn("Why?", "The articles do not say.")])


def test_context_stays_short_however_long_the_conversation() -> None:
    question = "Who opened the bridge " + "over the river " * 50 + "?"
    history = [Turn(question, "Ida Voss. [1]")]
    for _ in range(20):
        question = standalone("And why did she do that?", history)
        history.append(Turn(question, "Jon Marek said so. [1]"))
    assert len(question.split()) < 40
