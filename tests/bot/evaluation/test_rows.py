from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answers import Answer, Citation, Disagreement, Nearest, Quote, Reference, Side, Statement, Usage, finished
from bot.app import App, open_app
from bot.composing import Turn
from bot.evaluation.gold import Gold
from bot.evaluation.rows import Cited, Found, Judged, Row, Said, Shown, Span, from_json, reply, story, to_json
from config import Secrets, load
from retrieval.articles import Article, Hit, Passage, Why

TEXT = "The bridge opened on 3 June. It cost 4 million crowns."


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Iterator[App]:
    """The app on one agency text in two outlets, and an article that does not say the same."""
    settings = load(library=tmp_path_factory.mktemp("library"), overrides=["chat.model=none"], environ={})
    names = ("orrin-bridge-courier.html", "orrin-bridge-northshore.md", "tide-museum.html")
    with open_app(settings, Secrets()) as app:
        list(app.ingest([str(articles_folder / name) for name in names]))
        yield app


@pytest.fixture(scope="module")
def answer(app: App) -> Answer:
    answer = finished(app.ask("How long will the Orrin Bridge be closed?"))
    assert answer.kind == "answer"
    return answer


def made(text: str = TEXT, **more: object) -> Answer:
    """An answer with what only a chat model, or sources that disagree, would bring about."""
    article = Article("retold", "A bridge", text, copy_of="told", published=date(2026, 6, 4), source="Harbour Post")
    passage = Passage("retold@1#0", "retold", 1, 0, len(text), text)
    citation = Citation(1, article, passage, (Quote(text[:28], 0, 28), Quote(text[29:], 29, len(text))), "https://x")
    said = Statement("It opened in June and cost 4 million.", (Reference(1, 0), Reference(1, 1)), "supported")
    answer = Answer(
        id="answer",
        kind="answer",
        question="And when?",
        standalone_question="And when (bridge)?",
        text="It opened in June and cost 4 million. [1]",
        statements=(said,),
        citations=(citation,),
        hits=(Hit(article, passage, 0.5, (0, 28), Why(1, 1, 0.75)),),
    )
    return replace(answer, **more)  # type: ignore[arg-type]


def test_a_reply_is_the_answer_as_it_was_shown(answer: Answer) -> None:
    kept = reply(answer)
    assert (kept.kind, kept.text, kept.confidence) == ("answer", answer.text, answer.confidence)
    assert (kept.short_answer, kept.lead) == (answer.short_answer, answer.lead)
    assert [said.text for said in kept.statements] == [statement.text for statement in answer.statements]
    assert {number for said in kept.statements for number in said.citations} == {one.number for one in kept.citations}
    assert (kept.model, kept.input_tokens, kept.output_tokens) == ("none", 0, 0)


def test_quotes_of_a_reply_count_in_the_article(answer: Answer, app: App) -> None:
    for cited, citation in zip(reply(answer).citations, answer.citations, strict=True):
        text = app.library.catalogue.articles([cited.article_id])[cited.article_id].text
        assert text[cited.start : cited.end] == cited.text
        assert [text[start:end] for start, end in cited.quotes] == [quote.text for quote in citation.quotes]
        assert cited.published == "2025-10-21"
        assert cited.link and cited.link.startswith("https://")


def test_a_hit_in_a_copy_belongs_to_the_story_of_its_original(answer: Answer, app: App) -> None:
    articles = app.library.catalogue.articles(app.library.catalogue.ids())
    (copy,) = [article for article in articles.values() if article.copy_of]
    assert story(copy) == story(articles[str(copy.copy_of)]) == copy.copy_of
    assert [hit.story for hit in reply(answer).hits] == [story(hit.article) for hit in answer.hits]
    assert reply(made()).hits == (Found("retold", "told", "retold@1#0", 0, len(TEXT), 0.5, "A bridge", TEXT),)


def test_a_refusal_keeps_the_titles_it_named(app: App) -> None:
    kept = reply(finished(app.ask("Who won the chess tournament in Reykjavik?")))
    assert (kept.kind, kept.statements, kept.citations) == ("refusal", (), ())
    titles = {article.title for article in app.library.catalogue.articles(app.library.catalogue.ids()).values()}
    assert kept.nearest
    assert titles.issuperset(kept.nearest)


def test_a_sentence_that_cites_two_quotes_of_a_passage_cites_it_once() -> None:
    kept = reply(made())
    assert kept.statements == (Said("It opened in June and cost 4 million.", (1,), "supported"),)
    assert kept.citations == (
        Cited(
            1,
            "retold",
            "retold@1#0",
            0,
            len(TEXT),
            TEXT,
            ((0, 28), (29, len(TEXT))),
            "A bridge",
            "Harbour Post",
            "2026-06-04",
            "https://x",
        ),
    )


def test_both_sides_of_a_disagreement_are_kept() -> None:
    sides = (Side("3 June", (1,)), Side("4 June", (2, 3)))
    kept = reply(made(disagreements=(Disagreement("the opening", sides),)))
    assert kept.disagreements == (Shown("the opening", "3 June", (1,)), Shown("the opening", "4 June", (2, 3)))


def test_what_a_chat_model_cost_and_how_it_failed_is_kept() -> None:
    kept = reply(
        made(
            short_answer="June",
            notice="The chat model did not answer.",
            chat_failure="429",
            model="openai:test-model",
            usage=Usage(120, 30),
            nearest=(Nearest("told", "A bridge", None),),
        )
    )
    assert (kept.short_answer, kept.lead) == ("June", "June [1]")
    assert (kept.notice, kept.chat_failure) == ("The chat model did not answer.", "429")
    assert (kept.model, kept.input_tokens, kept.output_tokens) == ("openai:test-model", 120, 30)
    assert kept.nearest == ("A bridge",)


def test_a_row_is_one_line_of_json_and_comes_back_the_same(answer: Answer) -> None:
    gold = Gold(
        "bridge",
        "And for how long?",
        answers=("eleven weeks", "11\u2028weeks"),
        articles=("a", "b"),
        quotes=("closed to\nall traffic",),
        answerable=True,
        asked_at=date(2025, 10, 22),
        history=(Turn("Will the bridge close?", "Yes. [1]"),),
        sides=(("eleven weeks",), ("nine days",)),
        wrong_answers=("two years",),
    )
    row = Row(
        gold,
        reply(answer),
        stories=("a", "a"),
        quoted=(Span("a", 0, 9),),
        would_be=reply(made("The bridge\r\nopened on 3 June – “at last”. It cost \U0001f6a2 4 million.")),
        judged=Judged((True,), (True, False)),
        seconds=0.1 + 0.2,
        timings={"search": 1e-9},
    )
    line = to_json(row)
    assert "\n" not in line
    assert "\r" not in line
    assert from_json(line) == from_json(line.encode()) == row


def test_a_question_that_failed_has_a_row_too() -> None:
    row = Row(Gold("bridge", "Who?"), None, failed="the chat model did not answer")
    assert from_json(to_json(row)) == row


@pytest.mark.parametrize("damage", [lambda line: line[: len(line) // 2], lambda line: "{}", lambda line: ""])
def test_a_line_that_was_cut_short_is_no_row(damage: Callable[[str], str]) -> None:
    with pytest.raises(ValueError):
        from_json(damage(to_json(Row(Gold("bridge", "Who?"), reply(made())))))
