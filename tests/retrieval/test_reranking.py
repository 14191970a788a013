import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reranking import combined, nearness, scores, unread

logits = st.floats(min_value=-1e6, max_value=1e6)
shares = st.floats(min_value=0, max_value=1)


def test_what_the_reader_is_sure_of_outweighs_ranks_and_boosts() -> None:
    assert combined(6.0, 0.3) > combined(-6.0, 1.0, 1.2 * 1.1)


def test_of_passages_that_read_alike_the_better_found_and_the_raised_one_is_likelier() -> None:
    assert combined(1.0, 1.0) > combined(1.0, 0.5)
    assert combined(1.0, 0.8, 1.1) > combined(1.0, 0.8)


def test_a_passage_that_only_a_retriever_without_weight_has_found_has_a_score_too() -> None:
    assert combined(0.0, 0.0) < combined(0.0, 0.1)
    assert unread(0.01, 0.0) > 0


@pytest.mark.parametrize(("days", "later"), [(0, 27), (7, 97), (27, 297)])
def test_ten_times_as_far_off_is_ten_times_less_likely(days: int, later: int) -> None:
    near, far = (combined(0.0, 1.0, near=odds) for odds in nearness([days, later]))
    assert near - far == pytest.approx(math.log(10))


def test_beyond_a_year_dates_no_longer_matter() -> None:
    last, year, long = nearness([364, 365, 9999])
    assert last > year == long == 1


def test_what_has_no_date_stands_amid_what_has_one() -> None:
    today, undated, year = nearness([0, None, 365])
    assert today > undated > year
    assert nearness([None, None]) == [1, 1]
    assert nearness([None, 0, None])[0] == pytest.approx(today)


def test_scores_are_shares_of_one() -> None:
    assert scores([0.0, 0.0]) == [0.5, 0.5]
    assert scores([]) == []
    assert sum(scores([3.0, 1.0, -2.0])) == pytest.approx(1)


@given(st.lists(logits, min_size=1, max_size=20))
def test_scores_are_above_nothing_and_in_the_order_of_the_logits(values: list[float]) -> None:
    found = scores(values)
    assert all(score > 0 for score in found)
    in_order = [score for _, score in sorted(zip(values, found, strict=True))]
    assert in_order == sorted(in_order)


@given(st.lists(logits, min_size=1, max_size=20), shares)
def test_what_was_not_read_comes_after_all_that_was(values: list[float], share: float) -> None:
    assert 0 < unread(min(scores(values)), share) < min(scores(values))
