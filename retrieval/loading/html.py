"""A web page to an article: trafilatura finds the main content, this file keeps its structure and its true offsets."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from retrieval.articles import Article, BlockKind
from retrieval.loading import LoadOptions
from retrieval.loading.assembly import Facts, Piece, article, assemble, check_size, clean
from retrieval.loading.bylines import with_byline
from retrieval.loading.decoding import decode
from retrieval.loading.errors import NoArticle
from retrieval.loading.language import code_of, detect
from retrieval.loading.markup import CAPTION_MARK, repair
from retrieval.loading.noise import ends_sentence, is_credit, is_furniture, last_prose, opens_section, resumes

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

NOTHING_FOUND = "no article text found on the page"
CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
CAPTION_LABEL = re.compile(r"\s*(?:image|media|photo) caption\b:?", re.IGNORECASE)
SENTENCE = 12  # characters; fewer are no sentence even in Chinese
UNFINISHED = 100  # characters of a paragraph that ends without a mark
MAX_LINKED = 0.6  # share of an article's letters that may stand in links
PLACEHOLDER_CHARACTERS = 400
PLACEHOLDER = re.compile(
    r"(?:error\s+)?40[134]\b|(?:page|article|story)?\s*(?:was\s+)?not\s+found|page\s+(?:unavailable|does\s+not\s+exist)|access\s+denied"
    r"|forbidden|just\s+a\s+moment|attention\s+required|are\s+you\s+a\s+(?:robot|human)|log\s*in\b|sign\s*in\b|subscribe\s+to\s+(?:read|continue)"
    r"|(?:you\s+need\s+to|please)\s+enable\s+(?:javascript|cookies)|javascript\s+is\s+(?:required|disabled)",
    re.IGNORECASE,
)
FIRST_YEAR = 1900
LONG_ENOUGH = 500  # characters by which the language of a text is surer than what the page declares
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MODIFIED = (
    "//meta[@property='article:modified_time' or @property='og:updated_time' or @name='article:modified_time' "
    "or @itemprop='dateModified' or @name='last-modified' or @name='DC.date.modified']/@content"
    "|//time[@itemprop='dateModified']/@datetime"
)
PUBLISHED = (
    "//meta[@property='article:published_time' or @name='article:published_time' or @itemprop='datePublished' "
    "or @property='og:article:published_time' or @name='DC.date.issued']/@content"
    "|//time[@itemprop='datePublished']/@datetime"
)


BLOCK_TAGS = frozenset({"p", "head", "quote", "list", "table", "div", "code"})


def read(data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article:
    """The article on an HTML page: its words without the page's furniture, and what the page says about it."""
    check_size(data, options)
    markup = decode(data, declared=_charsets(data))
    tree = _parse(markup)
    facts = _facts(tree, url)
    titles = {facts.title, *(heading.text_content() for heading in tree.iter("h1"))}
    links = {_key(link.text_content()) for link in tree.iter("a")}
    repair(tree)
    facts, pieces = with_byline(facts, _without_furniture(_pieces(tree, url), titles, links))
    text, blocks = assemble(pieces)
    if not _is_article(facts.title, pieces, links):
        raise NoArticle(NOTHING_FOUND)
    if len(text) >= LONG_ENOUGH:
        facts = replace(facts, language=detect(text) or facts.language)
    return article(text, blocks, facts, location=location, url=url, options=options)


def _charsets(data: bytes) -> list[str]:
    head = data[:4096]
    found = [
        match.group(1).decode("ascii", "ignore") for match in (XML_CHARSET.search(head), CHARSET.search(head)) if match
    ]
    # A browser reads these as Windows-1252, whose curly quotes Latin-1 does not have.
    return ["cp1252" if name.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii") else name for name in found]


def _parse(markup: str) -> HtmlElement:
    from lxml import html
    from lxml.etree import LxmlError

    try:
        # Comments split the text around them into pieces, of which extractors keep the first.
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError) as error:
        raise NoArticle(NOTHING_FOUND) from error
    return tree


def _pieces(tree: HtmlElement, url: str | None) -> list[Piece]:
    """The blocks that trafilatura finds; its own rules suffice, the comparison with other extractors adds furniture."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    document = trafilatura.bare_extraction(tree, url=url, fast=True, include_comments=False, include_formatting=True)
    body = getattr(document, "body", None)
    if body is None:
        raise NoArticle(NOTHING_FOUND)
    return list(_nested(body))


def _from_element(element: _Element) -> Iterator[Piece]:
    """The blocks of one element of trafilatura's XML, in reading order."""
    if element.tag in ("list", "table"):
        for number, line in enumerate(element.iterchildren("item", "row", "head")):
            kind: BlockKind = "heading" if line.tag == "head" else "paragraph"
            yield _piece([line, line.tail or ""], kind, "\n" if number else "\n\n")
    elif any(child.tag in BLOCK_TAGS for child in element) and element.tag in ("quote", "div", "p"):
        yield from _nested(element)
    else:
        yield _piece(
            [element], "heading" if element.tag == "head" else "quote" if element.tag == "quote" else "paragraph"
        )


def _nested(element: _Element) -> Iterator[Piece]:
    """A container of blocks: its blocks, and the loose text between them as blocks of their own."""
    kind: BlockKind = "quote" if element.tag == "quote" else "paragraph"
    run: list[_Element | str] = [element.text or ""]
    for child in element:
        if child.tag in BLOCK_TAGS:
            yield _piece(run, kind)
            for piece in _from_element(child):
                yield replace(piece, kind=kind) if piece.kind == "paragraph" else piece
            run = [child.tail or ""]
        else:
            run += [child, child.tail or ""]
    yield _piece(run, kind)


def _piece(run: Sequence[_Element | str], kind: BlockKind, separator: str = "\n\n") -> Piece:
    parts: list[str] = []
    for each in run:
        if isinstance(each, str):
            parts.append(each.replace("\n", " "))
        else:
            _collect(each, parts)
    text = clean("".join(parts))
    if text.startswith(CAPTION_MARK):
        return Piece(CAPTION_LABEL.sub("", text.replace(CAPTION_MARK, "")).strip(), "caption")
    return Piece(text.replace(CAPTION_MARK, ""), kind, separator)


def _collect(element: _Element, parts: list[str]) -> None:
    """Append the element's text: line breaks as such, cells and nested blocks apart, code with its own lines."""
    if element.tag == "lb":
        parts.append("\n")
    elif element.tag in BLOCK_TAGS or element.tag in ("item", "row", "cell"):
        parts.append(" " if element.tag in ("cell", "code") else "\n")
    keep = element.tag == "code"
    parts.append((element.text or "") if keep else (element.text or "").replace("\n", " "))
    for child in element:
        _collect(child, parts)
        parts.append((child.tail or "") if keep else (child.tail or "").replace("\n", " "))


def _without_furniture(pieces: Sequence[Piece], titles: set[str], links: set[str]) -> list[Piece]:
    """The article's own blocks: no title at its head, no pointers to other articles, no list of links at its foot."""
    known = {_key(title) for title in titles} - {""}
    kept: list[Piece] = []
    in_section = False
    last_sentence = last_prose(pieces)
    for i, piece in enumerate(pieces):
        text = piece.text
        if not text or (_key(text) in known and not any(each.kind == "paragraph" for each in kept)):
            continue
        in_section = opens_section(text) or (
            in_section and (_key(text) in links or not resumes(text, i <= last_sentence))
        )
        if not (in_section or is_furniture(text) or is_credit(text)):
            kept.append(piece)
    while kept and (kept[-1].kind == "heading" or (_key(kept[-1].text) in links and not ends_sentence(kept[-1].text))):
        kept.pop()
    return kept


def _is_article(title: str, pieces: Sequence[Piece], links: set[str]) -> bool:
    """Whether prose was found, and not a list of links or what stands on a page that has no article (yet)."""
    prose = [piece.text for piece in pieces if piece.kind in ("paragraph", "quote")]
    whole = _key("".join(prose))
    if not any(len(text) >= (SENTENCE if ends_sentence(text) else UNFINISHED) for text in prose):
        return False
    if len(whole) < PLACEHOLDER_CHARACTERS and (PLACEHOLDER.match(title) or PLACEHOLDER.match(prose[0])):
        return False
    return sum(len(link) for link in links if link in whole) < MAX_LINKED * len(whole)


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _facts(tree: HtmlElement, url: str | None) -> Facts:
    """What the page says about its article: its own structured data first, trafilatura's reading of it next."""
    from copy import deepcopy

    from trafilatura.metadata import extract_metadata

    data = list(_structured(tree))
    found = extract_metadata(deepcopy(tree), url, {"original_date": True, "extensive_search": False}, False)
    published = _first_day([*_values(data, "datePublished"), *tree.xpath(PUBLISHED), found.date])
    return Facts(
        title=clean(found.title or "").replace("\n", " "),
        author=_names(data, "author") or (clean(found.author).replace("; ", ", ") if found.author else None),
        source=_names(data, "publisher") or (clean(found.sitename) if found.sitename else None),
        language=code_of(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
        published=published,
        updated=_first_day([*_values(data, "dateModified"), *tree.xpath(MODIFIED)]),
        url=_canonical(tree, url),
    )


def _structured(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects of the page, those inside others too; what does not parse is passed over."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            waiting = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            item = waiting.pop(0)
            if isinstance(item, dict):
                yield item
                waiting.extend(item.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage"))
            elif isinstance(item, list):
                waiting.extend(item)


def _values(data: Sequence[dict[str, Any]], key: str) -> list[str]:
    return [item[key] for item in data if isinstance(item.get(key), str)]


def _names(data: Sequence[dict[str, Any]], key: str) -> str | None:
    """The names of an article's authors or publisher, as its structured data gives them."""
    for item in data:
        value = item.get(key) if "headline" in item or "articleBody" in item else None
        several = value if isinstance(value, list) else [value]
        names = [each.get("name") if isinstance(each, dict) else each for each in several]
        found = [
            clean(name) for name in names if isinstance(name, str) and name.strip() and not name.startswith("http")
        ]
        if found:
            return ", ".join(dict.fromkeys(found)).replace("\n", " ")
    return None


def _first_day(values: Sequence[str | None]) -> date | None:
    """The first of the values that is a calendar day; a day that is given with a time keeps its own time zone."""
    for value in values:
        match = DAY.match(value.strip()) if value else None
        if match:
            try:
                day = date.fromisoformat(match.group())
            except ValueError:
                continue
            if day.year >= FIRST_YEAR:  # 0001-01-01 is how some programs write that they do not know
                return day
    return None


def _canonical(tree: HtmlElement, url: str | None) -> str | None:
    """The address the page gives as its own; a home page given for every article is a mistake and not believed."""
    for value in tree.xpath("//link[@rel='canonical']/@href|//meta[@property='og:url']/@content"):
        try:
            address = urljoin(url or "", value.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and parts.path.strip("/"):
            return str(address)
    return None
