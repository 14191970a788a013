"""What the Slack client says of itself: one line of JSON an event, without tokens and, by default, without texts."""

from __future__ import annotations

import json
import logging
import re
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

_SECRET = re.compile(
    r"""xox[a-z]*[-.][\w.-]+ | xapp-[\w-]+ | \bsk-[\w-]{8,} | (?<=Bearer[ ])[\w.~+/=-]+ | (?<=ticket=)[\w.~-]+
    | (?<=hooks\.slack\.com/)[\w/-]+""",
    re.VERBOSE | re.IGNORECASE,
)
_REDACTED = "[redacted]"
_TEXT = frozenset({"text", "message"})  # facts that hold what somebody wrote
_OURS = ("bot", "retrieval", "config", "prompts", "footnote")
_TERSE = (*_OURS, "slack_bolt", "slack_sdk", "uvicorn", "asyncio")  # begin their messages with words of their own
_DATA = re.compile(r"[(\[{<:'\"`\n]")  # where in such a message data may begin
_MOST_CAUSES = 5


class Journal:
    """Writes events to a stream, one line each; safe to use from several threads.

    ``log_text`` also writes what people wrote, and what errors of other libraries say.
    """

    def __init__(self, stream: TextIO, log_text: bool = False) -> None:
        self.stream = stream
        self.log_text = log_text
        self._lock = threading.Lock()

    def write(self, event: str, question: str = "", **facts: Any) -> None:
        """Write an event, with the id of the question that it is about; a stream that is closed does no harm."""
        line: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        if question:
            line["question"] = question
        line |= {name: value for name, value in facts.items() if self.log_text or name not in _TEXT}
        written = _SECRET.sub(_REDACTED, json.dumps(line, default=str))
        try:
            with self._lock:
                self.stream.write(f"{written}\n")
                self.stream.flush()
        except (OSError, ValueError):  # nobody reads it any more; answers go on
            pass

    def failed(self, event: str, error: BaseException, question: str = "") -> None:
        """Write that something failed: kind and place of the error; its words only if they are ours."""
        self.write(event, question, **self._told(error, error.__traceback__))

    def logged(self, record: logging.LogRecord) -> None:
        """Write what a library logged."""
        facts: dict[str, Any] = {"level": record.levelname, "logger": record.name}
        facts["place"] = f"{record.module}:{record.lineno}"
        if words := self._words(record):
            facts["words"] = words
        if record.exc_info and record.exc_info[1]:
            facts |= self._told(record.exc_info[1], record.exc_info[2])
        self.write("logged", **facts)

    def _told(self, error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
        facts: dict[str, Any] = {"error": _kind(error), "place": _place(trace)}
        if causes := _causes(error):
            facts["causes"] = causes
        if self.log_text or _is_ours(type(error).__module__):
            facts["why"] = str(error)
        return facts

    def _words(self, record: logging.LogRecord) -> str:
        """A log message, or as much of it as holds no data."""
        if self.log_text:
            return record.getMessage()
        if record.name.partition(".")[0] not in _TERSE:
            return ""
        if record.args:
            return str(record.msg)
        return _DATA.split(str(record.msg), maxsplit=1)[0].strip()


class _Redirected(logging.Handler):
    """Passes what is logged on to a journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; never raises."""
        try:
            self._journal.logged(record)
        except Exception:  # a message whose arguments do not fit it
            self._journal.write("logged", level=record.levelname, logger=record.name)


def redirect_logging(journal: Journal) -> None:
    """Have every warning and error that is logged in this process, and what ends a thread, written as events."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(_Redirected(journal))
    root.setLevel(logging.WARNING)

    def ended(thread: threading.ExceptHookArgs) -> None:
        if thread.exc_value is not None:
            journal.failed("thread ended", thread.exc_value)

    threading.excepthook = ended


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _causes(error: BaseException) -> list[str]:
    """The kinds of the errors that led to one, the nearest first."""
    kinds: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(kinds) < _MOST_CAUSES:
        kinds.append(_kind(cause))
        cause = cause.__cause__ or cause.__context__
    return kinds


def _place(trace: TracebackType | None) -> str:
    """Where an error came up: the last line of ours, and the last of all where that is another."""
    ours, last = "", ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        last = f"{module}:{trace.tb_lineno}"
        if _is_ours(module):
            ours = last
        trace = trace.tb_next
    return " > ".join(dict.fromkeys(place for place in (ours, last) if place))
