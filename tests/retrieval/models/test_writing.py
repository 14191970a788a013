"""Questions that a language model writes about news."""

from __future__ import annotations

import random

import pytest

from retrieval.models.reader.cloze import Pool
from retrieval.models.reader.writing import PROMPT, about, answered, examples, readings, sensible
from retrieval.reading import Reader
from retrieval.wording import fold

REPORT = (
    "Merrow Line has replaced the master of its largest ferry. The Alder Tern ran aground off Saltmere on Tuesday with "
    "68 passengers on board. Henk Marais, who had commanded her for nine years, told Harbour Radio of a failure."
)
OTHERS = (
    "Captain Henk Marais of the Alder Tern will command no ferry again, Merrow Line says of its grounding at Saltmere.",
    "The grounding of the Alder Tern off Saltmere was the third of a ferry in this year, the harbour office has said.",
    "Henk Marais is also the name of a baker in Tolland, who has nothing to do with any of this and bakes good bread.",
    "The ferries of Merrow Line ran late on Monday, as so often in this year, and passengers had to wait in the rain.",
)


class Scripted:
    """A model that writes what it was told to, and remembers what it was shown."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.shown: list[str] = []

    def line(self, text: str) -> str:
        self.shown.append(text)
        return self._lines.pop(0) if self._lines else ""


def pool() -> Pool:
    return Pool({text: f"Story {number}" for number, text in enumerate((REPORT, *OTHERS))})


def test_a_question_is_read_with_its_own_passage_others_that_tell_and_others_that_do_not() -> None:
    asked = "Who was the captain of the Alder Tern when it ran aground off Saltmere?"
    read = readings(pool(), 0, "Henk Marais", asked)
    held = [reading["text"] for reading in read if reading["spans"]]
    assert held == [REPORT, OTHERS[0]]  # the baker has the name, but nothing else of the question
    assert OTHERS[2] not in [reading["text"] for reading in read]
    assert {reading["text"] for reading in read if not reading["spans"]} <= {OTHERS[1], OTHERS[3]}
    assert all(r["text"][start:end] == "Henk Marais" for r in read for start, end in r["spans"])


def test_the_model_sees_the_passage_and_one_answer_after_the_other() -> None:
    writer = Scripted(*(f"What about the grounding of the ferry off the harbour, part {n}?" for n in range(99)))
    made = list(examples(Pool({REPORT: "Ferry news"}), writer, random.Random(1)))
    assert 2 <= len(made) == len(writer.shown)
    first, second = writer.shown[:2]
    assert first.startswith(PROMPT.read_text("utf-8"))
    assert "Passage: Ferry news. Merrow Line has replaced" in first
    assert second.startswith(first)  # so that the model need not read it again
    assert "part 0?\nAnswer: " in second
    assert [example["question"] for example in made] == [
        f"What about the grounding of the ferry off the harbour, part {n}?" for n in range(len(made))
    ]


def test_what_the_model_makes_badly_is_left_out() -> None:
    good = "Who commanded the Alder Tern for nine years?"
    assert sensible(good, "Henk Marais")
    for line, answer in (
        (good, "Alder Tern"),
        ("Who?", "Henk Marais"),
        ("Henk Marais commanded the Alder Tern for nine years.", "Henk Marais"),
        ("Who is named in the passage about the Alder Tern and its grounding?", "Henk Marais"),
        (good[:-1] + " and " * 60 + "?", "Henk Marais"),
    ):
        assert not sensible(line, answer), line
    assert list(examples(pool(), Scripted(), random.Random(1))) == []


def test_a_question_that_asks_for_something_else_is_left_out() -> None:
    reader = Reader(threads=1)
    asked = {
        "How many passengers were on board when the Alder Tern ran aground off Saltmere?": {
            "68": True,
            "Tuesday": False,
        },
        "Who had commanded the Alder Tern for nine years?": {"Henk Marais": True, "Saltmere": False},
    }
    for question, wanted in asked.items():
        for answer, kept in wanted.items():
            example = {"question": question, "readings": readings(pool(), 0, answer, question)}
            assert answered(reader, example) is kept, (question, answer)


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_that_is_asked_for_stands_in_what_the_model_sees(seed: int) -> None:
    long = "Nothing is said here about it. " * 20 + REPORT + " Nothing is said here either." * 20 + " " + OTHERS[0]
    part, asked_for = about("Ferry news", long, random.Random(seed))
    assert asked_for
    assert part.startswith("Ferry news. ")
    assert all(answer in part for answer in asked_for)
    assert not any(fold(a) in fold(b) for a in asked_for for b in asked_for if a != b)
    assert len(part) < 800


def test_a_passage_without_names_and_numbers_is_asked_nothing() -> None:
    rain = "It rained and rained, and nobody knew for how much longer it would rain like this."
    assert about("Weather", rain, random.Random(1)) == ("", [])
