"""What is shown of the articles that an answer rests on."""

from __future__ import annotations

from datetime import date

import pytest

from bot.answers import Nearest
from bot.slack.rendering import posts, rendered
from tests.bot.slack.rendering.making import HANDLE, answered, article, citation, disagreement, refused
from tests.bot.slack.rendering.reading import bold, buttons, elements, links, seen

TEXT = (
    "The valley is old. " * 20
    + "The weir was opened in 1871. It was repaired in 1990. Nobody fishes there. "
    + "The mill is closed. " * 20
).strip()
OPENED = "The weir was opened in 1871."


def below(*citations: object, **other: object) -> list[object]:
    (post,) = posts(rendered(answered(*citations, **other), HANDLE))  # type: ignore[arg-type]
    return list(post.blocks[1:])


def test_a_card_names_number_title_outlet_author_and_dates() -> None:
    dated = article(updated=date(2025, 4, 2))
    assert seen(below(citation(1, dated, OPENED))).startswith(
        "Source\n[1] Weir reopens\n\nThe Courier, Ada Quill, 1 March 2025, updated 2 April 2025\n"
    )


def test_what_an_article_does_not_say_is_left_out() -> None:
    bare = article(title=" ", source=None, author="", published=None)
    assert seen(below(citation(1, bare, OPENED))).startswith("Source\n[1] Untitled\nThe weir was")


def test_the_supporting_sentence_is_bold_in_the_words_around_it() -> None:
    card = below(citation(1, article(TEXT), OPENED))
    (quote,) = elements(card, "rich_text_quote")
    assert bold(quote) == OPENED
    words = "".join(text["text"] for text in quote["elements"])
    assert words.startswith("… ") and words.endswith(" …")
    assert words[2:-2] in TEXT
    assert "The valley is old. " + OPENED + " It was repaired in 1990." in words
    assert len(words) < 400


def test_two_quotes_far_apart_are_both_whole() -> None:
    (quote,) = elements(
        below(citation(1, article(f"{OPENED} {TEXT} Last words."), OPENED, "Last words.")), "rich_text_quote"
    )
    assert bold(quote) == f"{OPENED}\nLast words."
    words = "".join(text["text"] for text in quote["elements"])
    assert words.startswith(OPENED) and words.endswith("Last words.") and " … " in words


def test_quotes_that_overlap_are_shown_once() -> None:
    (quote,) = elements(
        below(citation(1, article(TEXT), OPENED, "opened in 1871. It was repaired in 1990.")), "rich_text_quote"
    )
    assert bold(quote) == "The weir was opened in 1871. It was repaired in 1990."


def test_a_quote_shows_only_words_of_its_passage() -> None:
    (quote,) = elements(below(citation(1, article(TEXT), OPENED, passage=f"{OPENED} It was")), "rich_text_quote")
    assert "".join(text["text"] for text in quote["elements"]) == f"{OPENED} It was"


def test_a_very_long_sentence_is_shown_whole() -> None:
    long = " ".join(f"word{n}" for n in range(1_500)) + "."
    messages = posts(rendered(answered(citation(1, article(f"Before. {long} After."), long), text="So."), HANDLE))
    assert bold([post.blocks for post in messages]).replace("\n", "").count("word") == 1_500
    links(messages)


def test_more_than_three_sources_are_folded_with_their_quotes() -> None:
    cited = [citation(n, article(TEXT, title=f"Title {n}"), OPENED) for n in range(1, 10)]
    blocks = below(*cited)
    folds = list(elements(blocks, "container"))
    assert [fold["title"]["text"] for fold in folds] == ["Sources 4 to 8", "Source 9"]
    assert all(fold["is_collapsible"] and fold["default_collapsed"] for fold in folds)
    for n in range(4, 10):
        assert f"[{n}] Title {n}\nThe Courier, Ada Quill, 1 March 2025\n“{OPENED}”" in seen(folds)
        assert {f"passage:{n}", f"open:{n}"} <= set(buttons(folds))


def test_folded_sources_with_long_quotes_still_fit_and_are_whole() -> None:
    long = " ".join(f"word{n}" for n in range(300)) + "."
    cited = [citation(n, article(f"Nr {n}. {long}"), f"Nr {n}. {long}") for n in range(1, 12)]
    longest = citation(12, article(long * 20), long * 20)
    messages = posts(rendered(answered(*cited, longest, text="So."), HANDLE))
    everything = seen([post.blocks for post in messages]).replace("\n", " ")
    assert all(f"Nr {n}. {long}" in everything for n in range(1, 12))
    assert everything.count("word299.") == 31
    assert len(links(messages)) == 12


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///secret.txt",
        "slack://open",
        "mailto:a@example.org",
        "//example.org/x",
        "https://",
        "https:///x",
        "https://exam ple.org",
        "https://example.org/\u202egpj",
        "https://example.org/\u200bx",
        "https://example.org/\n",
        "https://example.org\\@evil.example.org",
        "https://example.org/<!channel>",
        'https://example.org/"x',
        "https://example.org:99999/",
        "https://exa$mple.org/",
        "https://[::1",
        "https://example.org/" + "x" * 3_000,
        "",
        None,
    ],
)
def test_an_address_that_is_no_safe_web_page_gets_no_button(url: str | None) -> None:
    blocks = below(citation(1, article(), OPENED, link=url))
    assert set(buttons(blocks)) == {"passage:1"}
    (post,) = posts(rendered(refused([Nearest("a", "Weir", url)]), HANDLE))
    assert links([post]) == []
    assert "Weir" in seen(post.blocks)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a#:~:text=The%20weir,-in%201871",
        "http://wiki/page",
        "https://user@example.org:8443/a?b=c&d=é|x",
        "https://bücher.example.org/ü",
        "http://[::1]:8000/x",
        "https://example.org/" + "x" * 2_900,
    ],
)
def test_a_button_opens_exactly_the_address_that_was_given(url: str) -> None:
    assert buttons(below(citation(1, article(), OPENED, link=url)))["open:1"]["url"] == url


def test_a_disagreement_is_shown_as_sides_before_the_sources() -> None:
    one, other = citation(1, article(), OPENED), citation(2, article("It opened in 1872."))
    sides = disagreement(("The Courier: opened in 1871", 1), ("The Ledger: opened in 1872", 2))
    blocks = below(one, other, disagreements=(sides,))
    (listed,) = elements(blocks[0], "rich_text_list")
    assert [seen(item).replace("\n", "") for item in listed["elements"]] == [
        "The Courier: opened in 1871 [1]",
        "The Ledger: opened in 1872 [2]",
    ]
    assert seen(blocks[0]).startswith("Sources disagree about the year:")
    assert seen(blocks[1]) == "Sources"


def test_sides_too_long_for_one_list_are_whole() -> None:
    sides = disagreement(*((f"Outlet {n}: " + "so many words " * 300, n) for n in (1, 2, 3)), about="why? " * 2_000)
    messages = posts(rendered(answered(citation(1, article()), disagreements=(sides,)), HANDLE))
    assert " ".join(seen([post.blocks for post in messages]).split()).count("so many words") == 900
    assert "Sources disagree about why?" in messages[0].text and "Weir reopens" in messages[0].text
    links(messages)


def test_a_refusal_names_the_nearest_articles_with_a_button_each() -> None:
    named = [Nearest("a", "*Weir*", "https://example.org/1"), Nearest("b", "x" * 3_000, None)]
    (post,) = posts(rendered(refused(named), HANDLE))
    assert [seen(section["text"]) for section in elements(post.blocks, "section")] == ["*Weir*", "x" * 249 + "…"]
    assert set(buttons(post.blocks)) == {"open:1"}
    assert links([post]) == ["https://example.org/1"]


def test_a_screen_reader_is_told_which_source_a_button_is_for() -> None:
    shown = buttons(below(citation(1, article(), OPENED)))
    assert shown["passage:1"]["accessibility_label"] == "Show the passage of source 1, Weir reopens"
    assert shown["open:1"]["accessibility_label"] == "Open source 1, Weir reopens"
