"""The modals: a passage where it stands in its article, and what was wrong with an answer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from bot.answers import Quote
from bot.slack.rendering import gone_view, passage_view, reason_view
from retrieval.articles import Article, Passage
from retrieval.splitting import split
from tests.bot.slack.rendering.making import HANDLE, article, hostile
from tests.bot.slack.rendering.reading import bold, buttons, elements, links_of_view, seen

TEXT = "\n\n".join(f"Paragraph {n} begins here. It has a second sentence {n}. And a third." for n in range(30))
LINK = "https://news.example.org/weir#:~:text=Paragraph"


def opened(of: Article, current: int, *quoted: str, link: str | None = LINK) -> tuple[dict[str, object], list[Passage]]:
    passages = split(of, 200)
    found = tuple(Quote(words, (at := of.text.index(words)), at + len(words)) for words in quoted)
    return passage_view(of, tuple(passages), current, found, f"{HANDLE}:1", link), passages


def test_a_passage_is_shown_whole_between_its_neighbours_with_the_quote_bold() -> None:
    view, passages = opened(article(TEXT), 5, "It has a second sentence 15.")
    assert "sentence 15." in passages[5].text
    shown = seen(view).replace("\n", "")
    for passage in passages[4:7]:
        assert passage.text.replace("\n", "") in shown
    assert passages[3].text.splitlines()[0] not in shown and passages[7].text.splitlines()[-1] not in shown
    assert bold(view) == "Weir reopens\nIt has a second sentence 15."
    (quote,) = elements(view, "rich_text_quote")
    assert seen(quote).replace("\n", "") == passages[5].text.replace("\n", "")
    assert f"Passage 6 of {len(passages)}" in shown
    assert "The Courier, Ada Quill, 1 March 2025" in shown
    assert links_of_view(view) == [LINK]
    assert view["private_metadata"] == f"{HANDLE}:1"


def test_previous_and_next_lead_from_one_end_of_the_article_to_the_other() -> None:
    last = len(split(article(TEXT), 200)) - 1
    assert set(buttons(opened(article(TEXT), 0)[0])) == {"page:1", "open:0"}
    assert set(buttons(opened(article(TEXT), 3)[0])) == {"page:2", "page:4", "open:0"}
    assert set(buttons(opened(article(TEXT), last)[0])) == {f"page:{last - 1}", "open:0"}


def test_the_only_passage_of_an_article_without_address_has_no_buttons() -> None:
    view, _ = opened(article("Only this."), 0, "Only this.", link=None)
    assert not buttons(view) and not list(elements(view, "actions"))
    assert links_of_view(view) == []


def test_a_quote_over_two_passages_is_bold_in_both() -> None:
    of = article("One is here. Two is there. " * 20)
    passages = split(of, 100)
    across = Quote(of.text[: passages[1].end], 0, passages[1].end)
    view = passage_view(of, tuple(passages), 0, (across,), "m", None)
    assert bold(view) == "\n".join(["Weir reopens", passages[0].text, passages[1].text])


def test_the_longest_passages_fit() -> None:
    of = article("&<> " * 4_000, title="T" * 500)
    view = passage_view(of, tuple(split(of, 4_000)), 1, (), "m", LINK)
    links_of_view(view)
    assert sum(len(text["text"]) for text in elements(view, "text")) > 11_000


@settings(max_examples=100, deadline=None)
@given(hostile, hostile, hostile)
def test_nothing_in_an_article_does_anything_in_a_modal(text: str, title: str, author: str) -> None:
    stored = text.encode("utf-8", "replace").decode()
    of = replace(article(f"{stored} quoted words. {stored}"), title=title, author=author)
    for current in range(len(split(of, 200))):
        view, _ = opened(of, current, "quoted words.")
        assert links_of_view(view) == [LINK]


def test_the_reason_may_be_chosen_or_written_or_left_out() -> None:
    view = reason_view(HANDLE)
    links_of_view(view)
    assert (view["callback_id"], view["private_metadata"]) == ("reason", HANDLE)
    kind, reason = elements(view, "input")
    assert (kind["block_id"], reason["block_id"]) == ("kind", "reason")
    assert kind["optional"] and reason["optional"]
    assert len(kind["element"]["options"]) > 2
    assert reason["element"]["multiline"]


def test_a_passage_that_is_gone_is_said_to_be_gone() -> None:
    assert links_of_view(gone_view()) == []
    assert "cannot be shown" in seen(gone_view())
