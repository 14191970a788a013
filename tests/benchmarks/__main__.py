"""``python -m tests.benchmarks``: how fast and how good this project is beside the stock LangChain pipeline.

Reads the folder that FOOTNOTE_BENCHMARKS names. Prints tables and writes the figures to one JSON file.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from config import load
from tests.benchmarks import (
    collecting,
    conflicts,
    dates,
    extracting,
    fitting,
    fitting_sentences,
    followups,
    ingesting,
    quality,
    ranking,
    reading,
    searching,
    shown,
    starting,
    support,
)
from tests.benchmarks.conflicting import convert
from tests.benchmarks.datasets import Dataset
from tests.benchmarks.environment import stock_python
from tests.benchmarks.tables import Section, show

HERE = Path(__file__).resolve().parent
SECTIONS = (
    "start",
    "extraction",
    "ingest",
    "search",
    "memory",
    "retrieval",
    "followups",
    "evaluation",
    "shown",
    "dates",
    "conflicts",
    "fitting",
    "support",
    "tenfold",
    "reading",
)
_VERSIONS = ("footnote", "chromadb", "onnxruntime", "tantivy", "trafilatura", "sqlalchemy")


def main() -> int:
    """Run the sections that were asked for; 0 also where there is nothing to run on."""
    arguments = _arguments()
    named = os.environ.get("FOOTNOTE_BENCHMARKS", "")
    if not named or not Path(named).is_dir():
        print(  # noqa: T201
            "FOOTNOTE_BENCHMARKS does not name a folder of benchmarks; skipped: every section but start"
            if "start" in arguments.sections
            else "skipped: FOOTNOTE_BENCHMARKS does not name a folder of benchmarks"
        )
        arguments.sections = [section for section in arguments.sections if section == "start"]
    console = Console(width=None if sys.stdout.isatty() else 120)
    report: dict[str, Any] = {"about": _about(arguments), "sections": {}}
    for name, section in _sections(arguments, Path(named)):
        show(section, console)
        report["sections"][name] = section.figures
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if report["sections"]:
        console.print(f"The figures are in {arguments.out}", highlight=False)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all if none is named"
    )
    parser.add_argument("--articles", type=int, metavar="N", help="only the first N articles of each set: a quick look")
    parser.add_argument("--slices", type=int, default=4, metavar="N", help="turns that ingest is cut into (default 4)")
    parser.add_argument(
        "--reuse", action="store_true", help="search libraries of an earlier run; timed work is not reused"
    )
    parser.add_argument("--work", type=Path, default=HERE / ".work", metavar="DIR", help="where libraries are built")
    parser.add_argument("--full", type=Path, metavar="FILE", help="the reader in full precision, to compare with")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table of the evaluation here too")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the JSON file (default: named by the time, in --work)"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    arguments.sections = [name for name in SECTIONS if name in (arguments.sections or SECTIONS)]
    arguments.work = arguments.work.absolute()
    arguments.out = arguments.out or arguments.work / f"results-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    return arguments


def _sections(arguments: argparse.Namespace, benchmarks: Path) -> Iterator[tuple[str, Section]]:
    """The sections one by one, in an order in which each finds the libraries that it needs."""
    libraries = Libraries(arguments.work, arguments.reuse, arguments.slices)
    evaluations = Evaluations(libraries, benchmarks, arguments)
    quiz = Dataset(benchmarks / "news-quiz", arguments.articles)
    steps: dict[str, Callable[[], Iterator[tuple[str, Section]]]] = {
        "start": lambda: iter([("start", starting.measure(arguments.work))]),
        "extraction": lambda: iter([("extraction", extracting.compare(benchmarks / "extraction"))]),
        "ingest": lambda: iter([("ingest", libraries.compared(quiz))]),
        "search": lambda: iter([("search", searching.compare(quiz, libraries.both(quiz), stock_python()))]),
        "memory": lambda: iter([("memory", starting.serving(quiz, libraries.ours(quiz)))]),
        "retrieval": lambda: _retrieval(libraries, benchmarks, arguments.articles),
        "followups": lambda: iter([("followups", _followups(libraries, benchmarks, arguments.articles))]),
        "evaluation": lambda: iter([("evaluation", _evaluation(evaluations, arguments.markdown))]),
        "shown": lambda: iter([("shown", _shown(evaluations))]),
        "dates": lambda: iter([("dates", _dates(libraries, benchmarks, arguments.articles))]),
        "conflicts": lambda: iter([("conflicts", _conflicts(libraries, benchmarks, arguments))]),
        "fitting": lambda: _fitting(libraries, benchmarks, arguments),
        "support": lambda: iter([("support", support.measure(benchmarks / "claim-support" / "summedits_news.jsonl"))]),
        "tenfold": lambda: iter([("tenfold", searching.tenfold(quiz, libraries.ours(quiz), arguments.reuse))]),
        "reading": lambda: iter(
            [("reading", reading.measure(Dataset(benchmarks / reading.SET, arguments.articles), arguments.full))]
        ),
    }
    for name in arguments.sections:
        yield from steps[name]()


def _retrieval(libraries: Libraries, benchmarks: Path, limit: int | None) -> Iterator[tuple[str, Section]]:
    for name in (*ranking.BETTER_THAN_BOTH, *ranking.NOT_WORSE):
        dataset = Dataset(benchmarks / name, limit)
        yield f"retrieval {name}", ranking.compare(dataset, libraries.ours(dataset) / "ours")


def _followups(libraries: Libraries, benchmarks: Path, limit: int | None) -> Section:
    dataset = Dataset(benchmarks / followups.SET, limit)
    folder = libraries.ours(dataset)
    return followups.measure(dataset.gold(folder), folder / "ours")


def _fitting(libraries: Libraries, benchmarks: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Section]]:
    sets: dict[str, tuple[Path, Path]] = {}
    for name in fitting.SETS:
        dataset = Dataset(benchmarks / name, arguments.articles)
        folder = libraries.ours(dataset)
        sets[name] = folder, dataset.gold(folder)
    wiki, own = arguments.work / fitting.WIKI, arguments.work / fitting.OWN
    articles, gold = collecting.squad(benchmarks / "reader-training" / "squadshifts_new_wiki_v1.0.json.xz", wiki)
    conflicts.ingest(articles, wiki / "ours")
    conflicts.ingest(HERE.parent / "articles", own / "ours")
    sets |= {fitting.WIKI: (wiki, gold), fitting.OWN: (own, HERE.parent / "gold.jsonl")}
    confidence = {}
    for reader in fitting.READERS:
        rows = []
        for name, (folder, questions) in sets.items():
            if reader == "none" or name != fitting.WIKI:  # the reader was trained on it: it knows the answers
                rows += collecting.collected(name, folder, questions, reader, arguments.reuse)
        yield f"fitting sentences, reader {reader}", fitting_sentences.fit_sentences(rows, reader)
        confidence[reader] = fitting.fit_confidence(fitting.examples(rows), reader)
        yield f"fitting confidence, reader {reader}", confidence[reader]
    yield "fitting, Brier scores", fitting.brier(confidence)


def _evaluation(evaluations: Evaluations, markdown: Path | None) -> Section:
    results = {name: evaluations.of(name) for name in (*quality.SETS, quality.CONFLICTING)}
    if markdown:
        markdown.write_text(quality.markdown(results), encoding="utf-8")
    return quality.section(results)


def _shown(evaluations: Evaluations) -> Section:
    characters = load(library=None, config_file=None, overrides=[]).chat.context_characters
    return shown.measure({name: evaluations.of(name).rows for name in shown.SETS}, characters)


def _dates(libraries: Libraries, benchmarks: Path, limit: int | None) -> Section:
    said, drawn = (Dataset(benchmarks / name, limit) for name in (dates.TELLING, dates.BY_LOT))
    of_said, of_drawn = libraries.ours(said), libraries.ours(drawn)
    return dates.section(
        {
            said.name: dates.telling(said.gold(of_said), of_said),
            f"{drawn.name}, dates by lot": dates.by_lot(drawn.gold(of_drawn), of_drawn),
        }
    )


def _conflicts(libraries: Libraries, benchmarks: Path, arguments: argparse.Namespace) -> Section:
    folder = arguments.work / conflicts.CONFLICTING
    articles, gold = convert(benchmarks / conflicts.CONFLICTING / "ramdocs.jsonl", folder)
    conflicts.ingest(articles, folder / "library")
    rows = {conflicts.CONFLICTING: conflicts.found(gold, folder / "library")}
    for name in conflicts.ORDINARY:
        dataset = Dataset(benchmarks / name, arguments.articles)
        built = libraries.ours(dataset)
        rows[name] = conflicts.found(dataset.gold(built), built / "ours")
    return conflicts.section(rows)


class Libraries:
    """The libraries of each dataset, a folder each: built once a run, or kept from an earlier one if that is wished."""

    def __init__(self, work: Path, reuse: bool, slices: int) -> None:
        self._work = work
        self._reuse = reuse
        self._slices = slices
        self._built: set[str] = set()

    def compared(self, dataset: Dataset) -> Section:
        """Builds both libraries of a dataset, timed; never reused."""
        self._built.add(dataset.name)
        return ingesting.compare(dataset, self._folder(dataset), stock_python(), self._slices)

    def both(self, dataset: Dataset) -> Path:
        """The folder with both libraries."""
        folder = self._folder(dataset)
        if not self._stands(dataset, ingesting.STOCK_COMPLETE):
            self.compared(dataset)
        return folder

    def ours(self, dataset: Dataset) -> Path:
        """The folder with this project's library."""
        folder = self._folder(dataset)
        if not self._stands(dataset, ingesting.OURS_COMPLETE):
            ingesting.build(dataset, folder)
            self._built.add(dataset.name)
        return folder

    def _stands(self, dataset: Dataset, marker: str) -> bool:
        usable = self._reuse or dataset.name in self._built
        return usable and (self._folder(dataset) / marker).is_file()

    def _folder(self, dataset: Dataset) -> Path:
        return self._work / dataset.name


class Evaluations:
    """Each set asked without the reader and with it, once a run of these benchmarks."""

    def __init__(self, libraries: Libraries, benchmarks: Path, arguments: argparse.Namespace) -> None:
        self._libraries = libraries
        self._benchmarks = benchmarks
        self._arguments = arguments
        self._done: dict[str, quality.Evaluated] = {}

    def of(self, name: str) -> quality.Evaluated:
        """Both runs of one set."""
        if name not in self._done:
            self._done[name] = self._conflicting() if name == quality.CONFLICTING else self._asked(name)
        return self._done[name]

    def _conflicting(self) -> quality.Evaluated:
        return quality.conflicting(self._benchmarks / quality.CONFLICTING / "ramdocs.jsonl", self._arguments.work)

    def _asked(self, name: str) -> quality.Evaluated:
        dataset = Dataset(self._benchmarks / name, self._arguments.articles)
        folder = self._libraries.ours(dataset)
        return quality.evaluated(dataset.gold(folder), folder, library=folder / "ours")


def _about(arguments: argparse.Namespace) -> dict[str, Any]:
    """What somebody must know to judge the figures."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _VERSIONS},
        "articles": arguments.articles or "all",
        "slices": arguments.slices,
        "reused_libraries": arguments.reuse,
    }


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    sys.exit(main())
