"""The report of a run: one HTML file that needs nothing but itself, for a browser, a phone or paper.

Everything an article, a question or a model wrote is hostile until Jinja has escaped it; the page forbids itself all
scripts but its own and all requests.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.evaluation import charts
from bot.evaluation.comparing import Comparison, Paired
from bot.evaluation.curves import reliability, risk_coverage
from bot.evaluation.excerpts import Piece, answer_pieces, clean, flat, hits, passage_pieces, plain, remarks, web_link
from bot.evaluation.metrics import METRICS, Measured
from bot.evaluation.rows import Outcome, Row
from bot.evaluation.scoring import kind_of, outcome
from bot.evaluation.verdict import counted, decimals, duration, figure, percent, verdict

_FIGURE = re.compile(r"(?P<range>\([\d–]+\N{NO-BREAK SPACE}%\))|(?:(?:under|over) )?\d+\N{NO-BREAK SPACE}%")

_OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "right": ("good", "answered rightly, citing gold where gold names its source"),
    "rightly refused": ("good", "the articles do not answer it, and it was refused"),
    "wrong citation": ("miss", "answered rightly, but from another source than gold names"),
    "wrongly refused": ("miss", "refused, though the search had found the source"),
    "not retrieved": ("miss", "no right answer, and the search did not find the source"),
    "retrieved but not answered": ("miss", "the right source is cited without the answer"),
    "wrong answer": ("bad", "the source was found, but the answer is another, from elsewhere"),
    "should have refused": ("bad", "answered, though the articles do not answer it"),
    "failed": ("bad", "no reply came"),
    "unjudged": ("plain", "gold says too little to judge the reply by"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a report shows. ``made`` says when; ``gates`` are the sentences of those that were not met."""

    title: str
    made: str
    rows: tuple[Row, ...]
    measured: Mapping[str, Measured]
    settings: Mapping[str, Any]
    versions: Mapping[str, Any]
    comparison: Comparison | None = None
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Card:
    """One question of the list."""

    number: int
    row: Row
    outcome: Outcome
    kind: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One bar with its words: ``count`` of ``whole``."""

    label: str
    count: float
    whole: float
    about: str
    tone: str = "accent"
    filters: str = ""
    meaning: str = ""


def write_report(page: Page, path: Path) -> None:
    """Write the report to ``path`` as UTF-8, over whatever stood there."""
    environment = Environment(
        loader=PackageLoader("bot", "evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    style, script = (Path(__file__).with_name(f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))
    report = _Report(page)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals.update(
        tone=lambda name: _OUTCOMES[name][0],
        drawn=lambda line: Markup(charts.bar(line.count / line.whole if line.whole else 0.0, line.tone)),
        answer_pieces=answer_pieces,
        passage_pieces=passage_pieces,
        sentence_pieces=_sentence_pieces,
        web_link=web_link,
        hits=hits,
        remarks=lambda row: tuple(remarks(row)),
        flat=lambda mapping: tuple(flat(mapping)),
        two=lambda value: decimals(value, 2),
        duration=duration,
        counted=counted,
    )
    template = environment.get_template("report.html")
    html = template.render(page=page, report=report, style=Markup(style), script=Markup(script), digest=digest)
    path.write_text(html, encoding="utf-8", newline="\n")


class _Report:
    """What the template asks for, made of a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._rows = page.rows
        self.cards = tuple(
            _Card(number, row, outcome(row), kind_of(row.gold)) for number, row in enumerate(page.rows, start=1)
        )
        self.verdict = verdict(page.rows)
        self.places = {card.row.gold.id: card.number for card in self.cards}
        self.kind_counts = sorted(Counter(card.kind for card in self.cards).items())

    @property
    def made(self) -> str:
        """When the run was made, in words where it is a time as computers write it."""
        try:
            moment = datetime.fromisoformat(self._page.made)
        except ValueError:
            return self._page.made
        zone = f" {moment:%Z}" if moment.tzinfo else ""
        return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"

    @property
    def asked(self) -> Iterator[tuple[str, str]]:
        """What was asked of what, as far as settings and versions say."""
        page = self._page
        known = {**page.versions, **page.settings}
        gold = known.get("gold")
        names = {"gold": gold.get("file") if isinstance(gold, Mapping) else gold, "chat model": known.get("model")}
        names |= {"library": known.get("library"), "articles": known.get("articles")}
        return ((name, plain(value)) for name, value in names.items() if value is not None)

    @property
    def groups(self) -> dict[str, list[dict[str, Any]]]:
        """The lines of the table of metrics, by group; only of those for which something counts."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for name, one in self._page.measured.items():
            if one.n:
                groups.setdefault(METRICS[name].group, []).append(_metric_line(name, one))
        return groups

    @property
    def uncounted(self) -> list[str]:
        """The metrics that have nothing to count."""
        return [name for name, one in self._page.measured.items() if not one.n]

    @cached_property
    def outcomes(self) -> tuple[_Line, ...]:
        """A bar for each outcome that occurs."""
        counts = Counter(card.outcome for card in self.cards)
        total = len(self.cards)
        return tuple(
            _Line(
                name, counts[name], total, f"{counts[name]} · {percent(counts[name] / total)}", tone, "outcome", words
            )
            for name, (tone, words) in _OUTCOMES.items()
            if counts[name]
        )

    @cached_property
    def kinds(self) -> tuple[_Line, ...]:
        """A bar for each kind of question: the share with a right reply among those that can be judged."""
        judged = [card for card in self.cards if card.outcome != "unjudged"]
        totals = Counter(card.kind for card in judged)
        right = Counter(card.kind for card in judged if card.outcome in ("right", "rightly refused"))
        return tuple(
            _Line(kind, right[kind], n, f"{percent(right[kind] / n)} of {n}", "good", "kind")
            for kind, n in totals.most_common()
        )

    @property
    def steps(self) -> tuple[_Line, ...]:
        """A bar for each step of an answer: its mean seconds over the questions that got a reply."""
        timed = [row.timings for row in self._rows if row.reply and row.timings]
        names = dict.fromkeys(name for timings in timed for name in timings)
        means = {name: mean(timings.get(name, 0.0) for timings in timed) for name in names}
        longest = max(means.values(), default=0.0)
        return tuple(_Line(name, value, longest, duration(value)) for name, value in means.items())

    @property
    def charts(self) -> Iterator[dict[str, Any]]:
        """The drawings, each with what it shows, or what it lacks."""
        rows, measured = self._rows, self._page.measured
        threshold = self._page.settings.get("threshold")
        yield {
            "title": "Risk and coverage",
            "drawing": Markup(charts.risk_coverage(risk_coverage(rows), threshold)),
            "about": "A higher threshold answers fewer questions (to the left) and should be wrong less often (down).",
            "without": "No question is marked as answerable or not and got an answer that can be judged.",
        }
        yield {
            "title": "Reliability of confidence",
            "drawing": Markup(charts.reliability(reliability(rows))),
            "about": "Below the dashed line it is surer than it should be. The columns count the questions.",
            "without": "No question is marked as answerable or not and can be judged.",
        }
        p50, p95 = (one.value if (one := measured.get(name)) else None for name in ("seconds_p50", "seconds_p95"))
        within = f"Half within {duration(p50)}, 95 % within {duration(p95)}. " if p50 and p95 else ""
        yield {
            "title": "Seconds per question",
            "drawing": Markup(charts.seconds([row.seconds for row in rows if row.reply], p50, p95)),
            "about": f"{within}To the last word of the reply; the last column holds all that took longer.",
            "without": "No question got a reply.",
        }

    @property
    def paired(self) -> tuple[dict[str, Any], ...]:
        """The lines of the comparison: metrics that differ, or that only one run has a value for."""
        comparison = self._page.comparison
        return (
            tuple(_paired_line(one) for one in comparison.paired if one.n and one.difference != 0) if comparison else ()
        )

    @property
    def unchanged(self) -> list[str]:
        """The metrics that are the same in both runs."""
        comparison = self._page.comparison
        return [one.name for one in comparison.paired if one.difference == 0] if comparison else []


def _metric_line(name: str, one: Measured) -> dict[str, Any]:
    known = one.value is not None and one.low is not None and one.high is not None
    line: dict[str, Any] = {"name": name, "about": METRICS[name].about, "n": f"{one.n:,}", "value": "", "range": ""}
    line |= {"mark": "", "less": METRICS[name].better == "lower"}
    if known and one.value is not None and one.low is not None and one.high is not None:
        line["value"] = figure(name, one.value)
        line["range"] = f"{figure(name, one.low)} – {figure(name, one.high)}"
        if METRICS[name].group != "effort" and name != "answer_words":
            line["mark"] = Markup(charts.interval(one.value, one.low, one.high))
    return line


def _paired_line(one: Paired) -> dict[str, Any]:
    line: dict[str, Any] = {"name": one.name, "n": f"{one.n:,}", "difference": "", "range": "", "p": "", "word": ""}
    line |= {"new": _figure(one.name, one.new), "old": _figure(one.name, one.old)}
    if one.difference is not None and one.low is not None and one.high is not None and one.p is not None:
        line["difference"] = _signed(one.name, one.difference)
        line["range"] = f"{_signed(one.name, one.low)} to {_signed(one.name, one.high)}"
        line["p"] = "< .001" if one.p < 0.001 else decimals(one.p)
        if one.p < 0.05 and one.difference:
            line["word"] = "better" if (one.difference > 0) == (METRICS[one.name].better == "higher") else "worse"
    return line


def _figure(name: str, value: float | None) -> str:
    return "" if value is None else figure(name, value)


def _signed(name: str, value: float) -> str:
    words = figure(name, value).replace("-", "\N{MINUS SIGN}")
    return f"+{words}" if value > 0 else words


def _clean(value: object) -> object:
    """What the template prints: our own markup as it is, every other text without what could mislead a reader."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _sentence_pieces(sentence: str) -> tuple[Piece, ...]:
    """A sentence of the verdict, cut at its percentages and at the ranges in brackets."""
    pieces: list[Piece] = []
    at = 0
    for found in _FIGURE.finditer(sentence):
        pieces += [Piece(sentence[at : found.start()]), Piece(found[0], "range" if found["range"] else "figure")]
        at = found.end()
    return (*pieces, Piece(sentence[at:]))
