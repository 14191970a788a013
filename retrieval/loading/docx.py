"""A Word document to an article, opened only after its archive has proved harmless."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from retrieval.articles import Article, BlockKind
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import MEGABYTE, Facts, Piece, article, assemble, check_size, clean
from retrieval.loading.bylines import with_byline
from retrieval.loading.errors import NoArticle
from retrieval.loading.language import code_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

OLE_FILE = b"\xd0\xcf\x11\xe0"  # how an encrypted document, or one of Word before 2007, begins
UNPACKED_FACTOR = 20  # unpacked size allowed, as a multiple of the limit for the packed one
MAX_ENTRIES = 5_000
MAX_RATIO = 200
RATIO_COUNTS_FROM = MEGABYTE
CHUNK = 1 << 16
ZIP_BOMB = "unpacks to far more than a document holds, a zip bomb?"
ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
STYLES: tuple[tuple[str, BlockKind], ...] = (
    ("heading", "heading"),
    ("title", "heading"),
    ("subtitle", "heading"),
    ("caption", "caption"),
    ("quote", "quote"),
    ("intense quote", "quote"),
)
# What python-docx's own template says of itself, and so every document made from it that was not told better.
TEMPLATE_AUTHOR = "python-docx"
TEMPLATE_CREATED = datetime(2013, 12, 23, 23, 15)


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article in a .docx file: its paragraphs, headings, captions and tables, and its properties."""
    check_size(data, options)
    check_archive(data, UNPACKED_FACTOR * options.max_article_bytes)
    document = _opened(data)
    facts, pieces = _titled(_facts(document), [piece for piece in _pieces(document) if piece.text])
    text, blocks = assemble(pieces)
    if not text:
        raise NoArticle("no text in this document")
    return article(text, blocks, facts, location=location, url=url, options=options)


def check_archive(data: bytes, limit: int) -> None:
    """Refuse an archive that is none, is encrypted, or unpacks to more than ``limit`` bytes, whatever it declares."""
    if data.startswith(OLE_FILE):
        raise NoArticle("encrypted, or a .doc file of Word before 2007")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > limit:
                raise NoArticle(ZIP_BOMB)
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise NoArticle("the document is encrypted")
            unpacked = 0
            for entry in entries:
                unpacked += _unpacked_size(archive, entry, limit - unpacked)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise NoArticle("not a .docx file, or a broken one") from error


def _unpacked_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> int:
    size = 0
    markup = entry.filename.lower().endswith((".xml", ".rels"))
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            if markup and not size and ENTITY.search(chunk):
                raise NoArticle("the document declares XML entities, which Word never does")
            size += len(chunk)
            too_dense = size > RATIO_COUNTS_FROM and size > MAX_RATIO * max(entry.compress_size, 1)
            if size > limit or too_dense:
                raise NoArticle(ZIP_BOMB)
    return size


def _opened(data: bytes) -> Document:
    import docx

    try:
        return docx.Document(io.BytesIO(data))
    except Exception as error:  # python-docx raises whatever its parts raise
        raise NoArticle("not a .docx file, or a broken one") from error


def _pieces(document: Document) -> Iterator[Piece]:
    from docx.table import Table

    for item in document.iter_inner_content():
        if isinstance(item, Table):
            yield from _rows(item)
        else:
            yield Piece(clean(item.text), _kind(item), "\n" if _in_list(item) else "\n\n")


def _rows(table: Table) -> Iterator[Piece]:
    """A table's rows as lines of text; a cell that spans several columns is there once."""
    for number, row in enumerate(table.rows):
        cells = list(dict.fromkeys((cell._tc, clean(cell.text).replace("\n", " ")) for cell in row.cells))
        yield Piece(" | ".join(text for _, text in cells if text), separator="\n" if number else "\n\n")


def _style(paragraph: Paragraph) -> str:
    try:
        return str(paragraph.style.name or "").casefold() if paragraph.style is not None else ""
    except (AttributeError, KeyError):
        return ""


def _kind(paragraph: Paragraph) -> BlockKind:
    style = _style(paragraph)
    return next((kind for name, kind in STYLES if style == name or style.startswith(name + " ")), "paragraph")


def _in_list(paragraph: Paragraph) -> bool:
    return _style(paragraph).startswith("list")


def _facts(document: Document) -> Facts:
    properties = document.core_properties
    published = _day(document, "created")
    updated = _day(document, "modified")
    return Facts(
        title=clean(properties.title or "").replace("\n", " "),
        author=clean(properties.author or "").removeprefix(TEMPLATE_AUTHOR) or None,
        language=code_of(properties.language),
        published=published,
        updated=updated if updated != published else None,
    )


def _day(document: Document, name: str) -> date | None:
    try:
        moment = getattr(document.core_properties, name)
    except ValueError:
        return None
    return moment.date() if moment and moment.replace(tzinfo=None) != TEMPLATE_CREATED else None


def _titled(facts: Facts, pieces: Sequence[Piece]) -> tuple[Facts, list[Piece]]:
    """The title out of the first heading where the properties have none, and not a second time in the text."""
    rest = list(pieces)
    if len(rest) > 1 and (
        (rest[0].kind == "heading" and not facts.title) or rest[0].text.casefold() == facts.title.casefold()
    ):
        facts = replace(facts, title=rest.pop(0).text.replace("\n", " "))
    return with_byline(facts, rest)
