"""The last step of every loader: pieces of text in reading order become an article whose offsets are true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from retrieval.articles import Article, Block, BlockKind, article_id, sealed
from retrieval.loading import LoadOptions
from retrieval.loading.errors import NoArticle
from retrieval.loading.language import detect

SPACES = re.compile(r"[^\S\n]+")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
WEB = re.compile(r"https?://", re.IGNORECASE)
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One block before it has a place in a text."""

    text: str
    kind: BlockKind = "paragraph"
    separator: str = "\n\n"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says about itself; the empty string and None mean that it does not say."""

    title: str = ""
    author: str | None = None
    source: str | None = None
    language: str | None = None
    published: date | None = None
    updated: date | None = None
    url: str | None = None
    collection: str | None = None


def check_size(data: bytes, options: LoadOptions) -> None:
    """Refuse raw data above the limit before a parser sees it."""
    if len(data) > options.max_article_bytes:
        limit = f"{options.max_article_bytes / MEGABYTE:g}"
        raise NoArticle(f"larger than {limit} MB (ingest.max_article_mb)")
    if not data:
        raise NoArticle("empty file")


def clean(text: str) -> str:
    """One form for what readers see as the same: NFC, no invisible characters, single spaces, trimmed lines."""
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE))
    return "\n".join(line.strip() for line in SPACES.sub(" ", text).split("\n")).strip()


def assemble(pieces: Iterable[Piece]) -> tuple[str, tuple[Block, ...]]:
    """The pieces one after the other, and a block for each at its true offsets; blank pieces vanish."""
    parts: list[str] = []
    blocks: list[Block] = []
    length = 0
    for piece in pieces:
        if not piece.text.strip():
            continue
        separator = piece.separator if parts else ""
        start = length + len(separator)
        length = start + len(piece.text)
        parts += separator, piece.text
        blocks.append(Block(start, length, piece.kind))
    return "".join(parts), tuple(blocks)


def article(
    text: str, blocks: tuple[Block, ...], facts: Facts, *, location: str, url: str | None, options: LoadOptions
) -> Article:
    """The finished article: identity from its address, language from its words where it does not say."""
    address = facts.url or url
    return sealed(
        Article(
            id=article_id(address or location),
            title=facts.title or title_from(location),
            text=text,
            blocks=blocks,
            url=address or file_uri(location),
            author=facts.author,
            source=facts.source,
            language=facts.language or detect(text),
            published=facts.published,
            updated=facts.updated,
            collection=facts.collection if facts.collection and options.collection == "default" else options.collection,
        )
    )


def file_uri(location: str) -> str | None:
    """The file URI of a path; None for what is no path, such as standard input."""
    if location in ("", "-") or location.startswith("<"):
        return None
    return location if WEB.match(location) else Path(location).absolute().as_uri()


def title_from(location: str) -> str:
    """A title for a document without one: the name of its file or the last part of its address."""
    name = Path(location.split("?")[0].split("#")[0].rstrip("/")).stem
    return SPACES.sub(" ", name.replace("_", " ").replace("-", " ")).strip() or location
