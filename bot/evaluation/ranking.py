"""How high the search ranks the gold articles, measured by ir-measures; the only file that knows it.

MacAvaney, Macdonald and Ounis, "Streamlining Evaluation with ir-measures", 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from bot.evaluation.rows import Row
from bot.evaluation.scoring import Score

NAMES = ("hit@1", "hit@4", "hit@10", "mrr@10", "recall@5", "recall@10", "ndcg@10")


def ranking_scores(rows: Sequence[Row]) -> list[dict[str, Score]]:
    """For each row its share in every metric of the ranking of articles, in the order of the rows.

    What is ranked are stories: the articles of the hits in their order, a copy as its original, each once. Gold are
    the row's stories; a row without any does not count, and one without hits counts with 0.
    """
    import ir_measures

    counted = [index for index, row in enumerate(rows) if row.stories]
    found: list[dict[str, Score]] = [{name: Score(0.0, float(bool(row.stories))) for name in NAMES} for row in rows]
    qrels = {str(index): dict.fromkeys(rows[index].stories, 1) for index in counted}
    run = {str(index): _ranked(rows[index]) for index in counted}
    measures = _measures()
    if any(run.values()):
        ranked = {query: stories for query, stories in run.items() if stories}
        for result in ir_measures.iter_calc(list(measures), qrels, ranked):
            found[int(result.query_id)][measures[result.measure]] = Score(float(result.value), 1.0)
    return found


def _ranked(row: Row) -> dict[str, float]:
    """The stories of the hits, each with a score that falls with its rank."""
    stories = dict.fromkeys(hit.story for hit in row.reply.hits) if row.reply else {}
    return {story: -float(rank) for rank, story in enumerate(stories)}


@cache
def _measures() -> dict[Any, str]:
    from ir_measures import RR, R, Success, nDCG

    measures = (Success @ 1, Success @ 4, Success @ 10, RR @ 10, R @ 5, R @ 10, nDCG @ 10)
    return dict(zip(measures, NAMES, strict=True))
