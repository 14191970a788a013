"""Questions of our own over the sample articles, in the two forms that the reader's training texts have."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

ARTICLES = Path(__file__).parents[2] / "articles" / "articles.jsonl"

# an article's id, a question about it, and the answer as it stands there
MARKED = (
    ("ferry-report", "Which ship took one buoy for another?", "Alder Tern"),
    ("ferry-report", "How many passengers were on board?", "68"),
    ("ferry-report", "When did the steering gear fail?", "17:39"),
    ("ferry-report", "Who is the captain of the ferry?", "Henk Marais"),
    ("ferry-report", "Who is the managing director of Merrow Line?", "Tomas Eskeland"),
    ("oyster-ban", "What did the people who ate oysters fall ill with?", "norovirus"),
    ("oyster-ban", "How many growers does the ban cover?", "nine growers"),
    ("oyster-ban", "Since when has the family of Wim Castellan grown oysters?", "1951"),
    ("oyster-ban", "Who runs the sewage works?", "Vessen Water"),
    ("gannet-wind", "Before which year will the wind farm not produce power?", "2030"),
    ("gannet-wind", "How many turbines does Norvane Energy plan?", "34"),
    ("gannet-wind", "Who chairs the fishing co-operative?", "Dirk Ollander"),
    ("strike-deal", "Under whom were the talks held?", "Osric Benn"),
    ("strike-deal", "How many nurses will the agency send?", "22 nurses"),
)
# a question, its answers, the articles that hold one, and an article that does not
FOUND = (
    ("Which company plans a wind farm on Gannet Bank?", ("Norvane Energy", "Norvane"), "gannet-wind", "ferry-report"),
    ("From which bay may oysters not be sold?", ("Sutter Bay",), "oyster-ban", "strike-deal"),
    ("Who is the director of St Brannoc's Hospital?", ("Helene Voss", "Voss"), "strike-deal", "oyster-ban"),
    ("Who published the first report on the grounding?", ("Marine Accident Bureau",), "ferry-report", "gannet-wind"),
)


def sample_articles() -> dict[str, tuple[str, str]]:
    """Title and text by id."""
    rows = map(json.loads, ARTICLES.read_text(encoding="utf-8").splitlines())
    return {row["id"]: (row["title"], row["text"]) for row in rows}


def write_training_texts(folder: Path) -> None:
    """A folder as mining reads it."""
    articles = sample_articles()
    collections = [
        {"title": articles[id_][0], "paragraphs": [{"context": articles[id_][1], "qas": _asked(id_, articles[id_][1])}]}
        for id_ in dict.fromkeys(id_ for id_, _, _ in MARKED)
    ]
    _pack(folder / "squadshifts_own_v1.0.json.xz", json.dumps({"version": "1.1", "data": collections}))
    rows = [
        {
            "question": question,
            "answers": answers,
            "choices": [],
            "asked_at": "2025-11-20",
            "positive": [_passage(articles[held])],
            "negative": [_passage(articles[other])],
        }
        for question, answers, held, other in FOUND
    ]
    _pack(folder / "news-quiz_own.jsonl.xz", "".join(json.dumps(row) + "\n" for row in rows))


def _asked(id_: str, text: str) -> list[dict[str, object]]:
    return [
        {
            "id": f"{id_}-{number}",
            "question": question,
            "answers": [{"text": answer, "answer_start": text.index(answer)}],
        }
        for number, (of, question, answer) in enumerate(MARKED)
        if of == id_
    ]


def _passage(article: tuple[str, str]) -> dict[str, str]:
    title, text = article
    return {"title": title, "text": text}


def _pack(path: Path, content: str) -> None:
    path.write_bytes(lzma.compress(content.encode("utf-8")))
