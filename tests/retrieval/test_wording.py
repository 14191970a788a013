import string
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from retrieval.wording import (
    Day,
    Quantity,
    _stem,
    content_terms,
    dates,
    fold,
    names,
    quantities,
    searchable,
    terms,
    without_dates,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$1.13bn", "1.13 billion dollars"),
        ("US$3 million", "3,000,000 U.S. dollars"),
        ("five thousand", "5,000"),
        ("two hundred and fifty", "250"),
        ("twenty-five percent", "25%"),
        ("4 per cent", "4 percent"),
        ("€2m", "2 million euros"),
        ("a million", "1,000,000"),
    ],
)
def test_the_same_figure_in_two_spellings_is_one(one: str, other: str) -> None:
    assert quantities(one) == quantities(other) != frozenset()


def test_a_percentage_is_not_a_bare_number() -> None:
    assert quantities("5% of 40") == {Quantity(5, "percent"), Quantity(40)}


def test_two_small_numbers_in_words_stay_two() -> None:
    assert quantities("two, three") == {Quantity(2), Quantity(3)}


def test_a_version_number_and_a_row_of_digits_are_no_quantities() -> None:
    assert quantities("1.2.3 and " + "9" * 30) == frozenset()


@pytest.mark.parametrize(
    "text", ["Apr. 15, 2019", "April 15, 2019", "15th of April 2019", "2019-04-15", "15 avril 2019", "2019年4月15日"]
)
def test_one_date_in_many_spellings(text: str) -> None:
    assert dates(text) == {Day(2019, 4, 15)}


def test_parts_that_a_date_leaves_out_are_not_made_up() -> None:
    assert dates("on 15 April") == {Day(None, 4, 15)}
    assert dates("in April 2019") == {Day(2019, 4, None)}
    assert dates("on Feb 29") == {Day(None, 2, 29)}


def test_may_the_verb_is_no_month() -> None:
    assert dates("they may 3 times refuse") == frozenset()
    assert dates("on May 3") == {Day(None, 5, 3)}


def test_parts_of_dates_are_no_quantities() -> None:
    assert quantities("On April 15, 2019 he had 3 dogs") == {Quantity(3)}
    assert "2019" not in without_dates("in 2019 and on 3 May")


def test_words_meet_in_one_form() -> None:
    assert terms("Cafés’ OFFENSIVES") == terms("cafe offensive")
    assert terms("the U.S. Army's five thousand") == terms("The US army 5,000")


def test_accents_go_but_korean_and_japanese_stay_whole() -> None:
    assert fold("Élysée Straße") == "elysee strasse"
    assert fold("がく 한국") == "がく 한국"
    assert fold("mu\u00adse\u2060um") == "museum"


def test_content_terms_leave_out_what_every_question_has() -> None:
    assert content_terms("In what year did the mayor open the bridge?") == ["year", "mayor", "open", "bridg"]


def test_chinese_is_found_by_parts_of_a_sentence() -> None:
    assert set(terms("东京都")) < set(terms("他住在东京都内"))
    assert searchable("plain text, é") == "plain text, é"
    assert searchable("in 東京都 now").split() == ["in", "東京", "京都", "now"]


def test_names_are_capitalised_runs_and_acronyms() -> None:
    text = "During May, Ida Voss of the Port Authority met NATO staff in Sorne. Officials said no. Ida's boat sank."
    assert names(text) == ["Ida Voss of the Port Authority", "NATO", "Sorne"]
    assert names("Who is the president of France?") == ["France"]
    assert names("On Monday the U.S. Navy left") == ["U.S. Navy"]


def test_hostile_text_is_read_in_linear_time() -> None:
    started = time.perf_counter()
    for text in ("1," * 20_000, "A " * 20_000, "two " * 20_000, '"' * 40_000, "3 May " * 5_000):
        for read in (terms, quantities, dates, names, without_dates):
            read(text)
    assert time.perf_counter() - started < 20


def test_words_have_the_same_stems_when_several_threads_ask_for_them() -> None:
    words = [
        f"{root}{letter}{ending}"
        for root in ("form", "relat", "nation")
        for letter in string.ascii_lowercase
        for ending in ("alization", "ing", "ed", "iveness", "fulness", "ational", "ies")
    ]
    _stem.cache_clear()
    alone = [terms(word) for word in words]
    _stem.cache_clear()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(terms, words))
    finally:
        sys.setswitchinterval(before)
    assert together == alone
