"""What the reader is given to learn from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.models.reader.groups import occurrences
from retrieval.models.reader.mining import Asked, supported
from tests.retrieval.models.questions import FOUND, MARKED


@pytest.fixture(scope="module")
def examples(mined: Path) -> list[dict[str, Any]]:
    with gzip.open(mined, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_question_has_passages_with_and_without_its_answer(examples: list[dict[str, Any]]) -> None:
    asked = {question for _, question, _ in MARKED} | {question for question, *_ in FOUND}
    assert {example["question"] for example in examples} == asked
    for example in examples:
        held = [bool(reading["spans"]) for reading in example["readings"]]
        assert any(held) and not all(held), example["question"]


def test_spans_hold_the_answer_to_the_character(examples: list[dict[str, Any]]) -> None:
    answers = {question: {answer} for _, question, answer in MARKED}
    answers |= {question: set(texts) for question, texts, *_ in FOUND}
    for example in examples:
        for reading in example["readings"]:
            for start, end in reading["spans"]:
                assert reading["text"][start:end] in answers[example["question"]]


def test_a_passage_without_a_span_does_not_hold_the_answer(examples: list[dict[str, Any]]) -> None:
    answers = {question: (answer,) for _, question, answer in MARKED} | {
        question: texts for question, texts, *_ in FOUND
    }
    for example in examples:
        for reading in example["readings"]:
            if not reading["spans"]:
                assert not occurrences(answers[example["question"]], reading["text"])


def test_no_passage_is_given_twice(examples: list[dict[str, Any]]) -> None:
    for example in examples:
        texts = [reading["text"] for reading in example["readings"]]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("answers", "text", "found"),
    [
        (("Oslo",), "In oslo, OSLO and Oslofjord.", ["oslo", "OSLO"]),
        (("New York",), "New\nYork is not Newyork.", ["New\nYork"]),
        (("$4.5bn (net)",), "It cost $4.5bn (net) at least.", ["$4.5bn (net)"]),
        (("Voss", "Helene Voss"), "Helene Voss spoke.", ["Helene Voss", "Voss"]),
        (("Voss",), "Vossler spoke.", []),
        (("12",), "Of 12,000 at 3.12 a piece, 12 left; 12.", ["12", "12"]),
    ],
)
def test_an_answer_occurs_as_whole_words(answers: tuple[str, ...], text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in occurrences(answers, text)] == found


def test_an_answer_far_from_the_words_of_the_question_counts_as_an_accident() -> None:
    near = "The oyster ban at Sutter Bay was lifted on Friday."
    text = near + " The weather stays dry." * 30 + " Friday will be windy."
    asked = Asked("quiz", "When was the oyster ban at Sutter Bay lifted?", ("Friday",), ())
    spans = occurrences(asked.answers, text)
    assert len(spans) == 2
    assert supported(spans, asked.question, text) == [(near.index("Friday"), near.index("Friday") + 6)]
