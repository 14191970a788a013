"""The benchmarks' articles and questions, whole or the first articles alone for a quick look."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Dataset:
    """One folder with ``articles.jsonl.gz`` and ``gold.jsonl``; ``limit`` takes the first articles only."""

    folder: Path
    limit: int | None = None

    @property
    def name(self) -> str:
        """What results and libraries of it are called."""
        return self.folder.name if self.limit is None else f"{self.folder.name}-{self.limit}"

    @cached_property
    def articles(self) -> list[dict[str, Any]]:
        """The articles as the file has them."""
        with gzip.open(self.folder / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in islice(lines, self.limit)]

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """All questions of the gold file."""
        with (self.folder / "gold.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    @property
    def asked(self) -> list[list[str | None]]:
        """Every question with the day it was asked on, as the workers take them."""
        return asked(self.questions)

    @property
    def findable(self) -> list[dict[str, Any]]:
        """The questions that name at least one article which is there."""
        there = {article["id"] for article in self.articles}
        return [question for question in self.questions if there & set(question.get("articles") or ())]

    def gold(self, folder: Path) -> Path:
        """The gold file, or with a limit one in ``folder`` of the questions whose articles are all there."""
        if self.limit is None:
            return self.folder / "gold.jsonl"
        there = {article["id"] for article in self.articles}
        kept = [question for question in self.questions if there.issuperset(question.get("articles") or ())]
        file = folder / "gold.jsonl"
        file.write_text("".join(json.dumps(question) + "\n" for question in kept), encoding="utf-8")
        return file

    @property
    def outlets(self) -> list[str]:
        """The outlets, the one with the most articles first."""
        counts = Counter(article["source"] for article in self.articles if article.get("source"))
        return [outlet for outlet, _ in counts.most_common()]

    @property
    def median_day(self) -> str | None:
        """The day on or after which half of the dated articles were published."""
        days = sorted(article["published"] for article in self.articles if article.get("published"))
        return days[len(days) // 2] if days else None

    def sliced(self, folder: Path, slices: int) -> list[Path]:
        """The articles in files of nearly the same number of articles each, written into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        bounds = [len(self.articles) * number // slices for number in range(slices + 1)]
        files = []
        for number, (start, end) in enumerate(pairwise(bounds), start=1):
            file = folder / f"articles-{number}.jsonl.gz"
            with gzip.open(file, "wt", encoding="utf-8") as lines:
                lines.writelines(json.dumps(article, ensure_ascii=False) + "\n" for article in self.articles[start:end])
            files.append(file)
        return files


def asked(questions: Iterable[dict[str, Any]]) -> list[list[str | None]]:
    """Questions with the day they were asked on, as the workers take them."""
    return [[question["question"], question.get("asked_at")] for question in questions]
