from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from tests.openai_server import Fault, OpenAIServer, Reply

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


def test_search_says_why_a_passage_is_where_it_is(run: Footnote) -> None:
    def reasons(*options: str) -> str:
        return run("search", "What did the Harbour Post say of the late frost?", *options).stdout.splitlines()[2]

    assert reasons() == "   rank by reader 1, by words 1, by meaning 1 · outlet Harbour Post"
    assert reasons("-s", "reader.model=none") == "   rank by words 1, by meaning 1 · outlet Harbour Post"


def test_a_search_names_the_time_it_takes_to_read(run: Footnote) -> None:
    assert "read" in json.loads(run("search", "frost", "--json").stdout)["timings"]
    assert "read" not in json.loads(run("search", "frost", "--json", "-s", "reader.model=none").stdout)["timings"]


def test_a_range_of_dates_that_holds_no_day_is_a_mistake_of_usage(run: Footnote) -> None:
    result = run("ask", "why?", "--since", "2026", "--until", "2025")
    assert result.exit_code == 2
    assert "--since 2026-01-01 is later than --until 2025-12-31" in result.stderr


def test_verbose_tells_model_confidence_and_time_on_stderr(run: Footnote) -> None:
    result = run("ask", "When will the Sorne bridge close?", "-v")
    assert "model none, confidence 0." in result.stderr
    assert "confidence" not in result.stdout


def test_a_chat_model_writes_and_what_it_cannot_show_is_left_out(run: Footnote) -> None:
    with OpenAIServer() as server:
        server.will(Reply("The repair will cost 4.2 million crowns [1]. The mayor has resigned [1]."))
        options = ["-s", "chat.model=openai:ours", "-s", f"chat.base_url={server.base_url}"]
        answer = json.loads(run("ask", "What will the repair of the Sorne bridge cost?", "--json", *options).stdout)
    assert answer["model"] == "openai:ours"
    assert answer["answer"] == "The repair will cost 4.2 million crowns. [1]"
    assert answer["usage"]["input_tokens"] > 0


def test_a_chat_model_that_fails_is_a_note_below_an_answer_from_the_articles(run: Footnote) -> None:
    with OpenAIServer() as server:
        server.will(Fault(401, "Incorrect API key provided: sk-very-secret"))
        result = run(
            "ask",
            "What will the repair of the Sorne bridge cost?",
            *("-s", "chat.model=openai:ours", "-s", f"chat.base_url={server.base_url}"),
            env={"OPENAI_API_KEY": "sk-very-secret"},
        )
    assert result.exit_code == 0
    assert "4.2 million crowns" in result.stdout
    assert "\nNote: " in result.stdout
    assert "sk-very-secret" not in result.output


def test_a_chat_model_without_a_key_is_the_users_problem(run: Footnote) -> None:
    result = run("ask", "Why?", "-s", "chat.model=openai:some-model")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "OPENAI_API_KEY" in result.stderr
