"""Plain text files: texts of one's own stay whole, copied pages lose what stood around the article."""

from __future__ import annotations

import os
import textwrap
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.articles import Article
from retrieval.loading import LoadOptions, text
from retrieval.loading.errors import NoArticle
from tests.retrieval.loading.documents import OPTIONS, check, kinds, paragraphs

COPIED = """pagehead
  1. Home
  2. Harbour & Coast
  3. Ferry company says the sandbank moved, not the ship

Ferry company says the sandbank moved, not the ship

Ines Varro\u00a0 \u00a0

Ferry company says the sandbank moved, not the ship

Apr 24, 2019, 8:11 PM

Ferry Captain Saltmere Harbour Coast

AP Photo/ Rui Alves

Captain Tom Reede speaks to reporters on the quay in Saltmere, April 23, 2019.

  • The ferry ran aground on Tuesday with 62 people on board, and the company blames the sandbank for it.
  • The coastguard says that the ship was outside the channel.
  • Visit Harbour Insider's homepage for more stories.

The company that runs the ferry said on Wednesday that the sandbank had moved since the survey in March.

"A bank is not a building," its director said.

Read more: Ten quiet beaches near Saltmere

FILE PHOTO: The ferry leaves Saltmere, October 14, 2017. REUTERS/Rui Alves/File Photo

Thomson Reuters

The ferry, left, in Saltmere.

The coastguard disagreed. Its spokesman said that the ship had been 400 metres outside the channel.

Advertisement

Nobody was hurt.

READ MORE ARTICLES ON



Popular Right Now

Ferry captain did everything right

Advertisement
"""


def read(words: str | bytes, location: str = "/texts/a_file.txt") -> Article:
    data = words if isinstance(words, bytes) else words.encode()
    return text.read(data, location=location, url=None, options=OPTIONS)


def test_a_copied_page_becomes_its_article() -> None:
    article = read(COPIED)
    assert article.title == "Ferry company says the sandbank moved, not the ship"
    assert article.author == "Ines Varro"
    assert article.published == date(2019, 4, 24)
    assert kinds(article) == [
        ("caption", "Captain Tom Reede speaks to reporters on the quay in Saltmere, April 23, 2019."),
        (
            "paragraph",
            "The ferry ran aground on Tuesday with 62 people on board, and the company blames the sandbank for it.",
        ),
        ("paragraph", "The coastguard says that the ship was outside the channel."),
        (
            "paragraph",
            "The company that runs the ferry said on Wednesday that the sandbank had moved since the survey in March.",
        ),
        ("paragraph", '"A bank is not a building," its director said.'),
        ("caption", "FILE PHOTO: The ferry leaves Saltmere, October 14, 2017. REUTERS/Rui Alves/File Photo"),
        ("caption", "The ferry, left, in Saltmere."),
        (
            "paragraph",
            "The coastguard disagreed. Its spokesman said that the ship had been 400 metres outside the channel.",
        ),
        ("paragraph", "Nobody was hurt."),
    ]


def test_a_copied_page_without_blank_lines() -> None:
    article = read(
        "Example Tribune\nHome > News > Local\nBridge closes after crack is found\n"
        "Bridge closes after crack is found\n"
        "By Maria Santos\nPublished 3 May 2021, 10:15 | Updated 4 May 2021\nShare\n"
        "The old bridge was closed on Monday after engineers found a crack in a pillar, the council said.\n"
        "Workers inspect the bridge on Monday. (Photo: Rui Alves)\n"
        'The mayor said: "We had no choice."\nMost read\nFive soups for winter\n'
        "Sign up for our newsletter today\n© 2021 Example Tribune. All rights reserved.\n"
    )
    assert (article.title, article.author) == ("Bridge closes after crack is found", "Maria Santos")
    assert (article.published, article.updated) == (date(2021, 5, 3), date(2021, 5, 4))
    assert [kind for kind, _ in kinds(article)] == ["paragraph", "caption", "paragraph"]
    assert article.text.endswith('The mayor said: "We had no choice."')


OWN_TEXTS = {
    "poem": """The Harbour

The tide comes in,
the tide goes out,
and nobody asks why.

The boats lean over
like men.""",
    "refrain": """Row the boat home, my love

The wind is high and the sea is wide tonight.

Row the boat home, my love""",
    "minutes": """Minutes of the board

Present: A. Holm
Apologies: C. Dunn

1. Budget
It was approved.

2. More on parking
Members asked for more spaces, and for a lamp at the gate.""",
    "recipe": """Lentil soup

Ingredients
- 200 g lentils
- 1 onion

Method
1. Fry the onion.
2. Serve.""",
    "code": """Notes

Run this first:

    if [ -z ]; then
        exit 1
    fi

Then restart the service.""",
    "pointers": """More on this later, said the teacher.

Read more books, she told the class on Friday, and sat down.""",
    "pictures": """Harvest

The grapes came early.

Pickers on the north slope

Getty Images

Prices rose by a fifth.""",
    "interview": """A baker

Q: When do you start?
A: At three. Always.

Q: Do you sleep?
A: In the afternoon.""",
    "share": """Share

Everybody got a share of the harvest, even those who had only watched.

Home

They went home.""",
}


@pytest.mark.parametrize("name", OWN_TEXTS)
def test_a_text_of_ones_own_loses_no_word(name: str) -> None:
    article = read(OWN_TEXTS[name])
    title = article.title if article.title in OWN_TEXTS[name] else ""  # else it is the file's name
    found = f"{title} {article.text}".split()
    bullets = {"-", "•"}
    assert found == [word for word in OWN_TEXTS[name].split() if word not in bullets]


def test_lines_of_poems_and_code_keep_their_breaks() -> None:
    assert "The tide comes in,\nthe tide goes out," in read(OWN_TEXTS["poem"]).text
    assert "if [ -z ]; then\n    exit 1\nfi" in read(OWN_TEXTS["code"]).text


def test_hard_wrapped_lines_are_joined_and_a_letter_has_no_title() -> None:
    article = read(
        "Hi all,\n\nthe delivery that was planned for Thursday has been moved to the following\n"
        "Monday because the lorry broke down near Leeds. Please tell your customers\n"
        "and keep the loading bay free.\n\nBest,\nAnna\n",
        location="/mail/delivery_moved.txt",
    )
    assert article.title == "delivery moved"
    assert "moved to the following Monday because the lorry broke down" in article.text
    assert article.text.endswith("Best,\nAnna")


def test_title_byline_and_day_come_from_the_first_lines() -> None:
    article = read(
        "# Town hall reopens\n\nBy Jane Roe, 3 May 2021\n\nThe doors opened on Monday.\n\n## Costs\n\nTwo million."
    )
    assert (article.title, article.author, article.published) == ("Town hall reopens", "Jane Roe", date(2021, 5, 3))
    assert kinds(article) == [
        ("paragraph", "The doors opened on Monday."),
        ("heading", "Costs"),
        ("paragraph", "Two million."),
    ]


def test_a_place_beside_a_day_is_no_author() -> None:
    article = read("A letter\n\nDowning Street, 3 May 2021\n\nDear colleagues, the works begin on Monday.")
    assert article.author is None
    assert "Downing Street" in article.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_common_encoding_is_read(encoding: str) -> None:
    words = "Straßen in Łódź" if encoding != "cp1252" else "Straßen in Málaga"
    body = "Die Straße über den Fluß wird für Fußgänger geöffnet, sagte die Bürgermeisterin am Montag in der Stadt."
    article = read(f"{words}\n\n{body}\n".encode(encoding))
    assert (article.title, article.text) == (words, body)


def test_a_stray_byte_neither_loses_text_nor_spoils_the_rest() -> None:
    data = "Die Straße ist für alle da, sagte sie über das Fest für die Gäste. ".encode() * 5 + b"\x93Ja\x94."
    assert read(data).text.endswith("Gäste. “Ja”.")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n\t\n", "empty file"),
        (b"\xef\xbb\xbf\n", "empty file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, "binary data, not text"),
        (bytes(range(256)) * 40, "binary data, not text"),
        (b"\xff\xd8\xff\xe0" + os.urandom(4000), "binary data, not text"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(data: bytes, reason: str) -> None:
    with pytest.raises(NoArticle, match=reason):
        read(data)


def test_a_file_above_the_limit_is_refused_with_the_setting_to_change() -> None:
    with pytest.raises(NoArticle, match=r"larger than 0.001 MB \(ingest.max_article_mb\)"):
        text.read(b"a" * 1001, location="a.txt", url=None, options=LoadOptions(max_article_bytes=1000))


@given(paragraphs(), st.booleans(), st.integers(min_value=60, max_value=90))
def test_every_paragraph_is_found_where_its_block_says(written: list[str], wrapped: bool, width: int) -> None:
    bodies = [textwrap.fill(each, width, break_on_hyphens=False) if wrapped else each for each in written]
    check(read("\n\n".join(["A title of some words", *bodies])), written)
