"""Bylines and date lines: what they say is read, and no other line is taken for one."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.loading.bylines import Byline, byline, day_in

MAY_3 = date(2021, 5, 3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("By Jane Roe", Byline(("Jane Roe",))),
        ("By Jane Roe and Tom van Vale", Byline(("Jane Roe", "Tom van Vale"))),
        ("by Jane Roe, Staff Writer", Byline(("Jane Roe",))),
        ("By Olaf Tennant, Harbour & Trade Weekly, 3 May 2021", Byline(("Olaf Tennant",), MAY_3)),
        ("By Reuters", Byline(("Reuters",))),
        ("Jane Roe | May 3, 2021 | 4 min read", Byline(("Jane Roe",), MAY_3)),
        ("Published 3 May 2021, 10:15 GMT | Updated 4 May 2021", Byline((), MAY_3, date(2021, 5, 4))),
        ("Mon, May 3 2021, 8:11 PM", Byline((), MAY_3)),
        ("Last updated: 2021-05-03", Byline((), None, MAY_3)),
        ("Publié le 3 mai 2021", None),
        ("3. Mai 2021", Byline((), MAY_3)),
        ("2021年5月3日", Byline((), MAY_3)),
    ],
)
def test_what_a_byline_says(line: str, said: Byline | None) -> None:
    assert byline(line) == said


@pytest.mark.parametrize(
    "line",
    [
        "Jane Roe",
        "Downing Street, 3 May 2021",
        "By the end of the week the bridge was open again.",
        "The bridge was closed on 3 May 2021.",
        "By Monday",
        "Present: A. Holm",
        "",
    ],
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert byline(line) is None


def test_a_bare_name_counts_where_a_title_stands_beside_it() -> None:
    assert byline("David Choi", by_required=False) == Byline(("David Choi",))
    assert byline("Military & Defense", by_required=False) is None


@pytest.mark.parametrize("words", ["May 2021", "Monday", "2021", "3 May", "no day at all"])
def test_half_a_date_is_none(words: str) -> None:
    assert day_in(words) is None
