"""What one visit to a training question reads."""

from __future__ import annotations

import random

import pytest
from tokenizers import Tokenizer

from retrieval.inference import TOKENIZER
from retrieval.models.reader.groups import LONGEST, alike, answers_of, chosen, cropped, emptied, grouped, swapped

TEXT = "Petra Lindqvist opened the harbour. PETRA LINDQVIST, 51, is mayor. Nobody else spoke."


def reading(text: str, *answers: str, title: str = "") -> dict[str, object]:
    spans = [[text.index(answer), text.index(answer) + len(answer)] for answer in answers]
    return {"title": title, "text": text, "spans": spans}


def test_a_passage_is_cut_to_whole_sentences_around_its_answer() -> None:
    text = (
        " ".join(f"Sentence number {n} says nothing." for n in range(60))
        + " The answer is Tolland. "
        + "And so on. " * 50
    )
    for seed in range(20):
        cut = cropped(reading(text, "Tolland"), random.Random(seed))
        (span,) = cut["spans"]
        assert cut["text"][slice(*span)] == "Tolland"
        assert len(cut["text"]) <= LONGEST
        assert cut["text"].startswith(("Sentence", "The answer", "And so"))


def test_a_visit_has_the_answer_and_passages_without_it() -> None:
    with_ = [reading(TEXT + f" {n}", "Petra Lindqvist") for n in range(3)]
    readings = [*with_, *(reading(f"Something else, {n}.") for n in range(9))]
    for kind, held, others in (("squad", 1, 2), ("quiz", 2, 4), ("cloze", 2, 3), ("written", 2, 3), ("phrases", 2, 3)):
        visits = [chosen({"kind": kind, "readings": readings}, random.Random(seed)) for seed in range(80)]
        counts = {(sum(bool(r["spans"]) for r in visit), sum(not r["spans"] for r in visit)) for visit in visits}
        assert max(counts) == (held, others)
        assert counts == ({(held, n) for n in range(others + 1)} if kind == "squad" else {(held, others)})


REST = "The ceremony was cut short by rain, and the band went home early. Nobody else spoke on that cold day."


def test_a_passage_is_emptied_of_the_sentences_that_tell() -> None:
    held = reading(f"{REST} Petra Lindqvist opened the harbour. {REST}", "Petra Lindqvist", title="A day")
    assert emptied(held) == {"title": "A day", "text": f"{REST} {REST}", "spans": []}


def test_visits_have_an_emptied_passage_where_there_can_be_one() -> None:
    held = reading(f"{REST} Petra Lindqvist opened the harbour. {REST}", "Petra Lindqvist")
    example = {"kind": "quiz", "readings": [held, reading("Rain.")]}
    visits = [chosen(example, random.Random(seed)) for seed in range(80)]
    assert 35 <= sum(visit[-1]["text"] == f"{REST} {REST}" for visit in visits) <= 62
    assert all(visit[0] == held for visit in visits)
    long = reading(f"{REST} " * 20 + "Petra Lindqvist opened the harbour.", "Petra Lindqvist")
    for seed in range(20):
        visit = chosen({"kind": "squad", "readings": [long]}, random.Random(seed))
        assert all(len(r["text"]) <= LONGEST for r in visit)
        assert [bool(r["spans"]) for r in visit] in ([True], [True, False])


@pytest.mark.parametrize(
    ("told", "answer", "rest", "title"),
    [
        ("Petra Lindqvist opened the harbour.", "Petra Lindqvist", "It rained.", ""),
        ("Petra Lindqvist opened the harbour.", "Petra Lindqvist", f"{REST} Mrs Lindqvist left. {REST}", ""),
        ("Petra Lindqvist opened the harbour.", "Petra Lindqvist", f"{REST} {REST}", "Lindqvist at work"),
        ("Some 3,400 people came to see it.", "3,400", f"{REST} The 3,400 were wet. {REST}", ""),
        ("The share rose by 12.5% in a year.", "12.5%", f"{REST} Others had 12.5%, too. {REST}", ""),
        ("They were drinking Coca-Cola there.", "Coca-Cola", f"{REST} Coca-Cola was warm. {REST}", ""),
        ("Then O'Brien opened the harbour.", "O'Brien", f"{REST} He is the O'Brien of the song. {REST}", ""),
        ("The U.S. opened the harbour.", "U.S.", f"{REST} It was for the U.S. to do. {REST}", ""),
    ],
)
def test_nothing_is_emptied_that_would_still_tell_or_say_nothing(told: str, answer: str, rest: str, title: str) -> None:
    assert emptied(reading(f"{told} {rest}", answer, title=title)) is None


def test_another_answer_of_the_same_kind_stands_in_every_place() -> None:
    question = "Who opened the harbour?"
    answers = {alike(question, "Petra Lindqvist"): ["Henk Marais of Tolland"]}
    first, second = swapped(
        question,
        [reading(TEXT, "Petra Lindqvist", title="Petra Lindqvist at work"), reading("Rain is expected.")],
        answers,
        random.Random(1),
    )
    assert first["text"] == TEXT.replace("Petra Lindqvist", "Henk Marais of Tolland").replace(
        "PETRA LINDQVIST", "Henk Marais of Tolland"
    )
    assert first["title"] == "Henk Marais of Tolland at work"
    assert [first["text"][slice(*span)] for span in first["spans"]] == ["Henk Marais of Tolland"]
    assert second == reading("Rain is expected.")


def test_a_number_is_swapped_where_it_is_whole() -> None:
    text = "It took 7 days and cost 7.5 million and 1.7 more, 7,000 in all; 7."
    (changed,) = swapped(
        "How many days?", [reading(text, "7")], {alike("How many days?", "7"): ["9"]}, random.Random(1)
    )
    assert changed["text"] == "It took 9 days and cost 7.5 million and 1.7 more, 7,000 in all; 9."
    assert changed["spans"] == [[8, 9]]


def test_nothing_is_swapped_for_want_of_an_answer_of_its_kind() -> None:
    readings = [reading(TEXT, "51")]
    assert swapped("How old is she?", readings, {"Name 2 who": ["Henk Marais"]}, random.Random(1)) == readings


def test_nothing_is_swapped_for_an_answer_that_stands_there_already() -> None:
    question = "Who opened the harbour?"
    answers = {alike(question, "Petra Lindqvist"): ["Henk Marais", "Odile Brandt"]}
    for other in (reading("Then Henk Marais spoke."), reading("Rain.", title="Henk Marais in Tolland")):
        readings = [reading(TEXT, "Petra Lindqvist"), other]
        for seed in range(5):
            assert "Odile Brandt" in swapped(question, readings, answers, random.Random(seed))[0]["text"]
        only = {name: ["Henk Marais"] for name in answers}
        assert swapped(question, readings, only, random.Random(1)) == readings


def test_answers_are_changed_only_where_there_are_several_of_a_kind() -> None:
    countries = ("Norway", "Gabon", "Peru", "Nepal", "Chad")
    asked = [*(("Which country won?", country) for country in countries), ("Who won?", "Petra Lindqvist")]
    given = [{"question": q, "readings": [reading("Rain."), reading(f"It was {a}.", a)]} for q, a in asked]
    assert list(answers_of(given)) == ["Name 1 which country"]
    assert alike("What US state won?", "Ohio") == alike("Which US state won?", "Utah")
    assert alike("How many came?", "12") != alike("How many came?", "12%")


def test_the_tokens_of_an_answer_are_those_of_its_characters() -> None:
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    example = {"question": "Who opened the harbour?"}
    group = grouped(tokenizer, example, [reading(TEXT, "Petra Lindqvist", title="A day"), reading("Rain.")])
    assert group
    (span,), none = group.spans
    assert tokenizer.decode(group.pairs[0].ids[span[0] : span[1] + 1]) == "petra lindqvist"
    assert none == ()
    assert group.tokens == sum(len(pair.ids) for pair in group.pairs)
    assert grouped(tokenizer, example, [reading("Rain.")]) is None
