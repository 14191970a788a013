"""Questions made from headlines, answered by the texts below them."""

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
from retrieval.models.reader.headlines import asked_of, examples, parsed, places, plain, verbs
from tests.retrieval.models.conftest import ROOT

KNOWN = frozenset(["block", "sue", "say", "agree", "build", "win", "close", "ground", "withdraw"])
HEADLINE = "Vessen County blocks sale of oysters after illness"
STORY = (
    "SALTMERE — Nobody will eat them this week. The sale of any oysters was halted by Vessen County on Monday, after "
    "41 people had fallen ill. Those who sell them said that they had heard it on the radio."
)
OTHERS = tuple(
    f"The mayor of {place} was late on Monday, and those who waited on the quay could sell nothing that day."
    for place in ("Bramley", "Corvin", "Dunmore", "Eastham", "Farrow", "Garth")
)


def asked(headline: str) -> set[tuple[str, str]]:
    head = parsed(headline, KNOWN)
    return {one for seed in range(60) for one in asked_of(head, random.Random(seed))} if head else set()


@pytest.mark.parametrize(
    ("headline", "question", "answer"),
    [
        (HEADLINE, "What does Vessen County block?", "sale of oysters"),
        (HEADLINE, "What did Vessen County block after illness?", "sale of oysters"),
        (HEADLINE, "Who blocks sale of oysters?", "Vessen County"),
        ("Norvane Energy agrees to build turbines | Harbour Radio", "What does Norvane Energy agree to do?", "build"),
        ("Ida Voss to withdraw from mayoral race", "What will Ida Voss withdraw from?", "mayoral race"),
        ("Ida Voss to withdraw from mayoral race", "What will Ida Voss do?", "withdraw"),
        ("Birdwatchers sue Vessen County over ban", "What do birdwatchers sue?", "Vessen County"),
        ("Old bridge closed by council after storm ...", "What was closed by council after storm?", "Old bridge"),
        ("Saltmere: Ida Voss says bridge stays open", "What does Ida Voss say?", "bridge stays open"),
    ],
)
def test_a_headline_is_asked_about_in_its_own_words(headline: str, question: str, answer: str) -> None:
    found = asked(headline)
    assert any(text == question and told.startswith(answer) for text, told in found), found


@pytest.mark.parametrize(
    "headline",
    [
        "Who blocks the sale of oysters?",
        "Vessen County Blocks Sale Of Oysters",
        "Seven things to know about oysters",
        "How Vessen County blocks oysters",
        "Four dead after storm closes bridge",
        "Oysters",
        "",
    ],
)
def test_of_some_headlines_nothing_is_asked(headline: str) -> None:
    assert not asked(headline)


def test_outlets_kickers_and_what_was_cut_are_no_part_of_a_headline() -> None:
    assert plain("Saltmere: Ferry grounded off quay | Harbour Radio") == "Ferry grounded off quay"
    assert plain("Ferry grounded off ...") == "Ferry grounded off"
    assert plain("Ferry grounded. What we know") == "Ferry grounded"


def test_verbs_are_words_that_stand_after_to_and_will() -> None:
    texts = ["They want to block it and will block it.", "To halt is to block.", "The plan to plan a plan is the plan."]
    assert verbs(Pool(dict.fromkeys(texts, ""))) == {"block"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("sale of oysters", "sale of any oysters"),
        ("Vessen County", "Vessen County"),
        ("Mara Vessen", "Vessen"),
        ("oyster sales", "sale of any oysters"),
        ("oysters from Sutter Bay", None),
        ("sell", "sell"),
        ("illness of people", "people had fallen ill"),
        ("illness of fishermen", None),
        ("of the", None),
    ],
)
def test_a_text_tells_the_answer_in_other_words(answer: str, told: str | None) -> None:
    found = places(answer, STORY)
    assert ([STORY[slice(*span)] for span in found] or [None])[0] == told


def test_the_story_answers_and_others_do_not() -> None:
    titles = {STORY: HEADLINE, **{text: f"Story {number}" for number, text in enumerate(OTHERS)}}
    filler = {f"They were told to block roads, and will block more of them. {n}": "Roads" for n in range(3)}
    found = list(examples(Pool({**titles, **filler}), random.Random(1)))
    assert {example["question"].lower().split()[0] for example in found} == {"who", "what"}
    for example in found:
        own, *others = example["readings"]
        assert own["text"] == STORY and own["title"] in ("", HEADLINE)
        assert {STORY[a:b] for a, b in own["spans"]} <= {"sale of any oysters", "Vessen County"}
        assert len(others) >= 3 and not any(reading["spans"] for reading in others)


def test_the_script_writes_what_training_reads(tmp_path: Path) -> None:
    texts = [{"title": HEADLINE, "text": STORY}, *({"title": "", "text": text} for text in OTHERS)]
    texts += [{"title": "", "text": f"They want to block it, and will block it. {n}"} for n in range(3)]
    with lzma.open(tmp_path / "quiz.jsonl.xz", "wt", encoding="utf-8") as out:
        out.write(json.dumps({"question": "Who?", "answers": ["Voss"], "positive": texts, "negative": []}) + "\n")
    command = [sys.executable, "retrieval/models/reader/headlines.py", str(tmp_path), str(tmp_path / "out.jsonl.gz")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with gzip.open(tmp_path / "out.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert rows and {row["kind"] for row in rows} == {"headlines"}
    assert f"{len(rows)} questions in all" in done.stderr
