from __future__ import annotations

import pytest

from retrieval.articles import Article
from retrieval.loading.documents import outlet, same_site


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.org/a", "http://www.example.org/b", True),
        ("https://m.example.org/a", "https://www.example.org/a", True),
        ("https://news.example.org/a", "https://example.org/", True),
        ("https://example.org/a", "https://example.com/a", False),
        ("https://badexample.org/a", "https://example.org/a", False),
        ("", "https://example.org/a", False),
        ("", "", False),
    ],
)
def test_a_site_has_several_names(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@pytest.mark.parametrize(
    ("own", "known", "shown"),
    [
        ("The Ledger", "Ledger feed", "The Ledger"),
        ("example.org", "The Ledger", "The Ledger"),
        ("example.org", None, "example.org"),
        (None, "The Ledger", "The Ledger"),
        (None, None, None),
    ],
)
def test_a_host_is_an_outlet_only_where_nothing_better_is_known(
    own: str | None, known: str | None, shown: str | None
) -> None:
    article = Article(id="1", title="T", text="X", url="https://www.example.org/a", source=own)
    assert outlet(article, known) == shown
