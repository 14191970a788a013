from collections.abc import Sequence

import pytest

from bot.composing import Turn
from bot.followups import Followup, standalone, understand

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


BACK = "Do you mean “Islands ferry runs aground” or “Sorne bridge to close”?"


@pytest.mark.parametrize(
    ("before", "question", "completed"),
    [
        ("How many did the ferry carry in 2018?", "And in 2019?", "How many did the ferry carry in 2019?"),
        ("How many did the ferry carry in 2018?", "2019?", "How many did the ferry carry in 2019?"),
        ("How many did the ferry carry?", "And in May 2019?", "How many did the ferry carry in May 2019?"),
        ("What did the council decide last week?", "what about this week?", "What did the council decide this week?"),
        ("What did the council decide on Monday?", "And on Tuesday?", "What did the council decide on Tuesday?"),
        ("Who is the mayor of Sorne?", "What about Saltmere?", "Who is the mayor of Saltmere?"),
    ],
)  # fmt: skip
def test_another_time_or_name_takes_the_place_of_the_old_one(before: str, question: str, completed: str) -> None:
    assert standalone(question, [Turn(before, "It was so. [1]")]) == completed


@pytest.mark.parametrize(
    "question",
    [
        "There is a museum of tides in Merrow?",
        "Is there a night ferry?",
        "Does the council say that the dam is safe?",
        "By the way, when is its birthday?",
        "How many ferries sail this weekend?",
    ],
)
def test_small_words_that_point_nowhere_drag_nothing_along(question: str) -> None:
    assert standalone(question, [LEADER, BRIDGE]) == question


@pytest.mark.parametrize(
    ("reply", "understood"),
    [
        ("the second", "When did it happen (Sorne bridge to close)?"),
        ("The ferry one", "When did it happen (Islands ferry runs aground)?"),
        ("yes", "When did it happen (Islands ferry runs aground)?"),
        ("Who is the mayor of Saltmere?", "Who is the mayor of Saltmere?"),
    ],
)
def test_a_reply_to_a_question_back_is_that_question_with_the_reading(reply: str, understood: str) -> None:
    assert standalone(reply, [BRIDGE, Turn("When did it happen?", BACK, (), "question")]) == understood


def test_consent_asks_what_the_bot_offered_and_nothing_where_it_offered_nothing() -> None:
    offer = Turn("When does the ferry stop?", "In July. [1] Do you want to know more about the Sorne bridge?")
    assert standalone("Yes, please", [offer]) == "the Sorne bridge?"
    assert standalone("No, thanks", [offer]) == "No, thanks"
    assert standalone("Yes", [BRIDGE]) == "Yes"


def near(question: str, texts: Sequence[str]) -> list[float]:
    return [0.5 if "bridge" in f"{question} {text}" else 0.0 for text in texts]


def far(question: str, texts: Sequence[str]) -> list[float]:
    return [0.02 for _ in texts]


def test_a_follow_up_is_worded_with_the_question_and_the_answer_before_it() -> None:
    followup = understand("And when was that decided?", [BRIDGE], near)
    assert followup.standalone == "And when was that decided (opened the Sorne bridge)?"
    assert [(wording.text, wording.weight) for wording in followup.alternatives] == [
        ("And when was that decided?", 1.0),
        ("Who opened the Sorne bridge? And when was that decided?", 0.5),
        ("It was opened by the mayor. And when was that decided?", 0.5),
    ]
    assert followup.cited == ("bridge",)


def test_a_new_topic_takes_nothing_along() -> None:
    question = "Which tests do they run on the oysters of the bay?"
    assert understand(question, [LEADER, BRIDGE], far) == Followup(question)


def test_what_hardly_says_anything_itself_is_no_new_topic() -> None:
    assert "Sorne bridge" in understand("Why?", [BRIDGE], far).standalone


def test_a_refusal_adds_no_words_of_its_own() -> None:
    refused = Turn("Who opened the Sorne bridge?", "The articles do not say who opened it.", (), "refusal")
    wordings = understand("When was the bridge opened?", [refused], near).alternatives
    assert not any("articles do not say" in wording.text for wording in wordings)


def test_a_question_without_history_is_the_question_alone() -> None:
    assert understand(" And when  was that? ", []) == Followup("And when was that?")


def test_a_chat_models_own_wording_is_taken() -> None:
    followup = understand("And when was that?", [BRIDGE], near, "When was the Sorne bridge opened?")
    assert followup.standalone == "When was the Sorne bridge opened?"
    assert followup.alternatives[0].text == "And when was that?"


@pytest.mark.parametrize(
    ("first", "topic"),
    [
        ("Who’s the new mayor of Saltmere?", "the new mayor of Saltmere"),
        ("Why can't residents buy a season ticket?", "residents buy a season ticket"),
    ],
)
def test_a_contraction_leaves_nothing_behind(first: str, topic: str) -> None:
    assert standalone("And when was that decided?", [Turn(first, "")]) == f"And when was that decided ({topic})?"
