"""Long texts are cut where people pause, and nothing of them is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.rendering.splitting import divided, shortened, width

texts = st.text(alphabet=st.sampled_from("ab.!? \n[1]&<🙂漢。\u00a0"), max_size=200)


@given(texts, st.integers(10, 60))
def test_every_part_fits_and_joined_they_are_the_text(text: str, limit: int) -> None:
    parts = divided(text, limit, strip=False)
    assert "".join(parts) == text
    assert all(0 < width(part) <= limit for part in parts)
    stripped = divided(text, limit)
    assert "".join("".join(stripped).split()) == "".join(text.split())
    assert all(part == part.strip() != "" for part in stripped)


def test_a_text_that_fits_is_left_alone() -> None:
    assert divided("One.\n\nTwo.", 20) == ["One.\n\nTwo."]


def test_paragraphs_are_kept_whole_then_lines_then_sentences_then_words() -> None:
    assert divided("One two.\n\nThree four.\n\nFive.", 23) == ["One two.\n\nThree four.", "Five."]
    assert divided("One two.\nThree four.\nFive.", 12) == ["One two.", "Three four.", "Five."]
    assert divided("It is so. [1][2] They say. [3] No.", 20) == ["It is so. [1][2]", "They say. [3] No."]
    assert divided("He said: “No.” Then he left.", 20) == ["He said: “No.”", "Then he left."]
    assert divided("one two three", 8) == ["one two", "three"]
    assert divided("onetwothree", 4) == ["onet", "woth", "ree"]


def test_length_is_counted_as_slack_may_count_it() -> None:
    assert [width(text) for text in ("abc", "é", "🙂", "&", "<>")] == [3, 1, 2, 5, 8]


@given(texts, st.integers(8, 60))
def test_what_is_shortened_fits_and_says_so(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert width(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_hostile_lengths_take_no_time() -> None:
    for text in (" " * 200_000 + "x", "." * 200_000, "a" * 200_000, ".“" * 100_000, "[1] " * 50_000, "\n " * 100_000):
        assert all(width(part) <= 3_000 for part in divided(text, 3_000))
