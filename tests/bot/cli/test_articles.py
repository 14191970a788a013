from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Footnote = Callable[..., Result]


def ids(run: Footnote) -> dict[str, str]:
    return {article["title"]: article["id"] for article in json.loads(run("articles", "list", "--json").stdout)}


def test_articles_are_listed_with_what_is_known_of_them_the_newest_first(run: Footnote) -> None:
    lines = run("articles").stdout.splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "Sorne bridge to close for nine months",
        "Night opening for the Aldmere library",
        "Late frost costs growers half the cherry harvest",
    ]
    assert lines[0].endswith("Harbour Post, Ada Quill, 3 May 2026")
    assert len(run("articles", "list", "--limit", "1").stdout.splitlines()) == 1
    assert len(run("articles", "list", "--source", "Harbour Post", "--since", "2026").stdout.splitlines()) == 1


def test_an_article_is_shown_with_its_text(run: Footnote) -> None:
    id_ = ids(run)["Sorne bridge to close for nine months"]
    shown = run("articles", "show", id_).stdout
    assert f"id: {id_}\n" in shown
    assert "published: 2026-05-03\n" in shown
    assert "The repair will cost 4.2 million crowns" in shown
    record = json.loads(run("articles", "show", id_, "--json").stdout)
    assert record["text"][record["blocks"][0]["start"] :].startswith("The Sorne bridge will close")


def test_an_unknown_article_is_the_users_problem(run: Footnote) -> None:
    for arguments in (["articles", "show", "nothing"], ["articles", "remove", "nothing"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no article nothing" in result.stderr


def test_a_removed_article_is_found_no_more(run: Footnote) -> None:
    id_ = ids(run)["Late frost costs growers half the cherry harvest"]
    assert run("articles", "remove", id_).stdout == "1 removed\n"
    assert id_ not in run("search", "cherry harvest frost", "--json").stdout
    assert len(ids(run)) == 2


def test_a_removed_source_takes_its_articles_along(run: Footnote, made_library: Path) -> None:
    source = str(made_library / "articles")
    assert run("sources").stdout.startswith(f"{source}: 3 articles, collection default, read ")
    assert run("sources", "remove", "elsewhere").exit_code == 1
    assert run("sources", "remove", source).stdout == f"{source}: 3 removed\n"
    assert run("articles").stdout == run("sources").stdout == ""


def test_reindex_builds_indexes_that_find_the_same(run: Footnote) -> None:
    before = json.loads(run("search", "frost", "--json").stdout)["hits"]
    result = run("reindex", "-s", "ingest.passage_characters=900")
    assert result.stdout.startswith("3 articles, ")
    after = json.loads(run("search", "frost", "--json", "-s", "ingest.passage_characters=900").stdout)["hits"]
    assert [hit["article_id"] for hit in after] == [hit["article_id"] for hit in before]


def test_a_library_made_otherwise_says_reindex(run: Footnote) -> None:
    result = run("search", "frost", "-s", "ingest.passage_characters=900")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "footnote reindex" in result.stderr
