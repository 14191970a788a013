"""Furniture is told from an article's own lines."""

from __future__ import annotations

import pytest

from retrieval.loading.noise import is_credit, is_furniture, opens_section

FURNITURE = """Read more: Ten quiet beaches
RELATED: Why cats purr
Advertisement
Story continues below
Share this article
Sign up for our newsletter
Get the latest updates right in your inbox.
Follow us on Twitter
Follow Newsbeat on Instagram, Facebook, Twitter and YouTube.
Jane Roe may be reached at jane@example.org
© 2021 Example Tribune. All rights reserved.
Visit Harbour Insider's homepage for more stories.
23 comments
Most read
You may also like...
READ MORE ARTICLES ON
Popular Right Now"""

PROSE = """Read more books, she told the class.
Most people read in the evening.
More on that later.
More than a hundred people came.
Share prices fell by four per cent on Monday.
Sign in to your account and open the settings.
The newsletter of the club has two thousand readers.
Follow the road to the bridge and turn left.
Related diseases were not studied.
Home sales rose in March.
Print runs fell, and so did prices.
Comments by the minister caused anger.
Get well soon, said the card.
Copyright law will change in May."""


@pytest.mark.parametrize("line", FURNITURE.splitlines())
def test_furniture_is_known(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize("line", PROSE.splitlines())
def test_prose_that_begins_like_furniture_is_prose(line: str) -> None:
    assert not is_furniture(line)


def test_only_labels_open_a_list_of_other_articles() -> None:
    assert opens_section("Most read")
    assert opens_section("READ MORE ARTICLES ON")
    assert not opens_section("Read more: Ten quiet beaches")
    assert not opens_section("Most voters stayed at home.")


@pytest.mark.parametrize(
    "line", ["AP Photo/ Evan Vucci", "Thomson Reuters", "Getty Images", "Photo: Jane Roe", "Jane Roe/AFP"]
)
def test_credits_are_known(line: str) -> None:
    assert is_credit(line)


@pytest.mark.parametrize("line", ["Reuters reported the deal on Monday.", "The photo was taken by Jane Roe in May."])
def test_sentences_about_pictures_and_agencies_are_no_credits(line: str) -> None:
    assert not is_credit(line)
