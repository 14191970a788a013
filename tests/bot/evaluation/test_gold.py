import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.answers import BotError
from bot.composing import Turn
from bot.evaluation.gold import Gold, GoldError, gold_record, parse_gold, read_gold

WHO: dict[str, Any] = {"id": "who", "question": "Who opened the bridge?"}
WHEN: dict[str, Any] = {"id": "when", "question": "When did it open?"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write(WHO, "not JSON")``: a gold file of these lines."""

    def written(*lines: dict[str, Any] | str) -> Path:
        path = tmp_path / "gold.jsonl"
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
        return path

    return written


def test_everything_that_a_line_may_say_is_read(write: Write) -> None:
    line = WHO | {
        "answers": ["Ida Voss", "Voss"],
        "articles": ["bridge"],
        "quotes": ["Mayor Ida Voss cut the ribbon"],
        "explanation": "The mayor did.",
        "choices": ["Jon Marek", "Ida Voss"],
        "answer_choice": [1],
        "answerable": True,
        "asked_at": "2026-06-04",
        "history": [{"question": "Is the bridge open?", "answer": "Yes."}],
        "kind": "who",
        "collection": "coast",
        "sides": [["Ida Voss"], ["her deputy", "Lena Dorn"]],
        "wrong_answers": ["Jon Marek"],
    }
    (gold,) = read_gold(write(line)).questions
    assert gold == Gold(
        id="who",
        question="Who opened the bridge?",
        answers=("Ida Voss", "Voss"),
        articles=("bridge",),
        quotes=("Mayor Ida Voss cut the ribbon",),
        explanation="The mayor did.",
        choices=("Jon Marek", "Ida Voss"),
        answer_choice=(1,),
        answerable=True,
        asked_at=date(2026, 6, 4),
        history=(Turn("Is the bridge open?", "Yes."),),
        kind="who",
        collection="coast",
        sides=(("Ida Voss",), ("her deputy", "Lena Dorn")),
        wrong_answers=("Jon Marek",),
    )


def test_what_a_line_does_not_say_is_unknown(write: Write) -> None:
    (gold,) = read_gold(write(WHO | {"answerable": None, "asked_at": None, "answers": None})).questions
    assert gold == Gold("who", "Who opened the bridge?")


def test_keys_that_footnote_does_not_know_are_left_to_whoever_wrote_them(write: Write) -> None:
    (gold,) = read_gold(write(WHO | {"editor": {"name": "Ada"}, "history_length": 3})).questions
    assert gold == Gold("who", "Who opened the bridge?")


def test_each_question_keeps_the_number_of_its_line(write: Write) -> None:
    file = read_gold(write("", WHO, "   ", WHEN))
    assert [gold.id for gold in file.questions] == ["who", "when"]
    assert file.lines == (2, 4)


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_a_file_may_be_compressed_and_may_come_from_windows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = f"\ufeff{json.dumps(WHO)}\r\n{json.dumps(WHEN)}\r\n".encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    assert [gold.question for gold in read_gold(path).questions] == ["Who opened the bridge?", "When did it open?"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "who",', "this is not JSON: Expecting property name enclosed in double quotes"),
        (f'{{"id": "who", "answers": {"[" * 100_000}', "this is not JSON: nested too deeply"),
        ('["who"]', "this is not a JSON object"),
        ({"question": "Who?"}, "id is missing"),
        ({"id": "who"}, "question is missing"),
        ({"id": None, "question": "Who?"}, "id is missing"),
        ({"id": 7, "question": "Who?"}, "id should be a valid string"),
        ({"id": " ", "question": "Who?"}, "the id is empty"),
        ({"id": "who", "question": " "}, "the question is empty"),
        (WHO | {"answers": "Ida Voss"}, "answers should be a list"),
        (WHO | {"answers": ["Ida Voss", 7]}, "answers.1 should be a valid string"),
        (WHO | {"answers": [""]}, "answers holds an empty text"),
        (WHO | {"articles": [" "]}, "articles holds an empty text"),
        (WHO | {"quotes": [""]}, "quotes holds an empty text"),
        (WHO | {"choices": ["Ida Voss", ""]}, "choices holds an empty text"),
        (WHO | {"wrong_answers": [""]}, "wrong_answers holds an empty text"),
        (WHO | {"answerable": "no"}, "answerable should be a valid boolean"),
        (WHO | {"answerable": 0}, "answerable should be a valid boolean"),
        (WHO | {"choices": ["Ida Voss"], "answer_choice": [1]}, "answer_choice 1 is none of the 1 choices"),
        (WHO | {"choices": ["Ida Voss"], "answer_choice": [-1]}, "answer_choice -1 is none of the 1 choices"),
        (WHO | {"answer_choice": [0]}, "answer_choice 0 is none of the 0 choices"),
        (WHO | {"answer_choice": 0}, "answer_choice should be a list"),
        (WHO | {"asked_at": "4 June 2026"}, "asked_at should be a valid date in the format YYYY-MM-DD"),
        (WHO | {"asked_at": "2026-02-30"}, "asked_at should be a valid date in the format YYYY-MM-DD"),
        (WHO | {"history": [{"question": "Is it open?"}]}, "history.0.answer is missing"),
        (WHO | {"history": [{"question": "", "answer": "Yes."}]}, "a turn of history has no question"),
        (WHO | {"history": "Is it open?"}, "history should be a list"),
        (WHO | {"sides": ["Ida Voss", "her deputy"]}, "sides.0 should be a list"),
        (WHO | {"sides": [["Ida Voss"], []]}, "sides holds an empty text"),
        (WHO | {"sides": [["Ida Voss"], [""]]}, "sides holds an empty text"),
        (WHO | {"answerable": False, "sides": [["a"], ["b"]]}, "answerable is false, yet there are sides"),
        (WHO | {"question": "Who \ud83d?"}, "it holds half a character"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(write: Write, line: dict[str, Any] | str, message: str) -> None:
    path = write(WHEN, "", line)
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    assert str(caught.value).startswith(f"{path}, line 3: {message}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_first_bad_line_is_named_and_the_others_are_counted(write: Write) -> None:
    path = write(WHO, "{", WHEN, WHO | {"question": "Who paid?"}, {"id": "why"})
    file = parse_gold(path)
    assert [gold.id for gold in file.questions] == ["who", "when"]
    assert file.lines == (1, 3)
    assert [problem.line for problem in file.problems] == [2, 4, 5]
    assert file.problems[1].message == "the id 'who' stands on line 1 already"
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    assert f"{path}, line 2: this is not JSON" in str(caught.value)
    assert str(caught.value).endswith(f"; 2 more: footnote gold check {path} names them all")


@pytest.mark.parametrize("content", [b"", b"\n \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_holds_no_questions(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(BotError, match=r"gold\.jsonl holds no questions$"):
        parse_gold(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (json.dumps(WHO).encode() + b'\n{"id": "where", "question": "O\xf9?"}\n', 2),
        (json.dumps(WHO).encode("utf-16"), 1),
        (gzip.compress(json.dumps(WHO).encode()), 1),
    ],
)
def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(GoldError) as caught:
        parse_gold(path)
    assert str(caught.value) == f"{path}, line {line}: this is not UTF-8 text"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: json.dumps(WHO).encode(),
        lambda content: content[:40],
        lambda content: content[:20] + bytes([content[20] ^ 0xFF]) + content[21:],
        lambda content: content[:-5] + b"\0\0\0\0\0",
    ],
    ids=["not gzip", "cut short", "damaged inside", "damaged at its end"],
)
def test_a_compressed_file_that_is_damaged_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "gold.jsonl.gz"
    path.write_bytes(damage(gzip.compress("\n".join(json.dumps(WHO | {"id": str(n)}) for n in range(99)).encode())))
    with pytest.raises(BotError, match=r"cannot read the gold file .*gold\.jsonl\.gz: "):
        parse_gold(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BotError, match=r"cannot read the gold file .*gold\.jsonl: No such file or directory"):
        parse_gold(tmp_path / "gold.jsonl")
    with pytest.raises(BotError, match=r"cannot read the gold file .*: Is a directory"):
        parse_gold(tmp_path)


def test_a_question_is_written_as_it_was_read(write: Write) -> None:
    line = WHO | {
        "answers": ["Ida Voss"],
        "answerable": False,
        "answer_choice": [0],
        "choices": ["“Ida Voss”"],
        "asked_at": "2026-06-04",
        "history": [{"question": "Is the bridge open?", "answer": ""}],
    }
    (gold,) = read_gold(write(line)).questions
    record = gold_record(gold)
    assert record == line
    assert read_gold(write(record)).questions == (gold,)
    assert gold_record(Gold("when", "When?")) == {"id": "when", "question": "When?"}


def test_the_projects_own_questions_are_of_every_sort() -> None:
    questions = read_gold(Path(__file__).parents[2] / "gold.jsonl").questions
    assert len(questions) >= 55
    assert sum(gold.answerable is False for gold in questions) >= 12
    assert sum(bool(gold.history) for gold in questions) >= 10
    assert sum(len(gold.sides) > 1 for gold in questions) >= 5
    assert all(gold.answers and gold.quotes for gold in questions if gold.answerable)
    assert not [gold.id for gold in questions if gold.answerable is False and (gold.answers or gold.quotes)]
