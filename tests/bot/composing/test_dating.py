from datetime import date

import pytest

from bot.composing.dating import dated

FRIDAY = date(2019, 4, 26)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It was reported on Wednesday.", "It was reported on Wednesday [24 April 2019]."),
        ("The vote was held on Friday.", "The vote was held on Friday [26 April 2019]."),
        ("They met last Friday.", "They met last Friday [19 April 2019]."),
        ("She ran aground on Monday evening.", "She ran aground on Monday evening [22 April 2019]."),
        ("They met yesterday.", "They met yesterday [25 April 2019]."),
        ("The bridge closed last week.", "The bridge closed last week [week of 15 April 2019]."),
        ("He resigned earlier this month.", "He resigned earlier this month [April 2019]."),
        ("He resigned last month.", "He resigned last month [March 2019]."),
        ("It opened last year.", "It opened last year [2018]."),
    ],
)
def test_a_relative_date_is_resolved_against_the_day_of_publication(sentence: str, shown: str) -> None:
    assert dated(sentence, FRIDAY) == shown


@pytest.mark.parametrize("unit", ["on Sunday", "yesterday", "last week", "last month", "last year"])
def test_an_article_dated_the_first_day_of_the_calendar_has_no_day_before(unit: str) -> None:
    assert dated(f"The fort opened {unit}.", date.min) == f"The fort opened {unit}."


def test_an_article_dated_the_last_day_of_the_calendar_has_no_tomorrow() -> None:
    assert dated("The tower opened tomorrow.", date.max) == "The tower opened tomorrow."


def test_without_a_date_of_publication_nothing_is_made_up() -> None:
    assert dated("It was reported on Wednesday.", None) == "It was reported on Wednesday."


@pytest.mark.parametrize(
    "sentence",
    [
        "The vote will be held on Tuesday.",  # which one is not said
        "The shop is shut every Monday.",
        "Talks begin again on Monday, October 20.",  # says itself which
        '"We saw it on Wednesday," she said.',  # a day from the day on which she spoke
        "It was sold out on Black Friday.",
        "Monday's vote was close.",
    ],
)
def test_a_day_that_may_be_another_one_is_left_as_it_stands(sentence: str) -> None:
    assert dated(sentence, FRIDAY) == sentence
