"""Generated documents for the loaders' property tests, and what must hold of every article made from one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from retrieval.articles import Article
from retrieval.loading import LoadOptions

WORDS = (
    "the council of old bridge river said that ferry tide 1,200 crowns (again) harbour “quietly” her naïve café Straße"
)
OPTIONS = LoadOptions()


def _sentence(words: list[str], number: int) -> str:
    return f"In case {number} {' '.join(words)} ended there."


def paragraphs(words: str = WORDS, least: int = 3) -> st.SearchStrategy[list[str]]:
    """Several different paragraphs of whole sentences."""
    sentence = st.builds(
        _sentence,
        st.lists(st.sampled_from(words.split()), min_size=6, max_size=16),
        st.integers(min_value=10, max_value=99_999),
    )
    paragraph = st.lists(sentence, min_size=1, max_size=4).map(" ".join)
    return st.lists(paragraph, min_size=least, max_size=8, unique=True)


def check(article: Article, expected: list[str]) -> None:
    """Every block is a true, unbroken stretch of the text, in order and apart from the others; nothing is lost."""
    own = [block for block in article.blocks if block.kind != "page"]
    assert own, "an article has blocks"
    for block in own:
        assert 0 <= block.start < block.end <= len(article.text)
        words = article.text[block.start : block.end]
        assert words.strip(), "no block is blank"
        assert words == words.strip("\n"), "no block begins or ends between lines"
    for before, after in pairwise(own):
        assert before.end <= after.start, "blocks do not overlap"
    covered = "".join(article.text[block.start : block.end] for block in own)
    assert "".join(covered.split()) == "".join(article.text.split()), "no word stands outside every block"
    for paragraph in expected:
        assert paragraph in article.text


def kinds(article: Article) -> list[tuple[str, str]]:
    """Each block's kind and words, pages left out."""
    return [(block.kind, article.text[block.start : block.end]) for block in article.blocks if block.kind != "page"]
