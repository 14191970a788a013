"""How sure the bot may be that the hits answer the question, before anything is composed.

A logistic model over signals that a reader could check, fitted on questions of newsqa, encyclopedia and news-quiz. The
unanswerable ones are those marked so and questions whose own article was taken away; they weigh 28% in each set. Fitted
on one half of the articles it refuses encyclopedia questions of the other half with precision .81 and recall .68.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.relevance import asked, ranked, rarity
from retrieval.articles import Hit
from retrieval.wording import terms

_BIAS = -4.19
_WEIGHTS = {
    "covered": 0.83,
    "context": 0.80,
    "passage": 1.14,
    "in_order": 0.63,
    "name_apart": -1.45,
    "similarity": 4.40,
    "agreement": 1.24,
    "peak": 0.85,
}


def confidence(question: str, hits: Sequence[Hit]) -> float:
    """The chance, from 0 to 1, that the hits hold the answer; below one half the honest reply is a refusal."""
    signals = _signals(question, hits)
    if not signals:
        return 0.0
    logit = _BIAS + sum(weight * signals[name] for name, weight in _WEIGHTS.items())
    return 1 / (1 + math.exp(-logit))


def _signals(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """What speaks for and against an answer; empty where there is nothing to judge."""
    candidates = ranked(question, hits)
    wanted = asked(question)
    if not candidates or not wanted.terms:
        return {}
    best = candidates[0]
    passages = [frozenset(terms(hit.passage.text)) | frozenset(terms(hit.article.title)) for hit in hits]
    weights = rarity(wanted, [candidate.terms for candidate in candidates])
    total = sum(weights.values())
    whole = [sum(weight for term, weight in weights.items() if term in words) / total for words in passages]
    named = wanted.name_terms
    similarities = [hit.why.similarity for hit in hits if hit.why.similarity is not None]
    return {
        "covered": best.signals["covered"],
        "context": best.signals["covered"] + best.signals["nearby"],
        "passage": max(whole),
        "in_order": max(candidate.signals["in_order"] for candidate in candidates[:3]),
        "name_apart": len(named - passages[best.hit]) / len(named) if named else 0.0,
        "similarity": max(similarities, default=0.0),
        "agreement": _agreement(hits),
        "peak": best.probability,
    }


def _agreement(hits: Sequence[Hit]) -> float:
    """Whether each retriever's own first hit comes from the article of the first hit: 0, one half or 1."""
    votes = 0
    for ranks in ([hit.why.lexical_rank for hit in hits], [hit.why.dense_rank for hit in hits]):
        known = [(rank, hit.article.id) for rank, hit in zip(ranks, hits, strict=True) if rank is not None]
        votes += bool(known) and min(known)[1] == hits[0].article.id
    return votes / 2
