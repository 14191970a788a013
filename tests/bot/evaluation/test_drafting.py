from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.evaluation.drafting import drafts
from bot.evaluation.gold import gold_record
from config import Secrets, load


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Iterator[App]:
    """The sample articles."""
    with open_app(load(library=tmp_path_factory.mktemp("library"), environ={}), Secrets()) as app:
        list(app.ingest([str(articles_folder)]))
        yield app


def test_drafts_quote_the_articles_and_answer_from_the_quote(app: App) -> None:
    found = drafts(app.library, 50).questions
    texts = {id_: article.text for id_, article in app.library.catalogue.articles(app.library.catalogue.ids()).items()}
    assert len(found) >= 8
    for gold in found:
        if gold.answerable:
            (article,), (quote,) = gold.articles, gold.quotes
            assert quote in texts[article]
            assert gold.answers[0] in quote
            assert gold.answers[0] not in gold.question
        else:
            assert not (gold.answers or gold.articles or gold.quotes)
            assert gold.explanation
    assert len({gold.id for gold in found}) == len(found)
    assert len({article for gold in found for article in gold.articles}) >= 6


def test_no_two_drafts_come_from_one_sentence(app: App) -> None:
    found = drafts(app.library, 50).questions
    quotes = [quote for gold in found for quote in gold.quotes]
    assert len(set(quotes)) == len(quotes)


def test_one_in_five_is_not_answered_by_the_library(app: App) -> None:
    found = drafts(app.library, 5).questions
    assert [gold.answerable for gold in found] == [True, True, True, True, False]


def test_the_same_seed_drafts_the_same_and_another_one_does_not(app: App) -> None:
    first, again, other = (
        [gold_record(gold) for gold in drafts(app.library, 6, seed=seed).questions] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
