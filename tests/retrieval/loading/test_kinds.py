from __future__ import annotations

import pytest

from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import expected, kind_of

RSS = b"<?xml version='1.0'?>\n<!-- a note -->\n<rss version='2.0'>"


@pytest.mark.parametrize(
    ("head", "name", "media_type", "kind"),
    [
        (b"<p>Words", "a.html", None, "html"),
        (b"Words", "A.TXT", None, "text"),
        (b"<html>", "a.txt", None, "text"),
        (b"anything", "a.jsonl.gz", None, "jsonl"),
        (RSS, "a.xml", None, "feed"),
        (RSS, "feed", "text/html", "feed"),
        (b"\xff\xfe" + "<feed xmlns='x'>".encode("utf-16-le"), "a.atom", None, "feed"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>", "a.rss", None, "feed"),
        (b"<rdf:RDF xmlns:rdf='x'>", "", "application/xml", "feed"),
        (b"\xef\xbb\xbf<urlset>", "sitemap.xml.gz", "application/x-gzip", "sitemap"),
        (b"<sitemapindex>", "", "text/xml", "sitemap"),
        (b"<html xmlns='x'>", "a.xml", None, "html"),
        (b"%PDF-1.7", "download", "application/octet-stream", "pdf"),
        (b"PK\x03\x04", "", None, "docx"),
        (b"Words", "a.md", "text/plain", "markdown"),
        (b"Words", "", "text/plain", "text"),
        (b'\xef\xbb\xbf {"text": 1}', "", None, "jsonl"),
        (b"<!doctype html><title>", "", None, "html"),
        (b"<3 this harbour", "", None, "text"),
        (b"", "", None, "text"),
    ],
)
def test_kinds(head: bytes, name: str, media_type: str | None, kind: str) -> None:
    assert kind_of(head, name, media_type) == kind


def test_only_jsonl_is_known_to_be_of_any_size_before_it_is_read() -> None:
    assert expected("news.jsonl", "application/json") == "jsonl"
    assert expected("news", "text/html") == "html"
    assert expected("feed.xml", "text/xml") is None


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/json", "text/css"])
def test_what_is_never_an_article_is_refused_by_its_content_type(media_type: str) -> None:
    with pytest.raises(NoArticle, match=f"{media_type}, not an article"):
        kind_of(b"{}", "", media_type)
