"""What a question says about where its answer stands: outlets, dates and quoted phrases, which raise hits."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from retrieval.periods import Period, periods_of
from retrieval.wording import fold

_QUOTED = re.compile(r"[\"“„«](.{3,120}?)[\"”“»]|(?<!\w)['‘](\w.{2,120}?\w)['’](?!\w)")
_DOMAIN = re.compile(r"^(?:www\.)?([\w-]+(?:\.[\w-]+)*?)(?:\.(?:com|org|net|co|gov|edu|info|news|tv|[a-z]{2}))+$")


@dataclass(frozen=True, slots=True)
class Understood:
    """What of a question raises hits; none of it ever excludes one."""

    outlets: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    phrases: tuple[str, ...] = ()


def understand(question: str, outlets: Collection[str], as_of: date) -> Understood:
    """Reads a question against the outlets of the library; "last week" counts from ``as_of``."""
    phrases = (next(group for group in match.groups() if group) for match in _QUOTED.finditer(question))
    return Understood(
        tuple(sorted(outlet for outlet in outlets if _names(question, outlet))),
        periods_of(question, as_of),
        tuple(folded for phrase in phrases if " " in (folded := " ".join(fold(phrase).strip(" .,!?").split()))),
    )


def _names(question: str, outlet: str) -> bool:
    """Whether the question names the outlet, by its name or its domain's; short and common words in capitals only."""
    name = _name_of(outlet)
    if len(name) < 2 or name.split()[0].casefold() not in question.casefold():
        return False
    spaced = re.escape(name).replace(r"\ ", r"\s+")
    found = re.search(rf"(?<!\w){spaced}(?!\w)", question, re.IGNORECASE)
    if not found:
        return name != outlet and outlet.casefold() in question.casefold()
    return " " in name or (found[0][0].isupper() and (found.start() > 0 or found[0].isupper()))


@lru_cache(maxsize=10_000)
def _name_of(outlet: str) -> str:
    """An outlet's name; of a domain what stands before its ending."""
    domain = _DOMAIN.match(outlet)
    return (domain[1] if domain else outlet).strip()
