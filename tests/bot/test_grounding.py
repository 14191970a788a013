import json
import os
from datetime import date
from pathlib import Path

import pytest

from bot.composing import Draft, Span
from bot.grounding import Grounded, ground
from retrieval.articles import Article, Block, Hit, Passage
from retrieval.splitting import split

BRIDGE = (
    "Mayor Ida Voss opened the bridge over the Sorne on 3 June. "
    "It cost 4.2 million crowns, according to the Sorne Port Authority. "
    "The ferry will not stop before the autumn, Voss said. "
    "Five thousand people watched."
)


def hits(text: str = BRIDGE, published: date | None = None, blocks: tuple[Block, ...] = ()) -> tuple[Hit, ...]:
    article = Article("bridge", "The bridge", text, blocks=blocks, source="Sorne Courier", published=published)
    passage = Passage("bridge@1#0", "bridge", 1, 0, len(text), text)
    return (Hit(article, passage, 1.0, (0, len(text))),)


def support(statement: str, found: tuple[Hit, ...] | None = None) -> str:
    return ground(Draft(statement, (0,)), found or hits()).support


def quoted(grounded: Grounded, found: tuple[Hit, ...]) -> list[str]:
    return [found[q.hit].article.text[q.start : q.end] for q in grounded.quotes]


def test_a_paraphrase_is_shown_with_the_sentences_it_rests_on() -> None:
    found = hits()
    grounded = ground(Draft("The bridge, opened by mayor Ida Voss on June 3, cost 4.2 million crowns.", (0,)), found)
    assert grounded.support == "supported"
    assert quoted(grounded, found) == [
        "Mayor Ida Voss opened the bridge over the Sorne on 3 June.",
        "It cost 4.2 million crowns, according to the Sorne Port Authority.",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "Mayor Ida Voss opened the bridge over the Sorne on 4 June.",
        "Mayor Ida Voss opened the bridge over the Sorne on 3 June 2018.",
        "The bridge cost 4.3 million crowns, according to the Sorne Port Authority.",
        "Mayor Jon Falk opened the bridge over the Sorne on 3 June.",
        "The ferry will stop before the autumn, Voss said.",
        "The ferry will not stop after the autumn, Voss said.",
        "Mayor Ida Voss did not open the bridge over the Sorne on 3 June.",
        "Dolphins were seen playing beneath the bridge at night.",
    ],
)
def test_a_statement_that_differs_in_one_fact_is_unsupported(statement: str) -> None:
    assert ground(Draft(statement, (0,)), hits()) == Grounded("unsupported", ())


def test_figures_and_names_may_be_spelled_otherwise() -> None:
    assert support("5,000 people watched.") == "supported"
    assert support("The SPA says that it cost 4,200,000 crowns.") == "supported"


def test_a_year_left_out_is_the_one_of_the_publication() -> None:
    statement = "Mayor Ida Voss opened the bridge over the Sorne on 3 June 2021."
    assert support(statement, hits(published=date(2021, 6, 4))) == "supported"
    assert support(statement, hits(published=date(2020, 6, 4))) == "unsupported"


def test_only_the_passages_that_the_draft_names_count() -> None:
    other = hits("The library opens at nine and closes at five on every working day.")
    statement = "Mayor Ida Voss opened the bridge over the Sorne on 3 June."
    assert ground(Draft(statement, (0,)), other + hits()).support == "unsupported"
    assert ground(Draft(statement, ()), hits()).support == "unsupported"
    assert ground(Draft(statement, (7,)), hits()).support == "unsupported"


def test_a_caption_is_no_evidence() -> None:
    whole = hits(blocks=(Block(0, len(BRIDGE), "caption"),))
    assert support("Mayor Ida Voss opened the bridge over the Sorne on 3 June.", whole) == "unsupported"


def test_a_few_characters_prove_nothing() -> None:
    assert support("He left.", hits("He left. Nothing else happened in the town.")) == "unsupported"


def test_a_composers_own_quotes_are_checked_for_their_place() -> None:
    span = Span(0, 0, 58)
    assert ground(Draft(BRIDGE[:58], (0,), (span,)), hits()) == Grounded("quoted", (span,))
    for wrong in (Span(0, 0, 9999), Span(1, 0, 58), Span(0, 5, 5), Span(-1, 0, 58), Span(0, -3, 20)):
        assert ground(Draft("x", (0,), (wrong,)), hits()).support == "unsupported"


@pytest.mark.skipif(not os.environ.get("FOOTNOTE_BENCHMARKS"), reason="FOOTNOTE_BENCHMARKS names no benchmarks")
def test_edited_news_summaries_are_told_apart_better_than_by_chance() -> None:
    path = Path(os.environ["FOOTNOTE_BENCHMARKS"]) / "claim-support" / "summedits_news.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    right: dict[int, list[bool]] = {0: [], 1: []}
    for row in rows:
        article = Article("doc", "", row["doc"])
        found = tuple(Hit(article, passage, 1.0, (passage.start, passage.end)) for passage in split(article))
        is_supported = ground(Draft(row["summary"], tuple(range(len(found)))), found).support == "supported"
        right[row["label"]].append(is_supported == bool(row["label"]))
    balanced = sum(sum(values) / len(values) for values in right.values()) / 2
    assert balanced > 0.68  # .50 is chance; the published lexical baseline DAE has .61
