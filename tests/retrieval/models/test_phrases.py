"""Questions with phrases as answers, made from sentences of news."""

from __future__ import annotations

import gzip
import json
import lzma
import random
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.models.reader.cloze import Pool
from retrieval.models.reader.phrases import askable, examples, made, typed
from tests.retrieval.models.conftest import ROOT

FERRY = (
    "Captain Henk Marais rejected the claim of the owners on Monday, after the ferry had run aground near Sutter Bay. "
    "Four passengers were taken to a hospital in Aldermoor with broken bones. Marais plans to leave the company."
)
OTHERS = tuple(
    f"The captain of the boat to {place} was late on Monday, and was taken to task by those who waited on the quay."
    for place in ("Bramley", "Corvin", "Dunmore", "Eastham", "Farrow", "Garth")
)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "Captain Henk Marais rejected the claim of the owners on Monday, after a long day in court.",
            "What did Captain Henk Marais reject on Monday?",
            "the claim of the owners",
        ),
        ("On Monday, Ida Voss rejected the offer.", "What was rejected by Ida Voss?", "the offer"),
        (
            "Norvane Energy plans to build 40 turbines on the bank, its largest farm.",
            "What does Norvane Energy plan to do?",
            "build 40 turbines on the bank",
        ),
        (
            "Ines Aldow said that the bridge would stay closed, and promised a ferry.",
            "What did Ines Aldow say?",
            "the bridge would stay closed",
        ),
        (
            "Piet Grahn was fired for selling the tender's radios.",
            "What was Piet Grahn fired for?",
            "selling the tender's radios",
        ),
        ("Ines Aldow, a retired teacher, won the vote.", "Who is Ines Aldow?", "a retired teacher"),
        (
            "Four men were arrested in the harbour of Saltmere.",
            "Who was arrested in the harbour of Saltmere?",
            "Four men",
        ),
        (
            "The new bridge has been closed to lorries since March.",
            "What has been closed to lorries?",
            "The new bridge",
        ),
        (
            "“Nobody told us that the buoy had moved,” Marais said on Monday.",
            "What did Marais say?",
            "Nobody told us that the buoy had moved",
        ),
    ],
)
def test_a_sentence_is_turned_into_a_question_for_what_somebody_did_or_is(
    sentence: str, question: str, answer: str
) -> None:
    found = {text: sentence[start:end] for _, (text, start, end) in made(sentence)}
    assert found.get(question) == answer, found


@pytest.mark.parametrize(
    "sentence",
    [
        "Did Henk Marais reject the claim of the owners?",
        "He rejected the claim of the owners.",
        "Ida Voss resigned ten days after the vote.",
        "Ida Voss said on Friday.",
        "Rain.",
        "",
    ],
)
def test_of_some_sentences_nothing_is_made(sentence: str) -> None:
    assert not [text for _, (text, start, end) in made(sentence) if askable(text, sentence[start:end])]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ida Voss said that in March the bridge would stay closed.",
        "Ida Voss said last year was hard.",
        "Ida Voss denied the allegations of the owners.",
    ],
)
def test_what_is_no_plain_statement_is_not_what_somebody_says(sentence: str) -> None:
    assert not [
        one for one in made(sentence) if one[1][0].startswith("What did Ida Voss say") and one[1][1] < one[1][2]
    ]


def test_a_full_stop_within_an_answer_does_not_cut_it() -> None:
    sentence = "Petra Lindqvist joined the U.S. Senate in 2019."
    assert all(not sentence[start:end].endswith("U") for _, (_, start, end) in made(sentence))


def test_names_and_what_the_question_holds_are_not_asked_for() -> None:
    assert askable("What did Henk Marais reject?", "the claim")
    assert not askable("What did Henk Marais reject?", "Norvane Energy")
    assert not askable("What did Henk Marais visit?", "the White House")
    assert not askable("What did the owners claim?", "a claim")
    assert not askable("What?", "the claim")


def test_questions_are_typed_in_several_ways() -> None:
    ways = {typed("What did Ida Voss say about Saltmere?", random.Random(seed)) for seed in range(80)}
    assert "What did Ida Voss say about Saltmere?" in ways
    assert {"What does Ida Voss say?", "what did Ida Voss say?", "What did Ida Voss say"} <= ways


def test_the_passage_answers_and_those_of_other_things_do_not() -> None:
    pool = Pool({text: f"Story {number}" for number, text in enumerate((FERRY, *OTHERS))})
    found = [example for example in examples(pool, random.Random(1)) if example["readings"][0]["text"] == FERRY]
    assert found
    for example in found:
        own, *others = example["readings"]
        ((start, end), *_) = own["spans"]
        assert FERRY[start:end].lower() not in example["question"].lower()
        assert len(others) >= 3 and not any(reading["spans"] for reading in others)


def test_the_script_writes_what_training_reads(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "quiz.jsonl.xz", "wt", encoding="utf-8") as out:
        texts = [{"title": "", "text": text} for text in (FERRY, *OTHERS)]
        out.write(json.dumps({"question": "Who?", "answers": ["Marais"], "positive": texts, "negative": []}) + "\n")
    command = [sys.executable, "retrieval/models/reader/phrases.py", str(tmp_path), str(tmp_path / "out.jsonl.gz")]
    done = subprocess.run([*command, "--most", "2"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 questions" in done.stderr
    with gzip.open(tmp_path / "out.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert {row["kind"] for row in rows} == {"phrases"}


def test_a_folder_without_passages_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "retrieval/models/reader/phrases.py", str(tmp_path), str(tmp_path / "out.jsonl.gz")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no news-quiz passages" in done.stderr
