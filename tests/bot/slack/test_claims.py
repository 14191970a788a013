from __future__ import annotations

from bot.slack.ledger import Ledger, Taken
from tests.slack_ledger import Open, asked, leased


def test_a_delivery_is_claimed_once(ledger: Ledger, opened: Open) -> None:
    assert ledger.claim("Ev1")
    assert not opened().claim("Ev1")
    assert not ledger.claim("Ev2", "Ev1"), "one of them is known"
    assert not ledger.claim("Ev2"), "which the other is since then"
    assert ledger.claim("x" * 400 + "1")
    assert ledger.claim("x" * 400 + "2")
    assert not ledger.claim("x" * 400 + "1")


def test_a_mention_that_comes_twice_and_its_redeliveries_make_one_question(ledger: Ledger) -> None:
    assert ledger.take_in(asked(), "Ev1").state == "new"
    assert ledger.take_in(asked(), "Ev2") == Taken("known", 0), "the same message under another event id"
    assert ledger.take_in(asked(ts="999.9"), "Ev2").state == "known", "an id is remembered from the second copy too"
    assert not ledger.claim("Ev1")
    assert ledger.waiting() == 1
    first = leased(ledger)
    ledger.finish(first, "w1", "a1", "answer")
    assert ledger.take_in(asked(), "Ev3").state == "known", "redelivered after its answer"
    assert ledger.lease("w1") is None
