"""The short answer as it is shown: marked as what carries it, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers import Quote, Reference, Statement
from tests.sample_answer import ANSWER, CITATION

AGREED = replace(
    ANSWER,
    disagreements=(),
    short_answer="the bridge",
    citations=(CITATION, replace(CITATION, number=2), replace(CITATION, number=3)),
    statements=(
        Statement("It met on Monday.", (Reference(2, 0),), "supported"),
        Statement("It approved the bridge.", (Reference(1, 0), Reference(3, 0), Reference(1, 0)), "supported"),
    ),
)


def test_the_lead_is_the_short_answer_with_the_numbers_of_the_sentence_that_holds_it() -> None:
    quoting_other_words = replace(CITATION, number=2, quotes=(Quote("The council met on Monday.", 0, 26),))
    answer = replace(AGREED, citations=(CITATION, quoting_other_words, replace(CITATION, number=3)))
    assert answer.lead == "the bridge [1][3]"
    assert replace(answer, short_answer="Monday").lead == "Monday [2]"
    assert replace(answer, short_answer=" the\n bridge ").lead == "the bridge [1][3]"


def test_where_sources_disagree_the_lead_says_so() -> None:
    assert replace(AGREED, disagreements=ANSWER.disagreements).lead == "the bridge [2], but sources disagree"


def test_a_day_is_shown_with_the_date_that_was_written_behind_it() -> None:
    dated = Statement("It met on Monday [4 May 2026] in May.", (Reference(1, 0),), "quoted")
    quoting = replace(CITATION, quotes=(Quote("It met on Monday\nin May.", 0, 24),))
    answer = replace(AGREED, statements=(dated,), citations=(quoting,), short_answer="Monday in May")
    assert answer.lead == "Monday [4 May 2026] in May [1]"
    assert replace(answer, short_answer="monday").lead == "Monday [4 May 2026] [1]"
    assert replace(answer, short_answer="2026").lead is None  # no article says so


@pytest.mark.parametrize(("short", "number"), [("5", 2), ("Ren", None), ("東京", 3)])
def test_a_word_or_number_is_not_carried_by_a_longer_one(short: str, number: int | None) -> None:
    texts = ("Of 5,000 tickets at 2.5 crowns René sold most.", "She sold 5 herself.", "東京で地震があった。")
    statements = tuple(Statement(text, (Reference(n, 0),), "supported") for n, text in enumerate(texts, start=1))
    lead = replace(AGREED, statements=statements, short_answer=short).lead
    assert lead == (f"{short} [{number}]" if number else None)


@pytest.mark.parametrize(
    "other",
    [
        {"short_answer": None},
        {"short_answer": " "},
        {"short_answer": "the tunnel"},
        {"short_answer": "bridge and more " * 20},
        {"short_answer": "bri"},
        {"short_answer": "It met on Monday. It approved the bridge"},
        {"kind": "refusal"},
        {"kind": "question"},
        {"statements": (Statement("It approved the bridge.", (), "unsupported"),)},
        {"statements": ()},
    ],
    ids=str,
)
def test_nothing_leads_that_nothing_carries_or_that_says_it_all_twice(other: dict[str, object]) -> None:
    assert replace(AGREED, **other).lead is None  # type: ignore[arg-type]


def test_part_of_a_number_is_not_that_number() -> None:
    fifteen = Statement("They found 15 boats.", (Reference(1, 0),), "quoted")
    five = Statement("Of them 5 were red.", (Reference(2, 0),), "quoted")
    quotes = ((Quote("They found 15 boats.", 0, 20),), (Quote("Of them 5 were red.", 21, 40),))
    cited = tuple(replace(CITATION, number=n, quotes=words) for n, words in enumerate(quotes, 1))
    assert replace(AGREED, statements=(fifteen, five), citations=cited, short_answer="5").lead == "5 [2]"


def test_words_of_a_script_without_spaces_are_found() -> None:
    words = Statement("市長は伊田さんです。", (Reference(1, 0),), "quoted")
    assert replace(AGREED, statements=(words,), short_answer="伊田").lead == "伊田 [1]"
