"""The numbered sources of one answer, in the order in which its sentences first rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.answers import Citation, Quote, Reference
from bot.composing import Span
from bot.links import link_to
from retrieval.articles import Hit
from retrieval.wording import content_terms

_FRAGMENT = 3  # content words; fewer claim nothing by themselves


@dataclass(slots=True)
class _Source:
    hit: Hit
    quotes: list[Quote] = field(default_factory=list)


class Bibliography:
    """Numbers passages as they are first cited and keeps each quote once.

    An answer is streamed, so a number is final as soon as it is given.
    """

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}

    def cite(self, spans: Iterable[Span], hits: Sequence[Hit]) -> tuple[Reference, ...]:
        """The references for these spans of these hits, each once, in the order of the spans."""
        references: dict[Reference, None] = {}
        for span in spans:
            hit = hits[span.hit]
            source = self._sources.setdefault(hit.passage.id, _Source(hit))
            quote = Quote(hit.article.text[span.start : span.end], span.start, span.end)
            if quote not in source.quotes:
                source.quotes.append(quote)
            number = list(self._sources).index(hit.passage.id) + 1
            references[Reference(number, source.quotes.index(quote))] = None
        return tuple(references)

    def citations(self) -> tuple[Citation, ...]:
        """All sources so far, by number."""
        return tuple(
            Citation(n, s.hit.article, s.hit.passage, tuple(s.quotes), link_to(s.hit.article, tuple(s.quotes)))
            for n, s in enumerate(self._sources.values(), start=1)
        )


def marked(text: str, references: Iterable[Reference]) -> str:
    """A sentence with its markers behind it: ``The bridge opened in June. [1][2]``."""
    numbers = dict.fromkeys(reference.number for reference in references)
    return f"{text} {''.join(f'[{number}]' for number in numbers)}" if numbers else text


def bears_on(question: str, statement: str, spans: Iterable[Span], hits: Sequence[Hit]) -> bool:
    """Whether a statement says something, alone or as a reply to the question.

    "In 1871." is one if what it rests on is about the question; "HACKED." is none where an article orders to say it.
    """
    asked = frozenset(content_terms(question))
    if len(content_terms(statement)) >= _FRAGMENT or not asked:
        return True
    return any(asked & set(content_terms(hits[span.hit].article.text[span.start : span.end])) for span in spans)
