"""Word documents: what they say, and archives that are opened only after they have proved harmless."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import docx as word
import pytest
from hypothesis import given, settings

from retrieval.articles import Article
from retrieval.loading import LoadOptions, docx
from retrieval.loading.errors import NoArticle
from tests.retrieval.loading.documents import OPTIONS, check, kinds, paragraphs


def made(fill: Callable[[word.document.Document], object]) -> bytes:
    document = word.Document()
    fill(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def read(data: bytes, options: LoadOptions = OPTIONS) -> Article:
    return docx.read(data, location="/papers/harvest.docx", url=None, options=options)


def harvest(document: word.document.Document) -> None:
    document.core_properties.author = "Ana Lima"
    document.core_properties.created = datetime(2021, 5, 3, 10, tzinfo=UTC)
    document.core_properties.modified = datetime(2021, 5, 4, 10, tzinfo=UTC)
    document.add_heading("Harvest in the valley", 0)
    document.add_paragraph("The grapes came early this year.")
    document.add_heading("Prices", 1)
    document.add_paragraph("red", style="List Bullet")
    document.add_paragraph("white", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "kind", "price"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "not known yet"
    document.add_paragraph("Pickers on the north slope.", style="Caption")
    document.add_paragraph("We have never seen the like.", style="Quote")


def rezipped(data: bytes, **changed: bytes) -> bytes:
    """The same archive with other contents for the files named, whose slashes are written as double underscores."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            name = entry.filename.replace("/", "__").replace(".", "_")
            new.writestr(entry.filename, changed.get(name, old.read(entry)))
    return file.getvalue()


def test_a_document_becomes_its_article() -> None:
    article = read(made(harvest))
    assert (article.title, article.author) == ("Harvest in the valley", "Ana Lima")
    assert (article.published, article.updated) == (date(2021, 5, 3), date(2021, 5, 4))
    assert kinds(article) == [
        ("paragraph", "The grapes came early this year."),
        ("heading", "Prices"),
        ("paragraph", "red"),
        ("paragraph", "white"),
        ("paragraph", "kind | price"),
        ("paragraph", "not known yet"),
        ("caption", "Pickers on the north slope."),
        ("quote", "We have never seen the like."),
    ]


def test_a_template_s_author_and_day_are_not_the_document_s() -> None:
    article = read(made(lambda document: document.add_paragraph("The grapes came early this year.")))
    assert (article.author, article.published, article.updated) == (None, None, None)
    assert article.title == "harvest"


def test_a_byline_under_the_title_is_read() -> None:
    def fill(document: word.document.Document) -> None:
        document.add_heading("Harvest", 0)
        document.add_paragraph("By Olaf Tennant, Harbour & Trade Weekly, 25 September 2025")
        document.add_paragraph("The grapes came early this year.")

    article = read(made(fill))
    assert (article.author, article.published) == ("Olaf Tennant", date(2025, 9, 25))
    assert article.text == "The grapes came early this year."


def bomb() -> bytes:
    return rezipped(made(harvest), word__document_xml=b"<a>" + b" " * 30_000_000 + b"</a>")


def lying_bomb() -> bytes:
    """An archive that declares a small size for an entry that unpacks to a large one."""
    data = bytearray(bomb())
    position = 0
    while (position := data.find(b"PK\x01\x02", position)) != -1:
        if data[position + 46 :].startswith(b"word/document.xml"):
            data[position + 24 : position + 28] = struct.pack("<I", 1000)
        position += 4
    return bytes(data)


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"just words", "not a .docx file, or a broken one"),
        (made(harvest)[:2000], "not a .docx file, or a broken one"),
        (rezipped(made(harvest), word__document_xml=b"<a><b></a>"), "not a .docx file, or a broken one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted, or a .doc file of Word before 2007"),
        (bomb(), "unpacks to far more than a document holds, a zip bomb?"),
        (rezipped(made(harvest), word__document_xml=ENTITIES), "the document declares XML entities"),
        (made(lambda document: None), "no text in this document"),
    ],
)
def test_a_file_that_is_no_harmless_document_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(NoArticle) as caught:
        read(data)
    assert str(caught.value).startswith(reason)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(NoArticle):
        read(lying_bomb())


def test_the_unpacked_size_is_limited_in_all() -> None:
    with pytest.raises(NoArticle, match="zip bomb"):
        docx.check_archive(made(harvest), limit=10_000)


def test_a_document_above_the_limit_is_refused() -> None:
    with pytest.raises(NoArticle, match="larger than"):
        read(made(harvest), LoadOptions(max_article_bytes=100))


@settings(deadline=None, max_examples=15)
@given(paragraphs())
def test_every_paragraph_is_found_where_its_block_says(written: list[str]) -> None:
    def fill(document: word.document.Document) -> None:
        for number, paragraph in enumerate(written):
            document.add_paragraph(paragraph, style="Quote" if number % 3 == 1 else None)

    check(read(made(fill)), written)
