"""Gold questions: what a line of ``gold.jsonl`` may say, and the lines that cannot be used."""

from __future__ import annotations

import contextlib
import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from bot.answers import BotError
from bot.composing import Turn

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Gold:
    """One question and what is known of its right answer.

    ``answers``: any of them counts. ``articles``: ids of articles that hold the answer. ``quotes``: exact texts of an
    article. ``answerable``: False where the right reply is a refusal, None where that is unknown. ``history``: the
    turns before it, oldest first. ``collection``: the only collection to be searched. ``sides``: where sources
    disagree, the answer of each side, in all its wordings; a good reply shows every side. ``wrong_answers``: what a
    wrong source says.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    explanation: str | None = None
    choices: tuple[str, ...] = ()
    answer_choice: tuple[int, ...] = ()
    answerable: bool | None = None
    asked_at: date | None = None
    history: tuple[Turn, ...] = ()
    kind: str | None = None
    collection: str | None = None
    sides: tuple[tuple[str, ...], ...] = ()
    wrong_answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line (counted from 1) of a gold file."""

    line: int
    message: str


class GoldError(BotError):
    """A gold file that cannot be used, in one line that names the first line at fault."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        first, more = problems[0], len(problems) - 1
        rest = f"; {more} more: footnote gold check {file} names them all" if more else ""
        super().__init__(f"{file}, line {first.line}: {first.message}{rest}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class GoldFile:
    """The questions of one file, each with the line it stands on, and the lines that could not be read."""

    path: Path
    questions: tuple[Gold, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...] = ()


def read_gold(path: Path) -> GoldFile:
    """All questions of a ``gold.jsonl`` or ``gold.jsonl.gz``; a GoldError where a line of it cannot be used."""
    file = parse_gold(path)
    if file.problems:
        raise GoldError(str(path), list(file.problems))
    return file


def parse_gold(path: Path) -> GoldFile:
    """The questions that can be read and the problems of all other lines; a BotError where there is neither."""
    questions: list[Gold] = []
    numbers: list[int] = []
    problems: list[Problem] = []
    ids: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            gold = _gold(line)
        except ValueError as error:
            problems.append(Problem(number, str(error)))
            continue
        if gold.id in ids:
            problems.append(Problem(number, f"the id {gold.id!r} stands on line {ids[gold.id]} already"))
            continue
        ids[gold.id] = number
        questions.append(gold)
        numbers.append(number)
    if not questions and not problems:
        raise BotError(f"{path} holds no questions")
    return GoldFile(path, tuple(questions), tuple(numbers), tuple(problems))


def unknown_keys(path: Path) -> dict[str, list[int]]:
    """The keys of a gold file that mean nothing here, each with the lines that have it."""
    found: dict[str, list[int]] = {}
    for number, line in _lines(path):
        with contextlib.suppress(ValueError, RecursionError):
            record = json.loads(line)
            for key in record if isinstance(record, dict) else ():
                if key not in Gold.__slots__:
                    found.setdefault(key, []).append(number)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with _opened(path) as file:
            for number, raw in enumerate(file, start=1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError:
                    raise GoldError(str(path), [Problem(number, "this is not UTF-8 text")]) from None
                if line:
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise BotError(f"cannot read the gold file {path}: {getattr(error, 'strerror', None) or error}") from None


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _gold(line: str) -> Gold:
    """The question of one line; a ValueError says in a few words what is wrong with it."""
    from pydantic import ValidationError

    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"this is not JSON: {getattr(error, 'msg', 'nested too deeply')}") from None
    if not isinstance(record, dict):
        raise ValueError("this is not a JSON object")
    known = {key: value for key, value in record.items() if key in Gold.__slots__ and value is not None}
    try:
        gold = _adapter().validate_json(json.dumps(known), strict=True)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        if problem["type"] == "json_invalid":  # Python's own JSON allows what no text can hold
            raise ValueError("it holds half a character: \\ud800 to \\udfff come in pairs") from None
        where = ".".join(str(part) for part in problem["loc"]) or "it"
        message = problem["msg"].removeprefix("Input ").replace("a valid array", "a list")
        raise ValueError(f"{where} is missing" if problem["type"] == "missing" else f"{where} {message}") from None
    if wrong := _contradiction(gold):
        raise ValueError(wrong)
    return gold


def _contradiction(gold: Gold) -> str | None:
    """What of one question cannot be, if anything."""
    texts: dict[str, Sequence[str]] = {
        "answers": gold.answers,
        "articles": gold.articles,
        "quotes": gold.quotes,
        "choices": gold.choices,
        "sides": [wording for side in gold.sides for wording in side or ("",)],
        "wrong_answers": gold.wrong_answers,
    }
    if not gold.id.strip():
        return "the id is empty"
    if not gold.question.strip():
        return "the question is empty"
    for name, values in texts.items():
        if any(not value.strip() for value in values):
            return f"{name} holds an empty text"
    outside = [index for index in gold.answer_choice if not 0 <= index < len(gold.choices)]
    if outside:
        return f"answer_choice {outside[0]} is none of the {len(gold.choices)} choices, which count from 0"
    if any(not turn.question.strip() for turn in gold.history):
        return "a turn of history has no question"
    if gold.answerable is False and gold.sides:
        return "answerable is false, yet there are sides of an answer"
    return None


@cache
def _adapter() -> TypeAdapter[Gold]:
    from pydantic import TypeAdapter

    return TypeAdapter(Gold)


def gold_record(gold: Gold) -> dict[str, Any]:
    """The question as a line of ``gold.jsonl``; what is empty or unknown is left out."""
    record: dict[str, Any] = _adapter().dump_python(gold, mode="json")
    record["history"] = [{"question": turn.question, "answer": turn.answer} for turn in gold.history]
    return {key: value for key, value in record.items() if value not in (None, [], ())}
