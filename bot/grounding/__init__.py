"""Which sentences of which passages support a statement, if any.

The quotes are found here, never taken from a model, so each is real and has offsets. The layers are deterministic and
lexical: figures and names of the statement must stand in the evidence, nothing may be turned into its opposite, and
what is left must be covered by at most three sentences. The threshold never moves so that something gets cited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers import Support
from bot.composing import Draft, Span
from bot.grounding import covering, figures, naming
from bot.grounding.covering import Cover
from bot.grounding.meanings import vocabulary
from bot.grounding.reading import Evidence, Reading, evidence, known_names, known_words, names_in, read
from bot.grounding.turning import is_turned
from retrieval.articles import Hit

_COVERAGE = 0.6  # of the statement's content words, in the chosen sentences together
_BEST_COVERAGE = 0.4  # of them in one sentence alone, or the quotes would be stitched together
ACCOUNTED = 0.26  # of the words put otherwise; fitted and cross-validated by tests/benchmarks/support.py


@dataclass(frozen=True, slots=True)
class Grounded:
    """What a draft may claim: its support, and the exact words it rests on."""

    support: Support
    quotes: tuple[Span, ...]


UNSUPPORTED = Grounded("unsupported", ())


def ground(draft: Draft, hits: Sequence[Hit]) -> Grounded:
    """The support for one draft. Words that a composer took from the articles are checked for their offsets only."""
    if draft.quotes:
        return _quoted(draft.quotes, hits)
    if not (found := evidence(draft.hits, tuple(hits))):
        return UNSUPPORTED
    statement = read(draft.text)
    chosen = next(([one] for one in found if one.read.words == statement.words or one.says(draft.text)), None)
    if chosen is None:
        cover = covered(statement, found)
        if cover is None or cover.accounted < ACCOUNTED:
            return UNSUPPORTED
        chosen = list(cover.sentences)
    quotes = sorted((one.span for one in chosen), key=lambda span: (draft.hits.index(span.hit), span.start))
    return Grounded("supported", tuple(quotes))


def covered(statement: Reading, found: tuple[Evidence, ...]) -> Cover | None:
    """The sentences that cover the statement; None where one of the checks with no exception says no."""
    known = known_words(found)
    if not naming.stand(statement.text, found, known):
        return None
    assumed = frozenset(term for name in names_in(statement.text) for term in vocabulary(name)) | known_names(found)
    cover = covering.cover(statement, assumed, found, known)
    if not cover.sentences or cover.first < _BEST_COVERAGE or cover.together < _COVERAGE:
        return None
    chosen = [one.read for one in cover.sentences]
    if not figures.stand(statement, cover.sentences) or naming.is_swapped(statement, chosen):
        return None
    return None if is_turned(statement, chosen, known) else cover


def _quoted(quotes: Sequence[Span], hits: Sequence[Hit]) -> Grounded:
    for quote in quotes:
        if not 0 <= quote.hit < len(hits):
            return UNSUPPORTED
        text = hits[quote.hit].article.text
        if not 0 <= quote.start < quote.end <= len(text) or not text[quote.start : quote.end].strip():
            return UNSUPPORTED
    return Grounded("quoted", tuple(quotes))
