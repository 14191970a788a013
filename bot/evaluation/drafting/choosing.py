"""Drafts without a chat model: sentences that make a good question, spread over the library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.evaluation.drafting.phrasing import Phrased, Setting, phrased
from bot.evaluation.drafting.spreading import passages
from retrieval.articles import Article, Passage
from retrieval.splitting import sentences

if TYPE_CHECKING:
    from retrieval.library import Library

_GOOD, _FAIR = 1.0, 2.0  # doubt of a question that is taken gladly, and of one that is taken for want of a better
_PASSES = ((_GOOD, 0.4), (_GOOD, 1.0), (_FAIR, 1.0))  # greatest doubt, greatest share of one kind of question
_ENOUGH = 4  # articles with a good question, for each question that is wanted, after which no more are read
_READ = 20  # articles that are read at most, for each question that is wanted
_FEW = 400  # articles that are read in any case
_DATELINE = re.compile(r"(?:[A-Z][A-Z .'-]+(?:, [A-Z][\w .]+)? )?\([A-Z][\w ]+\) ?(?:--|[–—-]) +")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question with the sentence that it was made from, exactly as it stands in the article."""

    article_id: str
    passage_id: str
    quote: str
    phrased: Phrased


def candidates(library: Library, articles: Iterable[Article], wanted: int) -> list[list[Candidate]]:
    """What can be asked of each article, for as many of them as a choice of ``wanted`` questions needs."""
    found: list[list[Candidate]] = []
    good = 0
    for number, article in enumerate(articles):
        if good >= _ENOUGH * wanted or number >= max(_FEW, _READ * wanted):
            break
        made = list(_made(article, passages(library, article)))
        good += any(candidate.phrased.doubt <= _GOOD for candidate in made)
        if made:
            found.append(made)
    return found


def chosen(found: Sequence[Sequence[Candidate]], n: int) -> list[Candidate]:
    """At most ``n`` questions, clear ones first, and never two from one passage.

    Among clear ones, no article gives a second one before every other has given its first.
    """
    choice = _Choice([], set(), Counter(), Counter())
    for doubt, share in _PASSES:
        most = max(1.0, share * n)
        while len(choice.taken) < n:
            open_ = [fit for made in found if (fit := choice.fitting(made, doubt, most))]
            least = min((choice.given[fit[0].article_id] for fit in open_), default=0)
            for fit in [fit for fit in open_ if choice.given[fit[0].article_id] == least]:
                still = choice.fitting(fit, doubt, most)
                if still and len(choice.taken) < n:
                    choice.take(still)
            if not open_:
                break
    return choice.taken


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was taken so far: its passages and questions, its kinds, and how much of each article."""

    taken: list[Candidate]
    used: set[str]
    kinds: Counter[str]
    given: Counter[str]

    def fitting(self, made: Sequence[Candidate], doubt: float, most: float) -> list[Candidate]:
        """Those that are clear enough, new, and of a kind of which there are not too many yet."""
        return [
            one
            for one in made
            if one.phrased.doubt <= doubt
            and self.kinds[one.phrased.kind] < most
            and not self.used & {one.passage_id, one.phrased.question.casefold()}
        ]

    def take(self, fit: Sequence[Candidate]) -> None:
        """Take the clearest of these, of equally clear ones the rarest kind."""
        best = min(fit, key=lambda one: (int(one.phrased.doubt), self.kinds[one.phrased.kind], one.phrased.doubt))
        self.taken.append(best)
        self.kinds[best.phrased.kind] += 1
        self.given[best.article_id] += 1
        self.used.update((best.passage_id, best.phrased.question.casefold()))


def _made(article: Article, cut: Sequence[Passage]) -> Iterator[Candidate]:
    """The questions of an English article, from sentences of its running text."""
    if article.language not in (None, "en"):
        return
    setting = Setting(article.text, article.source or "")
    for passage in cut:
        for start, end in sentences(article.text, passage.start, passage.end, article.language):
            if dateline := _DATELINE.match(article.text, start, end):
                start = dateline.end()
            quote = article.text[start:end]
            if article.kind_at(start) == "paragraph":
                for one in phrased(quote, setting):
                    yield Candidate(article.id, passage.id, quote, one)
