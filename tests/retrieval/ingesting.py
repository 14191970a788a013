"""A real ingest in a process of its own, for the tests that kill it: ingesting.py FOLDER ROUND.

Prints "done N" when N articles of this round can be found. In every round a third of the articles has changed, and
every tenth is removed and comes back in the next.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from retrieval.articles import Article, sealed
from retrieval.embedding import open_embedder
from retrieval.intake import Intake
from retrieval.library import Library, Progress
from retrieval.loading import Loaded
from retrieval.tables import open_engine, sqlite_url

COUNT = 120


def text_of(number: int, round_: int) -> str:
    """What article ``number`` says in a round."""
    changed = round_ if number % 3 == 0 else 0
    return (
        f"Harbour report number {number}, edition {changed}. The fleet landed {number * 7} crates of herring.\n\n"
        f"Pilot {number} said that the tide of day {number} was the highest of edition {changed}. " * 6
    )


def articles(round_: int) -> Iterator[Loaded]:
    """The articles of a round."""
    for number in range(COUNT):
        if round_ % 2 and number % 10 == 5:
            continue
        article = Article(id=f"report-{number}", title=f"Harbour report {number}", text=text_of(number, round_))
        yield Loaded(sealed(article), f"reports#{number}")


def open_in(folder: Path) -> Library:
    """The library of the folder, with batches small enough to be killed between."""
    return Library(folder, open_engine(sqlite_url(folder)), open_embedder("local"), batch_passages=24)


def main() -> None:
    """One ingest with pruning."""
    library = open_in(Path(sys.argv[1]))

    def tell(progress: Progress) -> None:
        sys.stdout.write(f"done {progress.articles}\n")
        sys.stdout.flush()

    sys.stdout.write("open\n")
    sys.stdout.flush()
    Intake(library, "reports").read(articles(int(sys.argv[2])), prune=True, progress=tell)
    sys.stdout.write("finished\n")


if __name__ == "__main__":
    main()
