"""Sitemaps (sitemaps.org, with Google's news tags) and the pages that they name."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from retrieval.articles import Article, sealed
from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped
from retrieval.loading.days import day_of
from retrieval.loading.documents import listing_in, outlet, page_at, recognised
from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import Material
from retrieval.loading.web import Web

MAX_DEPTH = 3
MAX_SITEMAPS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One address in a sitemap: a page, or another sitemap."""

    address: str
    is_sitemap: bool
    modified: date | None = None
    published: date | None = None
    outlet: str | None = None


def load(material: Material, options: LoadOptions, web: Web) -> Iterator[Outcome]:
    """The articles on the newest pages of a sitemap, or of the sitemaps that an index names."""
    walk = _Walk(web)
    pages: dict[str, Listed] = {}
    for found in walk.pages(material, 1):
        if isinstance(found, Skipped):
            yield found
        else:
            pages.setdefault(found.address, found)
    newest = sorted(pages.values(), key=lambda page: page.published or page.modified or date.min, reverse=True)
    for page in newest[: options.feed_items]:
        try:
            yield Loaded(_completed(page_at(page.address, web, options), page), page.address)
        except NoArticle as reason:
            yield Skipped(page.address, str(reason))
    if len(newest) > options.feed_items:
        left = len(newest) - options.feed_items
        yield Skipped(material.location, f"{left} older pages left out (ingest.feed_items is {options.feed_items})")


@dataclass(slots=True)
class _Walk:
    web: Web
    sitemaps: int = 0

    def pages(self, material: Material, depth: int) -> Iterator[Listed | Skipped]:
        """The pages of a sitemap and of those below it, the most recently changed sitemaps first."""
        listed = _listed(material)
        yield from (item for item in listed if not item.is_sitemap)
        below = sorted((i for i in listed if i.is_sitemap), key=lambda i: i.modified or date.min, reverse=True)
        if below and depth > MAX_DEPTH:
            yield Skipped(material.location, f"sitemaps nested more than {MAX_DEPTH} deep are not followed")
            return
        for position, item in enumerate(below):
            if self.sitemaps >= MAX_SITEMAPS:
                left = len(below) - position
                yield Skipped(material.location, f"{left} sitemaps left out; {MAX_SITEMAPS} are read at most")
                return
            self.sitemaps += 1
            yield from self._fetched(item.address, depth + 1)

    def _fetched(self, address: str, depth: int) -> Iterator[Listed | Skipped]:
        try:
            material = self.web.fetch(address)
            with material.stream:
                kind, material = recognised(material)
                if kind != "sitemap":
                    raise NoArticle(f"a {kind} where a sitemap was expected")
                yield from self.pages(material, depth)
        except NoArticle as reason:
            yield Skipped(address, str(reason))


def _listed(material: Material) -> list[Listed]:
    from lxml import etree

    data = io.BytesIO(listing_in(material))
    listed = []
    try:
        events = etree.iterparse(data, events=("end",), resolve_entities=False, no_network=True)
        for _, element in events:
            kind = _name(element)
            if kind not in ("url", "sitemap"):
                continue
            own = {_name(child): (child.text or "").strip() for child in element}
            # Only below <news:news>: a picture in a sitemap has a <loc> as well.
            news = {
                _name(e): (e.text or "").strip() for child in element if _name(child) == "news" for e in child.iter()
            }
            if address := own.get("loc"):
                published, outlet = day_of(news.get("publication_date")), news.get("name") or None
                listed.append(Listed(address, kind == "sitemap", day_of(own.get("lastmod")), published, outlet))
            element.clear()
    except etree.XMLSyntaxError as error:
        if not listed:
            raise NoArticle(f"broken XML: {error}") from error
    if not listed:
        raise NoArticle("a sitemap without addresses")
    return listed


def _name(element: Any) -> str:
    """The tag without its namespace; the empty string for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _completed(article: Article, page: Listed) -> Article:
    """The article with what its sitemap knows and its page did not say."""
    published = article.published or page.published
    updated = article.updated or (page.modified if page.modified != published else None)
    return sealed(replace(article, published=published, updated=updated, source=outlet(article, page.outlet)))
