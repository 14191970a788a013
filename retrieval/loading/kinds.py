"""What kind of thing some bytes are: by the content type they came with, the end of their name, and how they begin."""

from __future__ import annotations

import gzip
import io
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Literal, cast

from retrieval.loading.errors import NoArticle

Kind = Literal["html", "markdown", "text", "pdf", "docx", "jsonl", "feed", "sitemap"]

HEAD_BYTES = 4096
GZIP = b"\x1f\x8b"
MARKUP_ROOTS: dict[str, Kind] = {
    "rss": "feed",
    "feed": "feed",
    "rdf": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
    "html": "html",
}
ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
BEFORE_ROOT = re.compile(r"\A(?:\s+|\ufeff|<\?.*?\?>|<!--.*?-->|<![^>\[]*(?:\[[^\]]*\]\s*)?>)*", re.DOTALL)
PAGE_TAGS = frozenset(("head", "body", "title", "meta", "article", "main", "section", "header", "div", "p", "h1", "h2"))

SUFFIXES: dict[str, Kind | Literal["xml"]] = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".rss": "xml",
    ".atom": "xml",
    ".rdf": "xml",
    ".xml": "xml",
}
MEDIA_TYPES: dict[str, Kind | Literal["xml", "any"]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/plain": "any",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/rss+xml": "xml",
    "application/atom+xml": "xml",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/gzip": "any",
    "application/x-gzip": "any",
    "application/octet-stream": "any",
    "binary/octet-stream": "any",
    "": "any",
}


@dataclass(frozen=True, slots=True)
class Material:
    """Bytes from anywhere, not yet read: where they are, what they were called and a stream at their beginning.

    ``media_type`` and ``charset`` are what a web server said; a file has none.
    """

    location: str
    stream: IO[bytes]
    name: str = ""
    url: str | None = None
    media_type: str | None = None
    charset: str | None = None

    def unpacked(self) -> tuple[bytes, IO[bytes]]:
        """How it begins, and the stream at its beginning without its gzip wrapping.

        The wrapping is known by its first bytes: names and servers often say nothing of it, or something wrong.
        """
        outer = io.BufferedReader(cast(io.RawIOBase, self.stream))
        stream = gzip.GzipFile(fileobj=outer, mode="rb") if outer.peek(HEAD_BYTES).startswith(GZIP) else outer
        return stream.peek(HEAD_BYTES)[:HEAD_BYTES], cast(IO[bytes], stream)


def expected(name: str, media_type: str | None = None) -> Kind | None:
    """The kind that a name and a content type promise, before a byte is read; None where only the bytes can tell.

    Raises NoArticle for a content type that never holds an article, such as an image.
    """
    named = SUFFIXES.get(suffix_of(name))
    declared = MEDIA_TYPES.get(media_type or "")
    if declared is None and named != "jsonl":
        raise NoArticle(f"{media_type}, not an article")
    promised = named if declared in (None, "any") else declared
    return None if promised in (None, "xml") else cast(Kind, promised)


def kind_of(head: bytes, name: str, media_type: str | None = None) -> Kind:
    """The kind of what begins with ``head``; feeds and sitemaps are recognised whatever they call themselves."""
    promised = expected(name, media_type)
    if promised in (None, "html"):
        begins = _begins_like(head)
        if begins in ("feed", "sitemap"):
            return begins
        if promised is None:
            xml = "xml" in (SUFFIXES.get(suffix_of(name)), MEDIA_TYPES.get(media_type or ""))
            if xml and begins != "html":
                raise NoArticle("XML, but neither a feed nor a sitemap" if head.strip() else "empty file")
            return begins
    return promised or "text"


def suffix_of(name: str) -> str:
    """The suffix that says what is inside: that of ``news.jsonl.gz`` is ``.jsonl``."""
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _begins_like(head: bytes) -> Kind:
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head[: len(head) // 2 * 2].decode("utf-16" if wide else "latin-1", "replace").removeprefix("ï»¿")
    if text.lstrip().startswith("{"):
        return "jsonl"
    prologue = BEFORE_ROOT.match(text)
    root = ROOT.match(text, prologue.end() if prologue else 0)
    if root is None:
        return "html" if text.lstrip()[:14].lower() == "<!doctype html" else "text"
    name = root[2].lower()
    return MARKUP_ROOTS.get(name, "html" if name in PAGE_TAGS else "text")
