from __future__ import annotations

import json
import random
from dataclasses import asdict, replace

import pytest

from bot.evaluation.comparing import Comparison, Paired, compare, worse
from bot.evaluation.metrics import METRICS, measure
from bot.evaluation.rows import Reply, Row
from tests.bot.evaluation.making import answered, citation, gold, hit, refused, row


def run(*right: bool, per_article: int = 1) -> list[Row]:
    """A question for each value, answered rightly or not."""
    found = (hit("a", "62"),)
    replies = (answered("It had 62." if one else "It had 71.", hits=found, confidence=0.8) for one in right)
    return [
        row(gold(f"q{number:03}", answers=("62",), articles=(f"a{number // per_article}",), answerable=True), reply)
        for number, reply in enumerate(replies)
    ]


def metric(comparison: Comparison, name: str) -> Paired:
    return next(one for one in comparison.paired if one.name == name)


def test_identical_runs_do_not_differ() -> None:
    dice = random.Random(1)
    rows = [replace(one, seconds=dice.random()) for one in run(*(dice.random() < 0.7 for _ in range(60)))]
    comparison = compare(rows, rows, price=(1.0, 2.0))
    assert (comparison.n, comparison.changed, worse(comparison)) == (60, (), ())
    measured = measure(rows, price=(1.0, 2.0))
    for one in comparison.paired:
        assert one.new == one.old == measured[one.name].value
        assert one.n == measured[one.name].n
        if one.n:
            assert (one.difference, one.low, one.high, one.p) == (0, 0, 0, 1)


def test_every_metric_is_compared_in_order() -> None:
    assert [one.name for one in compare([], []).paired] == list(METRICS)


def test_clear_loss_is_worse_and_clear_gain_is_not() -> None:
    good, bad = run(*[True] * 40), run(*[number % 2 == 0 for number in range(40)])
    lost = metric(compare(bad, good), "answer_contains")
    assert (lost.new, lost.old, lost.difference, lost.n) == (0.5, 1.0, -0.5, 40)
    assert lost.p is not None and lost.p < 0.001
    assert lost.low is not None and lost.high is not None and -0.7 < lost.low < -0.5 < lost.high < -0.3
    assert "answer_contains" in {one.name for one in worse(compare(bad, good))}
    assert not worse(compare(good, bad))


def test_metric_of_which_less_is_better_is_worse_when_it_grows() -> None:
    good, bad = run(*[True] * 40), run(*[False] * 40)
    assert {"brier", "risk_coverage_area"} <= {one.name for one in worse(compare(bad, good))}


def test_p_is_that_of_all_swaps() -> None:
    # five questions all got worse: of the 32 ways to swap them two are as far apart
    lost = metric(compare(run(*[False] * 5), run(*[True] * 5)), "answer_contains")
    assert lost.p == pytest.approx(2 / 32, abs=0.02)


def test_questions_about_one_article_are_swapped_together() -> None:
    # only the ten questions of the first article got worse: swapped or not, the runs are as far apart
    new = run(*[False] * 10, *[True] * 10, per_article=10)
    old = run(*[True] * 20, per_article=10)
    assert metric(compare(new, old), "answer_contains").p == 1


def test_small_loss_may_be_chance() -> None:
    comparison = compare(run(*[True] * 18, False, False), run(*[True] * 19, False))
    assert metric(comparison, "answer_contains").difference == pytest.approx(-0.05)
    assert not worse(comparison)


def test_effort_and_length_hold_no_gate() -> None:
    slow = [replace(one, seconds=9.0) for one in run(*[True] * 40)]
    long = [replace(one, reply=answered("It had 62, as was said at length.", input_tokens=500)) for one in slow]
    comparison = compare(long, run(*[True] * 40), price=(1.0, 1.0))
    assert metric(comparison, "seconds_p50").difference == 9
    assert metric(comparison, "tokens").p is not None
    assert {one.name for one in worse(comparison)} <= {name for name, one in METRICS.items() if one.gate}
    assert not {"answer_words", "seconds_p50", "seconds_p95", "tokens", "cost"} & {
        one.name for one in worse(comparison)
    }


def test_metric_that_lost_all_its_questions_is_worse() -> None:
    old = [replace(one, reply=answered("62.", cites=[citation(one.stories[0])])) for one in run(*[True] * 3)]
    new = [replace(one, reply=refused()) for one in old]
    comparison = compare(new, old)
    lost = metric(comparison, "citation_gold")
    assert (lost.new, lost.old, lost.difference, lost.p, lost.n) == (None, 1.0, None, None, 3)
    assert "citation_gold" in {one.name for one in worse(comparison)}
    assert "citation_gold" not in {one.name for one in worse(compare(old, new))}


def test_last_wrong_refusal_gone_is_not_worse() -> None:
    new = run(*[True] * 3)
    old = [replace(new[0], reply=refused()), *new[1:]]
    gone = metric(compare(new, old), "refusal_precision")
    assert (gone.new, gone.old) == (None, 0)
    assert not worse(compare(new, old))


def test_questions_of_one_run_only_are_named_and_left_out() -> None:
    new, old = run(True, True, False), run(True, False, True)
    comparison = compare([new[0], new[2]], old[:2])
    assert (comparison.n, comparison.only_new, comparison.only_old) == (1, ("q002",), ("q001",))
    assert metric(comparison, "answer_contains").n == 1
    apart = compare(new[:1], old[1:])
    assert (apart.n, apart.changed, worse(apart)) == (0, (), ())
    assert {one.n for one in apart.paired} == {0}


def test_questions_that_changed_are_told_in_both_directions_the_losses_first() -> None:
    unanswerable = gold("far", answerable=False)
    old = [*run(True, False, False), row(unanswerable, answered("62.")), row(gold("free"), refused())]
    new = [*run(False, True, False), row(unanswerable, refused()), row(gold("free"), None)]
    changed = compare(new, old).changed
    assert [(change.id, change.before, change.after, change.better) for change in changed] == [
        ("q000", "wrong citation", "not retrieved", False),
        ("far", "should have refused", "rightly refused", True),
        ("q001", "not retrieved", "wrong citation", True),
        ("free", "unjudged", "failed", None),
    ]
    assert (changed[0].before_text, changed[0].after_text) == ("It had 62. [1]", "It had 71. [1]")
    assert changed[0].question == "What happened in case q000?"
    assert changed[3].after_text == "the chat model said nothing"


def test_one_kind_of_failing_is_not_better_than_another() -> None:
    [asked] = run(False)
    [change] = compare([replace(asked, reply=None, failed="no")], [asked]).changed
    assert change.better is None


@pytest.mark.parametrize("reply", [None, refused(), answered(), answered("62.")])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_no_figure_is_infinite_or_undefined(reply: Reply | None, count: int) -> None:
    old = run(*[True] * count)
    new = [replace(one, reply=reply) for one in old]
    for comparison in (compare(new, old), compare(old, new, price=(1.0, 1.0)), compare(new, new)):
        json.dumps(asdict(comparison), allow_nan=False)


def test_same_runs_give_the_same_digits_in_any_order() -> None:
    dice = random.Random(2)
    new, old = (run(*(dice.random() < share for _ in range(50))) for share in (0.6, 0.7))
    shuffled = compare(dice.sample(new, 50), dice.sample(old, 50))
    assert shuffled.paired == compare(new, old).paired
    assert shuffled.changed == compare(new, old).changed
