"""The extraction benchmark as a section of the report."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import extraction
from tests.benchmarks.tables import Grid, Section
from tests.benchmarks.workers import telling


def compare(folder: Path) -> Section:
    """Precision, recall and F1 of this project's loader and of plain trafilatura on the same pages."""
    telling("extraction")
    pages = extraction.pages(folder)
    extractors = {"plain trafilatura": extraction.plain_trafilatura, "this project": extraction.this_loader}
    scores = {name: [extraction.score(p.truth, extract(p)) for p in pages] for name, extract in extractors.items()}
    means = {
        name: dict(zip(("precision", "recall", "f1"), extraction.means(of), strict=True)) for name, of in scores.items()
    }
    difference, low, high = extraction.paired_difference(scores["this project"], scores["plain trafilatura"])
    rows = [(name, *(f"{value:.4f}" for value in of.values())) for name, of in means.items()]
    notes = [
        f"{len(pages)} pages; difference of F1 {difference:+.4f}, 95 % interval over pages {low:+.4f} to {high:+.4f}.",
        "Wanted: not below plain trafilatura; .970 is the aim.",
    ]
    figures = {"pages": len(pages), "means": means, "difference": {"f1": difference, "low": low, "high": high}}
    columns = ("four-word shingles", "precision", "recall", "F1")
    return Section(figures, [Grid("Extraction of articles from pages", columns, rows, notes)])
