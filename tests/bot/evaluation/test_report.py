from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bot.composing import Turn
from bot.evaluation.comparing import compare
from bot.evaluation.metrics import measure
from bot.evaluation.report import Page, write_report
from bot.evaluation.rows import Cited, Judged, Row, Shown
from tests.bot.evaluation.browsing import Open, Opened
from tests.bot.evaluation.making import answered, gold, hit, refused, row

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\u202ekrow\x00"
PASSAGE = "The tide was low. " * 40 + "Ida Voss was elected mayor on Sunday. " + "The rain went on. " * 40
START = PASSAGE.index("Ida Voss")
END = START + len("Ida Voss was elected mayor on Sunday.")


def cited(link: str | None = "https://ledger.example.org/a#:~:text=Ida", **more: Any) -> Cited:
    known: dict[str, Any] = {"text": PASSAGE, "quotes": ((START, END),), "title": "Voss wins", "source": "The Ledger"}
    known |= {"published": "2025-11-03", "link": link}
    return Cited(1, "voss", "voss:0", 0, len(PASSAGE), **(known | more))


def some_rows() -> tuple[Row, ...]:
    """One row of nearly every outcome, with all that a card can show."""
    ballot = gold("ballot", "Who was elected mayor?", answers=("Ida Voss",), articles=("voss",), answerable=True)
    later = gold(
        "later",
        "And how many votes did she get?",
        answers=("8,912",),
        articles=("voss",),
        answerable=True,
        history=(Turn("Who was elected mayor?", "Ida Voss."),),
        explanation="The editor counted them.",
    )
    sides = gold("sides", "How many were on board the ferry?", sides=(("62",), ("71",)), answerable=True)
    choice = gold("choice", "Which café was flooded?", choices=("Anker", "Möwe"), answer_choice=(1,), answerable=True)
    disagreement = (Shown("passengers", "62 were on board.", (1,)), Shown("passengers", "71 were on board.", (1,)))
    return (
        row(
            ballot,
            answered(
                "Ida Voss was elected mayor on Sunday.",
                cites=[cited()],
                hits=(hit("voss"), hit("tide")),
                short_answer="Ida Voss",
                lead="Ida Voss [1]",
            ),
            judged=Judged((True,), (True,)),
            seconds=0.2,
            timings={"search": 0.1, "compose": 0.05},
        ),
        row(later, refused(hits=(hit("tide"),), nearest=("Tide tables",)), would_be=answered("Some.", cites=[cited()])),
        row(gold("moon", "Who owns the moon?", answerable=False), refused()),
        row(gold("sun", "When did the sun go out?", answerable=False), answered("On Sunday.", cites=[cited()])),
        row(sides, answered("62 were on board.", cites=[cited()], disagreements=disagreement, notice="A fallback.")),
        row(choice, answered("Möwe was flooded.", dropped=("The mayor swam.",), short_answer="Lachs")),
        row(gold("lost", "Where is the ferry?", answers=("in the harbour",), answerable=True), None),
        row(gold("odd", "What is there to say?"), answered("Not much.")),
    )


@pytest.fixture(scope="module")
def browser(require_package: Callable[[str, str], Path]) -> Iterator[Browser]:
    path = require_package("chromium-headless-shell", "chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def page_of(rows: tuple[Row, ...], **more: Any) -> Page:
    settings = {"model": "none", "threshold": 0.5, "seed": 0, "resolved": {"search": {"hits": 16}}}
    known = {"title": "gold.jsonl", "made": "2025-11-22T14:56:00+00:00", "measured": measure(rows)}
    return Page(rows=rows, **{"settings": settings, "versions": {"library": "9f3a51c0"}, **known, **more})


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts = []

    def opened(page: Page, state: str = "", **kwargs: Any) -> Opened:
        path = tmp_path / "report.html"
        write_report(page, path)
        contexts.append(context := browser.new_context(**kwargs))
        context.set_default_timeout(5_000)
        report = Opened(context.new_page())
        report.tab.on("console", lambda message: report.complaints.append(message.text))
        report.tab.on("pageerror", lambda error: report.complaints.append(str(error)))
        report.tab.on("request", lambda request: report.requests.append(request.url))
        report.tab.goto(f"file://{path}{state}")
        return report

    yield opened
    for context in contexts:
        context.close()


def test_page_is_quiet_and_asks_for_nothing_but_itself(open_report: Open) -> None:
    report = open_report(page_of(some_rows()))
    report.unfold()
    assert report.complaints == []
    assert [url for url in report.requests if not url.startswith(("file:", "data:"))] == []
    assert report.requests[0].endswith("report.html")


def test_head_says_what_was_asked_of_what_and_when(open_report: Open) -> None:
    head = open_report(page_of(some_rows())).tab.inner_text("header")
    assert "22 November 2025, 14:56 UTC · 8 questions · chat model none · library 9f3a51c0" in head


def test_hostile_texts_stay_texts(open_report: Open) -> None:
    bad = cited("javascript:window.hacked = 3", title=HOSTILE, text=HOSTILE, quotes=((0, 9),), source=HOSTILE)
    asked = gold(HOSTILE, HOSTILE, kind=HOSTILE, answers=(HOSTILE,), quotes=(HOSTILE,), collection=HOSTILE)
    shown = {"cites": [bad], "nearest": (HOSTILE,), "notice": HOSTILE, "hits": (hit(HOSTILE),)}
    reply, leading = (answered(HOSTILE, **shown, **more) for more in ({"short_answer": HOSTILE}, {"lead": HOSTILE}))
    rows = (
        row(asked, reply, would_be=leading, unjudged=HOSTILE, timings={HOSTILE: 0.1}),
        row(gold("b"), None, failed=HOSTILE),
    )
    old = (row(asked, refused()), rows[1])
    settings = {HOSTILE: HOSTILE, "threshold": 0.5}
    report = open_report(
        page_of(rows, title=HOSTILE, settings=settings, gates=(HOSTILE,), comparison=compare(rows, old))
    )
    assert report.tab.evaluate("window.hacked") is None
    assert report.tab.locator("script").count() == 1
    assert report.tab.locator("img").count() == 0
    assert report.tab.locator(".citations a").count() == 0
    text = report.tab.inner_text("h1")
    assert text.startswith("</script><script>window.hacked = 1</script><img src=x")
    assert "\u202e" not in report.tab.content() and "\x00" not in report.tab.content()
    assert report.tab.locator("details.question").count() == 2
    assert report.complaints == []


def test_citation_shows_its_quote_in_its_passage_and_links_to_it(open_report: Open) -> None:
    tab = open_report(page_of(some_rows()), "#q-1").tab
    card = tab.locator("#q-1")
    assert card.locator("mark").all_inner_texts() == ["Ida Voss was elected mayor on Sunday."]
    assert card.locator(".citations a").get_attribute("href") == "https://ledger.example.org/a#:~:text=Ida"
    assert "The Ledger · 2025-11-03" in card.inner_text()
    before = len(card.locator(".passage").inner_text())
    card.get_by_role("button", name="Whole passage").click()
    assert before < 700 < len(PASSAGE) <= len(card.locator(".passage").inner_text()) + 2


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            1,
            [
                "confidence .90",
                "Answer Ida Voss1 Ida Voss was elected mayor on Sunday.1",
                "1 of 1 sentence is supported",
                "Title of voss gold",
            ],
        ),
        (2, ["Who was elected mayor?", "Tide tables", "without a threshold", "8,912", "The editor counted them."]),
        (3, ["The articles do not answer this.", "The articles do not say."]),
        (5, ["Sources disagree", "71 were on board.", "A fallback."]),
        (6, ["Möwe right", "In short Lachs", "Not shown, for want of support", "The mayor swam."]),
        (7, ["Failed: the chat model said nothing", "in the harbour"]),
        (8, ["Nothing to judge a reply by."]),
    ],
)
def test_card_of_a_question_shows_all_that_is_known_of_it(open_report: Open, number: int, words: list[str]) -> None:
    tab = open_report(page_of(some_rows()), f"#q-{number}").tab
    card = tab.locator(f"#q-{number}")
    assert card.get_attribute("open") is not None
    card.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    text = " ".join(card.inner_text().split())
    assert [one for one in words if one not in text] == []


def test_filters_and_search_combine_and_stay_in_the_address(open_report: Open) -> None:
    report = open_report(page_of(some_rows()))
    assert report.count() == "8 of 8"
    report.tab.get_by_label("Search").fill("IDA voss")
    assert report.listed() == ["Who was elected mayor?"]
    report.tab.get_by_label("Search").fill("mowe")
    assert report.listed() == ["Which café was flooded?"], "case and accents do not matter, gold is searched too"
    report.tab.get_by_label("Search").fill("")
    report.tab.get_by_label("Outcome").select_option("right")
    assert report.count() == "3 of 8"
    report.tab.get_by_label("Kind").select_option("who")
    assert (report.count(), report.listed()) == ("1 of 8", ["Who was elected mayor?"])
    report.tab.get_by_label("Search").fill("nowhere to be found")
    assert report.count() == "0 of 8" and report.tab.get_by_text("No question fits.").is_visible()
    report.tab.get_by_label("Search").fill("ida")
    assert report.tab.evaluate("location.hash") == "#outcome=right&kind=who&search=ida"
    report.tab.reload()
    assert (report.count(), report.tab.get_by_label("Search").input_value()) == ("1 of 8", "ida")
    report.tab.get_by_role("button", name="Clear").click()
    report.tab.wait_for_function("document.getElementById('count').textContent === '8 of 8'")
    assert report.complaints == []


def test_bars_filter_the_list(open_report: Open) -> None:
    report = open_report(page_of(some_rows()))
    report.tab.get_by_role("link", name="should have refused").click()
    assert (report.count(), report.listed()) == ("1 of 8", ["When did the sun go out?"])
    report.tab.get_by_role("link", name="should have refused").click()
    assert report.count() == "8 of 8", "a second click takes the filter back"
    report.tab.get_by_role("link", name="follow-up").press("Enter")
    assert report.listed() == ["And how many votes did she get?"]
    report.tab.go_back()
    assert report.count() == "8 of 8"


def test_questions_open_by_keyboard(open_report: Open) -> None:
    tab = open_report(page_of(some_rows())).tab
    tab.get_by_label("Kind").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.locator("details.question[open] .ask").all_inner_texts() == ["Who was elected mayor?"]


def test_nothing_scrolls_sideways_on_a_phone(open_report: Open) -> None:
    long = gold("x" * 300, "y" * 300, answers=("z" * 300,), articles=("w" * 300,), answerable=True)
    rows = (*some_rows(), row(long, answered("v" * 300, cites=[cited(title="u" * 300)], hits=(hit("t" * 300),))))
    old = tuple(row(one.gold, refused()) for one in rows)
    page = page_of(rows, gates=("s" * 300,), comparison=compare(rows, old), versions={"r" * 99: "q" * 300})
    report = open_report(page, viewport={"width": 360, "height": 740})
    report.unfold()
    assert report.tab.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(open_report: Open, scheme: str) -> None:
    rows = some_rows()
    comparison = compare(rows, tuple(row(one.gold, refused()) for one in rows))
    report = open_report(page_of(rows, gates=("hit@1 is low",), comparison=comparison), color_scheme=scheme)
    report.unfold()
    assert report.weak_words() == []


def test_page_is_dark_where_the_reader_wants_it_dark(open_report: Open) -> None:
    def ground(scheme: str) -> str:
        tab = open_report(page_of(some_rows()), color_scheme=scheme).tab
        return str(tab.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert (ground("light"), ground("dark")) == ("rgb(255, 255, 255)", "rgb(19, 22, 25)")


@pytest.mark.parametrize(("many", "opened"), [(50, 50), (51, 0)])
def test_print_holds_the_details_of_a_short_list(open_report: Open, many: int, opened: int) -> None:
    tab = open_report(page_of(tuple(row(gold(str(number)), refused()) for number in range(many)))).tab
    tab.evaluate(
        "addEventListener('beforeprint', () => { window.open_ = document.querySelectorAll('[open]').length; })"
    )
    tab.pdf()
    assert tab.evaluate("window.open_") == opened
    assert tab.locator("details.question[open]").count() == 0, "on the screen all is as it was"
    tab.emulate_media(media="print")
    assert not tab.locator("form").is_visible()


def test_page_without_scripts_lists_everything(open_report: Open) -> None:
    report = open_report(page_of(some_rows()), java_script_enabled=False)
    assert len(report.listed()) == 8
    assert not report.tab.locator("form").is_visible()


def test_gates_and_the_comparison_come_before_the_metrics(open_report: Open) -> None:
    rows = some_rows()
    old = (row(rows[0].gold, refused()), *rows[1:], row(gold("gone"), refused()))
    tab = open_report(page_of(rows, gates=("hit@1 is .5, below .9",), comparison=compare(rows, old))).tab
    words = tab.inner_text("main")
    parts = ["1 gate not met", "hit@1 is .5, below .9", "Compared with the other run", "Metrics", "What became"]
    assert sorted(parts, key=words.index) == parts
    assert "Only the other run asked 1 question: gone." in words
    tab.get_by_text("1 question better").click()
    change = tab.locator(".change").inner_text()
    assert change.index("The articles do not say.") < change.index("Ida Voss was elected mayor on Sunday.")
    tab.get_by_role("link", name="in the list").click()
    expect(tab.locator("#q-1")).to_have_attribute("open", "")


def test_metrics_stand_with_interval_and_number(open_report: Open) -> None:
    tab = open_report(page_of(some_rows())).tab
    line = tab.locator("tr", has=tab.get_by_text("refusal_recall", exact=True)).inner_text().split("\t")
    assert [cell.strip() for cell in line if cell.strip()][2:] == [".500", ".000 – 1.000", "2"]
    assert "Nothing to count in these questions for" in tab.inner_text("#metrics")


@pytest.mark.parametrize(
    "rows",
    [(), (row(gold("a"), None),), (row(gold("a"), refused()),), (row(gold("a", answerable=False), refused(0.0)),)],
    ids=["no question", "all failed", "nothing to judge by", "one refusal"],
)
def test_report_of_next_to_nothing_is_a_whole_page(open_report: Open, rows: tuple[Row, ...]) -> None:
    report = open_report(page_of(rows))
    assert report.complaints == []
    assert report.count() == f"{len(rows)} of {len(rows)}"
    text = report.tab.inner_text("main")
    assert not re.search(r"\b(nan|none|undefined|null)\b", text, re.IGNORECASE)
    assert "got an answer that can be judged" in text, "a sentence stands where a chart has nothing to draw"
