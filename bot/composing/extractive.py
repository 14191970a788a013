"""Answers of the articles' own sentences: no key, no model, nothing that was not written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.composing import Draft, Outcome, Request, Span
from bot.composing.dating import dated
from bot.composing.speakers import attribution
from bot.relevance import Asked, Candidate, asked, ranked, says_nothing
from bot.shortening import carrying, shorten
from retrieval.articles import Hit
from retrieval.splitting import sentences as sentence_spans
from retrieval.wording import terms

_ENOUGH = 0.8  # chance that the answer is among the chosen sentences; then no further one is added
_LEAST = 0.08  # chance below which a further sentence adds words and no answer
_LEAST_IF_NEW = 0.03  # the same for a sentence that holds a word of the question no chosen one holds
_SAME = 0.6  # share of common words from which two sentences say the same
_CLOSE_ONES = 4  # likeliest sentences among which one that names all who are asked about comes first
_NEARLY = 0.5  # of the likeliest sentence's chance that such a one must have
_SHORTEST = 12  # characters; a shorter quote proves nothing
_LONGEST_BEFORE = 300  # characters of a sentence that is taken along only to say whom "he" means
_POINTS_BACK = re.compile(r"[\"“']?(he|she|they|it|his|her|their|its|this|these|those)\b", re.IGNORECASE)


def compose(request: Request, *, sentences: int = 3) -> Iterator[Draft | Outcome]:
    """The one to ``sentences`` sentences that answer, each word for word and cited, the likeliest first.

    Where the readings of the hits give a short answer, the sentence in which it stands comes first.
    """
    room = sentences
    question = request.standalone_question
    wanted, candidates = asked(question), ranked(question, request.hits)
    short = shorten(question, request.hits)
    carrier = carrying(candidates, request.hits, short) if short else None
    taken: set[tuple[str, int]] = set()
    for candidate in _chosen(wanted, candidates, sentences, carrier):
        if room <= 0 or request.cancelled():
            break
        hit = request.hits[candidate.hit]
        if (hit.article.id, candidate.start) in taken:
            continue
        before = _antecedent(wanted, candidate, hit) if room > 1 else None
        for start, end in filter(None, (before, (candidate.start, candidate.end))):
            if (hit.article.id, start) not in taken:
                taken.add((hit.article.id, start))
                room -= 1
                yield _draft(candidate.hit, hit, start, end)
    shown = short and carrier and (request.hits[carrier.hit].article.id, carrier.start) in taken
    yield Outcome(model="none", short_answer=short.text if short and shown else None, refused=not taken)


def _chosen(
    wanted: Asked, candidates: Sequence[Candidate], limit: int, carrier: Candidate | None = None
) -> list[Candidate]:
    """The likeliest sentences until the answer is probably among them, none that repeats another.

    ``carrier``, the sentence with the short answer, is the first of them.
    """
    usable = [c for c in candidates if c.end - c.start >= _SHORTEST and not says_nothing(c.text)]
    own = [c for c in usable if c.kind != "caption"]
    chosen: list[Candidate] = []
    open_terms = set(wanted.terms)
    ordered = _about_all(wanted, own or usable)
    if carrier:
        ordered = [carrier, *(candidate for candidate in ordered if candidate is not carrier)]
    for candidate in ordered:
        if len(chosen) == limit:
            break
        likely = sum(c.probability for c in chosen) < _ENOUGH and candidate.probability >= _LEAST
        adds = bool(open_terms & candidate.terms) and candidate.probability >= _LEAST_IF_NEW
        if chosen and (not (likely or adds) or any(_alike(candidate, other) for other in chosen)):
            continue
        chosen.append(candidate)
        open_terms -= candidate.terms
    return chosen


def _about_all(wanted: Asked, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same, but a date that leaves out somebody asked about behind a nearly as likely one that names them all."""
    ordered = list(candidates)
    if wanted.expected != "date":
        return ordered
    for place in range(1, min(len(ordered), _CLOSE_ONES)):
        first, other = ordered[0], ordered[place]
        more = _named(wanted, other) == len(wanted.names) > _named(wanted, first)
        if more and other.probability >= _NEARLY * first.probability and _as_much(wanted, first, other):
            return [other, *ordered[:place], *ordered[place + 1 :]]
    return ordered


def _named(wanted: Asked, candidate: Candidate) -> int:
    return sum(bool(set(name) & candidate.terms) for name in wanted.names)


def _as_much(wanted: Asked, first: Candidate, other: Candidate) -> bool:
    return len(set(wanted.terms) & other.terms) >= len(set(wanted.terms) & first.terms)


def _alike(one: Candidate, other: Candidate) -> bool:
    common = len(one.terms & other.terms)
    return common >= _SAME * min(len(one.terms), len(other.terms)) and common >= _SAME * len(one.terms | other.terms)


def _antecedent(wanted: Asked, candidate: Candidate, hit: Hit) -> tuple[int, int] | None:
    """The sentence before one that opens with "he" or "this", where it ties that word to the question."""
    if not _POINTS_BACK.match(candidate.text):
        return None
    text = hit.article.text
    before = sentence_spans(text, max(0, candidate.start - 2 * _LONGEST_BEFORE), candidate.start, hit.article.language)
    if not before or hit.article.kind_at(before[-1][0]) in ("caption", "heading"):
        return None
    start, end = before[-1]
    ties = set(wanted.terms) & set(terms(text[start:end])) - candidate.terms
    return (start, end) if ties and _SHORTEST <= end - start <= _LONGEST_BEFORE else None


def _draft(index: int, hit: Hit, start: int, end: int) -> Draft:
    if hit.article.kind_at(start) == "caption":
        text = f"Photo caption: {hit.article.text[start:end]}"
    else:
        text = dated(attribution(hit.article, start, end), hit.article.published)
    return Draft(text, (index,), (Span(index, start, end),))
