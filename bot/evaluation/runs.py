"""A run's folder: what was asked of what, the rows as they come, the scores; enough to go on, to compare, to repeat.

``run.json`` names what made the scores, ``rows.jsonl`` holds one question a line, ``scores.json`` the metrics.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from bot.answers import BotError
from bot.evaluation.rows import Row, from_json, to_json

Rows = Callable[[Row], None]

if TYPE_CHECKING:
    from config import Settings
    from retrieval.library import Library

RUN, ROWS, SCORES, REPORT = "run.json", "rows.jsonl", "scores.json", "report.html"
LIBRARY = "library"  # of a run on articles of its own
_ROOMS = ("bot", "config", "prompts", "retrieval")
_WEIGHED = ("*.py", "*.txt", "*.toml", "*.onnx", "*.json")  # files of a room that can change an answer
_CHANGES_NO_ANSWER = (  # where things are, and how fast and patiently they are asked
    ("library", "path"),
    ("library", "database_url"),
    ("evaluation", "concurrency"),
    ("chat", "requests_per_minute"),
    ("chat", "timeout_seconds"),
    ("chat", "max_retries"),
)
_ADDRESSES = (("chat", "base_url"), ("embedding", "base_url"), ("chroma", "url"))


@dataclass(frozen=True, slots=True)
class Spec:
    """What makes the numbers of a run: two runs of an equal spec have equal numbers, seconds aside.

    ``gold``: name, number of questions and SHA-256 of the file. ``settings``: ``model``, ``reader``, ``threshold``,
    ``judge``, ``seed`` and all others that are in force as ``resolved``; never a secret. ``versions``: of the program
    and its code, the prompts, the library and how it was made.
    """

    gold: Mapping[str, Any]
    settings: Mapping[str, Any]
    versions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder holds it, rows in the order of the gold file."""

    folder: Path
    spec: Spec
    started: str
    rows: tuple[Row, ...] = field(default=())

    @property
    def price(self) -> tuple[float, float] | None:
        """What a million tokens cost, read and written, if that was set."""
        return price(self.spec.settings["resolved"]["chat"]["price_per_million"])


def spec(settings: Settings, library: Library, gold: Path, questions: int) -> Spec:
    """The spec of a run of these settings on this library."""
    import prompts

    resolved = settings.model_dump(mode="json")
    for section, name in _CHANGES_NO_ANSWER:
        del resolved[section][name]
    for section, name in _ADDRESSES:
        resolved[section][name] = _without_secrets(resolved[section][name])
    facts = library.catalogue.facts()
    return Spec(
        gold={"file": gold.name, "questions": questions, "sha256": hashlib.sha256(gold.read_bytes()).hexdigest()},
        settings={
            "model": settings.chat.model,
            "reader": _reader(settings.reader.model),
            "threshold": settings.answer.threshold,
            "judge": settings.evaluation.judge,
            "seed": settings.evaluation.seed,
            "resolved": resolved,
        },
        versions={
            "footnote": version("footnote"),
            "code": code_version(),
            "python": platform.python_version(),
            "prompts": prompts.versions(),
            "embedder": facts.get("embedder"),
            "splitting": facts.get("splitting"),
            "library": library.catalogue.fingerprint(),
            "articles": library.catalogue.count(),
        },
    )


def _reader(name: str) -> str:
    """The reader with the hash of its model, since another model reads otherwise."""
    from retrieval.reading import open_reader

    reader = open_reader(name)
    return f"{name}:{reader.sha256[:16]}" if reader else name


def begin(folder: Path, spec: Spec, *, overwrite: bool = False) -> Run:
    """A new run in this folder, or the one that was begun there with the same spec, with its rows.

    Raises BotError where the folder holds a run of another spec, unless that is to be overwritten, or other things.
    """
    require_usable(folder)
    if (folder / RUN).is_file() and not overwrite:
        run = load(folder, whole=False)
        if _plain(run.spec) != _plain(spec):
            differing = ", ".join(_differences(_plain(run.spec), _plain(spec)))
            raise BotError(f"{folder} holds a run with another {differing}; name another folder, or --overwrite it")
        return run
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BotError(f"the folder {folder} cannot be made: {error.strerror}") from None
    for path in (*(folder / name for name in (ROWS, SCORES, REPORT)), *folder.glob(compared_report("*"))):
        path.unlink(missing_ok=True)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    _write_json(folder / RUN, {"started": started, **_plain(spec)})
    return Run(folder, spec, started)


def require_usable(folder: Path) -> None:
    """A BotError where a run cannot be kept in this folder, because it is something else."""
    try:
        there = folder.exists()
    except OSError as error:  # such as a name that is too long
        raise BotError(f"{folder} cannot be a folder: {error.strerror}") from None
    if there and not folder.is_dir():
        raise BotError(f"{folder} is not a folder")
    if (folder / RUN).is_file() or not folder.is_dir():
        return
    if any(path.name != LIBRARY for path in folder.iterdir()):
        raise BotError(f"{folder} holds other things than a run; name another folder")


def load(folder: Path, *, whole: bool = True) -> Run:
    """The run in a folder; a BotError where there is none, or where ``whole`` and it did not come to its end."""
    try:
        record = json.loads((folder / RUN).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BotError(f"{folder} is no folder of an evaluation run: it has no {RUN}") from None
    except (OSError, ValueError) as error:
        raise BotError(f"{folder / RUN} cannot be read: {error}") from None
    try:
        run = Run(folder, Spec(record["gold"], record["settings"], record["versions"]), record["started"])
        questions, _, _ = int(run.spec.gold["questions"]), int(run.spec.settings["seed"]), run.price
    except (ValueError, TypeError, LookupError):
        raise BotError(f"{folder / RUN} is no record of a run of this version; start anew") from None
    rows = tuple(_rows(folder / ROWS))
    if whole and len(rows) < questions:
        asked = f"{len(rows)} of {questions} questions"
        raise BotError(f"the run in {folder} was stopped after {asked}; run it to its end first")
    return replace(run, rows=rows)


@contextlib.contextmanager
def keeping(run: Run) -> Iterator[Rows]:
    """Rows that are on disk as soon as they are added."""
    path = run.folder / ROWS
    _drop_broken_end(path)
    with path.open("a", encoding="utf-8") as file:

        def add(row: Row) -> None:
            file.write(to_json(row) + "\n")
            file.flush()

        yield add


def finish(run: Run, rows: Sequence[Row], scores: Mapping[str, Any]) -> None:
    """Write the rows in the order given, and the scores."""
    whole = run.folder / f"{ROWS}.new"
    whole.write_text("".join(to_json(row) + "\n" for row in rows), "utf-8")
    whole.replace(run.folder / ROWS)
    _write_json(run.folder / SCORES, scores)


def code_version() -> str:
    """Hash of the program's own files, so that a run of changed code is another run (8 hex digits)."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted(path for pattern in _WEIGHED for path in (root / room).rglob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def compared_report(other: str) -> str:
    """The file name of the report that compares a run with another one of this name."""
    return f"compared-with-{other}.html"


def price(setting: Any) -> tuple[float, float] | None:
    """The price of a million tokens read and written, from the setting: two numbers, one for both, or none."""
    if isinstance(setting, (int, float)):
        return float(setting), float(setting)
    return (float(setting[0]), float(setting[1])) if setting else None


def _rows(path: Path) -> Iterator[Row]:
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return  # a process that was killed in the middle of it
            try:
                yield from_json(line)
            except ValueError:
                raise BotError(f"{path}, line {number}: this is no row of this version; start anew") from None


def _drop_broken_end(path: Path) -> None:
    if path.is_file():
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            path.write_bytes(whole)


def _without_secrets(url: str) -> str:
    """An address without the user, the password and the query that it may hold."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _plain(spec: Spec) -> dict[str, Any]:
    """The spec as JSON gives it back."""
    record = {"gold": dict(spec.gold), "settings": dict(spec.settings), "versions": dict(spec.versions)}
    plain: dict[str, Any] = json.loads(json.dumps(record))
    return plain


def _differences(one: Any, other: Any, name: str = "") -> Iterator[str]:
    """The names of the values that are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _differences(one.get(key), other.get(key), f"{name}.{key}" if name else key)
    elif one != other:
        yield name


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
