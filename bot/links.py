"""Links that open an article at the words that an answer quotes."""

from __future__ import annotations

import re
from urllib.parse import quote, urldefrag, urlsplit

from bot.answers import Quote
from retrieval.articles import Article

_LONGEST_EXACT = 120  # characters; a longer quote is named by its first and last words
_EDGE_WORDS = 5
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"]")


def link_to(article: Article, quotes: tuple[Quote, ...]) -> str | None:
    """The article's address, opened at the first quote where the page allows that.

    A page of a PDF is named by ``#page=N`` (RFC 8118), words of a web page by a text fragment
    (https://wicg.github.io/scroll-to-text-fragment/). Addresses that no browser should follow from an answer, such as
    ``javascript:``, give no link.
    """
    if not article.url:
        return None
    url = _UNSAFE.sub(lambda match: quote(match.group()), article.url.strip())
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return None
    if scheme not in ("http", "https", "file"):
        return None
    if not quotes:
        return url
    page = article.page_at(quotes[0].start)
    if page is not None:
        return f"{urldefrag(url).url}#page={page}"
    return url if scheme == "file" else _at_words(url, quotes[0].text)


def _at_words(url: str, words: str) -> str:
    address, _, fragment = url.partition("#")
    own_fragment = fragment.split(":~:")[0]
    return f"{address}#{own_fragment}:~:text={_directive(words)}"


def _directive(text: str) -> str:
    words = text.split()
    joined = " ".join(words)
    if len(joined) > _LONGEST_EXACT and len(words) > 2 * _EDGE_WORDS:
        return f"{_encoded(' '.join(words[:_EDGE_WORDS]))},{_encoded(' '.join(words[-_EDGE_WORDS:]))}"
    return _encoded(joined)


def _encoded(text: str) -> str:
    """Percent-encoded for a text directive, where ``-``, ``,`` and ``&`` have meanings of their own."""
    return quote(text, safe="", errors="replace").replace("-", "%2D")
