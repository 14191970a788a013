from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval.loading import Loaded, LoadOptions, Skipped, load

LINE = '{{"id": "{0}", "text": "Article {0}."}}\n'


def put(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or LINE.format(path.stem), encoding="utf-8")
    return path


def ids(folder: Path) -> list[str]:
    return [outcome.article.id for outcome in load(str(folder), LoadOptions()) if isinstance(outcome, Loaded)]


def skipped(folder: Path) -> dict[str, str]:
    outcomes = [outcome for outcome in load(str(folder), LoadOptions()) if isinstance(outcome, Skipped)]
    return {Path(outcome.location).name.partition("#")[0]: outcome.reason for outcome in outcomes}


def test_a_folder_is_read_to_its_depths_in_order_and_hidden_things_are_left_alone(tmp_path: Path) -> None:
    for name in (
        "b.jsonl",
        "a/z.jsonl",
        "a/deep/er/y.ndjson",
        ".hidden.jsonl",
        ".git/x.jsonl",
        "c.JSONL",
        "picture.png",
        "run.py",
    ):
        put(tmp_path / name)
    assert ids(tmp_path) == ["y", "z", "b", "c"]
    assert skipped(tmp_path) == {}


def test_documents_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    put(tmp_path / "old.doc")
    put(tmp_path / "settings.xml", "<project/>")
    put(tmp_path / "broken.jsonl", "{")
    put(tmp_path / "empty.txt", " ")
    put(tmp_path / "good.jsonl")
    assert ids(tmp_path) == ["good"]
    assert skipped(tmp_path) == {
        "old.doc": ".doc files are not read; save it as .docx, .pdf, .html, .md or .txt",
        "settings.xml": "XML, but neither a feed nor a sitemap",
        "broken.jsonl": "not JSON: Expecting property name enclosed in double quotes",
        "empty.txt": "empty file",
    }


def test_links_are_followed_once_and_circles_end(tmp_path: Path) -> None:
    put(tmp_path / "here" / "a.jsonl")
    put(tmp_path / "elsewhere" / "b.jsonl")
    (tmp_path / "here" / "circle").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "outside").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here" / "twice").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here" / "same.jsonl").symlink_to(tmp_path / "here" / "a.jsonl")
    (tmp_path / "here" / "gone.jsonl").symlink_to(tmp_path / "nothing.jsonl")
    (tmp_path / "here" / "itself.txt").symlink_to(tmp_path / "here" / "itself.txt")
    assert ids(tmp_path / "here") == ["a", "b"]
    assert skipped(tmp_path / "here") == {
        "gone.jsonl": "a link to a file that does not exist or cannot be reached",
        "itself.txt": "a link to a file that does not exist or cannot be reached",
    }


def test_what_a_browser_saved_beside_a_page_is_not_an_article(tmp_path: Path) -> None:
    put(tmp_path / "Ferry news.html", "<html><body></body></html>")
    put(tmp_path / "Ferry news_files" / "advertisement.html", "<p>Buy boats.</p>")
    put(tmp_path / "other_files" / "a.jsonl")
    assert ids(tmp_path) == ["a"]
    assert list(skipped(tmp_path)) == ["Ferry news.html"]


def test_a_pipe_in_a_folder_does_not_stop_the_rest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    put(tmp_path / "b.jsonl")
    assert ids(tmp_path) == ["b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl").chmod(0)
    put(tmp_path / "b" / "c.jsonl").parent.chmod(0)
    put(tmp_path / "d.jsonl")
    (tmp_path / "e.txt").symlink_to(tmp_path / "b" / "c.jsonl")
    try:
        assert ids(tmp_path) == ["d"]
        assert skipped(tmp_path) == {
            "a.jsonl": "cannot be read: Permission denied",
            "b": "cannot be opened: Permission denied",
            "e.txt": "a link to a file that does not exist or cannot be reached",
        }
    finally:
        (tmp_path / "b").chmod(0o700)


def test_a_file_that_vanishes_while_its_folder_is_read_does_not_stop_the_rest(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl")
    late, last = put(tmp_path / "b.jsonl"), put(tmp_path / "c.jsonl")
    outcomes = load(str(tmp_path), LoadOptions())
    assert isinstance(next(outcomes), Loaded)
    late.unlink()
    assert [outcome.article.id for outcome in outcomes if isinstance(outcome, Loaded)] == [last.stem]
