import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.checking import anchors, check
from bot.evaluation.gold import GoldError, GoldFile, parse_gold, read_gold
from bot.evaluation.rows import Span
from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.tables import open_engine, sqlite_url
from tests.retrieval.town import BRIDGE, FERRY, FESTIVAL, loaded, take_in

TIDES = "The tide tables of Tolland Point were printed twice. The tide tables\nof Tolland Point cost nothing."
RETOLD = f"{FERRY} The Courier of Aldermoor printed this report of the agency a day later."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Five articles, one of them a copy of the first."""
    folder = tmp_path_factory.mktemp("library")
    library = Library(folder, open_engine(sqlite_url(folder)), open_embedder("local"))
    articles = {"ferry": FERRY, "bridge": BRIDGE, "festival": FESTIVAL, "tides": TIDES, "retold": RETOLD}
    take_in(library, [loaded(id_, text, title=f"About the {id_}") for id_, text in articles.items()])
    yield library
    library.close()


@pytest.fixture
def gold(tmp_path: Path) -> Any:
    """``gold({"question": …}, …)``: a gold file of these lines; what has no id gets its number."""

    def written(*lines: dict[str, Any] | str) -> Path:
        path = tmp_path / "gold.jsonl"
        records = [
            line if isinstance(line, str) else json.dumps({"id": f"q{n}", "question": f"Question {n}?"} | line)
            for n, line in enumerate(lines, start=1)
        ]
        path.write_text("".join(f"{record}\n" for record in records), "utf-8")
        return path

    return written


def spans(file: GoldFile, library: Library) -> list[list[str]]:
    """The words at each place that was found."""
    texts = {id_: article.text for id_, article in library.catalogue.articles(library.catalogue.ids()).items()}
    return [
        [texts[span.article_id][span.start : span.end] for span in found.quoted] for found in anchors(file, library)
    ]


def test_a_copy_and_its_original_are_one_story(gold: Any, library: Library) -> None:
    path = gold({"articles": ["retold", "bridge"]}, {"articles": ["ferry"]}, {})
    assert [found.stories for found in anchors(read_gold(path), library)] == [("ferry", "bridge"), ("ferry",), ()]


def test_a_quote_is_found_in_the_named_article_and_in_its_copies(gold: Any, library: Library) -> None:
    quote = "All 214 passengers were brought ashore by noon."
    path = gold({"articles": ["retold"], "quotes": [quote]}, {"quotes": [quote]})
    for found in anchors(read_gold(path), library):
        assert {span.article_id for span in found.quoted} == {"ferry", "retold"}
    assert spans(read_gold(path), library) == [[quote, quote]] * 2


def test_a_quote_is_found_wherever_it_stands_and_however_its_lines_break(gold: Any, library: Library) -> None:
    quote = "tide tables of Tolland  Point"
    first = TIDES.index("tide tables of")
    second = TIDES.index("tide tables\n")
    length = len("tide tables of Tolland Point")
    places = (Span("tides", first, first + length), Span("tides", second, second + length))
    path = gold({"articles": ["tides"], "quotes": [quote]}, {"quotes": [quote]}, {"quotes": ["ables of Tolland P"]})
    named, anywhere, cut = anchors(read_gold(path), library)
    assert named.quoted == anywhere.quoted == places
    assert [span.end - span.start for span in cut.quoted] == [18, 18]


def test_a_quote_of_one_word_is_found_without_an_article(gold: Any, library: Library) -> None:
    assert spans(read_gold(gold({"quotes": ["lorries"]})), library) == [["lorries"]]


def test_every_unknown_article_and_every_quote_that_stands_nowhere_is_named_with_its_line(
    gold: Any, library: Library
) -> None:
    path = gold(
        {"articles": ["ferri"]},
        {"articles": ["bridge"], "quotes": ["tide tables"]},
        {"quotes": ["the moon is made of cheese, said the mayor of Aldermoor on Tuesday evening"]},
        {"quotes": ["tide tables"], "articles": ["tides"]},
        {"quotes": ["tide tables"]},
    )
    with pytest.raises(GoldError) as raised:
        anchors(read_gold(path), library)
    assert [(problem.line, problem.message) for problem in raised.value.problems] == [
        (1, "there is no article 'ferri' in the library (did you mean 'ferry'?)"),
        (2, "the quote “tide tables” stands in none of the articles that the question names"),
        (3, "the quote “the moon is made of cheese, said the mayor of Aldermoor on …” stands in no article"),
    ]
    assert str(raised.value).startswith(f"{path}, line 1: there is no article 'ferri'")


def found(path: Path, library: Library) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    errors, remarks = check(parse_gold(path), library)
    return [(e.line, e.message) for e in errors], [(r.line, r.message) for r in remarks]


def test_a_collection_that_is_not_in_the_library_is_named_with_its_line(gold: Any, library: Library) -> None:
    path = gold({"collection": "default"}, {"collection": "defualt", "answerable": False}, {})
    errors, _ = check(parse_gold(path), library)
    assert [(error.line, error.message) for error in errors] == [(2, "there is no collection 'defualt' in the library")]
    with pytest.raises(GoldError, match="line 2: there is no collection 'defualt'"):
        anchors(read_gold(path), library)


def test_a_file_that_agrees_with_the_library_has_neither_errors_nor_remarks(gold: Any, library: Library) -> None:
    path = gold(
        {"answers": ["214 passengers"], "articles": ["ferry"], "answerable": True},
        {"answerable": False},
        {"answers": ["somebody's own words " * 5], "articles": ["ferry"]},
        {"answers": ["the Courier of Aldermoor"], "articles": ["ferry"]},  # only its copy says so
        {"answers": ["nowhere to be found"]},
    )
    assert found(path, library) == ([], [])


def test_errors_of_all_kinds_stand_in_the_order_of_the_lines(gold: Any, library: Library) -> None:
    path = gold({"articles": ["feri"]}, "{", {"id": "q1"}, {"answers": "12"}, {"quotes": ["cheese"]})
    errors, remarks = found(path, library)
    assert [line for line, _ in errors] == [1, 2, 3, 4, 5]
    assert "this is not JSON" in errors[1][1]
    assert "the id 'q1' stands on line 1 already" in errors[2][1]
    assert not remarks


def test_the_same_question_twice_is_an_error_unless_its_turns_day_or_collection_differ(
    gold: Any, library: Library
) -> None:
    asked = "Who is the mayor?"
    path = gold(
        {"question": asked},
        {"question": asked, "history": [{"question": "Where is Aldermoor?", "answer": "On the coast."}]},
        {"question": asked, "asked_at": "2024-05-01"},
        {"question": asked, "collection": "default"},
        {"question": "who is  the Mayor"},
    )
    assert found(path, library) == ([(5, "the question “who is the Mayor” stands on line 1 already")], [])


def test_remarks_are_made_on_what_may_be_meant_otherwise(gold: Any, library: Library) -> None:
    path = gold(
        {"article": ["ferry"], "answerable": True},
        {"article": ["bridge"], "answers": ["yes"], "answerable": False, "zzz": 1},
        {"answers": ["315 passengers"], "articles": ["ferry"]},
        {"answers": ["two", "thrice"], "articles": ["ferry"]},
        {"answers": ["twice", "15"], "articles": ["tides"]},
    )
    errors, remarks = found(path, library)
    assert not errors
    assert remarks == [
        (1, "the key 'article' is not known and is not read (on 2 lines); did you mean 'articles'?"),
        (1, "answerable is true, yet no answers, articles, quotes or choices say what is right"),
        (2, "the key 'zzz' is not known and is not read"),
        (2, "answerable is false, yet there are answers; they are not used"),
        (3, "the answer “315 passengers” does not stand in the articles that the question names"),
        (4, "none of the 2 answers stands in the articles that the question names"),
    ]
