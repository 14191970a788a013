"""Which article says “…”?"""

from __future__ import annotations

import time

import pytest

from bot.composing.phrases import phrase, quoted, stands, where
from retrieval.articles import Article

TEXT = (
    "The ferry will stop in July. Nobody is glad. The mayor called it “safe” and the café high\u2011speed.\n\n"
    "The govern\u00adment said that the ferry will stop for ever. 昨日、東京で大雨が降った。"
)
FERRY = Article("ferry", "The ferry", TEXT)


@pytest.mark.parametrize(
    "request_",
    [
        'Which article says "will stop"',
        'which articles say: "will stop"',
        "Which news article said that “will stop”",
        "In which article did it say „will stop“",
        "what stories mention the words «will stop»",
        "Which one contains the exact phrase 'will stop'",
        "Find the article that says ‘will stop’",
        'List articles containing "will stop"',
        'Is there an article that used the expression "will stop"',
        'Please, which article includes the line "will stop."',
        'Where do the articles say "will stop"',
        'Show me all articles with "will stop"',
    ],
)
def test_what_people_type_to_find_a_phrase(request_: str) -> None:
    assert phrase(request_) == "will stop"


@pytest.mark.parametrize(
    "request_",
    [
        'Who says "will stop"',
        'Which article says "will stop" about the ferry',
        'Which article says "will" and "stop"',
        "Which article says will stop",
        'Where does it say "will stop"',  # after an answer, of the article that it cites
        'What does the article say about "will stop"',
        'Which article says "…"',
        'Which article says "?"',
        'Which article says " "',
    ],
)
def test_what_is_no_request_for_a_phrase(request_: str) -> None:
    assert phrase(request_) is None


def test_an_apostrophe_is_no_end_of_a_phrase() -> None:
    assert phrase("Which article says 'the mayor's own words'") == "the mayor's own words"
    assert quoted("“it’s safe”") == "it’s safe"
    assert quoted("“safe” it is") is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("ferry WILL  stop", "The ferry will stop in July."),
        ("July. Nobody is", "The ferry will stop in July. Nobody is glad."),
        ("called it safe", "The mayor called it “safe” and the café high\u2011speed."),
        ("cafe high-speed", "The mayor called it “safe” and the café high\u2011speed."),
        ("the government said", "The govern\u00adment said that the ferry will stop for ever."),
        ("東京で大雨", "昨日、東京で大雨が降った。"),
        ("will sto", None),
        ("stop glad", None),
    ],
)
def test_a_phrase_is_found_however_it_is_written(wanted: str, sentence: str | None) -> None:
    span = where(wanted, FERRY, (0, len(TEXT)))
    assert (span and TEXT[slice(*span)].strip()) == sentence
    assert stands(wanted, TEXT) is (sentence is not None)


def test_the_part_that_was_found_comes_first_and_the_rest_is_looked_through_too() -> None:
    late = (TEXT.index("The govern"), TEXT.index("昨日"))
    for wanted, sentence in (
        ("the ferry will stop", "The govern\u00adment said that the ferry will stop for ever."),
        ("nobody is glad", "Nobody is glad."),
    ):
        span = where(wanted, FERRY, late)
        assert span
        assert TEXT[slice(*span)].strip() == sentence


def test_a_long_message_takes_no_time() -> None:
    started = time.monotonic()
    for message in ("which article says " * 2000, "list the " * 4000 + '"', "which article says '" + "' " * 8000):
        assert phrase(message) is None
    assert time.monotonic() - started < 2
