"""The dates that are drawn by lot for a library whose articles have none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.app import open_app
from config import Secrets, load
from retrieval.articles import Filters
from tests.benchmarks.dates import draw


def test_every_article_of_a_library_gets_a_day_of_four_years(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(f'{{"id": "a{n}", "title": "T{n}", "text": "Ferry {n} sails."}}\n' for n in range(60)))
    settings = load(library=tmp_path / "library", overrides=["chat.model=none"])
    with open_app(settings, Secrets()) as app:
        assert all(report.added for report in app.ingest([str(file)]))
    draw(tmp_path / "library" / "catalogue.sqlite3")
    with open_app(settings, Secrets()) as app:
        days = [article.published for article in app.library.catalogue.newest(Filters(), 100)]
        hits, _ = app.search("When does ferry 7 sail?")
    assert len(days) == 60 and len({day.year for day in days if day}) >= 4
    assert date(2020, 6, 30) <= min(day for day in days if day) < max(day for day in days if day) <= date(2024, 6, 30)
    assert all(hit.article.published in days for hit in hits)
