"""Each check of grounding by itself: what differs from the evidence in one thing is unsupported, what only rewords it
is not."""

import time
from datetime import date

import pytest

from bot.composing import Draft
from bot.grounding import ground
from bot.grounding.meanings import explains, opposed, vocabulary
from retrieval.articles import Article, Hit
from retrieval.splitting import split


def hits(text: str, published: date | None = None) -> tuple[Hit, ...]:
    article = Article("town", "", text, source="Sorne Courier", published=published)
    return tuple(Hit(article, passage, 1.0, (passage.start, passage.end)) for passage in split(article))


def support(statement: str, text: str, published: date | None = None) -> str:
    found = hits(text, published)
    return ground(Draft(statement, tuple(range(len(found)))), found).support


def pairs(cases: str) -> list[tuple[str, str, str]]:
    """Each line of three: the evidence, a statement that it supports, one that it does not."""
    lines = [line.strip() for line in cases.strip().splitlines() if line.strip()]
    return [(lines[n], lines[n + 1], lines[n + 2]) for n in range(0, len(lines), 3)]


FIGURES = """
The council paid $1.13bn for the harbour on 15 April 2021.
On April 15, 2021 the council paid 1.13 billion dollars for the harbour.
On April 15, 2021 the council paid 1.31 billion dollars for the harbour.
The fire destroyed more than 40 boats in the harbour of Sorne.
More than 40 boats in the harbour of Sorne were destroyed by the fire.
Fewer than 40 boats in the harbour of Sorne were destroyed by the fire.
The fire destroyed more than 40 boats in the harbour of Sorne.
Over 40 boats in the harbour of Sorne were destroyed by the fire.
The fire destroyed 40 boats in the harbour of Sorne.
The repair of the harbour wall will take up to 18 months.
Repair of the harbour wall will take up to 18 months.
Repair of the harbour wall will take at least 18 months.
The storm sank two dozen boats in the harbour of Sorne.
The storm sank 24 boats in the harbour of Sorne.
The storm sank 12 boats in the harbour of Sorne.
A third of the pupils of the Sorne school stayed at home.
33 percent of the pupils of the Sorne school stayed at home.
43 percent of the pupils of the Sorne school stayed at home.
The storm left 12 sailors dead and 31 sailors injured in the harbour, with 12 boats and 31 houses damaged.
The storm damaged 12 boats and 31 houses in the harbour.
The storm damaged 31 boats and 12 houses in the harbour.
The strike of the harbour pilots lasted three weeks.
The strike of the harbour pilots lasted 3 weeks.
The strike of the harbour pilots lasted three months.
The museum of Sorne sold 1,796,000 tickets in the year of the exhibition.
The museum of Sorne sold 1.8 million tickets in the year of the exhibition.
The museum of Sorne sold 1.9 million tickets in the year of the exhibition.
"""

NAMES = """
The National Security Council rejected the report of the Sorne Courier.
The NSC rejected the report of the Sorne Courier.
The NSA rejected the report of the Sorne Courier.
Chinese officials closed the mine in the north of the province.
Officials in China closed the mine in the north of the province.
Officials in Japan closed the mine in the north of the province.
In the final of the cup Falk beat Voss in front of 900 people.
Voss was beaten by Falk in the final of the cup.
In the final of the cup Voss beat Falk in front of 900 people.
President Ida Voss opened the new harbour of Sorne.
Ida Voss opened the new harbour of Sorne.
Ida Falk opened the new harbour of Sorne.
"""

TURNED = """
The minister denied that the bridge had been sold to a bank.
The minister denied that the bridge was sold to a bank.
The minister said that the bridge was sold to a bank.
The company may close its factory in Sorne next spring.
The company may shut its factory in Sorne next spring.
The company closed its factory in Sorne next spring.
The company plans to close its factory in Sorne.
The company intends to close its factory in Sorne.
The company closed its factory in Sorne.
Prices of bread in the town rose sharply after the harvest.
After the harvest prices of bread in the town increased sharply.
Prices of bread in the town fell sharply after the harvest.
The mayor resigned after the report on the harbour was published.
The report on the harbour was published before the mayor resigned.
The report on the harbour was published after the mayor resigned.
Most pupils of the school in Sorne passed the test.
Most of the pupils of the school in Sorne passed the test.
All pupils of the school in Sorne passed the test.
The ferry stopped at noon and the storm reached the town in the evening.
At noon the ferry stopped, and the storm reached the town in the evening.
The ferry stopped at noon because the storm reached the town in the evening.
The bridge will close on Monday, Ida Voss said at the town hall.
Ida Voss said that the bridge will close on Monday.
Jon Falk said that the bridge will close on Monday.
The police found the murdered sailor in a church near the harbour.
Police found the murdered sailor in a church close to the harbour.
Police found the murdered sailor in a school close to the harbour.
"""


@pytest.mark.parametrize(("text", "right", "wrong"), pairs(FIGURES + NAMES + TURNED))
def test_a_rewording_is_supported_and_another_claim_is_not(text: str, right: str, wrong: str) -> None:
    assert support(right, text) == "supported"
    assert support(wrong, text) == "unsupported"


def test_the_speaker_of_a_quotation_is_not_exchanged_for_another_of_the_article() -> None:
    text = "The bridge will close on Monday, Ida Voss said. The ferry is ready, according to Jon Falk."
    assert support("According to Ida Voss the bridge will close on Monday.", text) == "supported"
    assert support("According to Jon Falk the bridge will close on Monday.", text) == "unsupported"


def test_a_day_of_the_week_is_the_date_that_the_publication_makes_it() -> None:
    text = "The council of Sorne closed the old harbour on Monday evening."
    statement = "The council of Sorne closed the old harbour on 13 October 2025."
    assert support(statement, text, date(2025, 10, 14)) == "supported"
    assert support(statement, text, date(2025, 10, 22)) == "unsupported"
    assert support(statement, text) == "unsupported"


def test_words_of_ones_own_are_believed_as_far_as_they_are_known_to_mean_the_same() -> None:
    text = "The authorities have launched an investigation into the illness of the pupils at the school in Sorne."
    reworded = "Officials have started an inquiry into the sickness of the students at the school in Sorne."
    assert support(reworded, text) == "supported"
    invented = "Officials have started an inquiry into the mysterious smell, fumes and gas at the school in Sorne."
    assert support(invented, text) == "unsupported"


def test_a_sentence_of_the_article_supports_itself() -> None:
    text = "Nobody had expected it, but all of them came because the ferry, not the train, was free. Voss was glad."
    assert support(
        "Nobody had expected it, but all of them came because the ferry, not the train, was free.", text
    ) == ("supported")


@pytest.mark.parametrize(("word", "given"), [("fell", "fall"), ("unveiled", "revealed"), ("children", "child")])
def test_words_of_one_meaning_meet(word: str, given: str) -> None:
    one, other = vocabulary(word)[0], vocabulary(given)[0]
    assert one == other or explains(one, frozenset({other}))


@pytest.mark.parametrize(("word", "given"), [("hope", "hopeless"), ("named", "unnamed"), ("press", "express")])
def test_a_word_inside_another_is_not_always_of_its_family(word: str, given: str) -> None:
    assert not explains(vocabulary(word)[0], frozenset(vocabulary(given)))


def test_opposites_are_listed_or_made_by_a_prefix() -> None:
    assert opposed("win", frozenset({"lose"})) == {"lose"}
    assert opposed(vocabulary("unsurprising")[0], frozenset(vocabulary("surprising"))) == set(vocabulary("surprising"))
    assert not opposed("win", frozenset({"beat"}))


def test_twenty_statements_against_eight_passages_take_less_than_fifty_milliseconds() -> None:
    sentence = (
        "Mayor Ida Voss opened the {n} metre bridge over the Sorne on {n} June, said Jon Falk of the {n} Council. "
    )
    taken = []
    for attempt in range(3):  # each with a text of its own, so that nothing has been read before
        found = hits(f"Attempt {attempt}. " + "".join(sentence.format(n=100 * attempt + n) for n in range(2, 70)))[:8]
        drafts = [
            Draft(
                f"Jon Falk said that mayor Ida Voss inaugurated the {100 * attempt + n} metre bridge.", tuple(range(8))
            )
            for n in range(2, 22)
        ]
        ground(Draft("The stemmer and the lists are loaded.", tuple(range(8))), found)
        started = time.process_time()
        for draft in drafts:
            ground(draft, found)
        taken.append(time.process_time() - started)
    assert min(taken) < 0.05
