"""A Markdown file to an article: front matter says whose and when, the rest is rendered as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from retrieval.articles import Article, BlockKind
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import Facts, Piece, article, assemble, check_size, clean
from retrieval.loading.bylines import day_in, with_byline
from retrieval.loading.days import day_of
from retrieval.loading.decoding import decode
from retrieval.loading.errors import NoArticle
from retrieval.loading.language import code_of

if TYPE_CHECKING:
    from markdown_it.token import Token

LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>", re.DOTALL)


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article in a Markdown file."""
    check_size(data, options)
    facts, body = _front_matter(decode(data))
    pieces = [piece for piece in _pieces(body) if piece.text]
    facts, pieces = _titled(facts, pieces)
    text, blocks = assemble(pieces)
    if not text:
        raise NoArticle("no text below the front matter")
    return article(text, blocks, facts, location=location, url=url, options=options)


def _front_matter(text: str) -> tuple[Facts, str]:
    """What the front matter says, and the text below it; front matter that cannot be read is left out of both."""
    import frontmatter
    import yaml

    try:
        values, body = frontmatter.parse(text)
    except (yaml.YAMLError, ValueError, TypeError):
        # Between its marks stands something that is not YAML: the article below them can be read all the same.
        fenced = re.match(r"\s*---[^\n]*\n.*?\n---[^\S\n]*(?:\n|$)", text, re.DOTALL)
        return Facts(), text[fenced.end() :] if fenced else text
    known = {str(name).lower(): value for name, value in values.items()} if isinstance(values, Mapping) else {}
    return (
        Facts(
            title=_words(known, "title", "headline") or "",
            author=_words(known, "author", "authors", "byline", "by"),
            source=_words(known, "source", "outlet", "publisher", "site", "publication"),
            language=code_of(_words(known, "lang", "language")),
            published=_day(known, "date", "published", "publishdate", "pubdate", "date_published"),
            updated=_day(known, "updated", "lastmod", "modified", "last_modified", "date_modified"),
            url=_address(_words(known, "canonical", "canonical_url", "url", "link")),
            collection=_words(known, "collection"),
        ),
        body,
    )


def _words(values: Mapping[str, Any], *names: str) -> str | None:
    """The first of the named values in words; several authors are joined with commas."""
    for name in names:
        value = values.get(name)
        several = value if isinstance(value, list) else [value]
        words = [
            str(each.get("name", "")) if isinstance(each, Mapping) else str(each)
            for each in several
            if each is not None
        ]
        if joined := ", ".join(clean(word) for word in words if word.strip()):
            return joined.replace("\n", " ")
    return None


def _day(values: Mapping[str, Any], *names: str) -> date | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if isinstance(value, str) and (day := day_of(value) or day_in(value)):
            return day
    return None


def _address(value: str | None) -> str | None:
    return value if value and re.match(r"https?://\S+$", value) else None


def _titled(facts: Facts, pieces: Sequence[Piece]) -> tuple[Facts, list[Piece]]:
    """The title out of the first heading where the front matter has none, and not a second time in the text."""
    rest = list(pieces)
    if (
        len(rest) > 1
        and rest[0].kind == "heading"
        and (not facts.title or rest[0].text.casefold() == facts.title.casefold())
    ):
        facts = replace(facts, title=rest.pop(0).text.replace("\n", " "))
    return with_byline(facts, rest)


def _pieces(body: str) -> Iterator[Piece]:
    from markdown_it import MarkdownIt

    quotes = 0
    lines = 0  # items of this list or rows of this table so far
    kind: BlockKind = "paragraph"
    row: list[str] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lines = 0
        elif token.type in ("heading_open", "heading_close"):
            kind = "heading" if token.nesting == 1 else "paragraph"
        elif token.type in ("bullet_list_open", "ordered_list_open", "table_open"):
            lines = 0
        elif token.type == "list_item_open":
            lines += 1
        elif token.type in ("th_open", "td_open"):
            row.append("")
        elif token.type == "tr_close":
            yield Piece(" | ".join(cell for cell in row if cell), separator="\n" if lines else "\n\n")
            row = []
            lines += 1
        elif token.type == "inline" and row:
            row[-1] = clean(_rendered(token.children or [])).replace("\n", " ")
        elif token.type == "inline":
            yield from _inline(
                token, "quote" if quotes and kind == "paragraph" else kind, "\n" if lines > 1 else "\n\n"
            )
        elif token.type in ("fence", "code_block"):
            yield Piece(token.content.strip("\n").rstrip())
        elif token.type == "html_block":
            yield Piece(clean(TAG.sub("", LINE_BREAK.sub("\n", token.content))))


def _inline(token: Token, kind: BlockKind, separator: str) -> Iterator[Piece]:
    """The text of a block; pictures in it become captions after it, in their alternative text's words."""
    children = token.children or []
    yield Piece(clean(_rendered(children)), kind, separator)
    for picture in (child for child in children if child.type == "image"):
        yield Piece(clean(_rendered(picture.children or [])).replace("\n", " "), "caption")


def _rendered(children: Sequence[Token]) -> str:
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or (child.type == "html_inline" and LINE_BREAK.match(child.content)):
            parts.append("\n")
    return "".join(parts)
