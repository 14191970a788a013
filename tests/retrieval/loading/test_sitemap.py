from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.articles import Article
from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped, load, sitemap

XML = "application/xml"
NAMESPACES = (
    "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'"
)


def urlset(*entries: tuple[str, str], more: str = "") -> str:
    urls = "".join(f"<url><loc> {link} </loc><lastmod>{day}</lastmod>{more}</url>" for link, day in entries)
    return f"<?xml version='1.0'?><urlset {NAMESPACES}>{urls}</urlset>"


def index(*links: str) -> str:
    sitemaps = "".join(f"<sitemap><loc>{link}</loc></sitemap>" for link in links)
    return f"<sitemapindex {NAMESPACES}>{sitemaps}</sitemapindex>"


def articles(outcomes: list[Outcome]) -> list[Article]:
    return [outcome.article for outcome in outcomes if isinstance(outcome, Loaded)]


def reasons(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.location: outcome.reason for outcome in outcomes if isinstance(outcome, Skipped)}


def test_every_page_is_read_with_what_the_sitemap_knows(site: Any, local: LoadOptions) -> None:
    old, new = site.page("/old"), site.page("/new")
    news = (
        "<image:image><image:loc>http://127.0.0.1/a.png</image:loc></image:image><news:news><news:publication><news:name>Ledger"
        "</news:name></news:publication><news:publication_date>2025-03-01</news:publication_date></news:news>"
    )
    listing = urlset((old, "2024-01-01"), (new, "2025-03-04T10:00:00+00:00"), more=news)
    found = {article.url: article for article in articles(list(load(site.put("/sitemap.xml", listing, XML), local)))}
    assert set(found) == {old, new}
    article = found[new]
    assert (article.published, article.updated, article.source) == (date(2025, 3, 1), date(2025, 3, 4), "Ledger")


def test_an_index_is_followed_into_gzipped_sitemaps_and_the_newest_pages_win(site: Any, local: LoadOptions) -> None:
    pages = [site.page(f"/{n}", title=f"Ferry {n}") for n in range(4)]
    one = site.put(
        "/one.xml.gz",
        gzip.compress(urlset((pages[0], "2025-01-01"), (pages[1], "2025-01-04")).encode()),
        "application/x-gzip",
    )
    two = site.put(
        "/two.xml", urlset((pages[2], "2025-01-03"), (pages[3], "2025-01-02"), (pages[1], "2025-01-04")), XML
    )
    address = site.put("/sitemap_index.xml", index(one, site.root + "/missing.xml", two), XML)
    outcomes = list(load(address, replace(local, feed_items=3)))
    assert [article.url for article in articles(outcomes)] == [pages[1], pages[2], pages[3]]
    assert reasons(outcomes) == {
        site.root + "/missing.xml": "the site answered 404 Not Found",
        address: "1 older pages left out (ingest.feed_items is 3)",
    }


def test_an_index_that_names_itself_ends(site: Any, local: LoadOptions) -> None:
    address = site.root + "/sitemap.xml"
    site.put("/sitemap.xml", index(address), XML)
    assert reasons(list(load(address, local))) == {address: "sitemaps nested more than 3 deep are not followed"}
    assert len(site.asked) == 4


def test_an_index_with_too_many_sitemaps_says_how_many_it_left_out(site: Any, local: LoadOptions) -> None:
    links = [site.put(f"/{n}.xml", urlset((f"{site.root}/page/{n}", "2025-01-01")), XML) for n in range(60)]
    address = site.put("/sitemap.xml", index(*links), XML)
    found = reasons(list(load(address, replace(local, feed_items=1))))
    assert found[address] == "49 older pages left out (ingest.feed_items is 1)"
    assert sum(path.endswith(".xml") for path, _ in site.asked) == 1 + sitemap.MAX_SITEMAPS
    every = [
        o.reason
        for o in load(address, replace(local, feed_items=1))
        if isinstance(o, Skipped) and o.location == address
    ]
    assert "10 sitemaps left out; 50 are read at most" in every


def test_a_sitemap_in_a_file_is_read(site: Any, local: LoadOptions, tmp_path: Path) -> None:
    path = tmp_path / "sitemap.xml.gz"
    path.write_bytes(gzip.compress(urlset((site.page("/a"), "2025-01-01")).encode()))
    assert len(articles(list(load(str(path), local)))) == 1


def test_bad_sitemaps_have_their_reasons(site: Any, local: LoadOptions) -> None:
    def reason(body: str) -> str:
        (found,) = reasons(list(load(site.put("/sitemap.xml", body, XML), local))).values()
        return found

    assert reason(urlset()) == "a sitemap without addresses"
    assert reason("<urlset><url><loc>").startswith("broken XML")
    assert reason(urlset((site.put("/inner.xml", urlset(), XML), ""))) == "a sitemap where a page was expected"
    assert reason(urlset(("file:///etc/passwd", ""))) == "only http and https addresses are read, not file"


def test_a_sitemap_cut_off_gives_the_pages_before_the_cut(site: Any, local: LoadOptions) -> None:
    whole = urlset((site.page("/a"), "2025-01-01"), (site.page("/b"), "2025-01-02"))
    cut = whole[: whole.index("/b")]
    assert len(articles(list(load(site.put("/sitemap.xml", cut, XML), local)))) == 1


def test_entities_that_grow_or_name_files_come_to_nothing(site: Any, local: LoadOptions) -> None:
    doctype = "<!DOCTYPE urlset [<!ENTITY file SYSTEM 'file:///etc/passwd'><!ENTITY a 'lol'>" + "".join(
        f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = f"{doctype}]><urlset><url><loc>{site.page('/a')}</loc><lastmod>&i;&file;</lastmod></url></urlset>"
    outcomes = list(load(site.put("/sitemap.xml", body, XML), local))
    assert "root:" not in str(outcomes)
    assert len(str(outcomes)) < 10_000
