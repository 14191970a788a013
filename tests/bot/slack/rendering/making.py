"""Hostile texts, and answers made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from bot.answers import Answer, Citation, Disagreement, Nearest, Quote, Reference, Side, Statement
from bot.citing import marked
from retrieval.articles import Article, Passage, passage_id

TOKENS = (
    "<!channel>", "<!here>", "<!everyone|all>", "<@U1>", "<@U1|ann>", "<!subteam^S1>", "<!subteam^S1|@team>",
    "<#C1>", "<#C1|general>", "<https://evil.example.org|label>", "<mailto:a@b.example.org|write>",
    "<!date^1392734382^{date}^https://evil.example.org|then>", "[label](https://evil.example.org)",
    "[label][1]", "[1]: https://evil.example.org", "![alt](https://evil.example.org/i.png)", "<b>bold</b>",
    "<https://evil.example.org>", "https://evil.example.org/a?b=c", "HTTP://EVIL.EXAMPLE.ORG", "www.evil.example.org",
    "evil.example.org", "a@b.example.org", "slack://open", "@here", "@channel", "@everyone", "#general", "#ff0000",
    ":smile:", ":+1:", ":100:", "10:42:00", "&lt;!channel&gt;", "&amp;lt;", "&#60;!here&#62;", "&#x3c;", "&notit;",
    "```", "`code`", "~~~", "*bold*", "**bold**", "_it_", "__it__", "~s~", "~~s~~", "***", "snake_case", "*", "_",
    "~", "`", "\\", "\\*", "\\<", "# heading", "## h", "> quote", "- item", "+ item", "* item", "1. one", "12) one",
    "---", "===", "| a | b |", "|---|---|", ":-|:-", "[ ]", "[x] done", "    code", "\tcode", "[1]", "[2][3]", "[12](",
    "\n", "\n\n", "\r\n", "\r", "  \n", " ", "\u2028", "\x0b", "\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b",
    "\ufeff", "\u2060", "\u00ad", "\ud800", "\U000e0041", "\u200d", "é", "漢字。", "עברית", "🙂", "1871.", "don't", "a",
    "Z", "9", ":", ".", "@", "<", ">", "&", "#", "!", "(", ")", "[", "]", "|", ";", "/", "-", "10:30", "word", "€ 5",
)  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=6)), max_size=14).map("".join)
HANDLE = "hAnDlE-1"


def article(text: str = "", **other: Any) -> Article:
    """An article; what is not given is harmless."""
    made = Article(
        id="a1",
        title="Weir reopens",
        text=text or "The weir was opened in 1871. It was repaired in 1990. Nobody fishes there.",
        url="https://news.example.org/weir",
        author="Ada Quill",
        source="The Courier",
        published=date(2025, 3, 1),
    )
    return replace(made, **other)


def citation(number: int, of: Article, *quotes: str, link: str | None = "same", passage: str = "") -> Citation:
    """A source that quotes these words of the article, with its whole text for a passage."""
    start = of.text.index(passage) if passage else 0
    end = start + len(passage or of.text)
    found = tuple(Quote(words, (at := of.text.index(words)), at + len(words)) for words in quotes or (of.text,))
    whole = Passage(passage_id(of.id, of.version, 0), of.id, of.version, start, end, of.text[start:end])
    return Citation(number, of, whole, found, of.url if link == "same" else link)


def answered(*cited: Citation, text: str | None = None, **other: Any) -> Answer:
    """An answer that says the first quote of each source."""
    statements = tuple(Statement(one.quotes[0].text, (Reference(one.number, 0),), "quoted") for one in cited)
    said = " ".join(marked(one.text, one.citations) for one in statements)
    made = Answer("A1", "answer", "When?", "When?", said if text is None else text, statements, citations=cited)
    return replace(made, **other)


def refused(nearest: Sequence[Nearest], **other: Any) -> Answer:
    """A refusal that names these articles."""
    made = Answer("A2", "refusal", "Who?", "Who?", "The articles do not answer this question.", nearest=tuple(nearest))
    return replace(made, **other)


def disagreement(*sides: tuple[str, int], about: str = "the year") -> Disagreement:
    """Sides, each with the number of its source."""
    return Disagreement(about, tuple(Side(text, (number,)) for text, number in sides))
