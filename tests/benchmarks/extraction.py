"""How well HTML pages become articles, by the measure of scrapinghub/article-extraction-benchmark.

``python tests/benchmarks/extraction.py`` prints precision, recall and F1 over shingles of four words, of this project's
loader and of plain trafilatura on the same pages in the same run, with the difference and its bootstrap interval.
The pages are read from ``$FOOTNOTE_BENCHMARKS/extraction``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

WORD = re.compile(r"\w+")
SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One saved page, where it came from, and the article text that a person marked in it."""

    name: str
    url: str
    data: bytes
    truth: str


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one page; None where there is nothing to divide by, as in the benchmark itself."""

    precision: float | None
    recall: float | None


def pages(folder: Path) -> list[Page]:
    """All pages of the benchmark, in the order of their names."""
    truths = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Page(
            name,
            truth.get("url") or "",
            gzip.decompress((folder / f"{name}.html.gz").read_bytes()),
            truth["articleBody"],
        )
        for name, truth in sorted(truths.items())
    ]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Counts of the text's four-word sequences; a shorter text is one sequence."""
    words = WORD.findall(text)
    starts = range(max(1, len(words) - SHINGLE + 1))
    return Counter(tuple(words[start : start + SHINGLE]) for start in starts if words)


def score(truth: str, found: str) -> Score:
    """Precision and recall of one page."""
    expected, got = shingles(truth), shingles(found)
    common = (expected & got).total()
    return Score(
        common / got.total() if got else None,
        common / expected.total() if expected else None,
    )


def means(scores: Sequence[Score]) -> tuple[float, float, float]:
    """Mean precision, mean recall, and the F1 of the two means: not the mean of F1."""
    precision = statistics.fmean(s.precision for s in scores if s.precision is not None)
    recall = statistics.fmean(s.recall for s in scores if s.recall is not None)
    return precision, recall, 2 * precision * recall / (precision + recall)


def plain_trafilatura(page: Page) -> str:
    """What a user gets from ``trafilatura.extract`` with its defaults, comments left out."""
    import trafilatura

    return trafilatura.extract(page.data.decode("utf-8", "replace"), include_comments=False) or ""


def this_loader(page: Page) -> str:
    """What this project's loader makes of the page; a page without an article is an empty text."""
    from retrieval.loading import LoadOptions, html
    from retrieval.loading.errors import NoArticle

    try:
        return html.read(page.data, location=f"{page.name}.html", url=page.url or None, options=LoadOptions()).text
    except NoArticle:
        return ""


def paired_difference(ours: Sequence[Score], theirs: Sequence[Score], seed: int = 0) -> tuple[float, float, float]:
    """Difference of F1 and its 95 % bootstrap interval over pages."""
    rng, differences = random.Random(seed), []
    for _ in range(2000):
        drawn = [rng.randrange(len(ours)) for _ in ours]
        differences.append(means([ours[i] for i in drawn])[2] - means([theirs[i] for i in drawn])[2])
    differences.sort()
    return means(ours)[2] - means(theirs)[2], differences[50], differences[1949]


def report(folder: Path, worst: int) -> str:
    """The table of both extractors, and the pages on which this loader does worst."""
    found = pages(folder)
    extractors: dict[str, Callable[[Page], str]] = {"plain trafilatura": plain_trafilatura, "this loader": this_loader}
    scores = {name: [score(page.truth, extract(page)) for page in found] for name, extract in extractors.items()}
    lines = [f"{len(found)} pages, shingles of {SHINGLE} words", f"{'':20}precision  recall     F1"]
    for name, of_pages in scores.items():
        precision, recall, f1 = means(of_pages)
        lines.append(f"{name:20}{precision:9.4f}{recall:9.4f}{f1:9.4f}")
    difference, low, high = paired_difference(scores["this loader"], scores["plain trafilatura"])
    lines.append(f"difference of F1 {difference:+.4f}, 95 % interval over pages {low:+.4f} to {high:+.4f}")
    ranked = sorted(
        zip(scores["this loader"], found, strict=True), key=lambda row: (row[0].precision or 0) + (row[0].recall or 0)
    )
    for of_page, page in ranked[:worst]:
        lines.append(
            f"{page.name[:12]}  precision {of_page.precision or 0:.3f}  recall {of_page.recall or 0:.3f}  {page.url}"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 where the benchmark's folder is not named or not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also list the N pages that come out worst")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("FOOTNOTE_BENCHMARKS", "")) / "extraction"
    if not (folder / "ground-truth.json").is_file():
        sys.stderr.write("skipped: FOOTNOTE_BENCHMARKS does not name a folder with extraction/ground-truth.json\n")
        return 1
    print(report(folder, arguments.worst))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
