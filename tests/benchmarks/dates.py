"""What it changes that the dates of articles count: each set asked with ``search.recency=0``, then as it is set.

The questions of news-quiz ask about the days before them. The articles of newsqa have no dates; here they get some that
are drawn by lot from four years, so that the dates say nothing about what is asked, and heeding them can only harm.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from sqlite3 import connect
from typing import Any

from bot.evaluation import runs
from bot.evaluation.comparing import Paired, compare
from tests.benchmarks import quality
from tests.benchmarks.tables import Section

TELLING, BY_LOT = "news-quiz", "newsqa"
_LAST, _DAYS, _SEED = date(2024, 6, 30), 1461, 20261128
_WITHOUT = "search.recency=0"
_READERS = {"with the reader": (), "without the reader": quality.WITHOUT}

Compared = Mapping[str, Sequence[Paired]]


def telling(gold: Path, folder: Path) -> Compared:
    """The set whose dates say something, with the reader and without."""
    return _compared(gold, folder, folder / "ours", "dates")


def by_lot(gold: Path, folder: Path) -> Compared:
    """The set whose dates say nothing, in a library of its own."""
    library = folder / "by-lot"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(folder / "ours", library)
    draw(library / "catalogue.sqlite3")
    return _compared(gold, folder, library, "by-lot")


def _compared(gold: Path, folder: Path, library: Path, name: str) -> Compared:
    found = {}
    for reader, settings in _READERS.items():
        runs_of = []
        for heeded in ((*settings, _WITHOUT), settings):
            run = folder / f"run-{name}-{len(settings)}-{len(heeded)}"
            quality.evaluate(gold, run, library, False, heeded)
            runs_of.append(runs.load(run).rows)
        before, after = runs_of
        found[reader] = compare(after, before).paired
    return found


def draw(catalogue: Path) -> None:
    """Gives every article of a library a day of the four years before ``_LAST``, each as likely as the others."""
    lot = random.Random(_SEED)
    with closing(connect(catalogue)) as database, database:
        ids = sorted(row[0] for row in database.execute("SELECT id FROM articles"))
        days = [(_LAST - timedelta(days=lot.randrange(_DAYS))).isoformat() for _ in ids]
        for table, key in (("articles", "id"), ("versions", "article_id")):
            database.executemany(
                f"UPDATE {table} SET published = ? WHERE {key} = ?",
                zip(days, ids, strict=True),
            )


def section(results: Mapping[str, Compared]) -> Section:
    """Both sets with paired tests."""
    figures: dict[str, Any] = {}
    grids = []
    for name, compared in results.items():
        for reader, paired in compared.items():
            figures[f"{name}, {reader}"] = {test.name: asdict(test) for test in paired}
            grids.append(quality.difference("heeding dates", f"{name}, {reader}", paired))
    return Section(figures, grids)
