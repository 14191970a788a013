from __future__ import annotations

import gzip
import io
import os
import random
import sys
from pathlib import Path

import pytest

from retrieval.articles import Article, article_id
from retrieval.loading import Loaded, LoadOptions, Skipped, load

OPTIONS = LoadOptions()
SENTENCES = (
    "The ferry will leave an hour later all winter. "
    "The harbour office in Saltmere said so on Tuesday, after the tide gauge broke."
)


def only(source: str) -> Article:
    (outcome,) = load(source, OPTIONS)
    assert isinstance(outcome, Loaded), outcome
    return outcome.article


def reason(source: str) -> str:
    (outcome,) = load(source, OPTIONS)
    assert isinstance(outcome, Skipped), outcome
    return outcome.reason


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_a_file_is_known_by_its_full_path_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ferry.txt"
    path.write_text(SENTENCES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    absolute, relative, uri = only(str(path)), only("./ferry.txt"), only(path.as_uri())
    assert absolute.text == SENTENCES
    assert absolute.id == relative.id == uri.id == article_id(str(path))


@pytest.mark.parametrize("name", ["", "nothing.txt", "nothing/", "gone\0", "x" * 300, "~nobody-of-this-name/a.txt"])
def test_what_does_not_exist_is_a_reason_and_not_an_error(tmp_path: Path, name: str) -> None:
    assert reason(str(tmp_path / "empty" / name))


def test_a_file_that_does_not_exist_is_named_in_plain_words(tmp_path: Path) -> None:
    assert reason(str(tmp_path / "nothing.txt")) == "no such file or folder"


def test_bad_files_are_named_with_their_reason(tmp_path: Path) -> None:
    def file(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return reason(str(tmp_path / name))

    assert file("empty.txt", b"") == "empty file"
    assert file("empty.html", b"") == "empty file"
    assert file("empty.xml", b"") == "empty file"
    assert file("binary.txt", bytes(range(256)) * 20) == "binary data, not text"
    assert file("unknown.dat", os.urandom(5000)) == "binary data, not text"
    assert file("large.txt", b"word " * 1_100_000) == "larger than 5 MB (ingest.max_article_mb)"
    assert file("bomb.html.gz", gzip.compress(b"x" * 50_000_000)) == "larger than 5 MB (ingest.max_article_mb)"
    assert file("cut.txt.gz", gzip.compress(os.urandom(9000).hex().encode())[:4000])
    assert file("broken.pdf", b"%PDF-1.7 and no more")
    assert file("broken.docx", b"PK\x03\x04 and no more")
    assert file("broken.xml", b"<rss")


def test_a_named_file_with_an_unknown_suffix_is_read_by_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "ferry.log"
    path.write_text(SENTENCES, encoding="utf-8")
    assert only(str(path)).text == SENTENCES
    path.write_text('{"id": "1", "text": "One."}\n', encoding="utf-8")
    assert only(str(path)).id == "1"


@pytest.mark.parametrize(
    "data",
    [
        SENTENCES.encode(),
        b"\xef\xbb\xbf" + SENTENCES.encode(),
        f"\n<!DOCTYPE html><html><body><article><p>{SENTENCES}</p></article></body></html>".encode(),
        f'{{"id": "1", "text": "{SENTENCES}"}}\n'.encode(),
        f'\ufeff\n{{"id": "1", "text": "{SENTENCES}"}}\n'.encode(),
        gzip.compress(f'{{"id": "1", "text": "{SENTENCES}"}}\n'.encode()),
    ],
)
def test_standard_input_is_read_by_how_it_begins(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    standard_input(monkeypatch, data)
    assert only("-").text == SENTENCES
    assert not sys.stdin.buffer.closed


def test_nothing_on_standard_input_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, b"")
    assert reason("-") == "empty file"


def test_articles_arrive_while_the_rest_is_unread(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SENTENCES, encoding="utf-8")
    second = tmp_path / "b.txt"
    second.write_text(SENTENCES, encoding="utf-8")
    outcomes = load(str(tmp_path), OPTIONS)
    assert isinstance(next(outcomes), Loaded)
    second.write_bytes(b"")
    assert next(outcomes) == Skipped(str(second), "empty file")


def test_damaged_files_give_articles_or_reasons_and_never_an_error(tmp_path: Path, articles_folder: Path) -> None:
    chance = random.Random(7)
    for original in sorted(articles_folder.glob("*.*")):
        whole = original.read_bytes()
        for cut in (0, len(whole) // 3, len(whole) - 40):
            damaged = bytearray(whole[:cut] + whole[cut + 20 :])
            for _ in range(cut % 7):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            (tmp_path / original.name).write_bytes(damaged)
            outcomes = list(load(str(tmp_path / original.name), OPTIONS))
            assert outcomes
            for outcome in outcomes:
                assert outcome.article.text.strip() if isinstance(outcome, Loaded) else outcome.reason


def test_the_sample_articles_are_all_read(articles_folder: Path) -> None:
    outcomes = list(load(str(articles_folder), OPTIONS))
    assert [outcome for outcome in outcomes if isinstance(outcome, Skipped)] == []
    articles = [outcome.article for outcome in outcomes if isinstance(outcome, Loaded)]
    assert len(articles) == len({article.id for article in articles}) == 14
    assert all(article.author or article.source for article in articles)
    assert all(article.published and article.published.year == 2025 for article in articles)
