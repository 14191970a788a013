"""PDFs: paragraphs whole again, every character on its page, and a reason for each file that gives no text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from fpdf import FPDF
from hypothesis import given, settings

from retrieval.articles import Article
from retrieval.loading import LoadOptions, pdf
from retrieval.loading.errors import NoArticle
from tests.retrieval.loading.documents import OPTIONS, check, kinds, paragraphs

FIRST = (
    "The old bridge over the Ave was closed on Monday after engineers found a crack in a pillar, the council said in a "
    "statement to reporters. Traffic is diverted through the village of Macieira until the spring."
)
SECOND = "Shops nearby expect fewer customers until the work is done. Nobody was hurt, and nobody had seen it coming."
LATIN = "the council of old bridge river said that ferry tide 1,200 crowns (again) harbour her naïve café Straße"


def made(pages: Sequence[Sequence[str]], *, header: str = "", title: str = "", password: str = "") -> bytes:
    document = FPDF()
    document.set_font("Helvetica", size=11)
    document.set_creation_date(datetime(2021, 5, 3, 23, 30, tzinfo=UTC))
    if title:
        document.set_title(title)
        document.set_author("Jane Roe")
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    for number, page in enumerate(pages, start=1):
        document.add_page()
        if header:
            document.cell(0, 8, header, new_x="LMARGIN", new_y="NEXT")
        for paragraph in page:
            document.multi_cell(0, 6, paragraph, new_x="LMARGIN", new_y="NEXT", align="L")
            document.ln(4)
        if header:
            document.cell(0, 8, f"Page {number} of {len(pages)}")
    return bytes(document.output())


def read(data: bytes) -> Article:
    return pdf.read(data, location="/papers/bridge_report.pdf", url=None, options=OPTIONS)


def pages_of(article: Article) -> list[str]:
    return [article.text[block.start : block.end] for block in article.blocks if block.kind == "page"]


def test_paragraphs_come_back_whole_and_properties_are_read() -> None:
    article = read(made([["Bridge closed", "By Ana Lima", FIRST, SECOND]], title="Bridge closed"))
    assert kinds(article) == [("paragraph", FIRST), ("paragraph", SECOND)]
    assert (article.title, article.author, article.published) == ("Bridge closed", "Jane Roe", date(2021, 5, 3))
    assert article.url == "file:///papers/bridge_report.pdf"


def test_the_first_line_is_the_title_where_the_properties_have_none() -> None:
    assert read(made([["Bridge closed", FIRST]])).title == "Bridge closed"


def test_every_page_has_its_block_and_empty_ones_count() -> None:
    article = read(made([[FIRST], [], [SECOND]]))
    assert pages_of(article) == [FIRST, "", SECOND]
    assert article.page_at(article.text.index("The old bridge")) == 1
    assert article.page_at(article.text.index("Shops nearby")) == 3


def test_running_heads_and_page_numbers_are_left_out() -> None:
    article = read(made([[FIRST], [SECOND], [FIRST.upper()]], header="Example Tribune"))
    assert "Tribune" not in article.text
    assert "Page" not in article.text
    assert pages_of(article) == [FIRST, SECOND, FIRST.upper()]


def test_a_paragraph_over_the_page_s_end_is_one_block_on_two_pages() -> None:
    start, end = "The ferry leaves an hour later all winter, because the tide", "gauge at the old pier is wrong."
    article = read(made([["Ferry", start], [end, SECOND]]))
    assert ("paragraph", f"{start} {end}") in kinds(article)
    assert pages_of(article)[1].startswith("gauge at")


def test_a_word_divided_at_the_line_s_end_is_made_whole() -> None:
    article = read(
        made(
            [
                [
                    "Notes",
                    "The council spoke of a ferry connec-\ntion and its well-\nknown cap-\ntain, well-known to all.",
                ]
            ]
        )
    )
    assert "ferry connection and its well-known captain" in article.text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"%PDF-1.4 nothing that follows", "broken PDF: "),
        (made([[FIRST]])[:400], "broken PDF: "),
        (made([[]]), "no text in this PDF, a scan?"),
        (made([[FIRST]], password="secret"), "the PDF is encrypted, its password is needed"),
    ],
)
def test_a_pdf_that_gives_no_text_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(NoArticle) as caught:
        read(data)
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)


def test_a_pdf_above_the_limit_is_refused() -> None:
    with pytest.raises(NoArticle, match="larger than"):
        pdf.read(made([[FIRST]]), location="a.pdf", url=None, options=LoadOptions(max_article_bytes=100))


def test_broken_pdfs_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    data = made([[FIRST]])
    read(io.BytesIO(data).read() + b"\n% trailing rubbish")
    with pytest.raises(NoArticle):
        read(data[: len(data) // 2])
    assert capfd.readouterr() == ("", "")


@settings(deadline=None, max_examples=25)
@given(paragraphs(LATIN))
def test_every_paragraph_is_found_on_its_page(written: list[str]) -> None:
    half = len(written) // 2
    article = read(made([["A title", *written[:half]], [], written[half:]]))
    check(article, written)
    first, empty, third = pages_of(article)
    assert empty == ""
    assert all(each in first for each in written[:half])
    assert all(each in third for each in written[half:])
