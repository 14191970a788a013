from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from bot.evaluation.charts import bar, interval, reliability, risk_coverage, seconds
from bot.evaluation.curves import Bin, RiskPoint

SVG = "{http://www.w3.org/2000/svg}"
CURVE = tuple(RiskPoint(number / 20, number / 80, 1 - number / 20, number * 5) for number in range(1, 21))


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def words(drawing: str) -> list[str]:
    """What stands in a chart, the titles of its parts left out."""
    return [(text.text or "").replace("\N{NO-BREAK SPACE}", " ") for text in parsed(drawing).iter(f"{SVG}text")]


def title(drawing: str) -> str:
    return (parsed(drawing).findtext(f"{SVG}title") or "").replace("\N{NO-BREAK SPACE}", " ")


def places(drawing: str) -> list[tuple[float, float]]:
    """The points of a chart's line."""
    line = parsed(drawing).find(f"{SVG}polyline")
    assert line is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())]


def test_nothing_is_drawn_where_there_is_nothing_to_draw() -> None:
    assert [risk_coverage((), 0.5), reliability(()), seconds((), None, None)] == ["", "", ""]


def test_risk_curve_marks_what_the_threshold_leads_to() -> None:
    drawing = risk_coverage(CURVE, 0.42)
    assert title(drawing) == "Risk against coverage; at the threshold .42: 55 % answered, 14 % of it wrong"
    assert "55 % answered, 14 % wrong" in words(drawing)
    dot = parsed(drawing).find(f"{SVG}circle")
    assert dot is not None
    assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) in places(drawing)


def test_risk_curve_rises_to_the_right() -> None:
    points = places(risk_coverage(CURVE, None))
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert len(points) == 19, "the first point rests on five answers only"
    assert {"questions answered", "of these answers, wrong", "0 %", "100 %"} <= set(words(risk_coverage(CURVE, None)))


@pytest.mark.parametrize("threshold", [None, 0.99])
def test_risk_curve_marks_nothing_where_nothing_would_be_answered(threshold: float | None) -> None:
    assert parsed(risk_coverage(CURVE, threshold)).find(f"{SVG}circle") is None


def test_risk_curve_of_a_few_answers_is_drawn_all_the_same() -> None:
    assert len(places(risk_coverage((RiskPoint(0.5, 0.0, 0.9, 1), RiskPoint(1.0, 0.5, 0.6, 2)), 0.5))) == 2


def test_reliability_shows_each_bin_with_its_count() -> None:
    drawing = reliability((Bin(0.0, 0.1, 0.05, 0.0, 7), Bin(0.9, 1.0, 0.95, 0.8, 1200)))
    assert title(drawing).endswith("confidence about .05: 0 % of 7 right; confidence about .95: 80 % of 1200 right")
    assert {"7", "1200"} <= set(words(drawing))
    heights = [float(column.attrib["height"]) for column in parsed(drawing).iter(f"{SVG}rect")]
    assert heights == [1.0, 46.0]


def test_seconds_are_all_counted_and_a_slow_one_does_not_flatten_the_others() -> None:
    drawing = seconds([0.1] * 60 + [0.3] * 38 + [0.4, 60.0], 0.1, 0.3)
    titles = [column.findtext(f"{SVG}title") or "" for column in parsed(drawing).iter(f"{SVG}rect")]
    counts = [int(title.partition(" took ")[0]) for title in titles]
    assert sum(counts) == 100
    assert {60, 38} <= set(counts)
    assert title(drawing) == "Seconds per question, 100 questions. 50 % within 100 ms; 95 % within 300 ms"


@pytest.mark.parametrize(
    "drawing",
    [
        risk_coverage(CURVE, 0.0),
        risk_coverage((RiskPoint(1.0, 1.0, 0.5, 1),), 0.5),
        reliability((Bin(0.0, 0.1, 0.0, 0.0, 1), Bin(0.9, 1.0, 1.0, 1.0, 10**6))),
        seconds([0.0], 0.0, 0.0),
        seconds([1e-5, 3e-5], 2e-5, 3e-5),
        seconds([7000.0, 9000.0] * 100, 8000.0, 9000.0),
    ],
    ids=["all answered", "one wrong answer", "all or nothing", "no time", "fast", "slow"],
)
def test_everything_lies_within_the_drawing(drawing: str) -> None:
    svg = parsed(drawing)
    _, _, width, height = (float(number) for number in svg.attrib["viewBox"].split())
    names = {"x": width, "x1": width, "x2": width, "cx": width, "y": height, "y1": height, "y2": height, "cy": height}
    places = [(part.attrib[name], limit) for part in svg.iter() for name, limit in names.items() if name in part.attrib]
    assert places and all(0 <= float(place) <= limit for place, limit in places)
    assert svg.attrib["role"] == "img" and svg.findtext(f"{SVG}title")


def test_bar_fills_its_share() -> None:
    assert 'class="good" width="25.0"' in bar(0.25, "good")
    assert 'width="100.0"' in bar(1.2, "good")


def test_interval_lies_between_its_ends() -> None:
    numbers = re.search(r'class="range" x1="([\d.]+)" x2="([\d.]+)".*cx="([\d.]+)"', interval(0.5, 0.25, 1.0))
    assert numbers is not None and numbers.groups() == ("32.0", "116.0", "60.0")
