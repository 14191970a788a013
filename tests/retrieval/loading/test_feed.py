from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.articles import Article
from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped, load

RSS = "application/rss+xml"


def item(link: str, day: int, title: str = "", more: str = "") -> str:
    title = title or f"Story of day {day}"
    return (
        f"<item><title>{title}</title><link>{link}</link><author>desk@example.org (Ana Bel)</author>"
        f"<pubDate>{day:02} Mar 2025 23:30:00 -0500</pubDate>{more}</item>"
    )


def rss(*items: str) -> str:
    return (
        "<?xml version='1.0' encoding='utf-8'?><!-- made by hand --><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>The Saltmere Ledger</title>"
        f"<link>http://127.0.0.1/</link>{''.join(items)}</channel></rss>"
    )


def articles(outcomes: list[Outcome]) -> list[Article]:
    return [outcome.article for outcome in outcomes if isinstance(outcome, Loaded)]


def reasons(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.location: outcome.reason for outcome in outcomes if isinstance(outcome, Skipped)}


def test_every_entry_is_read_from_its_page_newest_first(site: Any, local: LoadOptions) -> None:
    links = [site.page(f"/{day}", title=f"Ferry news {day}") for day in (1, 2, 3)]
    feed = site.put("/feed", rss(item(links[0], 1), item(links[2], 3), item(links[1], 2), item(links[1], 2)), RSS)
    outcomes = list(load(feed, local))
    found = articles(outcomes)
    assert [article.url for article in found] == [links[2], links[1], links[0]]
    assert found[0].text == "\n\n".join(site.paragraphs)
    assert reasons(outcomes) == {}


def test_the_entry_fills_in_what_the_page_does_not_say(site: Any, local: LoadOptions) -> None:
    bare = site.page("/bare")
    said = site.page(
        "/said",
        head="<meta name='author' content='Cy Dunn'><meta property='og:site_name' content='Harbour Post'>"
        "<meta property='article:published_time' content='2025-02-01'>",
    )
    one, two = articles(list(load(site.put("/feed", rss(item(bare, 9), item(said, 8)), RSS), local)))
    assert (one.author, one.source, one.published) == ("Ana Bel", "The Saltmere Ledger", date(2025, 3, 9))
    assert (two.author, two.source, two.published) == ("Cy Dunn", "Harbour Post", date(2025, 2, 1))


def test_an_outlet_is_not_guessed_for_a_page_of_another_site(site: Any, local: LoadOptions) -> None:
    elsewhere = site.page("/a").replace("127.0.0.1", "localhost")
    (article,) = articles(list(load(site.put("/feed", rss(item(elsewhere, 1)), RSS), local)))
    assert article.source != "The Saltmere Ledger"


def test_a_feed_that_carries_the_text_helps_out_where_a_page_fails(site: Any, local: LoadOptions) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in site.paragraphs)
    gone = site.root + "/gone"
    more = f"<content:encoded><![CDATA[{body}]]></content:encoded>"
    feed = rss(
        item(gone, 1, "Ferry &amp; tide", more),
        item(site.root + "/gone-too", 2, more="<description>A teaser.</description>"),
    )
    outcomes = list(load(site.put("/feed", feed, RSS), local))
    (article,) = articles(outcomes)
    assert article.text == "\n\n".join(site.paragraphs)
    assert (article.title, article.url, article.published) == ("Ferry & tide", gone, date(2025, 3, 1))
    assert reasons(outcomes) == {site.root + "/gone-too": "the site answered 404 Not Found"}


def test_atom_with_relative_links_is_read_too_whatever_its_content_type(site: Any, local: LoadOptions) -> None:
    site.page("/news/ferry")
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Ledger</title><entry><title>Ferry</title><link href='ferry'/>"
        "<published>2025-03-01T23:30:00-05:00</published><updated>2025-03-04T10:00:00Z</updated></entry></feed>"
    )
    (article,) = articles(list(load(site.put("/news/atom", atom, "text/html"), local)))
    assert article.url == site.root + "/news/ferry"
    assert (article.published, article.updated) == (date(2025, 3, 1), date(2025, 3, 4))


def test_only_the_newest_are_read_and_the_rest_is_counted(site: Any, local: LoadOptions) -> None:
    links = [site.page(f"/{day}", title=f"Ferry news {day}") for day in range(1, 6)]
    feed = site.put("/feed", rss(*(item(link, day) for day, link in enumerate(links, 1))), RSS)
    outcomes = list(load(feed, replace(local, feed_items=2)))
    assert [article.url for article in articles(outcomes)] == [links[4], links[3]]
    assert reasons(outcomes) == {feed: "3 older entries left out (ingest.feed_items is 2)"}
    assert len(site.asked) == 3


def test_a_feed_in_a_file_is_read_and_its_pages_obey_the_network_rule(
    site: Any, local: LoadOptions, tmp_path: Path
) -> None:
    path = tmp_path / "news.rss"
    path.write_text(rss(item(site.page("/a"), 1)), encoding="utf-8")
    assert len(articles(list(load(str(path), local)))) == 1
    site.asked.clear()
    assert "points into the local network" in reasons(list(load(str(path), LoadOptions())))[site.root + "/a"]
    assert site.asked == []


def test_bad_feeds_and_bad_entries_have_their_reasons(site: Any, local: LoadOptions) -> None:
    nested = rss(item(site.put("/inner", rss(), RSS), 1), "<item><title>No link</title></item>")
    feed = site.put("/outer", nested, RSS)
    assert reasons(list(load(feed, local))) == {
        site.root + "/inner": "a feed where a page was expected",
        f"{feed}#No link": "an entry without a link",
    }
    assert reasons(list(load(site.put("/none", rss(), RSS), local))) == {site.root + "/none": "a feed without entries"}
    (broken,) = reasons(list(load(site.put("/broken", "<rss><channel", RSS), local))).values()
    assert broken.startswith("a feed that cannot be read: ")


def test_entities_that_grow_or_name_files_come_to_nothing(site: Any, local: LoadOptions) -> None:
    bomb = "<!DOCTYPE rss [<!ENTITY a 'lol'>" + "".join(
        f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    secret = "<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
    feed = bomb + secret + f"<rss version='2.0'><channel>{item(site.page('/a'), 1, '&i; &file;')}</channel></rss>"
    outcomes = list(load(site.put("/feed", feed, RSS), local))
    assert len(outcomes) == 1
    assert "root:" not in str(outcomes)
    assert len(str(outcomes)) < 10_000
