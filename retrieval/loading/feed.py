"""RSS and Atom feeds, and the pages that their entries name: the only file that knows feedparser."""

from __future__ import annotations

import html as markup
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from retrieval.articles import Article, sealed
from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped
from retrieval.loading.assembly import title_from
from retrieval.loading.days import day_of
from retrieval.loading.documents import READERS, listing_in, outlet, page_at, same_site
from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import Material
from retrieval.loading.web import Web

FULL_TEXT_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says about one article; ``content`` is HTML, and often only a teaser."""

    place: str
    link: str | None
    title: str
    author: str | None
    outlet: str | None
    published: date | None
    updated: date | None
    content: str


def load(material: Material, options: LoadOptions, web: Web) -> Iterator[Outcome]:
    """The newest entries' articles: from their pages, or from the feed where a page fails and the feed has the text."""
    entries = _entries(material)
    for entry in entries[: options.feed_items]:
        try:
            yield Loaded(_article(entry, options, web), entry.place)
        except NoArticle as reason:
            yield Skipped(entry.place, str(reason))
    if len(entries) > options.feed_items:
        left = len(entries) - options.feed_items
        yield Skipped(material.location, f"{left} older entries left out (ingest.feed_items is {options.feed_items})")


def _entries(material: Material) -> list[Entry]:
    """The entries of a feed, newest first, those without a date last; each link once."""
    import feedparser

    charset = f"; charset={material.charset}" if material.charset else ""
    # Given a stream, feedparser fetches nothing; it resolves relative links by the address in the headers.
    headers = {"content-type": f"application/xml{charset}", "content-location": material.url or ""}
    feed = feedparser.parse(io.BytesIO(listing_in(material)), response_headers=headers)
    if not feed.entries:
        broken = f"a feed that cannot be read: {feed.get('bozo_exception')}"
        raise NoArticle(broken if feed.bozo or not feed.version else "a feed without entries")
    entries = [_entry(raw, feed.feed, material) for raw in feed.entries]
    entries.sort(key=lambda entry: entry.published or entry.updated or date.min, reverse=True)
    once: dict[str, Entry] = {}
    for entry in entries:
        once.setdefault(entry.place, entry)
    return list(once.values())


def _entry(raw: Any, feed: Any, material: Material) -> Entry:
    link = raw.get("link") or None
    title = " ".join(markup.unescape(raw.get("title", "")).split())
    bodies = [body.get("value", "") for body in raw.get("content", [])] + [raw.get("summary", "")]
    home = material.url or feed.get("link", "")
    return Entry(
        place=link or f"{material.location}#{title or raw.get('id', 'an entry without a link')}",
        link=link,
        title=title,
        author=raw.get("author_detail", {}).get("name") or raw.get("author") or None,
        outlet=(feed.get("title") or None) if link is None or same_site(link, home) else None,
        published=day_of(raw.get("published")) or _day(raw.get("published_parsed")),
        # feedparser's own get() gives the day of publication where there is none of an update
        updated=day_of(dict.get(raw, "updated")) or _day(dict.get(raw, "updated_parsed")),
        content=max(bodies, key=len),
    )


def _day(parsed: Any) -> date | None:
    return date(*parsed[:3]) if parsed else None


def _article(entry: Entry, options: LoadOptions, web: Web) -> Article:
    try:
        if entry.link is None:
            raise NoArticle("an entry without a link")
        article = page_at(entry.link, web, options)
    except NoArticle:
        if len(entry.content) < FULL_TEXT_CHARACTERS:
            raise
        title = markup.escape(entry.title)
        body = f"<article><h1>{title}</h1>{entry.content}</article>"
        page = (
            f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'
        )
        article = READERS["html"](page.encode(), location=entry.place, url=entry.link, options=options)
    return _completed(article, entry)


def _completed(article: Article, entry: Entry) -> Article:
    """The article with what its entry knows and its page did not say."""
    untitled = not article.title or article.title in (title_from(article.url or ""), title_from(entry.place))
    published = article.published or entry.published
    return sealed(
        replace(
            article,
            title=entry.title if untitled and entry.title else article.title,
            author=article.author or entry.author,
            source=outlet(article, entry.outlet),
            published=published,
            updated=article.updated or (entry.updated if entry.updated != published else None),
        )
    )
