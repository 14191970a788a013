from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retrieval.articles import Article
from retrieval.loading import Loaded, LoadOptions, Skipped, load

OPTIONS = LoadOptions(max_article_bytes=10_000)


def written(path: Path, *lines: object) -> Path:
    """A JSON Lines file; a line that is text or bytes already is written as it is."""
    rows = [
        row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else json.dumps(row).encode()
        for row in lines
    ]
    path.write_bytes(b"\n".join(rows) + b"\n")
    return path


def only(path: Path, options: LoadOptions = OPTIONS) -> Article:
    (outcome,) = load(str(path), options)
    assert isinstance(outcome, Loaded), outcome
    return outcome.article


def reasons(path: Path, options: LoadOptions = OPTIONS) -> dict[str, str]:
    skipped = [outcome for outcome in load(str(path), options) if isinstance(outcome, Skipped)]
    return {outcome.location.rpartition("#")[2]: outcome.reason for outcome in skipped}


def test_a_line_with_every_field_is_kept_as_it_is(tmp_path: Path) -> None:
    text = "  The bridge\u00a0opened.\r\n\r\n\tIt cost 3 million. \n"
    row = {
        "id": "s-1",
        "url": "https://example.org/bridge",
        "title": "Bridge opens",
        "text": text,
        "author": ["Ana Bel", "Cy Dunn"],
        "published": "2025-03-01",
        "updated": "2025-03-02T23:30:00-05:00",
        "source": "The Example",
        "language": "en",
        "collection": "sea",
    }
    article = only(written(tmp_path / "a.jsonl", row))
    assert article.text == text
    assert (article.id, article.title, article.url) == ("s-1", "Bridge opens", "https://example.org/bridge")
    assert (article.author, article.source, article.language) == ("Ana Bel, Cy Dunn", "The Example", "en")
    assert (article.published, article.updated) == (date(2025, 3, 1), date(2025, 3, 2))
    assert article.collection == "sea"
    assert article.content_hash


def test_the_collection_asked_for_wins_over_the_lines_own(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"text": "Some words.", "collection": "sea"})
    assert only(path, LoadOptions(collection="land")).collection == "land"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The ferry is late. Nobody knows why.", "The ferry is late."),
        ("\n\nFerry news\nThe ferry is late.", "Ferry news"),
        ("word " * 40, ("word " * 15).strip() + "…"),
    ],
)
def test_an_article_without_a_title_is_called_by_how_it_begins(tmp_path: Path, text: str, title: str) -> None:
    article = only(written(tmp_path / "a.jsonl", {"text": text}))
    assert article.title == title
    assert len(article.title) <= 80


def test_an_article_without_id_keeps_its_own_when_lines_move(tmp_path: Path) -> None:
    first, second = {"text": "One."}, {"text": "Two."}
    path = tmp_path / "a.jsonl"
    before = {o.article.id for o in load(str(written(path, first, second)), OPTIONS) if isinstance(o, Loaded)}
    after = {o.article.id for o in load(str(written(path, second, "", first)), OPTIONS) if isinstance(o, Loaded)}
    assert len(before) == 2
    assert before == after


def test_a_number_as_id_and_a_byte_order_mark_and_blank_lines_are_fine(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl", b'\xef\xbb\xbf{"id": 7, "text": "One."}', "", "   ", {"id": "8", "text": "Two."}
    )
    outcomes = list(load(str(path), OPTIONS))
    assert [o.article.id for o in outcomes if isinstance(o, Loaded)] == ["7", "8"]
    assert [o.location.rpartition("#")[2] for o in outcomes] == ["7", "8"]


def test_bad_lines_are_named_with_their_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl",
        {"id": "a", "text": "Good."},
        "{broken",
        "[1, 2]",
        {"id": "b", "title": "No text"},
        {"id": "c", "text": " \n"},
        b'{"text": "caf\xe9"}',
        {"id": "a", "text": "The same id again."},
        {"id": "d", "text": "x" * 10_001},
        {"id": "e", "text": "x" * 200_000},
        "[" * 9_000,
        {"id": "f", "text": "Good too."},
    )
    assert reasons(path) == {
        "line 2": "not JSON: Expecting property name enclosed in double quotes",
        "line 3": "JSON, but not an object with a text",
        "line 4": "no text",
        "line 5": "no text",
        "line 6": "not valid UTF-8",
        "line 7": "the id a stands in line 1 already",
        "line 8": "larger than 0.01 MB (ingest.max_article_mb)",
        "line 9": "larger than 0.01 MB (ingest.max_article_mb)",
        "line 10": reasons(path)["line 10"],
    }
    assert reasons(path)["line 10"].startswith("not JSON: ")
    assert [o.article.id for o in load(str(path), OPTIONS) if isinstance(o, Loaded)] == ["a", "f"]


@pytest.mark.parametrize("value", ["soon", "13/14/2025", 20250301.5, [], {}, True, ""])
def test_a_date_that_is_none_costs_the_date_and_not_the_article(tmp_path: Path, value: Any) -> None:
    assert only(written(tmp_path / "a.jsonl", {"text": "Words.", "published": value})).published is None


def test_characters_no_database_keeps_are_replaced_one_for_one(tmp_path: Path) -> None:
    article = only(written(tmp_path / "a.jsonl", r'{"text": "ab\ud800cd\u0000ef \ud83d\ude00", "title": "x\udfff"}'))
    assert article.text == "ab\ufffdcd\ufffdef \U0001f600"
    assert article.title == "x\ufffd"


def test_a_gzip_cut_off_in_the_middle_gives_what_stands_before_the_cut(tmp_path: Path) -> None:
    rows = b"".join(json.dumps({"id": n, "text": os.urandom(300).hex()}).encode() + b"\n" for n in range(100))
    whole = gzip.compress(rows)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    outcomes = list(load(str(path), OPTIONS))
    assert 30 < len(outcomes) < 70
    assert all(isinstance(outcome, Loaded) for outcome in outcomes[:-1])
    assert isinstance(outcomes[-1], Skipped)
    assert outcomes[-1].reason == "the gzip file is cut off; the lines before this one were read"


def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(gzip.compress(b'{"id": "1", "text": "One."}\n'))
    assert only(path).id == "1"
    plain = written(tmp_path / "b.jsonl.gz", {"id": "2", "text": "Two."})
    assert only(plain).id == "2"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b" " * 50_000_000 + b"\n")  # one endless line, and then many
        for n in range(5_000):
            file.write(json.dumps({"id": n, "text": "word " * 1_000, "language": "en"}).encode() + b"\n")
    list(load(str(written(tmp_path / "warm.jsonl", {"text": "Loads what is loaded once."})), OPTIONS))
    tracemalloc.start()
    try:
        count = sum(isinstance(outcome, Loaded) for outcome in load(str(path), OPTIONS))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 5_000
    assert peak < 5_000_000


def test_a_real_import_loads_whole(benchmarks: Path) -> None:
    path = benchmarks / "newsqa" / "articles.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = {row["id"]: row["text"] for row in map(json.loads, file)}
    loaded = [outcome.article for outcome in load(str(path), LoadOptions()) if isinstance(outcome, Loaded)]
    assert {article.id: article.text for article in loaded} == texts
