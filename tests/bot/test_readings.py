import time

import pytest

from bot.readings import chosen, is_consent, offered

BACK = "Do you mean “Islands ferry runs aground, three hurt” or “Sorne bridge to close, or not”?"
READINGS = ("Islands ferry runs aground, three hurt", "Sorne bridge to close, or not")


@pytest.mark.parametrize(
    ("answer", "readings"),
    [
        (BACK, READINGS),
        ('Which one? "The ferry", "the bridge"', ("The ferry", "the bridge")),
        ("Do you mean:\n- the ferry\n- the bridge", ("the ferry", "the bridge")),
        ("Do you mean the ferry, the bridge or the dam?", ("the ferry", "the bridge", "the dam")),
        ("Do you mean the ferry?", ("the ferry",)),
        ("I do not understand.", ()),
    ],
)
def test_readings_of_a_question_back_are_found(answer: str, readings: tuple[str, ...]) -> None:
    assert offered(answer, asked_back=True) == readings


def test_an_answer_offers_what_its_last_question_names() -> None:
    answer = "The ferry stops in July. [1] Would you like to know more about the bridge over the Sorne?"
    assert offered(answer, asked_back=False) == ("the bridge over the Sorne",)
    assert offered("The ferry stops in July. [1]", asked_back=False) == ()
    assert offered("“Do you want the ferry?” the mayor asked. [1]", asked_back=False) == ()


@pytest.mark.parametrize(
    ("reply", "reading"),
    [
        ("The second", 1),
        ("the second one, please", 1),
        ("2", 1),
        ("number 1", 0),
        ("the last", 1),
        ("the former", 0),
        ("the ferry one", 0),
        ("I mean the bridge", 1),
        ("sorne bridge", 1),
        ("the third", None),
        ("When does the ferry stop?", None),
        ("Who is the mayor?", None),
        ("yes", None),
        ("7", None),
    ],
)
def test_a_reply_chooses_by_number_or_by_words_of_one_reading(reply: str, reading: int | None) -> None:
    assert chosen(reply, READINGS) == (None if reading is None else READINGS[reading])


def test_words_of_two_readings_choose_none() -> None:
    assert chosen("the ferry", ["the ferry of Merrow", "the ferry of Sorne"]) is None


@pytest.mark.parametrize("reply", ["Yes", "yes, please!", "Sure.", "Please do", "go ahead", "ok do it", "Yes I do"])
def test_consent_says_yes_and_nothing_else(reply: str) -> None:
    assert is_consent(reply)


@pytest.mark.parametrize("reply", ["no", "yes, but when?", "Why?", "", "yesterday", "please name the mayor"])
def test_what_says_more_or_less_than_yes_is_no_consent(reply: str) -> None:
    assert not is_consent(reply)


def test_a_long_answer_is_read_in_no_time() -> None:
    started = time.perf_counter()
    assert offered("Do you want " * 20_000, asked_back=False) == ()
    assert offered(". want me to know more about " * 4_000, asked_back=False) == ()
    assert offered("do you mean " * 8_000, asked_back=True) == ()
    assert offered("Do you mean " + "a, " * 50_000, asked_back=True) == ()
    assert not is_consent("yes, " * 20_000 + "no")
    assert time.perf_counter() - started < 2
