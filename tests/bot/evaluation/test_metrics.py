from __future__ import annotations

import json
import random
import time
from dataclasses import asdict, replace

import numpy as np
import pytest

from bot.evaluation.metrics import METRICS, Measured, Table, measure
from bot.evaluation.rows import Judged, Reply, Row, Span
from tests.bot.evaluation.making import answered, asked_back, citation, gold, hit, refused, row

NOTHING = Measured(None, None, None, 0)
CONTRACT = """hit@1 hit@4 hit@10 mrr@10 recall@5 recall@10 ndcg@10 answer_in@1 answer_in@4 quote_in@4 answer_contains
answer_words answer_exact answer_f1 choice_accuracy sides_shown wrong_alone citation_gold citation_precision
citation_recall refusal_precision refusal_recall risk_coverage_area brier seconds_p50 seconds_p95 tokens cost"""


def dumped(measured: dict[str, Measured]) -> str:
    return json.dumps({name: asdict(one) for name, one in measured.items()}, allow_nan=False)


def mixed() -> list[Row]:
    """Four questions, two of them unanswerable, of which one each is answered rightly."""
    ferry = gold("ferry", answers=("62 people",), articles=("a",), quotes=("…",), answerable=True)
    keel = gold(
        "keel", answers=("the yard",), articles=("b",), choices=("yard", "dock"), answer_choice=(0,), answerable=True
    )
    hits = (hit("a", "On board were 62 people.", start=10), hit("x", "Nothing."))
    right = answered("It had 62 people on board.", cites=[citation("a", (10, 20))], hits=hits, confidence=0.9)
    return [
        row(
            ferry,
            replace(right, input_tokens=1000, output_tokens=200),
            quoted=(Span("a", 19, 28),),
            judged=Judged((True, False), (True, True, False, False)),
            seconds=1.0,
        ),
        row(keel, answered("The dock.", cites=[citation("x")], hits=hits[1:], confidence=0.6), seconds=2.0),
        row(gold("far", answerable=False), refused(0.2), seconds=3.0),
        row(
            gold("near", answerable=False),
            answered("It had 62 people.", confidence=0.7, input_tokens=600, output_tokens=200),
            judged=Judged((True,), (True,)),
            seconds=6.0,
        ),
    ]


BY_HAND = {
    "hit@1": (1 / 2, 2),
    "hit@4": (1 / 2, 2),
    "hit@10": (1 / 2, 2),
    "mrr@10": (1 / 2, 2),
    "recall@5": (1 / 2, 2),
    "recall@10": (1 / 2, 2),
    "ndcg@10": (1 / 2, 2),
    "answer_in@1": (1 / 2, 2),
    "answer_in@4": (1 / 2, 2),
    "quote_in@4": (1, 1),
    "answer_contains": (1 / 2, 2),
    "answer_words": ((6 + 2) / 2, 2),
    "answer_exact": (0, 2),
    "answer_f1": ((2 * 2 / 8) / 2, 2),  # two of six words, both of two; dock has nothing of yard
    "choice_accuracy": (0, 1),
    "citation_gold": (1 / 2, 2),
    "citation_precision": ((2 / 4 + 1) / 2, 2),
    "citation_recall": ((1 / 2 + 1) / 2, 2),
    "refusal_precision": (1, 1),
    "refusal_recall": (1 / 2, 2),
    "risk_coverage_area": ((0 + 1 / 2 + 2 / 3) / 3, 3),  # right at .9, wrong at .7 and .6
    "brier": ((0.1**2 + 0.6**2 + 0.2**2 + 0.7**2) / 4, 4),
    "seconds_p50": (2.5, 4),
    "seconds_p95": (3 + 0.85 * 3, 4),
    "tokens": ((1200 + 800) / 4, 4),
    "cost": ((1600 * 2 + 400 * 10) / 1e6 / 4, 4),
}


def test_every_metric_by_hand() -> None:
    measured = measure(mixed(), price=(2.0, 10.0))
    for name, (value, n) in BY_HAND.items():
        assert measured[name].value == pytest.approx(value), name
        assert measured[name].n == n, name
    assert measured["sides_shown"] == measured["wrong_alone"] == NOTHING


def test_sides_and_wrong_answers_by_hand() -> None:
    asked = [gold(str(n), sides=(("62",), ("71",)), wrong_answers=("80",)) for n in range(4)]
    replies = [answered("62 or 71."), answered("80."), refused(), answered("62, or 80.")]
    measured = measure([row(one, reply) for one, reply in zip(asked, replies, strict=True)])
    assert (measured["sides_shown"].value, measured["wrong_alone"].value) == (0.25, 0.25)


def test_names_are_those_of_the_contract_in_its_order() -> None:
    assert list(METRICS) == list(measure(mixed())) == CONTRACT.split()
    assert all(name == metric.name for name, metric in METRICS.items())


def test_nothing_to_count_is_null_in_every_metric() -> None:
    assert set(measure([]).values()) == {NOTHING}
    unknown = measure([row(gold(), answered("62."), seconds=1.0)])
    counting = {name for name, one in unknown.items() if one != NOTHING}
    assert counting == {"seconds_p50", "seconds_p95", "tokens"}


@pytest.mark.parametrize("reply", [None, refused(), asked_back(), answered(), answered("62 people.")])
@pytest.mark.parametrize("count", [1, 5])
def test_no_figure_is_infinite_or_undefined(reply: Reply | None, count: int) -> None:
    rows = [row(replace(one.gold, id=f"{one.gold.id}{n}"), reply) for n in range(count) for one in mixed()]
    for measured in (measure(rows), measure(rows[:1], price=(1.0, 1.0))):
        assert "NaN" not in dumped(measured)
        for name, one in measured.items():
            assert (one.n == 0) == (one.value is None), name
            if one.value is not None and one.low is not None and one.high is not None:
                assert one.low <= one.value <= one.high, name


def test_run_in_which_everything_failed_scores_nothing_and_has_no_seconds() -> None:
    measured = measure([row(one.gold, None, seconds=9.0) for one in mixed()], price=(1.0, 1.0))
    assert measured["hit@10"].value == measured["answer_contains"].value == 0
    assert measured["refusal_recall"].value == 0
    assert measured["cost"].value == measured["tokens"].value == 0
    for name in ("citation_gold", "refusal_precision", "risk_coverage_area", "seconds_p50", "seconds_p95"):
        assert measured[name] == NOTHING, name


def test_run_that_refused_everything_cites_nothing_and_risks_nothing() -> None:
    measured = measure([row(one.gold, refused()) for one in mixed()])
    assert (measured["refusal_precision"].value, measured["refusal_recall"].value) == (0.5, 1.0)
    assert measured["citation_gold"] == measured["risk_coverage_area"] == NOTHING


def test_cost_is_unknown_without_a_price() -> None:
    assert measure(mixed())["cost"] == NOTHING


def many(count: int, seed: int = 0, per_article: int = 1) -> list[Row]:
    """Questions of which about seven in ten are answered rightly."""
    dice = random.Random(seed)
    rows = []
    for number in range(count):
        article = f"a{number // per_article}"
        asked = gold(f"q{number:04}", answers=("62",), articles=(article,), answerable=True)
        right = dice.random() < 0.7
        reply = answered("It had 62." if right else "It had 71.", confidence=round(dice.random(), 2))
        rows.append(row(asked, reply, seconds=dice.random()))
    return rows


def test_interval_narrows_with_the_questions() -> None:
    few, more = (measure(many(count))["answer_contains"] for count in (50, 800))
    for one, width in ((few, 0.25), (more, 0.0635)):
        assert one.low is not None and one.high is not None
        assert one.high - one.low == pytest.approx(width, rel=0.2)  # 2 x 1.96 x sqrt(.7 x .3 / n)


def test_ten_questions_about_one_article_are_less_sure_than_ten_about_ten() -> None:
    apart, together = many(200), many(200)
    for number, one in enumerate(together):  # right and wrong go with the article, as they tend to
        asked = replace(one.gold, articles=(f"a{number // 10}",))
        together[number] = row(asked, together[number // 10 * 10].reply)
    sure, unsure = measure(apart)["answer_contains"], measure(together)["answer_contains"]
    assert sure.low is not None and sure.high is not None and unsure.low is not None and unsure.high is not None
    assert unsure.high - unsure.low > 2 * (sure.high - sure.low)


def test_ten_right_of_ten_are_not_certain() -> None:
    right = [replace(one, reply=answered("62.")) for one in many(10)]
    found = measure(right)["answer_contains"]
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.6915, abs=1e-4)


def test_bound_counts_what_is_independent() -> None:
    right = [replace(one, reply=answered("62.")) for one in many(10, per_article=5)]
    assert measure(right)["answer_contains"].low == pytest.approx(0.025**0.5)


def test_answers_to_one_article_alone_tell_nothing_about_others() -> None:
    found = measure(many(6, per_article=6))["answer_contains"]
    assert (found.low, found.high) == (0, 1)


def test_tokens_that_are_always_none_are_certainly_none() -> None:
    assert measure(many(10))["tokens"] == Measured(0, 0, 0, 10)


def test_same_rows_give_the_same_digits_in_any_order() -> None:
    rows = many(120)
    shuffled = random.Random(3).sample(rows, len(rows))
    assert dumped(measure(rows)) == dumped(measure(shuffled))
    assert dumped(measure(rows)) != dumped(measure(rows, seed=1))


def test_questions_of_equal_confidence_share_their_risk() -> None:
    asked = [gold(str(n), answers=("62",), answerable=True) for n in range(4)]
    replies = [answered("71.", confidence=0.5), answered("62.", confidence=0.5), answered("62.", confidence=0.9)]
    rows = [row(one, reply) for one, reply in zip(asked, replies, strict=False)]
    expected = (0 + 1 / 3 + 1 / 3) / 3
    assert measure(rows)["risk_coverage_area"].value == pytest.approx(expected)
    assert measure(rows[::-1])["risk_coverage_area"].value == pytest.approx(expected)


def test_weights_count_as_repetitions() -> None:
    rows = mixed()
    repeated = Table([rows[0], rows[0], rows[0], rows[2], rows[3], rows[3]], (2.0, 10.0))
    weighted = Table(rows, (2.0, 10.0)).values(np.array([[3.0, 0.0, 1.0, 2.0]]))
    for name, value in repeated.values(np.ones((1, 6))).items():
        assert weighted[name] == pytest.approx(value, nan_ok=True), name


def test_draw_in_which_nothing_counts_is_left_out() -> None:
    some = many(40)
    rows = [*some[1:], replace(some[0], reply=refused()), row(gold("far", answerable=False), refused())]
    assert measure(rows)["refusal_precision"] == Measured(0.5, 0.0, 1.0, 2)  # one draw in seven holds neither


def test_eight_hundred_questions_are_measured_in_a_moment() -> None:
    passage = " ".join(f"word{number}" for number in range(150))
    hits = tuple(hit(f"x{number}", f"{number} {passage}") for number in range(10))
    rows = [replace(one, reply=replace(one.reply or refused(), hits=hits)) for one in many(834)]
    began = time.process_time()
    measure(rows)
    assert time.process_time() - began < 5  # about one second; the bound leaves room for a slow machine
