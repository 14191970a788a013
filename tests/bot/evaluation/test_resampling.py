import numpy as np
import pytest

from bot.composing import Turn
from bot.evaluation.resampling import bootstrap_weights, clusters, exact_interval, interval
from bot.evaluation.rows import Span
from tests.bot.evaluation.making import gold, row


def test_questions_about_one_article_or_story_belong_together() -> None:
    rows = [
        row(gold("1", articles=("a",)), None),
        row(gold("2", articles=("b",)), None),
        row(gold("3", articles=("copy",)), None, stories=("a",)),
        row(gold("4"), None, quoted=(Span("b", 0, 9),)),
        row(gold("5"), None),
    ]
    assert clusters(rows).tolist() == [0, 1, 0, 1, 2]


def test_questions_of_one_conversation_belong_together() -> None:
    opening, reply = "Who opened the bridge?", "Ida Voss."
    rows = [
        row(gold("1", question="And when?", history=(Turn(opening, reply),)), None),
        row(gold("2", question="Why?", history=(Turn(opening, reply), Turn("And when?", "In May."))), None),
        row(gold("3", question="who opened  the bridge?"), None),
        row(gold("4", question="And when?", history=(Turn("Who built the ferry?", reply),)), None),
    ]
    assert clusters(rows).tolist() == [0, 0, 0, 1]


def test_questions_are_joined_by_a_third() -> None:
    rows = [row(gold(str(n), articles=named), None) for n, named in enumerate([("a",), ("b",), ("c",), ("b", "a")])]
    assert clusters(rows).tolist() == [0, 0, 1, 0]
    assert clusters([]).tolist() == []


def test_draw_takes_whole_clusters_as_often_as_there_are_clusters() -> None:
    weights = bootstrap_weights(np.array([0, 0, 1, 2]), 500, np.random.default_rng(1))
    assert weights.shape == (500, 4)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert weights[:, 0].mean() == pytest.approx(1, abs=0.1)
    assert set(weights[:, 2]) == {0, 1, 2, 3}


def test_nothing_to_draw_from_gives_empty_draws() -> None:
    assert bootstrap_weights(clusters([]), 10, np.random.default_rng(0)).shape == (10, 0)


def test_interval_is_the_middle_of_the_draws_that_count() -> None:
    values = np.append(np.arange(101.0), [np.nan] * 50)
    assert interval(values) == (2.5, 97.5)
    assert interval(np.array([np.nan])) is None


def test_interval_of_a_share_agrees_with_theory_where_questions_are_independent() -> None:
    right = np.array([1.0] * 60 + [0.0] * 40)
    weights = bootstrap_weights(np.arange(100), 2000, np.random.default_rng(0))
    found = interval(weights @ right / weights.sum(axis=1))
    error = 1.96 * (0.6 * 0.4 / 100) ** 0.5
    assert found == pytest.approx((0.6 - error, 0.6 + error), abs=0.015)


def test_bound_of_a_share_without_exceptions_is_clopper_and_pearsons() -> None:
    assert exact_interval(1.0, 10) == pytest.approx((0.6915, 1.0), abs=5e-5)
    assert exact_interval(0.0, 10) == pytest.approx((0.0, 0.3085), abs=5e-5)
    assert exact_interval(1.0, 1) == pytest.approx((0.025, 1.0))
    assert exact_interval(0.4, 1) == (0.0, 1.0)
