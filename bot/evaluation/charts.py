"""Charts as inline SVG: no script, no image; colours come from the style sheet of the page that they stand in.

Each function gives the text of one ``<svg>``, or nothing where there is nothing to draw. Every chart is drawn 440 units
wide, so that its words can still be read on a phone. The words in them are numbers and our own, never an article's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from bot.evaluation.curves import Bin, RiskPoint
from bot.evaluation.verdict import decimals, duration, percent

_WIDTH = 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 20, 22, 46
_SOLID = 10  # answers that a point of the risk curve rests on at least; with fewer, one answer throws it about
_COLUMNS = 24


@dataclass(frozen=True, slots=True)
class _Plot:
    """An area with linear axes: where a pair of values lies, its grid lines and the words along its axes."""

    x_max: float
    y_max: float
    height: int = 300
    bottom: int = _BOTTOM

    def x(self, value: float) -> float:
        """The place along the x axis, in units of the drawing."""
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * value / self.x_max, 1)

    def y(self, value: float) -> float:
        """The place along the y axis, in units of the drawing."""
        return round(self.floor - (self.floor - _TOP) * value / self.y_max, 1)

    @property
    def floor(self) -> int:
        """Where the x axis lies."""
        return self.height - self.bottom

    def axes(self, names: tuple[str, str], xs: Iterable[tuple[float, str]], ys: Iterable[tuple[float, str]]) -> str:
        """Grid lines with their values, and the name of each axis."""
        parts = []
        for value, words in ys:
            y = self.y(value)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(_text(_LEFT - 7, y + 4, words, "tick", "end"))
        edge = self.height - 27
        for value, words in xs:
            parts.append(_text(self.x(value), edge, words, "tick", "middle"))
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{self.floor}" y2="{self.floor}"/>')
        parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, self.height - 6, names[0], "name", "middle"))
        middle = (_TOP + self.floor) / 2
        parts.append(
            f'<text class="name" text-anchor="middle" transform="translate(12 {middle}) rotate(-90)">'
            f"{escape(names[1])}</text>"
        )
        return "".join(parts)

    def whole(self, title: str, content: str) -> str:
        """The finished drawing; its title is what a screen reader says."""
        return (
            f'<svg class="chart" viewBox="0 0 {_WIDTH} {self.height}" role="img" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{escape(title)}</title>{content}</svg>"
        )


def risk_coverage(points: Sequence[RiskPoint], threshold: float | None) -> str:
    """How many of the answers are wrong (risk) if only the surest share of questions is answered (coverage).

    The threshold in force is marked where its answers end. Points that rest on too few answers are left out as long as
    others are left.
    """
    solid = [point for point in points if point.answered >= _SOLID] or list(points)
    if not solid:
        return ""
    plot = _Plot(1.0, _share_above(max(point.risk for point in solid)))
    line = " ".join(f"{plot.x(point.coverage)},{plot.y(point.risk)}" for point in solid)
    parts = [
        plot.axes(("questions answered", "of these answers, wrong"), _shares(1.0), _shares(plot.y_max)),
        f'<polyline class="line" points="{line}"/>',
    ]
    title = "Risk against coverage"
    here = _in_force(points, threshold)
    if here and threshold is not None:
        words = f"threshold {_two(threshold)}: {percent(here.coverage)} answered, {percent(here.risk)} of it wrong"
        title = f"{title}; at the {words}"
        x, y = plot.x(here.coverage), plot.y(min(here.risk, plot.y_max))
        late = here.coverage > 0.5
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="{_TOP}" y2="{plot.floor}"/>')
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="5"><title>{escape(words)}</title></circle>')
        side, anchor = (-9, "end") if late else (9, "start")
        low = y < (_TOP + plot.floor) / 2
        first = plot.floor - 28 if low else _TOP + 14
        parts.append(_text(x + side, first, f"threshold {_two(threshold)}", "note", anchor))
        both = f"{percent(here.coverage)} answered, {percent(here.risk)} wrong"
        parts.append(_text(x + side, first + 16, both, "note", anchor))
    return plot.whole(title, "".join(parts))


def reliability(bins: Sequence[Bin]) -> str:
    """Share of right answers against confidence, a dot for each bin, above the number of answers in each bin."""
    if not bins:
        return ""
    plot = _Plot(1.0, 1.0, height=340, bottom=116)
    base, tall = plot.height - _BOTTOM, 46
    parts = [
        plot.axes(("confidence", "answered rightly"), _shares(1.0, _two), _shares(1.0)),
        f'<line class="ideal" x1="{plot.x(0)}" y1="{plot.y(0)}" x2="{plot.x(1)}" y2="{plot.y(1)}"/>',
        _text(plot.x(0.33) - 8, plot.y(0.33) - 8, "as sure as right", "note", "end"),
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>',
    ]
    most = max(bin_.n for bin_ in bins)
    line = " ".join(f"{plot.x(bin_.confidence)},{plot.y(bin_.right)}" for bin_ in bins)
    parts.append(f'<polyline class="thin" points="{line}"/>')
    for bin_ in bins:
        words = f"confidence {_two(bin_.confidence)}, right {percent(bin_.right)}, n {bin_.n}"
        x, y = plot.x(bin_.confidence), plot.y(bin_.right)
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="5"><title>{words}</title></circle>')
        left, right = plot.x(bin_.low) + 1, plot.x(bin_.high) - 1
        height = max(1.0, round(tall * bin_.n / most, 1))
        parts.append(_column(left, base - height, right - left, height, words))
        parts.append(_text((left + right) / 2, base - height - 4, str(bin_.n), "count", "middle"))
    said = "; ".join(f"confidence about {_two(b.confidence)}: {percent(b.right)} of {b.n} right" for b in bins)
    return plot.whole(f"Reliability of confidence. {said}", "".join(parts))


def seconds(values: Sequence[float], median: float | None, late: float | None) -> str:
    """How many questions took how many seconds, with the median and the 95th percentile marked.

    The slowest hundredth is counted in the last column, so that one slow question does not flatten all others.
    """
    if not values:
        return ""
    ordered = sorted(values)
    step = _step(max(ordered[int(0.99 * (len(ordered) - 1))], late or 0.0, 1e-3) / 5)
    end = step * 5
    width = end / _COLUMNS
    counts = [0] * _COLUMNS
    for value in ordered:
        counts[min(_COLUMNS - 1, int(value / width))] += 1
    top = _step(max(counts) / 4) * 4
    plot = _Plot(end, float(top))
    every = [(step * number, _short(step * number)) for number in range(6)]
    heights = [(top / 4 * number, _short(top / 4 * number)) for number in range(5) if (top / 4 * number) % 1 == 0]
    parts = [plot.axes(("seconds", "questions"), every, heights)]
    for number, count in enumerate(counts):
        if count:
            x, y = plot.x(number * width), plot.y(count)
            wide = plot.x((number + 1) * width) - x - 1
            until = "more" if number == _COLUMNS - 1 else f"{(number + 1) * width:.3g}"
            words = f"{count} took {number * width:.3g} to {until} seconds"
            parts.append(_column(x, y, wide, plot.floor - y, words))
    marks = [(value, name) for value, name in ((median, "50 %"), (late, "95 %")) if value is not None]
    for (value, name), (anchor, side) in zip(marks, (("end", -3), ("start", 3)), strict=False):
        x = plot.x(min(value, end))
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="{_TOP - 4}" y2="{plot.floor}"/>')
        parts.append(_text(x + side, _TOP - 8, name, "note", anchor))
    said = "; ".join(f"{name} within {duration(value)}" for value, name in marks)
    return plot.whole(f"Seconds per question, {len(values)} questions. {said}", "".join(parts))


def bar(share: float, tone: str) -> str:
    """A bar that fills a share of the width it is given; the words beside it say the same."""
    length = round(100 * min(1.0, max(0.0, share)), 2)
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="8"/><rect class="{escape(tone)}" width="{length}" height="8"/></svg>'
    )


def interval(value: float, low: float, high: float) -> str:
    """A dot with its interval on a line from 0 to 1; the numbers beside it say the same."""
    x, left, right = (round(4 + 112 * min(1.0, max(0.0, number)), 1) for number in (value, low, high))
    return (
        '<svg class="interval" viewBox="0 0 120 12" width="120" height="12" aria-hidden="true">'
        '<line class="track" x1="4" x2="116" y1="6" y2="6"/>'
        f'<line class="range" x1="{left}" x2="{right}" y1="6" y2="6"/>'
        f'<circle class="dot" cx="{x}" cy="6" r="3.5"/></svg>'
    )


def _in_force(points: Sequence[RiskPoint], threshold: float | None) -> RiskPoint | None:
    """The point of the curve that a threshold leads to: the last one whose answers all reach it."""
    if threshold is None:
        return None
    return max((p for p in points if p.threshold >= threshold), key=lambda p: p.coverage, default=None)


def _shares(end: float, words: Callable[[float], str] = percent) -> list[tuple[float, str]]:
    """Even steps from 0 to ``end`` with their words."""
    step = _step(end / 5)
    return [(step * number, words(step * number)) for number in range(round(end / step) + 1)]


def _share_above(value: float) -> float:
    """A round share at or above ``value`` to end an axis with."""
    step = _step(max(value, 0.05) / 5)
    return min(1.0, step * math.ceil(round(value / step, 6) or 1))


def _step(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 … times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    for factor in (1, 2, 2.5, 5, 10):
        if value <= factor * power * (1 + 1e-9):
            return factor * power
    return 10 * power


def _two(value: float) -> str:
    return decimals(value, 2)


def _short(value: float) -> str:
    return f"{value:.6g}"


def _text(x: float, y: float, words: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _column(x: float, y: float, width: float, height: float, words: str) -> str:
    return (
        f'<rect class="column" x="{x:g}" y="{y:g}" width="{max(width, 0.5):g}" height="{max(height, 0):g}">'
        f"<title>{escape(words)}</title></rect>"
    )
