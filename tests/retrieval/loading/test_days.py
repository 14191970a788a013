from __future__ import annotations

from datetime import date

import pytest

from retrieval.loading.days import day_of


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-10-14", date(2025, 10, 14)),
        ("2025-10-14T23:30:00Z", date(2025, 10, 14)),
        ("20251014", date(2025, 10, 14)),
        ("2025-10-14T23:30:00-05:00", date(2025, 10, 14)),  # the day it was there, not the next day in Greenwich
        ("Tue, 14 Oct 2025 23:30:00 -0500", date(2025, 10, 14)),
        ("14 Oct 2025 23:30:00 GMT", date(2025, 10, 14)),
        (" 2025-10-14 ", date(2025, 10, 14)),
        ("2025-13-14", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_the_day_is_the_one_that_is_written(value: str | None, day: date | None) -> None:
    assert day_of(value) == day
