"""Web pages: the article's own words, what the page says about it, and nothing of the page around it."""

from __future__ import annotations

import html as escaping
import json
from datetime import date

import pytest
from hypothesis import given, settings

from retrieval.articles import Article
from retrieval.loading import LoadOptions, html
from retrieval.loading.errors import NoArticle
from tests.retrieval.loading.documents import OPTIONS, check, kinds, paragraphs

FIRST = (
    "The harbour office in Saltmere said on Tuesday that the ferry would leave an hour later all winter, because the "
    "tide gauge at the old pier no longer agrees with the one on the new one."
)
SECOND = (
    "Captain Ines Varro, who has sailed the route for eleven years, told the council that nobody on board had noticed "
    "any difference, and that the passengers mostly asked whether the coffee machine had been mended."
)
THIRD = (
    "The council will look at the timetable again in March, after the repairs to the slipway are finished and the bill "
    "of 40,000 crowns has been paid."
)
PAGE = f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>Ferry to leave later | Saltmere Ledger</title>
<meta property="og:title" content="Ferry to leave later"><meta property="og:site_name" content="Saltmere Ledger">
<link rel="canonical" href="/2025/10/ferry"><meta property="article:modified_time" content="2025-10-16T08:00:00Z">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ferry to leave later",
"author": [{{"@type": "Person", "name": "Marit Oake"}}, {{"@type": "Person", "name": "Lev Brannigan"}}],
"datePublished": "2025-10-14T23:30:00+02:00", "publisher": {{"@type": "Organization", "name": "The Saltmere Ledger"}}}}
</script></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Ferry to leave later</h1><p>By Marit Oake | 14 October 2025</p>
<figure><img src="f.jpg" alt="ferry"><figcaption>The ferry at the old pier on Monday.</figcaption></figure>
<p>{FIRST}</p><!-- an ad --><p>Read more: <a href="/x">Ten quiet beaches</a></p>
<h2>Nobody noticed</h2><p>{SECOND}</p>
<blockquote><p>It is still warm, most days.</p></blockquote>
<ul><li>First sailing: 8:15</li><li>Last sailing: 19:45</li></ul>
<p>Sign up for our newsletter and get the tide in your inbox.</p><p>{THIRD}</p>
<h3>Most read</h3><ul><li><a href="/a">Five soups for winter</a></li><li><a href="/b">Why cats purr</a></li></ul>
</article><footer>© 2025 The Saltmere Ledger. All rights reserved.</footer></body></html>"""


def read(page: str | bytes, url: str | None = "https://ledger.example.org/2025/10/ferry?utm_source=x") -> Article:
    data = page if isinstance(page, bytes) else page.encode()
    return html.read(data, location="/saved/ferry-page.html", url=url, options=OPTIONS)


def body(*words: str) -> str:
    return "".join(f"<p>{escaping.escape(each)}</p>" for each in words)


def test_a_page_becomes_its_article_and_nothing_else() -> None:
    assert kinds(read(PAGE)) == [
        ("caption", "The ferry at the old pier on Monday."),
        ("paragraph", FIRST),
        ("heading", "Nobody noticed"),
        ("paragraph", SECOND),
        ("quote", "It is still warm, most days."),
        ("paragraph", "First sailing: 8:15"),
        ("paragraph", "Last sailing: 19:45"),
        ("paragraph", THIRD),
    ]


def test_what_the_page_says_about_itself() -> None:
    article = read(PAGE)
    assert (article.title, article.author) == ("Ferry to leave later", "Marit Oake, Lev Brannigan")
    assert article.source == "The Saltmere Ledger"
    assert (article.published, article.updated) == (date(2025, 10, 14), date(2025, 10, 16))
    assert (article.url, article.language) == ("https://ledger.example.org/2025/10/ferry", "en")


def test_one_article_has_one_id_however_it_is_reached() -> None:
    assert read(PAGE).id == read(PAGE, "https://ledger.example.org/2025/10/ferry?ref=feed").id


def test_a_saved_page_without_an_address_is_found_by_its_file() -> None:
    page = PAGE.replace('<link rel="canonical" href="/2025/10/ferry">', "")
    assert read(page, url=None).url == "file:///saved/ferry-page.html"


def test_a_front_page_as_canonical_address_is_not_believed() -> None:
    page = PAGE.replace('href="/2025/10/ferry"', 'href="https://ledger.example.org/"')
    assert read(page, "https://ledger.example.org/2025/10/ferry").url == "https://ledger.example.org/2025/10/ferry"


def test_an_unknown_day_is_none_and_not_the_year_one() -> None:
    page = PAGE.replace("2025-10-14T23:30:00+02:00", "0001-01-01T00:00:00Z").replace("14 October 2025", "October")
    assert read(page.replace("2025-10-16T08:00:00Z", "soon")).updated is None


def test_a_body_cut_into_several_containers_is_one_article() -> None:
    parts = [
        f'<div class="grid article__body">{body(one, two)}</div>'
        for one, two in ((FIRST, SECOND), (THIRD, FIRST[:80] + "."))
    ]
    article = read(f"<html><body><main>{parts[0]}<aside>ad</aside>{parts[1]}</main></body></html>")
    check(article, [FIRST, SECOND, THIRD])


def test_a_comment_inside_a_paragraph_cuts_nothing_off() -> None:
    page = f"<p>{FIRST}</p><p>{SECOND[:40]}<!-- slot -->{SECOND[40:]}</p><p>{THIRD}</p>"
    check(read(f"<html><body><article>{page}</article></body></html>"), [FIRST, SECOND, THIRD])


def test_a_post_quoted_from_a_social_network_stays() -> None:
    post = "I cannot thank this crew enough, they turned round for my hat."
    quote = f'<blockquote class="twitter-tweet"><p>{post}</p></blockquote>'
    embed = f'<div class="social-embed"><div class="tweet">{quote}</div></div>'
    article = read(f"<html><body><article>{body(FIRST)}{embed}{body(SECOND, THIRD)}</article></body></html>")
    assert ("quote", post) in kinds(article)


def test_an_article_in_a_layout_table_comes_out_whole() -> None:
    row = f"<tr><td><a href='/'>Home</a></td><td>{body(FIRST, SECOND, THIRD) * 3}</td></tr>"
    check(read(f"<html><body><table>{row}</table></body></html>"), [FIRST, SECOND, THIRD])


def test_a_data_table_is_rows_of_text() -> None:
    table = "<table><tr><th>day</th><th>boats</th></tr><tr><td>Monday</td><td>3</td></tr></table>"
    article = read(f"<html><body><article>{body(FIRST, SECOND)}{table}{body(THIRD)}</article></body></html>")
    assert ("paragraph", "Monday 3") in kinds(article)


def test_a_paywall_wrapper_does_not_hide_the_article() -> None:
    page = f'<html><body><article><div class="paywall">{body(FIRST, SECOND, THIRD)}</div></article></body></html>'
    check(read(page), [FIRST, SECOND, THIRD])


@pytest.mark.parametrize(
    ("charset", "declared"),
    [("utf-8", ""), ("utf-8", "utf-8"), ("cp1252", "iso-8859-1"), ("windows-1251", "windows-1251"), ("utf-16", "")],
)
def test_the_page_s_own_encoding_is_read(charset: str, declared: str) -> None:
    words = (
        "Пароход пришёл в порт во вторник утром, сказал капитан, и никто этого не заметил."
        if "1251" in charset
        else ("La fête a eu lieu mardi soir à l’hôtel de ville, a déclaré le maire, et personne ne s’en est aperçu.")
    )
    meta = f'<meta charset="{declared}">' if declared else ""
    head = f"<head>{meta}<title>t</title></head>"
    page = f"<html>{head}<body><article>{body(words, words[:40] + '.')}</article></body></html>"
    assert words in read(page.encode(charset)).text


def test_stray_bytes_in_a_utf_8_page_lose_no_word() -> None:
    page = PAGE.replace("coffee machine", "QUOTE café machine").encode().replace(b"QUOTE", b"\x93")
    assert "“ café machine" in read(page).text


LINKS = "".join(f"<li><a href='/{n}'>Headline number {n} about a thing that happened</a></li>" for n in range(25))


@pytest.mark.parametrize(
    "page",
    [
        "<html><body></body></html>",
        "<html><body><nav><a href='/'>Home</a></nav></body></html>",
        f"<html><title>Front page</title><body><main><ul>{LINKS}</ul></main><footer>Imprint</footer></body></html>",
        "<html><title>Log in</title><body><form><label>User</label><input><button>Go</button></form></body></html>",
        "<html><body><noscript>You need to enable JavaScript to run this app.</noscript></body></html>",
        "<html><title>404</title><body><h1>Page not found</h1><p>What you asked for is not here.</p></body></html>",
    ],
)
def test_a_page_without_an_article_says_so(page: str) -> None:
    with pytest.raises(NoArticle, match="no article text found on the page"):
        read(page)


def test_a_short_notice_is_an_article_too() -> None:
    assert read("<p>The bridge is closed until Monday.</p>").text == "The bridge is closed until Monday."


def test_a_page_above_the_limit_is_refused() -> None:
    with pytest.raises(NoArticle, match=r"larger than 0\.001 MB"):
        html.read(PAGE.encode(), location="a.html", url=None, options=LoadOptions(max_article_bytes=1000))


def test_structured_data_that_is_none_harms_nothing() -> None:
    broken = PAGE.replace('"headline"', "headline").replace("</script>", "[" * 5000 + "</script>")
    assert read(broken).title == "Ferry to leave later"
    assert read(PAGE.replace('"publisher": {', '"publisher": ' + json.dumps([None, 3]) + ', "x": {')).source


@settings(deadline=None, max_examples=40)
@given(paragraphs(least=4))
def test_every_paragraph_is_found_where_its_block_says(written: list[str]) -> None:
    page = (
        "<html><head><title>A generated page</title></head><body><nav><a href='/'>Home</a></nav><article>"
        f"<h1>A generated page</h1>{body(*written)}</article><footer>Imprint</footer></body></html>"
    )
    check(read(page), written)
