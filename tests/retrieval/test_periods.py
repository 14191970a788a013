from datetime import date

import pytest

from retrieval.periods import Period, periods_of

DAY = date(2024, 5, 22)


@pytest.mark.parametrize(
    ("question", "inside", "outside"),
    [
        ("What happened in April 2019?", date(2019, 4, 30), date(2019, 5, 1)),
        ("What happened on 7 April 2019?", date(2019, 4, 7), date(2019, 4, 8)),
        ("What did the mayor say on April 7?", date(2024, 4, 7), date(2024, 4, 8)),
        ("What did the mayor say on April 7?", date(2023, 4, 7), date(2022, 4, 7)),
        ("Who won in 2017?", date(2017, 12, 31), date(2018, 1, 1)),
        ("Who won the 2018 World Cup?", date(2018, 7, 15), date(2019, 1, 1)),
        ("What was sold in Q3 2022?", date(2022, 9, 30), date(2023, 1, 1)),
        ("Which strikes were there in the 1990s?", date(1999, 12, 31), date(2000, 1, 1)),
        ("Who led the league in season 2019-20?", date(2020, 3, 1), date(2021, 1, 1)),
        ("What was decided in March?", date(2024, 3, 31), date(2024, 4, 1)),
        ("What was decided last week?", date(2024, 5, 15), date(2024, 5, 22)),
        ("What was decided yesterday?", date(2024, 5, 21), date(2024, 5, 22)),
        ("What happened in the last three days?", date(2024, 5, 20), date(2024, 5, 10)),
        ("What was said two months ago?", date(2024, 3, 22), date(2024, 5, 1)),
        ("Who has left since 2021?", DAY, date(2020, 12, 31)),
        ("Who has left since late March?", DAY, date(2024, 2, 29)),
        ("What has changed after 9 May 2024?", DAY, date(2024, 5, 8)),
        ("Who led it before 2019?", date(1995, 1, 1), date(2020, 1, 1)),
        ("How many were there by 2020?", date(2020, 12, 31), date(2021, 1, 1)),
        ("What was built between 2018 and 2020?", date(2019, 6, 1), date(2021, 1, 1)),
        ("What was built from 1 March to 30 June 2023?", date(2023, 5, 1), date(2023, 7, 1)),
        ("Who ruled from 2019–2021?", date(2021, 12, 31), date(2022, 1, 1)),
    ],
)
def test_times_become_periods(question: str, inside: date, outside: date) -> None:
    periods = periods_of(question, DAY)
    assert any(p.first <= inside <= p.last for p in periods), periods
    assert not any(p.first <= outside <= p.last for p in periods), periods


def test_two_times_are_two_periods() -> None:
    first, second = periods_of("How did sales in 2019 compare to 2021?", DAY)
    assert (first.last, second.first) == (date(2019, 12, 31), date(2021, 1, 1))


@pytest.mark.parametrize(
    "question",
    [
        "How may I march with the second team in a week?",
        "Who won the 2024 election?",  # the year of asking: no more than "now"
        "Who spent $2000 on 2,019 chairs?",
        "Which room is 12.2019?",
        "Does it grow by 2000% a year?",
        "Is May or April the mayor?",
    ],
)
def test_a_question_without_another_time_has_no_period(question: str) -> None:
    assert periods_of(question, DAY) == ()


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2024, 5, 1), 0),
        (date(2024, 5, 31), 0),
        (date(2024, 6, 3), 3),
        (date(2024, 4, 30), 1),
        (date(2023, 5, 1), 366),
    ],
)
def test_a_day_lies_within_a_period_or_some_days_off(day: date, days: int) -> None:
    assert Period(date(2024, 5, 1), date(2024, 5, 31)).days_to(day) == days
