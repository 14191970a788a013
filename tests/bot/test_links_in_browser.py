"""Links as a real browser follows them, from a server on loopback."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.answers import Quote
from bot.links import link_to
from retrieval.articles import Article
from retrieval.loading import LoadOptions
from retrieval.loading.html import read
from retrieval.splitting import sentences

MARKED = (
    "<style>::target-text { background: rgb(255, 0, 255); color: black } body { font: 16px/1.5 sans-serif }</style>"
)

# Where the n-th of some words stand in the window: the box of their range, in CSS pixels.
BOX = """([words, nth]) => {
  const nodes = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest('script, style')) nodes.push(walker.currentNode);
  }
  const places = nodes.flatMap((node) => [...node.data].map((_, i) => [node, i])).filter(([n, i]) => n.data[i].trim());
  const page = places.map(([node, i]) => node.data[i]).join('');
  const wanted = words.replace(/\\s/g, '');
  let at = -1;
  for (let i = 0; i <= nth; i++) at = page.indexOf(wanted, at + 1);
  if (at < 0) return null;
  const range = document.createRange(), [last, end] = places[at + wanted.length - 1];
  range.setStart(...places[at]);
  range.setEnd(last, end + 1);
  const boxes = [...range.getClientRects()];
  return [Math.min(...boxes.map((b) => b.left)), Math.min(...boxes.map((b) => b.top)),
    Math.max(...boxes.map((b) => b.right)), Math.max(...boxes.map((b) => b.bottom))];
}"""

# The box of all pixels of the highlight's colour in a screenshot.
COLOURED = """async (data) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, image.width, image.height).data, box = [1e9, 1e9, -1, -1];
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i] !== 255 || pixels[i + 1] !== 0 || pixels[i + 2] !== 255) continue;
    const x = i / 4 % image.width, y = Math.floor(i / 4 / image.width);
    box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1); box[3] = Math.max(box[3], y + 1);
  }
  return box[2] < 0 ? null : box;
}"""


@dataclass
class Site:
    """Pages on loopback."""

    address: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)

    def put(self, name: str, html: str) -> str:
        """The address at which this page can be read from now on."""
        self.pages[f"/{name}"] = html.encode()
        return f"{self.address}/{name}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.pages.get(self.path.partition("?")[0])
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *arguments: Any) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(require_package: Callable[[str, str], Path]) -> Iterator[Browser]:
    path = require_package("chromium-headless-shell", "chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 700, "height": 500})
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def highlighted(tab: Page) -> tuple[int, int, int, int] | None:
    """The box of what is highlighted in the window, left, top, right, bottom."""
    box = tab.evaluate(COLOURED, base64.b64encode(tab.screenshot()).decode())
    return tuple(box) if box else None


def opens_at(tab: Page, link: str | None, words: str, nth: int = 0) -> str:
    """What is wrong with where the link leads: nothing if these words, and they alone, are in sight and highlighted."""
    assert link is not None
    tab.goto("about:blank")
    tab.goto(link)
    found = highlighted(tab)
    box = tab.evaluate(BOX, [words, nth])
    if box is None:
        return "the words are not on the page"
    if found is None:
        return "nothing is highlighted"
    left, top, right, bottom = box
    if top < 0 or bottom > 500:
        return f"the words are out of sight, at {top:.0f} to {bottom:.0f}"
    distance = max(abs(a - b) for a, b in zip(found, (left, top, right, bottom), strict=True))
    return "" if distance <= 4 else f"highlighted {found}, wanted {[round(edge) for edge in box]}"


def link_of(article: Article, start: int, end: int) -> str | None:
    return link_to(article, (Quote(article.text[start:end], start, end),))


def loaded(site: Site, name: str, html: str) -> Article:
    """A page on the site, and the article that the loader makes of it."""
    url = site.put(name, html)
    article = read(html.encode(), location=url, url=None, options=LoadOptions())
    return Article(article.id, article.title, article.text, article.blocks, url=url)


@pytest.mark.parametrize("name", ["council-election", "ferry-aground-northshore"])
def test_every_sentence_of_an_article_opens_where_it_stands(
    site: Site, tab: Page, articles_folder: Path, name: str
) -> None:
    page = (articles_folder / f"{name}.html").read_text("utf-8").replace("</head>", f"{MARKED}</head>")
    article = loaded(site, name, page)
    wrong = {}
    for start, end in sentences(article.text):
        words = article.text[start:end]
        if complaint := opens_at(tab, link_of(article, start, end), words):
            wrong[words] = complaint
    assert len(sentences(article.text)) > 10
    assert wrong == {}


FILLER = "".join(
    f"<p>On day {n} the wind came from another side and nobody wrote down why it had turned.</p>" for n in range(30)
)
BRIDGE = (
    "“We have waited long enough, all of us, for this bridge to be mended,” said Ada Quill, the engineer, "
    "“and we will not wait longer than we must.”"
)
FERRY = BRIDGE.replace("bridge", "ferry")
LONG = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A long winter on the quay</title>{MARKED}
</head><body><nav><a href="/">Home</a> <a href="/quay">Quay</a></nav><article><h1>A long winter on the quay</h1>
<p>The quay froze in December. The mayor said that nobody was hurt. Then the tugs came.</p>
{FILLER}
<p>The quay froze again in January. The mayor said that nobody was hurt. Then the pilots came.</p>
<p>{BRIDGE}</p>
{FILLER}
<p>{FERRY}</p>
<p>There was no answer to any of the letters.</p>
<p>Later the well-known firm of Ort, Lind & Sons paid 3\u202f000\u00a0euros… or “nearly” that at 100% interest.</p>
<h2>What the winter cost</h2>
<p>There was no answer to any of the letters.</p>
<ul><li>The crane, which had cost a million, was sold to the neighbours</li>
<li>The coal was burnt by the first of March</li></ul>
<p lang="zh">大桥六月通车，市长说，造价四百万。</p>
<p lang="ar" dir="rtl">قال رئيس البلدية إن الجسر سيفتح في يونيو المقبل.</p>
{FILLER}
</article></body></html>"""


@pytest.mark.parametrize(
    ("words", "nth"),
    [
        ("The mayor said that nobody was hurt.", 0),
        ("The mayor said that nobody was hurt.", 1),
        ("There was no answer to any of the letters.", 0),
        ("There was no answer to any of the letters.", 1),
        (BRIDGE, 0),
        (FERRY, 0),
        ("the well-known firm of Ort, Lind & Sons paid 3 000 euros… or “nearly” that at 100% interest.", 0),
        ("What the winter cost", 0),
        ("The crane, which had cost a million, was sold to the neighbours", 0),
        ("大桥六月通车，市长说，造价四百万。", 0),
        ("قال رئيس البلدية إن الجسر سيفتح في يونيو المقبل.", 0),
    ],
)
def test_a_long_page_opens_at_the_right_one_of_its_sentences(site: Site, tab: Page, words: str, nth: int) -> None:
    article = loaded(site, "winter", LONG)
    start = -1
    for _ in range(nth + 1):
        start = article.text.index(words, start + 1)
    assert opens_at(tab, link_of(article, start, start + len(words)), words, nth) == ""


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Then the pilots came.", "“We have waited long enough, all of us, for this bridge"),
        ("What the winter cost", "There was no answer to any of the letters."),
        ("The crane, which had cost", "The coal was burnt by the first of March"),
    ],
)
def test_a_quote_may_reach_over_headings_paragraphs_and_lists(site: Site, tab: Page, first: str, last: str) -> None:
    article = loaded(site, "winter", LONG)
    start = article.text.index(first)
    end = article.text.index(last, start) + len(last)
    assert "\n" in article.text[start:end]
    assert opens_at(tab, link_of(article, start, end), article.text[start:end]) == ""


def test_a_link_works_when_somebody_clicks_it(site: Site, tab: Page) -> None:
    article = loaded(site, "winter", LONG)
    words = "The coal was burnt by the first of March"
    start = article.text.index(words)
    link = link_of(article, start, start + len(words))
    tab.goto(site.put("answer", f'<meta charset="utf-8"><a href="{link}">[1]</a>'))
    tab.get_by_role("link").click()
    tab.wait_for_url("**/winter*")
    tab.wait_for_load_state()
    assert tab.evaluate("scrollY") > 500
    assert highlighted(tab) is not None
