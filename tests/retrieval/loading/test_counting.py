from __future__ import annotations

import gzip
from pathlib import Path

from retrieval.loading.counting import expected


def test_a_folder_is_expected_to_give_an_article_a_file_and_a_line(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("<p>one</p>")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "two.md").write_text("two")
    (tmp_path / "picture.png").write_bytes(b"")
    (tmp_path / "three.jsonl").write_text("{}\n{}\n{}\n")
    with gzip.open(tmp_path / "two.jsonl.gz", "wt") as file:
        file.write("{}\n{}\n")
    assert expected(str(tmp_path)) == 7
    assert expected(str(tmp_path / "two.jsonl.gz")) == 2
    assert expected(str(tmp_path / "one.html")) == 1


def test_a_broken_archive_ends_no_ingest(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl.gz").write_bytes(b"\x1f\x8b nothing more")
    assert expected(str(tmp_path / "broken.jsonl.gz")) == 1


def test_what_only_reading_would_tell_is_not_guessed(tmp_path: Path) -> None:
    for source in ("-", "https://example.org/feed.xml", str(tmp_path / "nowhere")):
        assert expected(source) is None
