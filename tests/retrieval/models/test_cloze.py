"""Questions made from sentences of news."""

from __future__ import annotations

import gzip
import json
import lzma
import random
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.models.reader.cloze import Pool, apart, askable, asking, examples, question, told_otherwise
from tests.retrieval.models.conftest import ROOT

TOLD = (
    "The Merrow Line ferry ran aground near Sutter Bay on Monday with 68 passengers, the Marine Accident Bureau said.",
    "A report of the Marine Accident Bureau on the Merrow Line ferry that ran aground near Sutter Bay is out now.",
    "The Merrow Line ferry carried 68 passengers and ran aground near Sutter Bay, says Captain Henk Marais of Tolland.",
)
FERRIES = {
    "Aldermoor": "wool",
    "Bramley": "coal",
    "Corvin": "salt",
    "Dunmore": "corn",
    "Eastham": "wine",
    "Farrow": "hay",
}
OTHERS = tuple(
    f"The {place} ferry for {goods} ran late, and passengers near the bay had to wait on Monday, as said before."
    for place, goods in FERRIES.items()
)


def pool() -> Pool:
    return Pool({text: f"Story {number}" for number, text in enumerate((*TOLD, *OTHERS))})


def test_a_question_is_answered_by_another_passage_than_its_own() -> None:
    made = list(examples(pool(), random.Random(1)))
    assert made
    for example in made:
        held = [reading for reading in example["readings"] if reading["spans"]]
        answers = {r["text"][start:end].lower() for r in held for start, end in r["spans"]}
        assert len(answers) == 1
        (answer,) = answers
        assert answer not in example["question"].lower()
        assert {reading["text"] for reading in held} <= set(TOLD)
        rest = [reading["text"].lower() for reading in example["readings"] if not reading["spans"]]
        assert len(rest) >= 4
        assert not any(answer in text for text in rest)


@pytest.mark.parametrize(
    ("sentence", "answer", "words"),
    [
        ("The Harrow fund paid $40 million to the city after the flood of last spring.", "$40 million", "How much"),
        ("The Harrow fund has paid from US$3.2 million to the city after that flood.", "US$3.2 million", "How much"),
        ("After the flood some 3,400 people had to leave their homes in the valley.", "3,400", "how many people"),
        ("The bridge over the river Tarn was closed to all lorries in 2019 after an inspection.", "2019", "year"),
        ("The ban was lifted in Norway after the ministry had tested the water again.", "Norway", "which country"),
        ("The deal was praised by Mayor Petra Lindqvist on the steps of the old town hall.", "Petra Lindqvist", "who"),
        ("The next of the three concerts was held in Aldermoor before a very large crowd.", "Aldermoor", "where"),
        (
            "The contract went to the company Norvane Energy for the next thirty years or so.",
            "Norvane Energy",
            "which company",
        ),
    ],
)
def test_what_is_asked_is_asked_for_by_its_kind(sentence: str, answer: str, words: str) -> None:
    start = sentence.index(answer)
    asked = {question(sentence, start, start + len(answer), random.Random(seed)) for seed in range(60)}
    assert sum(words.lower() in each.lower() for each in asked) > len(asked) / 4, asked
    assert all(each.endswith("?") and answer not in each for each in asked)


def test_the_preposition_goes_with_where() -> None:
    assert asking("Aldermoor", ["was", "held", "in"], ["before"], random.Random(1)) == ("where", 1)


def test_a_number_ends_where_it_ends() -> None:
    sentence = "By the end of 2019, it was said, some 3,400 people had left the two valleys for 12.5% less pay."
    assert {sentence[start:end] for _, start, end in askable(sentence)} == {"2019", "3,400", "12.5%"}
    sentence = "It cost $4.5bn and US$3.2 million, or some $40M of what was there at 7.30pm for the 10,000m run."
    assert {sentence[start:end] for _, start, end in askable(sentence)} >= {"$4.5bn", "US$3.2 million", "$40M"}
    assert not {sentence[start:end] for _, start, end in askable(sentence)} & {"7", "10", "7.30", "$4", "$40"}
    sentence = "The A380 of 5 Brown Street was sold for $5tn to the shop in 1600 K Street, which had been there before."
    assert {sentence[start:end] for _, start, end in askable(sentence)} >= {"5", "$5tn", "1600"}
    assert not {sentence[start:end] for _, start, end in askable(sentence)} & {"380", "5 B", "1600 K"}


def test_what_may_be_the_answer_in_other_words_is_no_passage_without_it() -> None:
    assert told_otherwise("$4.5bn", "Norvane will spend $4.5 billion on it.")
    assert told_otherwise("Henk Marais", "Captain Marais was not there.")
    assert not told_otherwise("68", "It was built in 1968.")
    assert not told_otherwise("Henk Marais", "Henk was not there.")


def test_passages_that_stand_in_what_is_measured_on_are_left_out(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "Read more.\n" + TOLD[0].replace(" ", "  ") + " And so on."}, {"id": "b", "text": None}]
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    passages = dict.fromkeys((*TOLD, "Read more."), "A title")
    assert list(apart(passages, tmp_path / "articles.jsonl.gz")) == [*TOLD[1:], "Read more."]


def test_a_folder_without_passages_is_named(tmp_path: Path) -> None:
    script = ROOT / "retrieval" / "models" / "reader" / "cloze.py"
    made = subprocess.run([sys.executable, str(script), str(tmp_path), "out"], capture_output=True, text=True, cwd=ROOT)
    assert made.returncode == 2
    assert f"{tmp_path}: no news-quiz passages there" in made.stderr


def test_passages_are_found_by_their_rare_words() -> None:
    found = pool().search("Captain of the Merrow Line", 4)
    assert found[0] == 2
    assert set(found[:3]) == {0, 1, 2}
    assert pool().search("nothing of the kind: xylophone", 4) == []


def test_the_script_makes_the_same_questions_again(tmp_path: Path) -> None:
    asked = {"question": "Which ferry ran aground?", "answers": ["Merrow Line"]}
    row = asked | {"positive": [{"title": "t", "text": text} for text in TOLD], "negative": None}
    more = asked | {"positive": None, "negative": [{"title": "t", "text": text} for text in OTHERS]}
    lines = "\n".join(map(json.dumps, (row, more))) + "\n"
    (tmp_path / "news-quiz_9999.jsonl.xz").write_bytes(lzma.compress(lines.encode()))
    made = []
    for name in ("one", "two"):
        out = tmp_path / f"{name}.jsonl.gz"
        script = ROOT / "retrieval" / "models" / "reader" / "cloze.py"
        subprocess.run([sys.executable, str(script), str(tmp_path), str(out), "--most", "3"], check=True, cwd=ROOT)
        with gzip.open(out, "rt", encoding="utf-8") as opened:
            made.append(opened.read())
    assert made[0] == made[1]
    assert 1 <= len(made[0].splitlines()) <= 3
