from __future__ import annotations

import pytest

from bot.answers import BotError
from bot.evaluation.calibrating import calibrate
from bot.evaluation.rows import Row
from tests.bot.evaluation.making import answered, gold, refused, row


def rows(*outcomes: tuple[float, bool]) -> list[Row]:
    """A question for each confidence and whether its answer is right."""
    return [
        row(gold(f"q{n}", answers=("seven",), answerable=True), answered("seven" if right else "eight", confidence=c))
        for n, (c, right) in enumerate(outcomes)
    ]


SURE = [(0.9 - n / 1000, True) for n in range(18)]


def test_the_lowest_threshold_with_an_accepted_risk_is_taken() -> None:
    # 18 right answers, then two wrong ones, then twenty wrong ones: 2 of 20 is the last share within a tenth.
    found = calibrate(rows(*SURE, (0.5, False), (0.4, False), *[(0.1, False)] * 20), 0.1)
    assert found.threshold == pytest.approx((0.4 + 0.1) / 2)
    assert (found.n, found.answered, found.wrong, found.risk) == (40, 20, 2, pytest.approx(0.1))
    assert found.low < 0.1 < found.high


def test_answers_of_equal_confidence_are_given_or_refused_together() -> None:
    found = calibrate(rows(*SURE, (0.5, False), (0.5, False), (0.5, False)), 0.1)
    assert found.threshold > 0.5
    assert found.wrong == 0


def test_an_answer_to_an_unanswerable_question_is_wrong() -> None:
    unanswerable = [
        row(gold(f"u{n}", answerable=False), refused(0.3), would_be=answered("seven", confidence=0.3)) for n in range(5)
    ]
    found = calibrate([*rows(*SURE), *unanswerable], 0.05)
    assert found.threshold > 0.3
    assert (found.unanswerable, found.refused_unanswerable) == (5, 5)


def test_where_all_answers_are_right_none_is_refused() -> None:
    found = calibrate(rows(*SURE, (0.2, True), (0.1, True)), 0.01)
    assert found.threshold == 0.1
    assert found.expected_risk == 0.0


def test_the_risk_on_other_articles_is_told_beside_the_risk_on_these() -> None:
    # Right and wrong do not depend on confidence here: what seems good on these questions is chance.
    mixed = [(0.99 - n / 100, n % 3 > 0) for n in range(60)]
    found = calibrate(rows(*mixed), 0.34)
    assert found.expected_risk is not None
    assert found.expected_risk == pytest.approx(1 / 3, abs=0.12)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (rows(*SURE), "at least 20 questions.*there are 18"),
        (rows(*[(0.9 - n / 100, n % 2 == 0) for n in range(30)]), "the lowest is 0.455, with 11 of 30"),
        ([row(gold(f"q{n}", answers=("seven",), answerable=True), refused()) for n in range(30)], "only 0 of 30"),
    ],
)
def test_what_cannot_be_calibrated_is_said(given: list[Row], words: str) -> None:
    with pytest.raises(BotError, match=words):
        calibrate(given, 0.1)
