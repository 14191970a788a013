from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

import prompts
from bot.answers import Answer, Citation, Dropped, Reference, Statement
from bot.composing.chat import ChatFailed, ChatOptions, chat_composer
from bot.evaluation.judging import Judge, chat_judge, judged, lexical
from bot.evaluation.rows import Judged
from retrieval.articles import Article, Hit, Passage
from tests.openai_server import OpenAIServer, Reply


def hit(id: str, text: str, published: date | None = None) -> Hit:
    article = Article(id, f"About the {id}", text, published=published)
    return Hit(article, Passage(f"{id}@1#0", id, 1, 0, len(text), text), 1.0, (0, len(text)))


BRIDGE = hit("bridge", "The bridge over the Sorne opened on 3 June. It cost 4 million crowns.")
FERRY = hit("ferry", "The ferry across the Sorne will stop in July, the port authority said.")
LAKE = hit("lake", "The lake was calm. Nobody swam.")
HITS = (BRIDGE, FERRY, LAKE)
OPENED = "The bridge over the Sorne opened on 3 June."


def answer(
    *statements: tuple[str, tuple[int, ...]], dropped: Sequence[Dropped] = (), hits: tuple[Hit, ...] = HITS
) -> Answer:
    """An answer of these statements, each with the numbers of the hits it cites, from 1."""
    citations = tuple(Citation(n, h.article, h.passage, (), None) for n, h in enumerate(hits, start=1))
    said = tuple(Statement(text, tuple(Reference(n, 0) for n in numbers), "supported") for text, numbers in statements)
    return Answer("1", "answer", "q", "q", "", said, tuple(dropped), citations, hits=hits)


def knowing(*supported: tuple[str, set[str]]) -> Judge:
    """A judge that says yes where the passages of these articles are all there."""

    def judge(statement: str, hits: Sequence[Hit]) -> bool:
        ids = {hit.article.id for hit in hits}
        return any(text == statement and needs <= ids for text, needs in supported)

    return judge


def test_alce_by_hand_two_statements_one_uncited_one_with_a_citation_too_many() -> None:
    both = answer(("Uncited.", ()), ("Cited.", (1, 2)))
    assert judged(both, knowing(("Cited.", {"bridge"}))) == Judged((False, True), (True, False))


def test_two_passages_that_support_only_together_are_both_needed() -> None:
    together = answer(("Cited.", (1, 2)))
    assert judged(together, knowing(("Cited.", {"bridge", "ferry"}))) == Judged((True,), (True, True))


def test_of_two_passages_that_each_support_alone_both_count() -> None:
    either = answer(("Cited.", (1, 2)))
    judge = knowing(("Cited.", {"bridge"}), ("Cited.", {"ferry"}))
    assert judged(either, judge) == Judged((True,), (True, True))


def test_no_citation_of_an_unsupported_statement_is_needed() -> None:
    assert judged(answer(("Cited.", (1, 2))), knowing()) == Judged((False,), (False, False))


def test_two_quotes_of_one_passage_are_one_citation() -> None:
    assert judged(answer(("Cited.", (1, 1))), knowing(("Cited.", {"bridge"}))) == Judged((True,), (True,))


def test_what_grounding_dropped_is_judged_by_what_it_claimed_to_rest_on() -> None:
    dropped = (Dropped("Dropped.", (2, 0)), Dropped("Bare.", ()))
    verdict = judged(
        answer(("Cited.", (1,)), dropped=dropped),
        knowing(("Cited.", {"bridge"}), ("Dropped.", {"lake"}), ("Bare.", set())),
    )
    assert verdict == Judged((True, True, False), (True, True, False))


def test_a_reply_that_states_nothing_has_no_verdict() -> None:
    assert judged(answer(), knowing()) is None


def test_the_lexical_judge_checks_as_grounding_does() -> None:
    assert lexical(OPENED, [BRIDGE])
    assert lexical(OPENED, [FERRY, BRIDGE])
    assert not lexical(OPENED, [FERRY])
    assert not lexical("The bridge over the Sorne opened on 4 June.", [BRIDGE])
    assert not lexical("The bridge over the Sorne never opened on 3 June.", [BRIDGE])
    assert not lexical(OPENED, [])


@pytest.mark.parametrize(
    ("statement", "supported"),
    [
        ("The bridge closed on Monday [13 October 2025] after a storm.", True),
        ("The bridge closed on Monday after a storm.", True),
        ("The bridge closed on Monday [20 October 2025] after a storm.", False),
        ("The bridge closed on Monday [October 2024] after a storm.", False),
        ("It had been mended last month [September 2025] for 4,000 crowns.", True),
        ("It had been mended last month [August 2025] for 4,000 crowns.", False),
        ("It will open again on Friday, the council said.", True),
    ],
)
def test_a_day_behind_a_relative_date_is_the_one_that_the_passage_leads_to(statement: str, supported: bool) -> None:
    text = (
        "The bridge closed on Monday after a storm. It had been mended last month for 4,000 crowns. "
        "It will open again on Friday, the council said."
    )
    assert lexical(statement, [hit("bridge", text, date(2025, 10, 14))]) is supported


def test_the_chat_judge_is_told_the_day_that_a_passage_was_published(server: OpenAIServer) -> None:
    server.will(Reply("yes"))
    asking(server)(OPENED, [hit("bridge", OPENED, date(2026, 6, 4))])
    assert f"About the bridge\nPublished: 2026-06-04\n{OPENED}" in server.asked("user")


def asking(server: OpenAIServer) -> Judge:
    return chat_judge(chat_composer(ChatOptions("openai:judge", "sk-1", server.base_url, max_retries=0)))


def test_the_chat_judge_is_shown_statement_passages_and_titles(server: OpenAIServer) -> None:
    server.will(Reply("yes"))
    assert asking(server)("It {cost} 4 million.", [BRIDGE, FERRY])
    assert server.asked("system") == prompts.text("judge.system")
    shown = server.asked("user")
    assert "Statement: It {cost} 4 million.\n" in shown
    assert f"About the bridge\n{BRIDGE.passage.text}\n\nAbout the ferry\n{FERRY.passage.text}" in shown


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("yes", True),
        ("Yes.", True),
        ("**Yes**", True),
        ('"yes", all of it', True),
        ("no", False),
        ("No, the date is another.", False),
        ("NO\n", False),
    ],
)
def test_its_words_are_read_as_yes_or_no(server: OpenAIServer, said: str, verdict: bool) -> None:
    server.will(Reply(said))
    assert asking(server)(OPENED, [BRIDGE]) is verdict


@pytest.mark.parametrize("reply", [Reply("Perhaps."), Reply("nobody knows"), Reply("Yesterday"), Reply(" ")])
def test_anything_else_is_no_verdict(server: OpenAIServer, reply: Reply) -> None:
    server.will(reply)
    with pytest.raises(ChatFailed):
        asking(server)(OPENED, [BRIDGE])


def test_a_statement_that_cites_nothing_is_not_put_to_the_judge(server: OpenAIServer) -> None:
    server.will(Reply("yes"))
    assert judged(answer(("Uncited.", ()), ("Cited.", (1,))), asking(server)) == Judged((False, True), (True,))
    assert len(server.requests) == 1
