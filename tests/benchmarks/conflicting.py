"""The questions of ``conflicting-sources``, each with its documents as a collection of their own, as gold questions."""

from __future__ import annotations

import json
from pathlib import Path


def convert(file: Path, folder: Path) -> tuple[Path, Path]:
    """Write ``articles.jsonl`` and ``gold.jsonl`` of a ``ramdocs.jsonl`` into ``folder``; returns both.

    Every right answer is a side of its own where there are several; what misinforming documents say is a wrong answer.
    The documents with a right answer are the gold articles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    articles, gold = folder / "articles.jsonl", folder / "gold.jsonl"
    with (
        file.open(encoding="utf-8") as lines,
        articles.open("w", encoding="utf-8") as out,
        gold.open("w", encoding="utf-8") as questions,
    ):
        for number, line in enumerate(lines):
            record = json.loads(line)
            collection = f"question {number}"
            right = []
            for place, document in enumerate(record["documents"]):
                id_ = f"{number}-{place}"
                out.write(json.dumps({"id": id_, "text": document["text"], "collection": collection}) + "\n")
                if document["type"] == "correct":
                    right.append(id_)
            answers = record["gold_answers"]
            question = {
                "id": str(number),
                "question": record["question"],
                "answers": answers,
                "articles": right,
                "answerable": True,
                "collection": collection,
                "sides": [[answer] for answer in answers] if len(answers) > 1 else [],
                "wrong_answers": record.get("wrong_answers") or [],
            }
            questions.write(json.dumps(question) + "\n")
    return articles, gold
