from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Quote
from bot.links import link_to
from retrieval.articles import Article, Block

BRIDGE = "The bridge over the Sorne opened in June, two years late."


def article(url: str | None, text: str = BRIDGE, blocks: tuple[Block, ...] = ()) -> Article:
    return Article("bridge", "A bridge opens", text, blocks, url=url)


def quote_of(text: str, start: int = 0, end: int | None = None) -> tuple[Quote, ...]:
    end = len(text) if end is None else end
    return (Quote(text[start:end], start, end),)


def test_web_page_opens_at_the_quote() -> None:
    link = link_to(article("https://example.org/bridge"), quote_of(BRIDGE, 0, 25))
    assert link == "https://example.org/bridge#:~:text=The%20bridge%20over%20the%20Sorne"


def test_signs_with_a_meaning_in_a_text_directive_are_encoded() -> None:
    link = link_to(article("https://example.org/a"), (Quote("Smith & Sons, a well-known firm", 0, 31),))
    assert link == "https://example.org/a#:~:text=Smith%20%26%20Sons%2C%20a%20well%2Dknown%20firm"


def test_long_quote_is_named_by_its_first_and_last_words() -> None:
    words = [f"word{n}" for n in range(60)]
    link = link_to(article("https://example.org/a"), (Quote("  ".join(words), 0, 1),))
    assert link is not None
    assert link.endswith("#:~:text=word0%20word1%20word2%20word3%20word4,word55%20word56%20word57%20word58%20word59")


def test_own_fragment_of_the_page_is_kept_and_an_old_text_directive_is_not() -> None:
    quotes = (Quote("opened", 20, 26),)
    assert link_to(article("https://example.org/a#part-2"), quotes) == "https://example.org/a#part-2:~:text=opened"
    assert link_to(article("https://example.org/a#x:~:text=old"), quotes) == "https://example.org/a#x:~:text=opened"


def test_pdf_opens_at_the_page() -> None:
    text = "First page.\nSecond page."
    pages = (Block(0, 12, "page"), Block(12, 24, "page"))
    pdf = article("https://example.org/report.pdf#toc", text, pages)

    assert link_to(pdf, quote_of(text, 12, 23)) == "https://example.org/report.pdf#page=2"
    assert link_to(pdf, quote_of(text, 0, 5)) == "https://example.org/report.pdf#page=1"


def test_local_file_is_linked_without_a_text_directive() -> None:
    assert link_to(article("file:///home/ann/my%20notes.txt"), quote_of(BRIDGE)) == "file:///home/ann/my%20notes.txt"


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "data:text/html,x", "bridge.html", "http://[broken"])
def test_no_link_where_there_is_no_address_to_open(url: str | None) -> None:
    assert link_to(article(url), quote_of(BRIDGE)) is None


def test_line_breaks_in_an_address_cannot_leave_the_link() -> None:
    link = link_to(article('https://example.org/a b\n"<c>'), ())
    assert link == "https://example.org/a%20b%0A%22%3Cc%3E"


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_quote_makes_an_address_that_a_browser_can_read(text: str) -> None:
    link = link_to(article("https://example.org/a"), (Quote(text, 0, len(text)),))

    assert link is not None
    assert link.isascii()
    directive = link.partition(":~:text=")[2]
    assert directive.count(",") <= 1
    assert not set(directive) & set(" -&\n")
    if "," not in directive:
        assert unquote(directive) == " ".join(text.encode("utf-8", "replace").decode().split())
    assert urlsplit(link).netloc == "example.org"
