"""Markdown files: front matter becomes facts, and the text is what a reader of the rendered page sees."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from retrieval.articles import Article
from retrieval.loading import LoadOptions, markdown
from retrieval.loading.errors import NoArticle
from tests.retrieval.loading.documents import OPTIONS, check, kinds, paragraphs

FERRY = """---
title: "Ferry returns"
authors: [Jane Roe, {name: Tom Vale}]
date: 2021-05-03
lastmod: 4 May 2021
outlet: Example Post
canonical: https://example.org/ferry
lang: en-GB
collection: coast
---

# Ferry returns

The *ferry* to [Holm](https://example.org/holm) is
back, and **many** people `came`.

![Crowds on the pier](pier.jpg)

> We missed it.

## Prices

- one way: 4 euros
- return: 7 euros

| day | boats |
|-----|-------|
| Mon | 3     |

```python
if x:
    y = 2
```

<!-- not for readers --><p>Raw <b>markup</b></p>
"""


def read(words: str, options: LoadOptions = OPTIONS) -> Article:
    return markdown.read(words.encode(), location="/notes/ferry_returns.md", url=None, options=options)


def test_front_matter_says_whose_and_when() -> None:
    article = read(FERRY)
    assert (article.title, article.author, article.source) == ("Ferry returns", "Jane Roe, Tom Vale", "Example Post")
    assert (article.published, article.updated) == (date(2021, 5, 3), date(2021, 5, 4))
    assert (article.url, article.language, article.collection) == ("https://example.org/ferry", "en", "coast")


def test_a_collection_asked_for_outranks_the_file_s_own() -> None:
    assert read(FERRY, LoadOptions(collection="harbour")).collection == "harbour"


def test_the_text_is_what_a_reader_sees() -> None:
    article = read(FERRY)
    check(article, [])
    assert kinds(article) == [
        ("paragraph", "The ferry to Holm is back, and many people came."),
        ("caption", "Crowds on the pier"),
        ("quote", "We missed it."),
        ("heading", "Prices"),
        ("paragraph", "one way: 4 euros"),
        ("paragraph", "return: 7 euros"),
        ("paragraph", "day | boats"),
        ("paragraph", "Mon | 3"),
        ("paragraph", "if x:\n    y = 2"),
        ("paragraph", "Raw markup"),
    ]


def test_broken_front_matter_leaves_the_text_readable() -> None:
    article = read(FERRY.replace("authors: [", "authors: [["))
    assert article.title == "Ferry returns"
    assert article.author is None
    assert article.text.startswith("The ferry to Holm")


def test_without_front_matter_the_first_heading_and_byline_speak() -> None:
    article = read("# A quiet week\n\nBy Jane Roe\n\nNothing happened.\n")
    assert (article.title, article.author, article.text) == ("A quiet week", "Jane Roe", "Nothing happened.")


def test_without_any_title_the_file_s_name_is_one() -> None:
    assert read("Nothing happened.\n").title == "ferry returns"


@pytest.mark.parametrize("words", ["---\ntitle: Only facts\n---\n", "<!-- nothing -->\n"])
def test_no_text_is_no_article(words: str) -> None:
    with pytest.raises(NoArticle, match="no text below the front matter"):
        read(words)


@given(paragraphs())
def test_every_paragraph_is_found_where_its_block_says(written: list[str]) -> None:
    lines = ["# A title", written[0], "## A heading", f"> {written[1]}", *(f"- {each}" for each in written[2:])]
    article = read("\n\n".join(lines))
    check(article, written)
    assert kinds(article)[:3] == [("paragraph", written[0]), ("heading", "A heading"), ("quote", written[1])]
