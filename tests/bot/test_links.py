import re
import time
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


def directive_of(text: str, words: str, nth: int = 0, title: str = "A bridge opens") -> str:
    """The directive of a link to the n-th of these words in a text."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    at = Article("bridge", title, text, url="https://example.org/a")
    link = link_to(at, quote_of(text, start, start + len(words)))
    assert link is not None
    return link.removeprefix("https://example.org/a").removeprefix("#:~:text=")


def test_web_page_opens_at_the_quote() -> None:
    link = link_to(article("https://example.org/bridge"), quote_of(BRIDGE, 0, 25))
    assert link == "https://example.org/bridge#:~:text=The%20bridge%20over%20the%20Sorne"


def test_signs_with_a_meaning_in_a_text_directive_are_encoded() -> None:
    words = "Smith & Sons, a well-known firm"
    assert directive_of(words, words) == "Smith%20%26%20Sons%2C%20a%20well%2Dknown%20firm"
    assert directive_of("100% #1 in 1+1?", "100% #1 in 1+1?") == "100%25%20%231%20in%201%2B1%3F"


def test_long_quote_is_named_by_its_first_and_last_words() -> None:
    words = "  ".join(f"word{n}" for n in range(60))
    expected = "word0%20word1%20word2%20word3%20word4,word55%20word56%20word57%20word58%20word59"
    assert directive_of(words, words) == expected


def test_long_quote_gets_as_many_words_as_it_takes_to_be_the_only_one() -> None:
    opening, rest = "In the first hour of the night nobody", "and ".join(f"went number {n} " for n in range(12))
    text = f"{opening} slept, {rest}home. {opening} spoke, {rest}home."
    assert directive_of(text, f"{opening} slept, {rest}home.").startswith(
        "In%20the%20first%20hour%20of%20the%20night%20nobody%20slept%2C%20went%20number%200,"
    )


def test_quote_over_a_line_break_is_named_by_its_ends_alone() -> None:
    text = "Opening\n\nThe bridge opened.\n\nNobody came."
    assert directive_of(text, "Opening\n\nThe bridge opened.") == "Opening,The%20bridge%20opened."


def test_words_that_stand_twice_are_told_apart_by_those_around_them() -> None:
    text = "The tide fell. Nobody was hurt. The tugs came. Then it rose. Nobody was hurt. The pilots came."
    assert directive_of(text, "Nobody was hurt.", 0) == "Nobody%20was%20hurt.,-The%20tugs%20came."
    assert directive_of(text, "Nobody was hurt.", 1) == "Nobody%20was%20hurt.,-The%20pilots%20came."
    assert directive_of(text.replace("pilots", "tugs"), "Nobody was hurt.", 1).startswith("Then%20it%20rose.-,Nobody")


def test_equal_paragraphs_are_told_apart_by_their_neighbours_where_they_must_be() -> None:
    text = "The tide fell.\n\nNobody was hurt.\n\nThen the tide rose.\n\nNobody was hurt.\n\nThe pilots came."
    assert directive_of(text, "Nobody was hurt.", 0) == "Nobody%20was%20hurt."  # a browser comes to it first
    assert directive_of(text, "Nobody was hurt.", 1) == "Nobody%20was%20hurt.,-The%20pilots%20came."


def test_words_of_the_title_are_not_taken_for_the_quote() -> None:
    named = directive_of("Nobody was hurt. Good.", "Nobody was hurt.", title="Nobody was hurt.")
    assert named == "Nobody%20was%20hurt.,-Good."


def test_case_accents_and_the_shape_of_quotes_do_not_make_words_others() -> None:
    text = 'THE CAFE “ANKER” closed. Later the café "Anker" opened.'
    assert directive_of(text, 'the café "Anker"') == "the%20caf%C3%A9%20%22Anker%22,-opened."


def test_a_term_never_ends_inside_what_a_browser_takes_for_one_word() -> None:
    words = f"It all cost about 3 000 euros {' '.join(f'and{n} then' for n in range(20))}"
    figures = directive_of(words, words)
    assert figures.startswith("It%20all%20cost%20about%203%20000,")
    glued = "The end.Nobody was hurt at all.The end"
    assert directive_of(glued, "Nobody was hurt at all.") == "end.Nobody%20was%20hurt%20at%20all.The"


def test_chinese_is_cut_at_its_own_punctuation() -> None:
    words = "，".join(f"第{n}座大桥六月通车造价四百万" for n in range(12)) + "。"
    start, _, end = directive_of(words, words).partition(",")
    assert unquote(start).endswith("造价四百万，")
    assert unquote(end).startswith("第")
    assert unquote(end).endswith("。")


def test_words_too_long_for_a_link_give_the_page_alone() -> None:
    assert directive_of("[" * 10_000, "[" * 10_000) == ""


def test_many_equal_sentences_are_searched_in_a_moment() -> None:
    text = "Nobody was hurt. " * 20_000
    started = time.perf_counter()
    directive_of(text, "Nobody was hurt.", 1_000)
    assert time.perf_counter() - started < 2


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


WORDS = st.sampled_from(
    ["The", "tide", "rose,", "fell.", "well-known", "“so”", "\n", "\n\n", "3 000", "大桥。", "«", "No."]
)


@given(st.text(alphabet=st.characters(), max_size=300) | st.lists(WORDS, max_size=80).map(" ".join), st.data())
def test_any_quote_makes_a_directive_of_the_specified_form(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    link = link_to(article("https://example.org/a", text), quote_of(text, start, end))

    assert link is not None
    assert link.isascii()
    assert urlsplit(link).netloc == "example.org"
    directive = link.partition(":~:text=")[2]
    assert re.fullmatch(r"(?:[^-,&\s]+-,)?[^-,&\s]+(?:,[^-,&\s]+)?(?:,-[^-,&\s]+)?", directive) or not directive
    lines = " ".join(text.encode("utf-8", "replace").decode().split())
    for term in re.split(r"-?,-?", directive):
        assert "\n" not in unquote(term)
        assert unquote(term) in lines or "\u202f" in text
