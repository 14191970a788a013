"""A PDF to an article: its pages' lines become paragraphs again, and every character keeps its page."""

from __future__ import annotations

import io
import logging
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.articles import Article, Block
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import Facts, Piece, article, check_size, clean
from retrieval.loading.bylines import with_byline
from retrieval.loading.errors import NoArticle
from retrieval.loading.noise import ends_sentence

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–—|]?\s*\d{1,4}\s*(?:(?:of|/|von)\s*\d{1,4})?\s*[-–—|]?", re.IGNORECASE
)
BULLET = re.compile(r"\s*(?:[•‣◦▪●■–—*-]|\d{1,3}[.)]|\([a-z\d]{1,3}\))\s+\S")
DIVIDED = re.compile(r"([^\W\d_]+)[-\u2010]$")
WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
# What programs write into the title field when nobody gave the document a title.
NO_TITLE = re.compile(
    r"(?:untitled|microsoft word|document\d*|powerpoint|slide \d|.*\.(?:docx?|pdf|indd|qxd|tex|dvi|odt|rtf)$)",
    re.IGNORECASE,
)
MARGIN_LINES = 2
MARGIN_CHARACTERS = 90
FULL_LINE = 0.75  # of the usual width: a sentence that ends before this ends its paragraph
SHORT_LINE = 0.5  # what ends before this is a line of its own, such as a heading
WIDE_GAP = 1.25  # of the usual distance between lines
LOOK_AHEAD = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page, its height above the page's foot where that is known, and the size of its letters."""

    text: str
    height: float | None = None
    size: float = 0.0


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article in a PDF, with a page block for every page, empty ones too."""
    check_size(data, options)
    pages, facts = _opened(data)
    if not any(line.text for page in pages for line in page):
        raise NoArticle("no text in this PDF, a scan?")
    paragraphs = _paragraphs(_without_margins(pages))
    if not facts.title:
        facts = _titled(facts, paragraphs)
    first, *rest = _without_title(paragraphs, facts.title)
    facts, pieces = with_byline(facts, [Piece(paragraph) for paragraph in first])
    text, blocks = _assembled([[piece.text for piece in pieces], *rest])
    if not text:
        raise NoArticle("no text in this PDF, a scan?")
    return article(text, blocks, facts, location=location, url=url, options=options)


def _opened(data: bytes) -> tuple[list[list[Line]], Facts]:
    """The lines of every page and what the document's properties say; the only place that knows pypdf."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise NoArticle("the PDF is encrypted, its password is needed")
        return [_lines(page) for page in reader.pages], _facts(reader)
    except (DependencyError, FileNotDecryptedError) as error:
        raise NoArticle("the PDF is encrypted, its password is needed") from error
    except NoArticle:
        raise
    except Exception as error:  # a broken PDF fails in as many ways as it is broken
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NoArticle(f"broken PDF: {reason}") from error


def _lines(page: PageObject) -> list[Line]:
    """The page's lines as pypdf reads them, each with the place of the piece of text that it begins with."""
    marks: list[tuple[str, float, float]] = []

    def mark(words: str, cm: Sequence[float], tm: Sequence[float], _font: object, size: float) -> None:
        if words.strip():
            marks.append((clean(words.strip().split("\n")[0]), tm[5] * cm[3] + cm[5], size))

    lines: list[Line] = []
    at = 0
    for line in page.extract_text(visitor_text=mark).split("\n"):
        text = clean(line)
        begun = (j for j in range(at, min(at + LOOK_AHEAD, len(marks))) if text and text.startswith(marks[j][0]))
        found = next(begun, None)
        if found is None:
            lines.append(Line(text))
        else:
            lines.append(Line(text, marks[found][1], marks[found][2]))
            at = found + 1
    return lines


def _facts(reader: PdfReader) -> Facts:
    found = reader.metadata
    if found is None:
        return Facts()
    title, author = clean(str(found.title or "")), clean(str(found.author or ""))
    published, updated = _day(found, "creation_date"), _day(found, "modification_date")
    return Facts(
        title="" if NO_TITLE.match(title) else title.replace("\n", " "),
        author=author or None,
        published=published,
        updated=updated if updated != published else None,
    )


def _day(metadata: object, name: str) -> date | None:
    try:
        moment = getattr(metadata, name)
        return date(moment.year, moment.month, moment.day) if moment else None
    except ValueError:
        return None


def _without_margins(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without bare page numbers, and without the lines that stand at the edge of most of them."""
    edges: Counter[str] = Counter()
    for page in pages:
        full = [line.text for line in page if line.text]
        edge = {*full[:MARGIN_LINES], *full[-MARGIN_LINES:]}
        edges.update({_pattern(text) for text in edge if len(text) <= MARGIN_CHARACTERS and not ends_sentence(text)})
    enough = max(2, 0.6 * sum(any(line.text for line in page) for page in pages))
    repeated = {pattern for pattern, count in edges.items() if count >= enough}
    return [_trimmed(page, repeated) for page in pages]


def _trimmed(page: Sequence[Line], repeated: set[str]) -> list[Line]:
    lines = list(page)
    for end in (0, -1):
        removed = 0
        while lines and removed <= MARGIN_LINES:
            text = lines[end].text
            if text and not PAGE_NUMBER.fullmatch(text) and _pattern(text) not in repeated:
                break
            removed += bool(text)
            lines.pop(end)
    return lines


def _pattern(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _paragraphs(pages: Sequence[Sequence[Line]]) -> list[list[str]]:
    """The paragraphs of each page: lines run on until a gap, a short line that ends a sentence, or a new beginning."""
    every = [line for page in pages for line in page if line.text]
    lengths = [len(line.text) for line in every if len(line.text) > 20]
    width = statistics.quantiles(lengths, n=10)[-2] if len(lengths) > 1 else max(lengths, default=0)
    gaps = [
        gap for page in pages for line, below in pairwise(page) if (gap := _gap(line, below)) is not None and gap > 0
    ]
    usual = statistics.quantiles(gaps, n=4)[0] if len(gaps) > 1 else None
    words = Counter(word.casefold() for line in every for word in WORD.findall(line.text))
    result: list[list[str]] = []
    for page in pages:
        paragraphs: list[str] = []
        above = Line("")  # the last line of the paragraph that may go on
        for line in page:
            if line.text and above.text and not (_apart(above, line, usual) or _ends(above.text, line.text, width)):
                paragraphs[-1] = _joined(paragraphs[-1], line.text, words)
            elif line.text:
                paragraphs.append(line.text)
            above = line
        result.append(paragraphs)
    return result


def _gap(line: Line, below: Line) -> float | None:
    return None if line.height is None or below.height is None else line.height - below.height


def _apart(line: Line, below: Line, usual: float | None) -> bool:
    """Whether the page itself sets two lines apart, by the distance between them or the size of their letters."""
    gap = _gap(line, below)
    if gap is None or usual is None:
        return False
    return gap > WIDE_GAP * max(usual, line.size) or abs(line.size - below.size) > 0.15 * line.size


def _ends(line: str, following: str, width: float) -> bool:
    """Whether a paragraph ends with ``line``, seen from its length and from what follows."""
    if BULLET.match(following):
        return True
    if following[:1].islower() or DIVIDED.search(line):
        return False
    return len(line) < (FULL_LINE if ends_sentence(line) else SHORT_LINE) * width


def _joined(text: str, line: str, words: Counter[str]) -> str:
    """Two lines as one; a word divided at the line's end is made whole, unless its hyphen is its own elsewhere."""
    divided = DIVIDED.search(text)
    if not (divided and line[:1].islower()):
        return f"{text} {line}"
    rest = re.match(r"\w+", line)
    whole = (divided.group(1) + "-" + (rest.group() if rest else "")).casefold()
    return text + line if words[whole] else text[:-1] + line


def _titled(facts: Facts, pages: Sequence[Sequence[str]]) -> Facts:
    """The first line as the title, where it reads as one."""
    first = next((paragraph for page in pages for paragraph in page), "")
    several = sum(map(len, pages)) > 1
    if not several or len(first) > 150 or ends_sentence(first.rstrip("?")) or first.endswith((",", ":", ";")):
        return facts
    return Facts(first, facts.author, published=facts.published, updated=facts.updated)


def _without_title(pages: Sequence[Sequence[str]], title: str) -> list[list[str]]:
    """The pages without the title at the head of the first, where it may stand in several lines."""
    first, *rest = ([*page] for page in pages)
    for count in range(1, min(4, len(first)) + 1):
        if " ".join(first[:count]).casefold() == title.casefold():
            return [first[count:], *rest]
    return [first, *rest]


def _assembled(pages: Sequence[Sequence[str]]) -> tuple[str, tuple[Block, ...]]:
    """The text with its blocks; a paragraph that runs over the end of a page stays one block, in both pages."""
    text = ""
    blocks: list[Block] = []
    overlays: list[Block] = []
    for page in pages:
        page_start: int | None = None
        for number, paragraph in enumerate(page):
            runs_on = number == 0 and bool(blocks) and paragraph[:1].islower() and not ends_sentence(text)
            text += " " if runs_on else "\n\n" if text else ""
            start = len(text)
            text += paragraph
            page_start = start if page_start is None else page_start
            if runs_on:
                start = blocks.pop().start
            blocks.append(Block(start, len(text), "paragraph"))
        overlays.append(Block(len(text) if page_start is None else page_start, len(text), "page"))
    ordered = sorted([*overlays, *blocks], key=lambda block: (block.start, block.kind != "page"))
    return text, tuple(ordered)
