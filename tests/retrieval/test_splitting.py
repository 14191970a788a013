import itertools
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Article, Block
from retrieval.splitting import sentences, split

ANY_TEXT = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(list("  \n\n..!?\"'”。A a"))),
    max_size=2500,
)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(ANY_TEXT)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    kinds = st.sampled_from(["heading", "paragraph", "caption", "quote"])
    blocks = tuple(Block(a, b, draw(kinds)) for a, b in itertools.pairwise(cuts) if a < b)
    return Article("a", "t", text, blocks)


@given(articles(), st.integers(100, 900))
@settings(max_examples=150, deadline=None)
def test_passages_are_exact_and_lose_nothing_but_white_space(article: Article, size: int) -> None:
    passages = split(article, size)
    position = 0
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert passage.start >= position and not article.text[position : passage.start].strip()
        assert len(passage.text) <= size * 5 // 4
        position = passage.end
    assert not article.text[position:].strip()
    assert len({passage.id for passage in passages}) == len(passages)


@given(ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_sentences_cover_the_text_in_order(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end <= len(text) and not text[position:start].strip()
        position = end
    assert not text[position:].strip()


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_abbreviations_and_initials_do_not_end_a_sentence() -> None:
    assert texts("Dr. Ann Lee met the U.S. envoy at 5 p.m. on Jan. 3. She left.") == [
        "Dr. Ann Lee met the U.S. envoy at 5 p.m. on Jan. 3.",
        "She left.",
    ]


def test_a_wrapped_line_goes_on_and_a_list_does_not() -> None:
    wrapped = "The committee met in the evening of the third\nof May and agreed."
    assert texts(wrapped) == [wrapped]
    assert texts("flour\nsugar\nsalt") == ["flour", "sugar", "salt"]
    assert texts("The end.\n\nand then more") == ["The end.", "and then more"]


def test_chinese_and_japanese_sentences_end_at_their_own_full_stop() -> None:
    assert texts("今天下雨。我们留在家里。") == ["今天下雨。", "我们留在家里。"]


def test_a_caption_never_shares_a_passage_with_the_authors_sentences() -> None:
    text = "One sentence.\n\nA photo of a boat.\n\nAnother sentence."
    start = text.index("A photo")
    article = Article("a", "t", text, (Block(start, start + len("A photo of a boat."), "caption"),))
    assert [p.text for p in split(article)] == ["One sentence.", "A photo of a boat.", "Another sentence."]


def test_a_sentence_without_spaces_is_cut_and_kept_whole() -> None:
    article = Article("a", "t", "x" * 5000)
    assert "".join(p.text for p in split(article, 800)) == article.text


def test_a_million_characters_are_cut_in_linear_time() -> None:
    article = Article("a", "t", "No full stop here and no line break " * 30_000)
    assert sum(len(p.text.split()) for p in split(article)) == 30_000 * 8


def test_a_long_run_of_spaces_costs_no_more_than_other_text() -> None:
    text = "A herring." + " " * 400_000 + "Another one. \nAnd a third."
    began = time.process_time()
    assert [text[start:end] for start, end in sentences(text)] == ["A herring.", "Another one.", "And a third."]
    assert time.process_time() - began < 5
