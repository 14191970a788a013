"""Sources to articles: a file, folder, URL, feed, sitemap, JSON Lines or standard input; one module a kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.articles import Article


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a loader may do; plain values, so that the room needs no settings object."""

    collection: str = "default"
    max_article_bytes: int = 5_000_000
    timeout_seconds: float = 20.0
    allow_local_network: bool = False
    user_agent: str = "footnote"
    feed_items: int = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and where it was found: a file's full path, a URL, "-" for standard input, or "path#id"."""

    article: Article
    location: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that gave no article, and why, in words for the user; with the article's id, if it told that much."""

    location: str
    reason: str
    article_id: str | None = None


Outcome = Loaded | Skipped


def load(source: str, options: LoadOptions) -> Iterator[Outcome]:
    """Every article in ``source``, and a reason for everything in it that gave none; nothing is raised for bad input.

    ``source`` is a file, a folder, a web address (of a page, a feed or a sitemap), or "-" for standard input. Feeds,
    sitemaps and JSON Lines are recognised by what is in them. Articles come as they are read, one at a time.
    """
    from retrieval.loading.sources import outcomes

    return outcomes(source, options)
