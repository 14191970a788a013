from datetime import date

import pytest

from retrieval.understanding import Period, understand

OUTLETS = ["bloomberg.com", "Aldermoor Gazette", "time.com", "CNN", "The Guardian"]
DAY = date(2024, 5, 22)


@pytest.mark.parametrize(
    ("question", "outlets"),
    [
        ("What did officials say, according to Bloomberg?", ("bloomberg.com",)),
        ("what does the aldermoor gazette say of the bridge?", ("Aldermoor Gazette",)),
        ("At what time did CNN report it?", ("CNN",)),
        ("What did Time write?", ("time.com",)),
        ("What does cnn.com say?", ()),
        ("Which guardian angel is meant?", ()),
    ],
)
def test_outlets_are_recognised_and_common_words_are_not(question: str, outlets: tuple[str, ...]) -> None:
    assert understand(question, OUTLETS, DAY).outlets == outlets


@pytest.mark.parametrize(
    ("question", "inside", "outside"),
    [
        ("What happened in April 2019?", date(2019, 4, 30), date(2019, 5, 1)),
        ("What happened on 7 April 2019?", date(2019, 4, 7), date(2019, 4, 8)),
        ("What did the mayor say on April 7?", date(2024, 4, 7), date(2024, 4, 8)),
        ("Who won in 2017?", date(2017, 12, 31), date(2018, 1, 1)),
        ("What was decided last week?", date(2024, 5, 15), date(2024, 5, 22)),
        ("What was decided yesterday?", date(2024, 5, 21), date(2024, 5, 22)),
        ("What happened in the last three days?", date(2024, 5, 20), date(2024, 5, 10)),
        ("What was said two months ago?", date(2024, 3, 22), date(2024, 5, 1)),
    ],
)
def test_dates_become_periods(question: str, inside: date, outside: date) -> None:
    periods = understand(question, [], DAY).periods
    assert any(p.first <= inside <= p.last for p in periods), periods
    assert not any(p.first <= outside <= p.last for p in periods), periods


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


def test_a_question_without_a_date_has_no_period() -> None:
    assert understand("How may I march with the second team in a week?", [], DAY).periods == ()


def test_quoted_phrases_of_several_words_count_and_apostrophes_do_not() -> None:
    understood = understand(
        "Who said \u201ca Shared  vision\u201d about the mayor's and the council's 'iron bridge'?", [], DAY
    )
    assert understood.phrases == ("a shared vision", "iron bridge")
    assert understand('Who said "never"?', [], DAY).phrases == ()
