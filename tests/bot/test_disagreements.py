from collections.abc import Sequence
from datetime import date
from functools import partial

import pytest

from bot.answers import Answer, Disagreement
from bot.chain import Chain
from bot.citing import Bibliography
from bot.composing.extractive import compose
from bot.disagreements import about, disagreements
from retrieval.articles import Article, Hit, Passage, Why

PASSENGERS = "How many passengers were on the ferry Tern when she ran aground?"
SIXTY_TWO = "The ferry Tern ran aground on Monday with 62 passengers on board, the harbour master said."
SEVENTY_ONE = "There were 71 passengers on the ferry Tern when she ran aground, the company said."


def hit(
    id: str,
    text: str,
    *,
    rank: int = 1,
    published: date | None = None,
    source: str | None = None,
    copy: str | None = None,
) -> Hit:
    article = Article(id, f"About {id}", text, published=published, source=source, copy_of=copy)
    passage = Passage(f"{id}@1#0", id, 1, 0, len(text), text)
    return Hit(article, passage, 1 / rank, (0, len(text)), Why(rank, rank, 0.7))


def sides(question: str, *hits: Hit) -> list[str]:
    found = disagreements(question, hits, Bibliography())
    return [side.text for disagreement in found for side in disagreement.sides]


def test_two_outlets_with_two_numbers_are_both_shown_newest_first_with_outlet_and_date() -> None:
    older = hit("ledger", SIXTY_TWO, published=date(2025, 10, 14), source="The Ledger")
    newer = hit("north", SEVENTY_ONE, rank=2, published=date(2025, 10, 15), source="Northshore")
    assert sides(PASSENGERS, older, newer) == [
        f"Northshore, 15 October 2025: {SEVENTY_ONE}",
        f"The Ledger, 14 October 2025: {SIXTY_TWO.replace('Monday', 'Monday [13 October 2025]')}",
    ]


def test_each_side_is_cited_with_its_own_words() -> None:
    hits = (hit("ledger", SIXTY_TWO), hit("north", SEVENTY_ONE, rank=2))
    answer: Answer = Chain(lambda *_, **__: hits, partial(compose, sentences=1)).answer(PASSENGERS)
    (disagreement,) = answer.disagreements
    quotes = {citation.number: [quote.text for quote in citation.quotes] for citation in answer.citations}
    assert [[quotes[number] for number in side.citations] for side in disagreement.sides] == [
        [[SIXTY_TWO]],
        [[SEVENTY_ONE]],
    ]


@pytest.mark.parametrize(
    "other",
    [
        "There were 62 passengers on the ferry Tern when she ran aground, the company said.",
        "The ferry Tern was 71 metres long when she ran aground, the company said.",
        "There were sixty-two passengers on the ferry Tern when she ran aground.",
        "The ferry Heron had 71 passengers on board in July, the company said.",
    ],
)
def test_the_same_number_or_a_number_of_something_else_is_no_disagreement(other: str) -> None:
    assert sides(PASSENGERS, hit("ledger", SIXTY_TWO), hit("north", other, rank=2)) == []


def test_copies_of_one_story_count_once() -> None:
    copy = hit("copy", SEVENTY_ONE, rank=3, copy="north")
    assert len(sides(PASSENGERS, hit("ledger", SIXTY_TWO), hit("north", SEVENTY_ONE, rank=2), copy)) == 2


def test_a_correction_comes_first_and_says_so() -> None:
    older = hit("ledger", SIXTY_TWO, published=date(2025, 10, 16), source="The Ledger")
    text = "Correction: 71 passengers were on the ferry Tern when she ran aground."
    first, second = sides(PASSENGERS, older, hit("north", text, rank=2, published=date(2025, 10, 15), source="North"))
    assert first == f"North, 15 October 2025, a correction: {text}"
    assert "62 passengers" in second


def test_two_days_for_one_call_in_one_article() -> None:
    text = (
        "During a call on May 15, Arla Voss told Jon Falk that she backed the works, the Courier reported on Tuesday. "
        "Nothing else was said about it. Voss seemed to back the works in her call with Falk on Friday, officials said."
    )
    assert len(sides("When was the call between Voss and Falk?", hit("call", text))) == 2


def test_a_day_that_is_the_other_one_is_no_disagreement() -> None:
    text = (
        "During a call on May 16, Arla Voss told Jon Falk that she backed the works. "
        "Nothing else was said about it. Voss seemed to back the works in her call with Falk on Friday, officials said."
    )
    published = date(2025, 5, 20)  # so that the last Friday was 16 May
    assert sides("When was the call between Voss and Falk?", hit("call", text, published=published)) == []


def test_what_an_official_disputes_is_shown_with_the_dispute() -> None:
    claim = "Mayor Arla Voss backed the closing of the harbour in a letter to the port, officials told the Courier."
    dispute = "The town council disputed the officials' description of the letter from Voss about the harbour."
    shown = sides("Did the mayor back the closing of the harbour?", hit("letter", f"{claim} It rained. {dispute}"))
    assert shown == [claim, dispute]


def test_somebody_elses_figure_in_the_same_article_is_a_side() -> None:
    text = (
        "About 430 nurses at the Tarn Hospital went on strike on Thursday, the union said. "
        'The hospital put the number at "about 300".'
    )
    assert len(sides("How many nurses at the Tarn Hospital went on strike?", hit("strike", text))) == 2


def test_people_of_one_name_are_shown_with_the_title_that_tells_them_apart() -> None:
    def born(id: str, day: str, rank: int) -> Hit:
        text = f"Maro Quill was born on {day} in Tarn. She painted boats."
        return hit(id, text, rank=rank)

    shown = sides("When was Maro Quill born?", born("painter", "3 May 1901", 1), born("sailor", "9 June 1955", 2))
    assert len(shown) == 2
    assert "1901" in shown[0]
    assert "1955" in shown[1]


def test_nothing_to_compare_is_no_disagreement() -> None:
    nothing: Sequence[Disagreement] = disagreements("When?", (), Bibliography())
    assert list(nothing) == []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When was the call between Voss and Falk?", "the call between Voss and Falk"),
        ("Did the mayor back it?", "“Did the mayor back it?”"),
        (PASSENGERS, f"“{PASSENGERS}”"),
    ],
)
def test_a_disagreement_says_what_it_is_about_in_words_that_fit_a_sentence(question: str, words: str) -> None:
    assert about(question) == words


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("How many cars cross the Tarn bridge a day?", "About 14,000 cars cross the Tarn bridge a day.", "14,200 cars"),
        ("At what time did the ferry Tern leave?", "The ferry Tern left at 17:15.", "The ferry Tern left on Monday"),
    ],
)
def test_a_rounded_number_and_a_day_beside_a_time_are_no_other_answer(question: str, first: str, second: str) -> None:
    assert sides(question, hit("one", first), hit("two", f"{second} cross the Tarn bridge a day.", rank=2)) == []


@pytest.mark.parametrize("published", [date.min, date.max])
@pytest.mark.parametrize("when", ["on Sunday", "yesterday", "today", "tomorrow", "last week"])
def test_an_article_dated_at_an_end_of_the_calendar_is_compared_all_the_same(published: date, when: str) -> None:
    question, other = "When did the Tarn bridge open?", hit("two", "The Tarn bridge opened in May 1931.", rank=2)
    text = f"The Tarn bridge opened {when}, or in June 1934."
    shown = " ".join(sides(question, hit("one", text, published=published), other))
    assert "1934" in shown and "1931" in shown
