"""Repairs to a page's tree before extraction: what a browser shows as one article becomes one in the markup."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

CAPTION_MARK = "\ue000"  # private use: carries "this is a caption" through the extractor, which keeps text alone

LAYOUT_CELL_CHARACTERS = 1000
BODY_CLASS = re.compile(
    r"article[-_]{0,2}(?:body|text|content|chunk)|articlebody|(?:story|post|entry|news)[-_]{0,2}(?:body|content|text)|body[-_]{0,2}(?:text|content|copy)",
    re.IGNORECASE,
)
FURNITURE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:cta|newsletter|print-(?:header|footer)|promo-items?|rollover|related-?(?:articles?|stories|posts|links))"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
FURNITURE_SHARE = 0.1


def repair(tree: HtmlElement) -> None:
    """Make one page's tree say what the page shows; the tree is changed in place."""
    drop_furniture(tree)
    flatten_layout_tables(tree)
    unwrap_embeds(tree)
    join_split_bodies(tree)
    mark_captions(tree)


def drop_furniture(tree: HtmlElement) -> None:
    """Remove elements that their class names as furniture or that are hidden, unless they hold much of the page."""
    limit = FURNITURE_SHARE * len("".join(tree.xpath("//text()[not(parent::script or parent::style)]")))
    for element in list(tree.iter()):
        if (
            not isinstance(element.tag, str)
            or element.tag in ("html", "body", "main", "article")
            or element.getparent() is None
        ):
            continue
        named = FURNITURE_CLASS.search(f"{element.get('class', '')} {element.get('id', '')}")
        inline_hidden = element.tag == "span" and HIDDEN_STYLE.search(element.get("style", ""))
        if (named or inline_hidden) and len(element.text_content()) < limit:
            element.drop_tree()


def flatten_layout_tables(tree: HtmlElement) -> None:
    """Tables that hold an article rather than data become plain containers."""
    for table in list(tree.iter("table")):
        cells = [cell for cell in table.iter("td") if len(cell.text_content().strip()) > LAYOUT_CELL_CHARACTERS]
        if cells or table.find(".//table") is not None:
            for element in table.iter("table", "tbody", "tr", "td"):
                element.tag = "div"


def unwrap_embeds(tree: HtmlElement) -> None:
    """A post quoted from a social network stands in widget containers that extractors drop; the quote itself stays."""
    for quote in list(tree.iter("blockquote")):
        words = len(quote.text_content().split())
        if not words or "twitter" not in quote.get("class", "") + quote.get("data-lang", ""):
            continue
        outer = quote
        parent = outer.getparent()
        while parent is not None and parent.tag == "div" and len(parent.text_content().split()) == words:
            outer, parent = parent, parent.getparent()
        quote.attrib.pop("class", None)
        if outer is not quote and parent is not None:
            quote.tail = None
            parent.replace(outer, quote)


def join_split_bodies(tree: HtmlElement) -> None:
    """Publishers cut a body into several containers of one class around their ads; extractors take the first alone."""
    groups: dict[tuple[str, str], list[HtmlElement]] = defaultdict(list)
    for element in tree.iter("div", "section"):
        name = element.get("class", "")
        if BODY_CLASS.search(name) and len(element.findall("p")) >= 2:
            groups[element.tag, name].append(element)
    for first, *others in groups.values():
        for other in others:
            if first not in other.iterancestors() and other not in first.iterancestors():
                for child in list(other):
                    first.append(child)


def mark_captions(tree: HtmlElement) -> None:
    """Captions of figures become marked paragraphs beside the figure, since extractors drop figures whole."""
    for caption in list(tree.iter("figcaption")):
        figure = next(caption.iterancestors("figure"), None)
        text = " ".join(caption.text_content().split())
        if figure is None or figure.getparent() is None or not text:
            continue
        caption.drop_tree()
        paragraph = figure.makeelement("p")
        paragraph.text = CAPTION_MARK + text
        paragraph.tail, figure.tail = figure.tail, None
        figure.addnext(paragraph)
