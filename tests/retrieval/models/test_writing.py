"""Questions that a language model writes about news."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from retrieval.articles import AnswerSpan, Reading
from retrieval.models.reader.cloze import Pool
from retrieval.models.reader.groups import occurrences
from retrieval.models.reader.writing import OF_ANSWER, PROMPT, about, examples, readings, sensible, settled
from retrieval.reading import Reader, Text
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
    "The captain, a Marais of the old kind, was not on the Alder Tern when it ran aground off Saltmere, they say.",
)
ASKED = "Who was the captain of the Alder Tern when it ran aground off Saltmere?"
AT = (REPORT.index("Henk Marais"), REPORT.index("Henk Marais") + len("Henk Marais"))


class Scripted:
    """A model that writes what it was told to, and remembers what it was shown."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.shown: list[str] = []

    def line(self, text: str) -> str:
        self.shown.append(text)
        return self._lines.pop(0) if self._lines else ""


class Marking:
    """A reader that marks what it was told to, wherever that stands: with a logit of 0, -1 and so on."""

    def __init__(self, *marked: str, absent: float = -5.0) -> None:
        self._marked, self._absent = marked, absent

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        read = []
        for text in texts:
            at = [occurrences((each,), text.text) for each in self._marked]
            spans = [AnswerSpan(*found[0], -float(n)) for n, found in enumerate(at) if found]
            read.append(Reading(1.0, self._absent, tuple(spans)))
        return read


def pool() -> Pool:
    return Pool({text: f"Story {number}" for number, text in enumerate((REPORT, *OTHERS))})


def anything(_: str) -> bool:
    return True


def test_a_question_is_read_with_its_own_passage_others_that_tell_and_others_that_do_not() -> None:
    read = readings(pool(), 0, AT, ASKED)
    held = [reading["text"] for reading in read if reading["spans"]]
    assert held == [REPORT, OTHERS[0]]  # the baker has the name, but nothing else of the question
    # and the old captain may be the one or not
    assert {reading["text"] for reading in read if not reading["spans"]} == {OTHERS[1], OTHERS[3]}
    assert all(r["text"][start:end] == "Henk Marais" for r in read for start, end in r["spans"])


def test_the_model_sees_the_passage_and_one_answer_after_the_other() -> None:
    lines = [f"What about the grounding of the ferry off the harbour, part {n}?" for n in range(9)]
    writer, reader = Scripted(lines[0], "Nothing.", *lines[1:]), Marking("Henk Marais", "68")
    made = list(examples(Pool({REPORT: "Ferry news"}), writer, reader, [0], random.Random(1)))
    assert len(made) == len(writer.shown) == 3
    first, second, third = writer.shown
    assert first.startswith(PROMPT.read_text("utf-8"))
    assert "Passage: Ferry news. Merrow Line has replaced" in first
    assert second.startswith(f"{first} {lines[0]}\nAnswer: ")  # so that the model need not read it again
    assert third.startswith(f"{first} {lines[0]}\nAnswer: ")  # and does not follow its own bad example
    assert "Nothing." not in third
    assert made[1] is None


def test_what_the_model_makes_badly_is_left_out() -> None:
    good = "Who commanded the Alder Tern for nine years?"
    assert sensible(good, "Henk Marais")
    assert sensible("Which articles of impeachment did the Northwest Passage council pass?", "Henk Marais")
    for line, answer in (
        (good, "Alder Tern"),
        ("Who?", "Henk Marais"),
        ("Henk Marais commanded the Alder Tern for nine years.", "Henk Marais"),
        ("Who is named in the passage about the Alder Tern and its grounding?", "Henk Marais"),
        (good[:-1] + " and " * 60 + "?", "Henk Marais"),
    ):
        assert not sensible(line, answer), line
    writer = Scripted()
    made = list(examples(pool(), writer, Marking("Henk Marais"), range(6), random.Random(1)))
    assert len(made) == len(writer.shown) > 6
    assert set(made) == {None}


@pytest.mark.parametrize(
    ("marked", "absent", "found"),
    [
        (("Henk Marais",), -5.0, "Henk Marais"),
        (("Henk Marais, who had commanded",), -5.0, "Henk Marais"),
        (("Henk Marais",), 3.5, "Henk Marais"),
        (("Henk Marais",), 4.5, None),
        (("68 passengers", "Henk Marais"), -5.0, None),
        (("68 passengers",), -9.0, "68 passengers"),
        (("68 passengers", "Henk Marais"), -9.0, None),
        (("68 passengers on board", "68 passengers"), -9.0, None),
        (("68 passengers on board", "68 passengers", "68", "passengers", "board"), -9.0, "68 passengers on board"),
        ((REPORT[100:190],), -9.0, None),
        ((), -9.0, None),
    ],
    ids=str,
)
def test_the_reader_gives_an_answer_back_or_is_certain_of_another(
    marked: tuple[str, ...], absent: float, found: str | None
) -> None:
    at = settled(Marking(*marked, absent=absent), ASKED, "Henk Marais", "Story", REPORT)
    assert (at and REPORT[slice(*at)]) == found


def test_an_answer_of_the_readers_own_is_none_that_stands_in_the_question_or_was_asked_for_often() -> None:
    asked = "Who was the captain of the Alder Tern when it ran aground?"
    for marked, kept in (("Alder Tern", False), ("nine years", True)):
        reader = Marking(marked, absent=-99.0)
        made = [*examples(Pool({REPORT: "Story"}), Scripted(*[asked] * 3), reader, [0], random.Random(1))]
        assert any(made) is kept
    many = {f"{REPORT} It is story number {n} of its kind.": "Story" for n in range(40)}
    writer = Scripted(*[asked] * 200)
    made = [*examples(Pool(many), writer, Marking("nine years", absent=-99.0), range(40), random.Random(1))]
    assert sum(map(bool, made)) == OF_ANSWER


def test_the_reader_that_ships_knows_what_is_asked_for() -> None:
    reader = Reader(threads=1)
    passengers = "How many passengers were on board when the Alder Tern ran aground?"
    for answer, stands in (("68", True), ("Saltmere", False)):
        at = settled(reader, passengers, answer, "Story", REPORT)
        assert (at in occurrences((answer,), REPORT)) is stands


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_that_is_asked_for_stands_in_what_the_model_sees(seed: int) -> None:
    long = "Nothing is said here about it. " * 20 + REPORT + " Nothing is said here either." * 20 + " " + OTHERS[0]
    part, asked_for = about("Ferry news", long, anything, random.Random(seed))
    assert asked_for
    assert part.startswith("Ferry news. ")
    assert all(occurrences((answer,), part) for answer in asked_for)
    assert not any(set(fold(a).split()) & set(fold(b).split()) for a in asked_for for b in asked_for if a != b)
    assert len(part) < 900
    assert about("Ferry news", long, lambda answer: answer == "68", random.Random(seed))[1] == ["68"]


def test_a_passage_without_names_and_numbers_is_asked_nothing() -> None:
    rain = "It rained and rained, and nobody knew for how much longer it would rain like this."
    assert about("Weather", rain, anything, random.Random(1)) == ("", [])
