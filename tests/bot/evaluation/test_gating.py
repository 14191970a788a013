from __future__ import annotations

import pytest

from bot.evaluation.comparing import compare
from bot.evaluation.gating import below, got_worse
from bot.evaluation.metrics import METRICS, Measured
from bot.evaluation.rows import Row
from tests.bot.evaluation.making import answered, gold, hit, refused, row

MEASURED = dict.fromkeys(METRICS, Measured(None, None, None, 0)) | {
    "answer_contains": Measured(0.75, 0.6, 0.85, 40),
    "seconds_p95": Measured(2.5, None, None, 40),
}


@pytest.mark.parametrize(
    ("name", "wanted"), [("answer_contains", 0.75), ("answer_contains", 0.5), ("seconds_p95", 2.5), ("seconds_p95", 3)]
)
def test_a_gate_that_is_reached_says_nothing(name: str, wanted: float) -> None:
    assert list(below(MEASURED, [(name, wanted)])) == []


def test_a_gate_that_is_missed_names_metric_value_and_how_sure_that_is() -> None:
    assert list(below(MEASURED, [("answer_contains", 0.8), ("seconds_p95", 1)])) == [
        "answer_contains is 0.75, below 0.8 (n = 40, 95 % between 0.6 and 0.85)",
        "seconds_p95 is 2.5, above 1 (n = 40)",
    ]


@pytest.mark.parametrize("name", ["hit@1", "brier"])
def test_a_metric_that_counts_nothing_reaches_no_gate(name: str) -> None:
    (line,) = below(MEASURED, [(name, 0.5)])
    assert line.startswith(f"{name} has nothing to count")


def replies(right: bool) -> list[Row]:
    """Thirty questions whose article is found and cited, or all refused."""
    found = answered("It is Mina.", hits=(hit("x", "It is Mina."),))
    return [row(gold(f"q{n}", answers=("Mina",), answerable=True), found if right else refused()) for n in range(30)]


def test_the_same_replies_are_no_worse() -> None:
    assert list(got_worse(compare(replies(True), replies(True)), "before")) == []
    assert list(got_worse(compare(replies(True), replies(False)), "before")) == []


def test_what_got_worse_is_named_with_both_values() -> None:
    lines = list(got_worse(compare(replies(False), replies(True)), "runs/before"))
    assert any(line.startswith("answer_contains is 0, worse than 1 in runs/before (p = 0.0") for line in lines)
    assert not any(line.startswith(("answer_words", "seconds", "tokens")) for line in lines)


def test_a_near_miss_shows_the_digits_that_miss() -> None:
    nearly = MEASURED | {"answer_contains": Measured(0.74999, None, None, 40)}
    assert list(below(nearly, [("answer_contains", 0.75)])) == ["answer_contains is 0.74999, below 0.75 (n = 40)"]
    (line,) = below(MEASURED, [("answer_contains", 0.7500001)])
    assert line.startswith("answer_contains is 0.75, below 0.7500001 (")
