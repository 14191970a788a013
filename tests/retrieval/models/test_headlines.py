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
from retrieval.models.reader.headlines import askable, asked_of, examples, parsed, places, plain, readings, verbs
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
QUESTION = "What does Vessen County block?"
FILLER = tuple(f"They were told to block roads after an illness, and will block more of them. {n}" for n in range(3))


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
        "Vessen County blocks sale of oysters?",
        "Vessen County blocks Saltmere Oysters Sale",
        "5 Vessen clubs block sale of oysters",
        "A bridge is closed by council",
        "He blocks sale of oysters",
        "Vessen County win over critics",
        "How Vessen County blocks oysters",
        "Four dead after storm closes bridge",
        "Oysters",
        "",
    ],
)
def test_of_some_headlines_nothing_is_asked(headline: str) -> None:
    assert not asked(headline)


def test_what_is_said_is_asked_for_whole_and_a_clause_after_a_comma_left_out() -> None:
    for headline, question in (
        ("Ida Voss says bridge stays open in May", "What does Ida Voss say?"),
        ("Officials say bridge stays open in May", "What do officials say?"),
    ):
        assert (question, "bridge stays open in May") in asked(headline)
    found = asked("Vessen County blocks oysters, citing illness")
    assert found
    assert not any("What" in text and "citing" in text for text, _ in found)


@pytest.mark.parametrize(
    ("headline", "word"),
    [
        ("Three officials block sale of oysters", "Who"),
        ("Vessen County blocks sale of oysters", "Who"),
        ("Heavy storms block sale of oysters", "What"),
    ],
)
def test_people_are_asked_for_with_who_and_things_with_what(headline: str, word: str) -> None:
    subject = headline.split(" block")[0]
    assert {text.split()[0] for text, told in asked(headline) if told == subject} == {word}


def test_outlets_kickers_and_what_was_cut_are_no_part_of_a_headline() -> None:
    assert plain("Saltmere: Ferry grounded off quay | Harbour Radio") == "Ferry grounded off quay"
    assert plain("Ferry grounded off quay - Harbour Radio") == "Ferry grounded off quay"
    assert plain("Ferry grounded off ...") == "Ferry grounded off"
    long = "Captain of the ferry that grounded off Saltmere"
    assert plain(f"{long}: What we know") == long
    assert plain("Ferry grounded. What we know") == "Ferry grounded"


def test_verbs_are_words_that_stand_after_to_and_will_and_seldom_after_the() -> None:
    plan = "He will plan, would plan and has to plan the plan, a plan, his plan, her plan, their plan, the plan."
    texts = ["They want to block it and will block it.", "To halt is to block.", f"To be, will be, would be. {plan}"]
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


def test_few_words_more_may_stand_within_an_answer() -> None:
    for text, told in (
        ("The sale of all the oysters stopped.", ["sale of all the oysters"]),
        ("The sale of all the old oysters stopped.", []),
        ("It was “oyster sales” that he meant.", ["oyster sales"]),
    ):
        assert [text[slice(*span)] for span in places("sale of oysters", text)] == told
    assert places("Mara Vessen", "The vessen is a boat.") == []


def test_the_story_and_other_papers_answer_and_what_is_about_something_else_does_not() -> None:
    other = "Vessen County said on Friday that it would block all sale of those oysters for fear of an illness."
    stray = "The sale of oysters went on in Bramley after the storm, as ever."  # says so, but not of Vessen
    half = "An illness kept those at home who would block the sale of a boat."
    titles = {
        STORY: HEADLINE,
        other: "Another paper",
        stray: "Far away",
        half: "Home",
        **dict.fromkeys(FILLER, "Roads"),
    }
    ways = [readings(Pool(titles), QUESTION, "sale of oysters", HEADLINE, random.Random(seed)) for seed in range(30)]
    found = {read["text"]: [read["text"][a:b] for a, b in read["spans"]] for read in ways[0]}
    told = {STORY: ["sale of any oysters"], other: ["sale of those oysters"]}
    assert found == {**told, half: [], **{text: [] for text in FILLER}}
    assert {read["title"] for way in ways for read in way if read["text"] == STORY} == {"", HEADLINE}


def test_below_its_own_headline_less_of_the_question_has_to_stand() -> None:
    asked_otherwise = "What does Vessen County block after tomorrow's protest on roads?"
    for title, fillers, some in ((HEADLINE, 3, True), ("Another", 3, False), (HEADLINE, 2, False)):
        pool = Pool({STORY: title, **dict.fromkeys(FILLER[:fillers], "Roads")})
        assert bool(readings(pool, asked_otherwise, "sale of oysters", HEADLINE, random.Random(1))) == some


def test_a_passage_that_has_a_part_of_the_name_is_not_one_without_it() -> None:
    own = "Ida Voss said she would block the plan of the county for oysters."
    far = "Voss was there. It rained, and those who came could not block the wet roads."
    pool = Pool({own: "Plan", far: "Far away", **dict.fromkeys(FILLER, "Roads")})
    read = readings(pool, "Who blocks oysters plan?", "Ida Voss", "Plan", random.Random(1))
    assert {one["text"] for one in read} == {own, *FILLER}


def test_a_question_does_not_hold_its_short_answer() -> None:
    assert askable(QUESTION, "sale of oysters")
    for question, answer in (
        (QUESTION, "county fair"),
        (QUESTION, "of the"),
        (QUESTION, "ox"),
        (QUESTION, "sale " * 11),
        ("What do they block?", "sale of oysters"),
    ):
        assert not askable(question, answer)


def test_questions_about_each_headline_are_answered_by_the_text_below_it() -> None:
    found = list(examples(Pool({STORY: HEADLINE, **dict.fromkeys((*OTHERS, *FILLER), "Roads")}), random.Random(1)))
    assert {example["question"].lower().split()[0] for example in found} == {"who", "what"}
    told = {STORY[a:b] for example in found for a, b in example["readings"][0]["spans"]}
    assert told == {"sale of any oysters", "Vessen County"}


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
