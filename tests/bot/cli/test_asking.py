from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Footnote = Callable[..., Result]


def test_an_answer_is_plain_text_with_its_source_where_stdout_is_no_terminal(run: Footnote) -> None:
    result = run("ask", "How much will the repair of the Sorne bridge cost?")
    assert result.exit_code == 0, result.stderr
    assert "4.2 million crowns" in result.stdout
    assert "[1] Sorne bridge to close for nine months\n    Harbour Post, Ada Quill, 3 May 2026\n" in result.stdout
    assert "https://example.org/sorne-bridge#:~:text=" in result.stdout
    assert "\x1b" not in result.stdout


def test_ask_json_is_one_object_whose_quotes_stand_in_the_hits(run: Footnote) -> None:
    result = run("ask", "How many visitors came to the library after eight?", "--json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["kind"] == "answer"
    assert "3,100" in answer["answer"]
    assert answer["model"] == "none"
    (citation,) = answer["citations"]
    hit = next(hit for hit in answer["hits"] if hit["article_id"] == citation["article_id"])
    for quote in citation["quotes"]:
        assert quote["text"] == hit["text"][quote["start"] - hit["start"] : quote["end"] - hit["start"]]
    assert 0 <= answer["confidence"] <= 1
    assert "search" in answer["timings"]


def test_what_the_articles_do_not_say_is_refused_with_the_nearest_articles(run: Footnote) -> None:
    result = run("ask", "Who is the president of France?", "--json")
    answer = json.loads(result.stdout)
    assert answer["kind"] == "refusal"
    assert answer["statements"] == answer["citations"] == []
    assert answer["nearest"]
    shown = run("ask", "Who is the president of France?").stdout
    assert answer["answer"] in shown
    assert "Nearest articles:\n  - " in shown


def test_filters_narrow_down_what_is_searched(run: Footnote) -> None:
    def outlets(*options: str) -> set[str]:
        found = json.loads(run("search", "Aldmere", "--json", *options).stdout)["hits"]
        articles = {article["id"]: article for article in json.loads(run("articles", "list", "--json").stdout)}
        return {articles[hit["article_id"]]["title"].split()[0] for hit in found}

    assert outlets() == {"Sorne", "Night", "Late"}
    assert outlets("--source", "Harbour Post") == {"Sorne", "Late"}
    assert outlets("--since", "2026-04") == {"Sorne", "Night"}
    assert outlets("--until", "2025") == {"Late"}
    assert outlets("--collection", "elsewhere") == set()


def test_search_json_is_hits_and_timings_alone(run: Footnote) -> None:
    found = json.loads(run("search", "cherry harvest", "--json").stdout)
    assert list(found) == ["hits", "timings"]
    assert list(found["hits"][0]) == ["article_id", "passage_id", "start", "end", "score", "text"]
    assert "cherry harvest" in found["hits"][0]["text"]


def test_search_shows_titles_and_passages(run: Footnote) -> None:
    shown = run("search", "late frost in April").stdout
    assert shown.startswith(
        "1. Late frost costs growers half the cherry harvest\n   Harbour Post, Ada Quill, 20 June 2025"
    )


def test_a_range_of_dates_that_holds_no_day_is_a_mistake_of_usage(run: Footnote) -> None:
    result = run("ask", "why?", "--since", "2026", "--until", "2025")
    assert result.exit_code == 2
    assert "--since 2026-01-01 is later than --until 2025-12-31" in result.stderr


def test_verbose_tells_model_confidence_and_time_on_stderr(run: Footnote) -> None:
    result = run("ask", "When will the Sorne bridge close?", "-v")
    assert "model none, confidence 0." in result.stderr
    assert "confidence" not in result.stdout
