"""Drafts of gold questions, made from the library's own articles for a person to edit."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bot.answers import BotError
from bot.evaluation.drafting.choosing import Candidate, candidates, chosen
from bot.evaluation.drafting.lines import answered, unanswered
from bot.evaluation.drafting.prompting import Writer, prompted
from bot.evaluation.drafting.spreading import read, spread
from bot.evaluation.drafting.swapping import Swapped, known, swapped
from bot.evaluation.gold import Gold
from retrieval.articles import Filters

if TYPE_CHECKING:
    from retrieval.library import Library

_EVERY = 5  # one question in so many is one that the library does not answer
_SPARE = 3  # questions made for each that is wanted, so that there are some to exchange names in
_NAMING = 400  # articles whose names may be exchanged


@dataclass(frozen=True, slots=True)
class Drafted:
    """Draft questions, and why there are not more if a chat model failed."""

    questions: tuple[Gold, ...]
    failure: str | None = None


def drafts(
    library: Library, n: int, *, filters: Filters = Filters(), seed: int = 0, writer: Writer | None = None
) -> Drafted:
    """At most ``n`` gold questions from articles that meet the filters; the same for the same library and seed.

    About one in five is one that the library does not answer. With a ``writer`` a chat model writes them, else they
    are made from sentences with names, numbers and dates. A BotError where no article meets the filters.
    """
    random = Random(seed)
    order = spread(library, filters, random)
    if not order:
        raise BotError("there are no articles to draft questions from")
    if writer:
        found, failure = prompted(library, order, n, writer, random)
        return Drafted(tuple(found), failure)
    picked = chosen(candidates(library, read(library, order), n), _SPARE * n)
    exchanged = swapped(picked, known(read(library, order[:_NAMING])), library, random)
    wanted = min(n, len(picked)) // _EVERY
    spared = _evenly([one for one in picked if one in exchanged and exchanged[one].plain], wanted)
    spared |= _evenly([one for one in picked if one in exchanged and not exchanged[one].plain], wanted - len(spared))
    kept = {*spared, *[one for one in picked if one not in spared][: n - len(spared)]}
    lines = [_line(one, None) for one in picked if one in kept and one not in spared]
    for number, one in enumerate(one for one in picked if one in spared):
        lines.insert(_EVERY * number + _EVERY - 1, _line(one, exchanged[one]))
    return Drafted(tuple(lines))


def _line(one: Candidate, exchanged: Swapped | None) -> Gold:
    if exchanged is None:
        return answered(one.phrased.question, one.phrased.answers, one.article_id, one.quote)
    why = f"with {exchanged.was} in the place of {exchanged.now}, article {one.article_id} answers it"
    return unanswered(exchanged.question, why)


def _evenly(found: list[Candidate], n: int) -> set[Candidate]:
    """``n`` of them, spread over the list."""
    n = min(n, len(found))
    return {found[place * len(found) // n] for place in range(n)}
