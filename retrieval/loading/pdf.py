"""A PDF to an article: its pages' lines become paragraphs again, and every character keeps its page."""

from __future__ import annotations

import io
import logging
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from retrieval.articles import Article, Block
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import Facts, article, check_size, clean
from retrieval.loading.errors import NoArticle
from retrieval.loading.noise import ends_sentence

if TYPE_CHECKING:
    from pypdf import PdfReader

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
FULL_LINE = 0.75


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article in a PDF, with a page block for every page, empty ones too."""
    check_size(data, options)
    pages, facts = _opened(data)
    if not any(line.strip() for page in pages for line in page):
        raise NoArticle("no text in this PDF, a scan?")
    paragraphs = _paragraphs(_without_margins(pages))
    if not facts.title:
        facts = _titled(facts, paragraphs)
    text, blocks = _assembled(_without_title(paragraphs, facts.title))
    if not text:
        raise NoArticle("no text in this PDF, a scan?")
    return article(text, blocks, facts, location=location, url=url, options=options)


def _opened(data: bytes) -> tuple[list[list[str]], Facts]:
    """The lines of every page and what the document's properties say; the only place that knows pypdf."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise NoArticle("the PDF is encrypted, its password is needed")
        return [page.extract_text().split("\n") for page in reader.pages], _facts(reader)
    except (DependencyError, FileNotDecryptedError) as error:
        raise NoArticle("the PDF is encrypted, its password is needed") from error
    except NoArticle:
        raise
    except Exception as error:  # a broken PDF fails in as many ways as it is broken
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NoArticle(f"broken PDF: {reason}") from error


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


def _without_margins(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages without bare page numbers, and without the lines that stand at the edge of most of them."""
    stripped = [[clean(line) for line in page] for page in pages]
    edges: Counter[str] = Counter()
    for page in stripped:
        full = [line for line in page if line]
        edges.update({_pattern(line) for line in (*full[:MARGIN_LINES], *full[-MARGIN_LINES:])})
    enough = max(2, len([page for page in stripped if any(page)]) * 0.6)
    repeated = {pattern for pattern, count in edges.items() if count >= enough}
    return [_trimmed(page, repeated) for page in stripped]


def _trimmed(page: Sequence[str], repeated: set[str]) -> list[str]:
    lines = list(page)
    for end in (0, -1):
        for _ in range(len(lines)):
            line = lines[end]
            if line and not PAGE_NUMBER.fullmatch(line) and _pattern(line) not in repeated:
                break
            lines.pop(end)
    return lines


def _pattern(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _paragraphs(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The paragraphs of each page: lines run on until one is short and ends a sentence, or the next begins anew."""
    lengths = [len(line) for page in pages for line in page if len(line) > 20]
    width = statistics.quantiles(lengths, n=10)[-2] if len(lengths) > 1 else max(lengths, default=0)
    words = Counter(word.casefold() for page in pages for line in page for word in WORD.findall(line))
    result: list[list[str]] = []
    for page in pages:
        paragraphs: list[str] = []
        open_line = ""  # the last line of the paragraph that may go on
        for line in page:
            if line and paragraphs and open_line and not _ends(open_line, line, width):
                paragraphs[-1] = _joined(paragraphs[-1], line, words)
            elif line:
                paragraphs.append(line)
            open_line = line
        result.append(paragraphs)
    return result


def _ends(line: str, following: str, width: float) -> bool:
    """Whether a paragraph ends with ``line``, seen from its length and from what follows."""
    if BULLET.match(following):
        return True
    if following[:1].islower() or DIVIDED.search(line):
        return False
    return len(line) < FULL_LINE * width


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
    first, *rest = ([*page] for page in pages)
    if first and first[0].casefold() == title.casefold():
        first = first[1:]
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
