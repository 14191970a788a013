"""What the numbers say in words: figures as reports print them, and a verdict in a few plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.resampling import DRAWS, bootstrap_weights, clusters, exact_interval, interval
from bot.evaluation.rows import Outcome, Reply, Row
from bot.evaluation.scoring import is_right, outcome

FEW = 10  # questions below which a share says next to nothing
_BLANK = "\N{NO-BREAK SPACE}"
_FAULTS: dict[Outcome, str] = {
    "not retrieved": "the search did not find the article with the answer",
    "retrieved but not answered": "the right article was cited without the answer",
    "wrong answer": "another answer was given, from another article",
    "wrong citation": "the answer was right, but cited from another article",
    "wrongly refused": "it refused although the search had found the answer",
    "should have refused": "it answered although the articles do not",
}


@dataclass(frozen=True, slots=True)
class Share:
    """``held`` of ``n`` questions, with the 95 % interval of their share."""

    held: int
    n: int
    low: float
    high: float


def verdict(rows: Sequence[Row]) -> tuple[str, ...]:
    """Two to four sentences for somebody who runs the bot: how much is right, wrong and refused, and what fails most.

    The last one tells the most common fault and the questions that failed; it is left out where there are neither.
    """
    if not rows:
        return ("No question was asked.",)
    sentences = (_right(rows), _wrong(rows), _refusals(rows), _fault(rows))
    return tuple(sentence for sentence in sentences if sentence)


def share(rows: Sequence[Row], holds: Callable[[Row], bool | None]) -> Share | None:
    """In how many of the rows something holds; rows for which it is None do not count, and None where none counts.

    The interval is the one that metrics have: a bootstrap over clusters, and exact where all rows agree.
    """
    counted = sorted((row for row in rows if holds(row) is not None), key=lambda row: row.gold.id)
    if not counted:
        return None
    values = np.array([bool(holds(row)) for row in counted], dtype=np.float64)
    groups = clusters(counted)
    count = int(groups.max()) + 1
    held, n = int(values.sum()), len(counted)
    if held in (0, n) or count == 1:
        return Share(held, n, *exact_interval(held / n, count))
    weights = bootstrap_weights(groups, DRAWS, np.random.default_rng(0))
    low, high = interval(weights @ values / weights.sum(axis=1)) or (0.0, 1.0)
    return Share(held, n, low, high)


def percent(value: float) -> str:
    """A share as a whole percentage; only nothing is 0 % and only all is 100 %."""
    whole = round(100 * value)
    if whole == 0 and value > 0:
        return f"under 1{_BLANK}%"
    if whole == 100 and value < 1:
        return f"over 99{_BLANK}%"
    return f"{whole}{_BLANK}%"


def decimals(value: float, digits: int = 3) -> str:
    """A number as .805, without the zero before the point, and with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}").replace("0.", ".", 1 if abs(value) < 1 else 0)


def figure(name: str, value: float) -> str:
    """The value of the metric of this name with as many digits as mean something."""
    if name == "answer_words":
        return f"{value:.1f}"
    if name.startswith("seconds"):
        return f"{value:.2f}" if abs(value) >= 0.0995 else f"{value:.3f}"
    if name == "tokens":
        return f"{value:,.0f}"
    return f"{value:.5f}" if name == "cost" else decimals(value)


def duration(seconds: float) -> str:
    """A time as people say it: milliseconds below one second."""
    if seconds < 0.0001:
        return f"under 0.1{_BLANK}ms"
    if seconds < 1:
        return f"{1000 * seconds:.{0 if seconds >= 0.1 else 1}f}{_BLANK}ms"
    return f"{seconds:.2f}{_BLANK}s"


def counted(number: int, noun: str) -> str:
    """A number with its noun, as in “1 question” and “2 questions”."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _right(rows: Sequence[Row]) -> str:
    def right(row: Row) -> bool | None:
        return None if row.gold.answerable is False else _judged(row)

    found = share(rows, right)
    if found is None:
        return "No question says what a right answer to it is, so nothing can be said about answers."
    certain = all(row.gold.answerable for row in rows if right(row) is not None)
    which = "that the articles answer" if certain else "with a known answer"
    if found.n < FEW:
        was = f"{found.held or 'none'} {'was' if found.held < 2 else 'were'} answered rightly"
        only = f"Only {counted(found.n, 'question')} {which} {'was' if found.n == 1 else 'were'} asked"
        return f"{only}, too few questions to say how often it is right: {was}."
    were = "was" if found.held == 1 else "were"
    return f"Of {counted(found.n, 'question')} {which}, {_said(found)} {were} answered rightly."


def _wrong(rows: Sequence[Row]) -> str:
    found = share(rows, lambda row: None if not _answered(row) or (right := _judged(row)) is None else not right)
    if found is None:
        return "" if any(_answered(row) for row in rows) else "It gave no answer at all."
    if found.n < FEW:
        given = f"It gave only {counted(found.n, 'answer')} that can be judged, too few to say how often it is wrong"
        return f"{given}: {found.held or 'none'} {'was' if found.held < 2 else 'were'}."
    return f"Of the {found.n:,} answers that it gave, {_said(found)} {'was' if found.held == 1 else 'were'} wrong."


def _refusals(rows: Sequence[Row]) -> str:
    found = share(rows, lambda row: _refused(row) if row.gold.answerable is False else None)
    needless = share(rows, lambda row: _refused(row) if row.gold.answerable else None)
    if found is None:
        if needless is None:
            return (
                "No question is marked as one that the articles answer or not, so nothing can be said about refusals."
            )
        also = f" It refused {_said(needless)} of those that they do answer." if needless.n >= FEW else ""
        return f"No question is marked as one that the articles do not answer.{also}"
    if found.n < FEW:
        many = counted(found.n, "question")
        return (
            f"Only {many} that the articles do not answer {'was' if found.n == 1 else 'were'} asked, too few questions "
            f"to say how well it refuses: {found.held or 'none'} {'was' if found.held < 2 else 'were'} refused."
        )
    also = f", and {_said(needless)} of those that they do answer" if needless and needless.n >= FEW else ""
    return f"It refused {_said(found)} of {counted(found.n, 'question')} that the articles do not answer{also}."


def _fault(rows: Sequence[Row]) -> str:
    counts = Counter(outcome(row) for row in rows)
    parts = []
    faults = {name: counts[name] for name in _FAULTS if counts[name]}
    if faults:
        most = max(faults, key=lambda name: faults[name])
        what = (
            f"What went wrong most often: {_FAULTS[most]}" if len(faults) > 1 else f"What went wrong: {_FAULTS[most]}"
        )
        parts.append(f"{what} ({counted(faults[most], 'question')}).")
    if failed := counts["failed"]:
        parts.append(f"{counted(failed, 'question')} failed and got no reply.")
    return " ".join(parts)


def _said(found: Share) -> str:
    """As in “80 % (77–83 %)”."""
    low, high = (f"{100 * bound:.0f}" for bound in (found.low, found.high))
    return f"{percent(found.held / found.n)} ({low}–{high}{_BLANK}%)"


def _judged(row: Row) -> bool | None:
    """Whether the reply is right; a question that failed got no right one."""
    return is_right(row, row.reply or Reply("refusal", "", 0.0))


def _answered(row: Row) -> bool:
    return row.reply is not None and row.reply.kind == "answer"


def _refused(row: Row) -> bool:
    return row.reply is not None and row.reply.kind == "refusal"
