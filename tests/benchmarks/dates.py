"""What it changes that the dates of articles count: each set asked with ``search.recency=0``, then as it is set.

The questions of news-quiz ask about the days before them. The articles of newsqa have no dates; here they get some that
are drawn by lot from four years, so that the dates say nothing about what is asked, and heeding them can only harm.
"""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from sqlite3 import connect

from bot.evaluation import runs
from bot.evaluation.comparing import Paired, compare
from tests.benchmarks import quality
from tests.benchmarks.tables import Section

TELLING, BY_LOT = "news-quiz", "newsqa"
_LAST, _DAYS, _SEED = date(2024, 6, 30), 1461, 20261128
_WITHOUT = ("search.recency=0",)


def telling(gold: Path, folder: Path, run: Path) -> tuple[Paired, ...]:
    """The set whose dates say something; ``run`` is the one with the settings as they are."""
    without = folder / "run-without-dates"
    quality.evaluate(gold, without, folder / "ours", False, _WITHOUT)
    return compare(runs.load(run).rows, runs.load(without).rows).paired


def by_lot(gold: Path, folder: Path) -> tuple[Paired, ...]:
    """The set whose dates say nothing, in a library of its own."""
    library = folder / "by-lot"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(folder / "ours", library)
    draw(library / "catalogue.sqlite3")
    without, whole = folder / "run-by-lot-without-dates", folder / "run-by-lot"
    quality.evaluate(gold, without, library, False, _WITHOUT)
    quality.evaluate(gold, whole, library, False)
    return compare(runs.load(whole).rows, runs.load(without).rows).paired


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


def section(results: dict[str, tuple[Paired, ...]]) -> Section:
    """Both sets with paired tests."""
    figures = {name: {test.name: asdict(test) for test in paired} for name, paired in results.items()}
    names = {TELLING: TELLING, BY_LOT: f"{BY_LOT}, dates by lot"}
    grids = [quality.difference("heeding dates", names[name], paired) for name, paired in results.items()]
    return Section(figures, grids)
