"""How sure the bot may be that the hits answer the question, before anything is composed.

A logistic model over signals that a reader could check. The numbers come from ``python -m tests.benchmarks fitting``,
which judges them on articles and on whole sets that they were not fitted on. On other articles encyclopedia questions
are refused with precision .83 and recall .67 at a threshold of .35; with .87 and .76 at .45 where a reader has read.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from bot.relevance import about, asked, gives, ranked, rarity
from bot.shortening import supported
from bot.spans import are_read
from retrieval.articles import Hit
from retrieval.wording import terms

_OTHERS = 5  # stories beside the nearest one, by which its lead is measured
_SUREST = 10.0  # a logit of the reader that is farther from 0 says no more
_BIAS = -7.67
_WEIGHTS = {
    "sentence": 0.38,
    "given": -0.74,
    "covered": 1.97,
    "name_apart": -1.23,
    "figure_apart": -1.35,
    "rarest_apart": 1.42,
    "similarity": 4.09,
    "lead": 0.34,
    "agreement": 0.31,
    "words": 0.80,
    "which": 0.36,
}
# The same where a reader has read the hits.
_BIAS_READ = -7.02
_WEIGHTS_READ = {
    "sentence": 0.36,
    "given": -1.03,
    "covered": 0.80,
    "name_apart": -0.78,
    "figure_apart": -1.75,
    "rarest_apart": 0.55,
    "similarity": 4.43,
    "lead": 0.15,
    "agreement": 0.35,
    "words": 0.29,
    "which": 0.19,
    "relevance": 0.24,
    "margin": -0.12,
    "mass": 1.48,
    "told": 0.87,
}


def confidence(question: str, hits: Sequence[Hit]) -> float:
    """The chance, from 0 to 1, that the hits hold the answer; settings say below which one the reply is a refusal."""
    found = signals(question, hits)
    if not found:
        return 0.0
    bias, weights = (_BIAS_READ, _WEIGHTS_READ) if are_read(hits) else (_BIAS, _WEIGHTS)
    logit = bias + sum(weight * found[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-logit))


def signals(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """What speaks for and against an answer; empty where there is nothing to judge.

    - ``sentence``: the score of the best sentence; ``given``: whether it holds what is asked for, if that is of some
      kind, as far as the score has not counted it already
    - ``covered``: the share of the question's words in the passage of that sentence; ``name_apart``, ``figure_apart``:
      the shares of the words of its names, and of its figures, that are not; ``rarest_apart``: the weight of the rarest
      word that is not, which makes up for ``covered``: one word apart may be there in other words, several are not
    - ``similarity`` of the nearest passage, and its ``lead`` on the nearest ones of other stories; ``agreement`` of the
      retrievers on the article of the first hit
    - ``words``: how much is asked; ``which``: whether one of several is asked for

    Where a reader has read the hits, also:

    - ``relevance``: the best of its logits that a passage answers; ``margin``: the best lead of a span on "not here"
      in the same passage
    - ``mass``: the chance of the likeliest answer over all hits; ``told``: how many stories give it
    """
    candidates = ranked(question, hits)
    wanted = asked(about(question, hits))
    if not candidates or not wanted.terms:
        return {}
    best = candidates[0]
    passage = frozenset(terms(hits[best.hit].passage.text)) | frozenset(terms(hits[best.hit].article.title))
    weights = rarity(wanted, [candidate.terms for candidate in candidates])
    apart = [weight for term, weight in weights.items() if term not in passage]
    figures = [term for term in wanted.terms if term[0].isdigit()]
    similarity, lead = _nearness(hits)
    return {
        "sentence": best.score,
        "given": float(wanted.expected != "any" and gives(wanted.expected, best.text, wanted)),
        "covered": 1 - len(apart) / len(wanted.terms),
        "name_apart": _apart(wanted.name_terms, passage),
        "figure_apart": _apart(figures, passage),
        "rarest_apart": max(apart, default=0.0) / sum(weights.values()),
        "similarity": similarity,
        "lead": lead,
        "agreement": _agreement(hits),
        "words": math.log(1 + len(wanted.terms)),
        "which": float(wanted.expected == "which"),
        **_read(question, hits),
    }


def _read(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """The signals of the readings; empty where nothing was read."""
    readings = [hit.reading for hit in hits if hit.reading]
    if not readings:
        return {}
    margins = [reading.spans[0].score - reading.absent for reading in readings if reading.spans]
    support = supported(question, hits)
    return {
        "relevance": _bounded(max(reading.relevance for reading in readings)),
        "margin": _bounded(max(margins, default=-_SUREST)),
        "mass": support.probability if support else 0.0,
        "told": math.log(1 + support.stories) if support else 0.0,
    }


def _bounded(logit: float) -> float:
    return max(-_SUREST, min(_SUREST, logit))


def _apart(words: Collection[str], passage: frozenset[str]) -> float:
    return sum(word not in passage for word in words) / (len(words) or 1)


def _nearness(hits: Sequence[Hit]) -> tuple[float, float]:
    """The similarity of the nearest passage, and how much that is above the nearest ones of other stories."""
    nearest: dict[str, float] = {}
    for hit in hits:
        story = hit.article.copy_of or hit.article.id
        nearest[story] = max(nearest.get(story, 0.0), hit.why.similarity or 0.0)
    first, *others = sorted((similarity for similarity in nearest.values() if similarity), reverse=True) or [0.0]
    others = others[:_OTHERS]
    return first, first - sum(others) / len(others) if others else 0.0


def _agreement(hits: Sequence[Hit]) -> float:
    """Whether each retriever's own first hit comes from the article of the first hit: 0, one half or 1."""
    votes = 0
    for ranks in ([hit.why.lexical_rank for hit in hits], [hit.why.dense_rank for hit in hits]):
        known = [(rank, hit.article.id) for rank, hit in zip(ranks, hits, strict=True) if rank is not None]
        votes += bool(known) and min(known)[1] == hits[0].article.id
    return votes / 2
