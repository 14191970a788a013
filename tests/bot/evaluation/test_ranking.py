import math
import random

import pytest

from bot.evaluation.ranking import NAMES, ranking_scores
from bot.evaluation.rows import Row
from tests.bot.evaluation.making import gold, hit, refused, row


def ranking(found: list[str], *golden: str, copies: dict[str, str] | None = None) -> Row:
    hits = tuple(hit(article, story=(copies or {}).get(article)) for article in found)
    return row(gold(articles=golden), refused(hits=hits))


def values(rows: list[Row]) -> list[dict[str, float]]:
    return [{name: score.numerator for name, score in one.items()} for one in ranking_scores(rows)]


def test_metrics_of_a_ranking_by_hand() -> None:
    [found] = values([ranking(["x", "a", "y", "z", "w", "b"], "a", "b", "c")])
    gain = 1 / math.log2(3) + 1 / math.log2(7)  # gold at ranks 2 and 6
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {
            "hit@1": 0,
            "hit@4": 1,
            "hit@10": 1,
            "mrr@10": 1 / 2,
            "recall@5": 1 / 3,
            "recall@10": 2 / 3,
            "ndcg@10": gain / ideal,
        }
    )


def test_passages_of_one_article_and_copies_of_a_story_count_once() -> None:
    copies = {"copy of x": "x", "copy of a": "a"}
    [found] = values([ranking(["x", "x", "copy of x", "copy of a", "a", "y"], "a", copies=copies)])
    assert found["mrr@10"] == 1 / 2
    assert found["ndcg@10"] == pytest.approx(1 / math.log2(3))


def test_gold_articles_that_are_copies_of_one_story_count_once() -> None:
    twice = row(gold(articles=("a", "b")), refused(hits=(hit("b", story="a"),)), stories=("a", "a"))
    [found] = values([twice])
    assert found == dict.fromkeys(NAMES, 1.0)


def test_what_stands_beyond_rank_ten_is_not_found() -> None:
    others = [f"x{number}" for number in range(10)]
    [found] = values([ranking([*others, "a"], "a")])
    assert found == dict.fromkeys(NAMES, 0.0)


def test_question_without_hits_and_failed_question_count_with_nothing() -> None:
    without, failed, right = ranking_scores([ranking([], "a"), row(gold(articles=("a",)), None), ranking(["a"], "a")])
    for score in (*without.values(), *failed.values()):
        assert (score.numerator, score.denominator) == (0.0, 1.0)
    assert right["hit@1"].numerator == 1.0
    [alone] = ranking_scores([ranking([], "a")])
    assert alone == without


def test_question_that_names_no_article_does_not_count() -> None:
    unjudged, judged = ranking_scores([ranking(["a"]), ranking(["a"], "a")])
    assert {score.denominator for score in unjudged.values()} == {0.0}
    assert {score.numerator for score in unjudged.values()} == {0.0}
    assert {score.denominator for score in judged.values()} == {1.0}
    assert ranking_scores([]) == []


def by_formula(found: list[str], golden: set[str]) -> dict[str, float]:
    right = [story in golden for story in found[:10]]
    gain = sum(1 / math.log2(rank + 2) for rank, hit in enumerate(right) if hit)
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(len(golden), 10)))
    return {
        **{f"hit@{depth}": float(any(right[:depth])) for depth in (1, 4, 10)},
        "mrr@10": next((1 / (rank + 1) for rank, hit in enumerate(right) if hit), 0.0),
        **{f"recall@{depth}": sum(right[:depth]) / len(golden) for depth in (5, 10)},
        "ndcg@10": gain / ideal,
    }


def test_ir_measures_agrees_with_the_formulas() -> None:
    dice = random.Random(7)
    articles = [f"a{number}" for number in range(40)]
    cases = [
        (dice.sample(articles, dice.randint(0, 20)), dice.sample(articles, dice.randint(1, 14))) for _ in range(200)
    ]
    found = values([ranking(hits, *golden) for hits, golden in cases])
    for one, (hits, golden) in zip(found, cases, strict=True):
        assert one == pytest.approx(by_formula(hits, set(golden)))
