from __future__ import annotations

import random

import pytest

from bot.evaluation.curves import Bin, RiskPoint, reliability, risk_coverage
from bot.evaluation.metrics import measure
from bot.evaluation.rows import Reply, Row
from tests.bot.evaluation.making import answered, gold, refused, row


def rows(*replies: Reply | None) -> list[Row]:
    asked = (gold(str(number), answers=("62",), answerable=True) for number in range(len(replies)))
    return [row(one, reply) for one, reply in zip(asked, replies, strict=True)]


def right(confidence: float) -> Reply:
    return answered("62.", confidence=confidence)


def wrong(confidence: float) -> Reply:
    return answered("71.", confidence=confidence)


def test_risk_grows_as_more_is_answered() -> None:
    curve = risk_coverage(rows(wrong(0.5), right(0.9), wrong(0.7), right(0.5), refused(0.1)))
    assert curve == (
        RiskPoint(1 / 5, 0.0, 0.9, 1),
        RiskPoint(2 / 5, 1 / 2, 0.7, 2),
        RiskPoint(4 / 5, 2 / 4, 0.5, 4),
    )


def test_refused_question_is_on_the_curve_with_what_would_have_been_said() -> None:
    [asked] = rows(refused(0.2))
    curve = risk_coverage([Row(asked.gold, asked.reply, would_be=right(0.2))])
    assert curve == (RiskPoint(1.0, 0.0, 0.2, 1),)


def test_mean_risk_of_the_answered_questions_is_the_area() -> None:
    dice = random.Random(5)
    some = rows(*(dice.choice([right, wrong, refused])(round(dice.random(), 1)) for _ in range(60)), None)
    curve = risk_coverage(some)
    before, total = 0, 0.0
    for point in curve:
        total += (point.answered - before) * point.risk
        before = point.answered
    assert measure(some)["risk_coverage_area"].value == pytest.approx(total / before)


def test_confidence_is_compared_with_what_was_right_bin_by_bin() -> None:
    bins = reliability(rows(right(1.0), right(0.95), wrong(0.9), wrong(0.25), right(0.2), refused(0.0)))
    assert bins == (
        Bin(0.0, 0.1, 0.0, 0.0, 1),
        Bin(0.2, 0.3, pytest.approx(0.225), 0.5, 2),
        Bin(0.9, 1.0, pytest.approx(0.95), pytest.approx(2 / 3), 3),
    )
    assert sum(one.n for one in bins) == 6


def test_bins_cover_every_confidence_at_its_edges() -> None:
    bins = reliability(rows(*(right(number / 100) for number in range(101))), bins=4)
    assert [one.n for one in bins] == [25, 25, 25, 26]


def test_nothing_to_draw_gives_no_points() -> None:
    for some in ([], rows(None), [row(gold(), answered("62."))]):
        assert risk_coverage(some) == ()
    assert reliability([]) == reliability([row(gold(), answered("62."))]) == ()
    assert risk_coverage(rows(refused(0.3))) == ()
