from __future__ import annotations

from itertools import pairwise

import pytest

from bot.evaluation.excerpts import Piece, answer_pieces, clean, flat, hits, passage_pieces, remarks, web_link
from bot.evaluation.rows import Cited, Reply, Said, Span
from tests.bot.evaluation.making import answered, citation, gold, hit, refused, row


def cited(text: str, *quotes: tuple[int, int], start: int = 0) -> Cited:
    return Cited(1, "a", "a:0", start, start + len(text), text, quotes, "A")


def test_markers_are_those_that_name_a_citation() -> None:
    reply = Reply("answer", "It rose. [1] In list[2] it fell [3].", 0.9, citations=(citation("a"),))
    assert answer_pieces(reply) == (
        Piece("It rose."),
        Piece("1", "marker"),
        Piece(" In list[2] it fell [3]."),
    )


def test_quotes_are_marked_where_they_stand_in_the_article() -> None:
    pieces = passage_pieces(cited("The tide was low. Voss won.", (118, 127), start=100))
    assert pieces == (Piece("The tide was low. "), Piece("Voss won.", "quote"))


def test_quotes_that_overlap_are_one_and_none_reaches_beyond_its_passage() -> None:
    pieces = passage_pieces(cited("0123456789", (2, 5), (4, 7), (8, 99), (50, 60)))
    assert [(piece.text, piece.kind) for piece in pieces] == [
        ("01", "plain"),
        ("23456", "quote"),
        ("7", "plain"),
        ("89", "quote"),
    ]


@pytest.mark.parametrize("quotes", [(), ((1500, 1520),), ((0, 20), (2980, 3000)), ((10, 20), (900, 950), (1000, 1100))])
def test_a_long_passage_is_cut_at_blanks_and_loses_nothing(quotes: tuple[tuple[int, int], ...]) -> None:
    text = "abcdefghi " * 300
    pieces = passage_pieces(cited(text, *quotes))
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.kind == "quote"] == [text[start:end] for start, end in quotes]
    shown = sum(len(piece.text) for piece in pieces if piece.kind != "far")
    assert 0 < shown < 1500
    for before, after in pairwise(pieces):
        if "far" in (before.kind, after.kind):
            assert before.text.endswith(" ") or after.text.startswith(" ")


def test_blank_lines_are_not_piled_up() -> None:
    assert passage_pieces(cited("One.\n\n \n\nTwo.")) == (Piece("One.\n\nTwo."),)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "vbscript:x",
        "//example.org",
        "https:",
        "http://[::1",
        "",
        None,
    ],
)
def test_only_pages_of_the_web_are_links(link: str | None) -> None:
    assert web_link(link) is None


def test_link_keeps_the_place_it_opens_at() -> None:
    assert web_link("https://example.org/a#:~:text=Voss%20won") == "https://example.org/a#:~:text=Voss%20won"


def test_what_misleads_a_reader_is_taken_out() -> None:
    assert clean("a\x00b\u202ec\ud800\r\nd\te") == "a\N{REPLACEMENT CHARACTER}bc\N{REPLACEMENT CHARACTER}\nd\te"


def test_hits_of_gold_articles_copies_and_quotes_are_gold() -> None:
    found = (hit("a"), hit("b", story="gold"), hit("c", "x" * 50), hit("c", "x" * 50, start=100))
    one = row(gold(), refused(hits=found), stories=("gold",), quoted=(Span("c", 40, 60),))
    assert [golden for _, golden in hits(one)] == [False, True, True, False]
    assert hits(row(gold(), None)) == ()


def test_remarks_are_what_the_words_of_a_reply_do_not_say() -> None:
    reply = answered("Fine.", notice="A fallback.", chat_failure="429")
    statements = (*reply.statements, Said("Nobody says so.", (), "unsupported"))
    one = row(
        gold(),
        Reply("answer", "", 0.5, statements=statements, notice="A fallback.", chat_failure="429"),
        unjudged="429",
    )
    assert dict(remarks(one)) == {
        "Notice": "A fallback.",
        "The chat model did not answer": "429",
        "Citations not judged": "429",
        "Shown without support": "Nobody says so.",
    }
    assert list(remarks(row(gold(), None))) == []


def test_settings_are_lines_with_dotted_names() -> None:
    settings = {"seed": 0, "chat": {"model": "", "price": [0.25, 2.0], "deep": {"on": True}}, "none": None}
    assert dict(flat(settings)) == {
        "seed": "0",
        "chat.model": "–",
        "chat.price": "0.25, 2.0",
        "chat.deep.on": "yes",
        "none": "–",
    }
