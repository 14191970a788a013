"""How often the answer is among the passages that a chat model is shown, without the reader and with it.

No chat model is asked: the passages are those that the search found, cut to ``chat.context_characters`` as they are for
a chat model. That a question is refused for want of confidence, and so shows nothing, counts in lines of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bot.composing.chat import shown
from bot.evaluation.matching import stands, words
from bot.evaluation.rows import Row
from tests.benchmarks.ranking import paired
from tests.benchmarks.tables import Cell, Grid, Section

SETS = ("news-quiz", "newsqa", "encyclopedia")
_SHARES = {"whole": 1.0, "half": 0.5, "quarter": 0.25}  # of the characters that a chat model is shown


def measure(rows: Mapping[str, tuple[Sequence[Row], Sequence[Row]]], characters: int) -> Section:
    """The share of questions whose answer is shown, for each set asked without the reader and with it."""
    figures: dict[str, Any] = {"characters": characters}
    table: list[tuple[Cell, ...]] = []
    for name, (before, after) in rows.items():
        pairs = [
            (old, new)
            for old, new in zip(before, after, strict=True)
            if old.gold.answers and old.gold.answerable is not False
        ]
        figures[name] = {"questions": len(pairs)}
        for label, share in _SHARES.items():
            room = int(characters * share)
            for refusing in (False, True):
                old, new = (
                    np.array([_holds(row, room, refusing) for row in side]) for side in zip(*pairs, strict=True)
                )
                test = {"without": float(old.mean()), "with": float(new.mean())} | paired(new, old)
                figures[name][f"{label}{' unless refused' if refusing else ''}"] = test
                table.append(_line(name, f"{room:,}", refusing, test, len(pairs)))
    columns = ("set", "characters", "refusals", "without", "with", "difference", "95 % interval", "p", "n")
    note = f"A chat model is shown {characters:,} characters as chat.context_characters is set."
    return Section(figures, [Grid("The answer is among what a chat model is shown", columns, table, [note])])


def _holds(row: Row, characters: int, refusing: bool) -> float:
    """1 where an answer stands in a passage that would be shown; nothing is shown for a question that is refused."""
    reply = row.reply
    if reply is None or (refusing and reply.kind == "refusal"):
        return 0.0
    texts = shown((hit.text for hit in reply.hits), characters)
    return float(any(stands(answer, words(text)) for text in texts for answer in row.gold.answers))


def _line(name: str, room: str, refusing: bool, test: Mapping[str, float], n: int) -> tuple[Cell, ...]:
    interval = f"{test['low']:+.3f} to {test['high']:+.3f}"
    shares = (f"{test['without']:.3f}", f"{test['with']:.3f}", f"{test['difference']:+.3f}")
    return (name, room, "show nothing" if refusing else "as others", *shares, interval, f"{test['p']:.4f}", n)
