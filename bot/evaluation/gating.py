"""Gates: what the scores of a run must reach, for an exit code that stops a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.evaluation.comparing import Comparison, worse
from bot.evaluation.metrics import METRICS, Measured


def below(measured: Mapping[str, Measured], floors: Iterable[tuple[str, float]]) -> Iterator[str]:
    """One line for every floor that is not reached; for metrics where less is better the floor is a ceiling."""
    for name, wanted in floors:
        one = measured[name]
        if one.value is None:
            yield f"{name} has nothing to count in this gold file, so it is not {wanted:.12g}"
        elif METRICS[name].better == "higher" and one.value < wanted:
            yield f"{name} is {_exact(one.value, wanted)}, below {wanted:.12g}{_sure(one)}"
        elif METRICS[name].better == "lower" and one.value > wanted:
            yield f"{name} is {_exact(one.value, wanted)}, above {wanted:.12g}{_sure(one)}"


def got_worse(comparison: Comparison, other: str) -> Iterator[str]:
    """One line for every metric that is significantly worse than in the other run."""
    for paired in worse(comparison):
        if paired.new is None:
            yield f"{paired.name} has nothing to count any more, in {other} it was {_exact(paired.old)}"
        else:
            chance = f" (p = {paired.p:.3f}, n = {paired.n})" if paired.p is not None else ""
            yield f"{paired.name} is {_exact(paired.new)}, worse than {_exact(paired.old)} in {other}{chance}"


def _exact(value: float | None, beside: float | None = None) -> str:
    """Four digits of a value, and more where four would make it the one that stands beside it."""
    if value is None:
        return "nothing"
    short = f"{value:.4g}"
    return f"{value:.12g}" if float(short) == beside else short


def _sure(one: Measured) -> str:
    interval = f", 95 % between {_exact(one.low)} and {_exact(one.high)}" if one.low is not None else ""
    return f" (n = {one.n}{interval})"
