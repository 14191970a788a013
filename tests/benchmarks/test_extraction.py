"""The measure of the extraction benchmark, and that the loader does not fall below plain trafilatura by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.benchmarks.extraction import Score, means, pages, plain_trafilatura, score, this_loader


def test_the_measure_counts_four_word_sequences() -> None:
    assert score("one two three four five", "one two three four five") == Score(1.0, 1.0)
    assert score("one two three four five", "one two three four six") == Score(0.5, 0.5)
    assert score("a b c d", "a b c d e") == Score(0.5, 1.0)
    assert score("a b c", "") == Score(None, 0.0)


def test_f1_is_of_the_means_and_a_page_without_words_does_not_count_for_precision() -> None:
    precision, recall, f1 = means([Score(1.0, 1.0), Score(None, 0.0)])
    assert (precision, recall) == (1.0, 0.5)
    assert f1 == pytest.approx(2 / 3)


def test_the_loader_is_not_below_plain_trafilatura() -> None:
    folder = Path(os.environ.get("FOOTNOTE_BENCHMARKS", "")) / "extraction"
    if not (folder / "ground-truth.json").is_file():
        pytest.skip("FOOTNOTE_BENCHMARKS names no folder with extraction/ground-truth.json")
    found = pages(folder)
    ours = means([score(page.truth, this_loader(page)) for page in found])
    plain = means([score(page.truth, plain_trafilatura(page)) for page in found])
    assert ours[2] >= plain[2]
