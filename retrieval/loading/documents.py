"""Single documents: bytes of one kind to one article."""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from retrieval.articles import Article, article_id, sealed
from retrieval.loading import LoadOptions, docx, html, markdown, pdf, text
from retrieval.loading.assembly import MEGABYTE
from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import Kind, Material, kind_of
from retrieval.loading.web import LISTING_BYTES, Web

LATIN = ("iso8859-1", "ascii", "cp1252")
FAMILIAR_PREFIXES = ("www.", "m.", "mobile.", "amp.")


class Read(Protocol):
    """Turns the bytes of one document into an article; raises NoArticle with the reason where there is none in them."""

    def __call__(self, data: bytes, *, location: str, url: str | None, options: LoadOptions) -> Article: ...


def recognised(material: Material) -> tuple[Kind, Material]:
    """The kind of ``material``, and the same material out of its gzip wrapping, still at its beginning."""
    head, stream = material.unpacked()
    return kind_of(head, material.name, material.media_type), replace(material, stream=stream)


def article_in(material: Material, kind: Kind, options: LoadOptions) -> Article:
    """The article in a document of a known kind; reads no further than one byte over the limit."""
    data = material.stream.read(options.max_article_bytes + 1)
    if material.charset and kind in ("html", "markdown", "text"):
        data = _in_utf8(data, material.charset)
    try:
        article = READERS[kind](data, location=material.location, url=material.url, options=options)
    except NoArticle:
        raise
    except Exception as error:  # a parser that met what its authors did not foresee
        raise NoArticle(f"could not be read: {type(error).__name__}: {error}") from error
    return _at(article, material.url) if material.url else article


def listing_in(material: Material) -> bytes:
    """The whole of a feed or sitemap; the limit is the one that sitemaps.org gives."""
    data = material.stream.read(LISTING_BYTES + 1)
    if len(data) > LISTING_BYTES:
        raise NoArticle(f"larger than {LISTING_BYTES / MEGABYTE:g} MB")
    return data


def page_at(address: str, web: Web, options: LoadOptions) -> Article:
    """The article on the page at ``address``, as feeds and sitemaps need it: they are not followed into each other."""
    material = web.fetch(address)
    with material.stream:
        kind, material = recognised(material)
        if kind not in READERS:
            raise NoArticle(f"a {kind} where a page was expected")
        return article_in(material, kind, options)


def outlet(article: Article, known: str | None) -> str | None:
    """The outlet that a page names, or the one its feed or sitemap knows where the page has but its host to show."""
    host = urlsplit(article.url or "").netloc.removeprefix("www.")
    return known or article.source if article.source in (None, host) else article.source


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site: ``m.example.org``, ``www.example.org`` and ``news.example.org`` are."""
    hosts = []
    for address in (one, other):
        host = (urlsplit(address).hostname or "").lower()
        prefix = next((prefix for prefix in FAMILIAR_PREFIXES if host.startswith(prefix)), "")
        hosts.append(host.removeprefix(prefix))
    short, long = sorted(hosts, key=len)
    return bool(short) and (short == long or long.endswith("." + short))


def _at(article: Article, fetched: str) -> Article:
    """The article under the address it was fetched from, unless it names another of the same site for itself.

    A page that names its site's front page, as some do on every page, would make all of them one article.
    """
    own = article.url
    if own and same_site(own, fetched) and (urlsplit(own).path.strip("/") or not urlsplit(fetched).path.strip("/")):
        return article
    return sealed(replace(article, url=fetched, id=article_id(fetched)))


def _in_utf8(data: bytes, charset: str) -> bytes:
    """Marked UTF-8, by the charset that a server named, which outranks what the page says of itself.

    Servers claim Latin-1 for everything; what is valid UTF-8 all the same is left alone.
    """
    try:
        name = codecs.lookup(charset).name
        if name in LATIN:
            try:
                return data.decode("utf-8").encode("utf-8")
            except UnicodeDecodeError:
                name = "cp1252"
        return codecs.BOM_UTF8 + data.decode(name).removeprefix("\ufeff").encode("utf-8")
    except (LookupError, UnicodeError):
        return data


READERS: dict[Kind, Read] = {
    "html": html.read,
    "markdown": markdown.read,
    "text": text.read,
    "pdf": pdf.read,
    "docx": docx.read,
}
