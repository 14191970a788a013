"""The paired comparison that the retrieval tables rest on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.ranking import paired


def test_a_retriever_against_itself_differs_by_nothing() -> None:
    ranks = 1.0 / np.arange(1, 11)
    assert paired(ranks, ranks) == {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}


def test_better_on_every_question_is_significant() -> None:
    theirs = np.full(40, 0.5)
    found = paired(theirs + np.linspace(0.1, 0.3, 40), theirs)
    assert found["difference"] == pytest.approx(0.2)
    assert 0.1 < found["low"] < 0.2 < found["high"] < 0.3
    assert found["p"] < 0.001


def test_as_often_better_as_worse_is_not() -> None:
    signs = np.tile([1.0, -1.0], 50)
    found = paired(0.5 + 0.1 * signs, np.full(100, 0.5))
    assert found["low"] < 0 < found["high"]
    assert found["p"] > 0.5


def test_the_sign_says_who_is_better() -> None:
    assert paired(np.full(20, 0.2), np.full(20, 0.9))["difference"] == pytest.approx(-0.7)
