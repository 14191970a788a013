"""An answer as messages: its words, what stands below them, and what notifications say; all of it within limits."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.answers import Nearest
from bot.slack.rendering import plain_posts, posts, rendered
from retrieval.articles import Article
from tests.bot.slack.rendering.making import HANDLE, answered, article, citation, disagreement, hostile, refused
from tests.bot.slack.rendering.reading import buttons, elements, links, seen, sent

OPENED, REPAIRED = "The weir was opened in 1871.", "It was repaired in 1990."


def test_an_answer_is_one_message_with_its_sources_below() -> None:
    shown = rendered(answered(citation(1, article(), OPENED)), HANDLE)
    (post,) = posts(shown)
    assert shown.parts == (f"{OPENED} [1]",)
    assert post.blocks[0] == {"type": "markdown", "text": f"{OPENED} [1]"}
    assert post.blocks[1:] == shown.tail
    assert links([post]) == ["https://news.example.org/weir"]


def test_the_summary_is_the_answer_and_its_sources() -> None:
    shown = rendered(answered(citation(1, article(), OPENED), citation(2, article(source=None), REPAIRED)), HANDLE)
    assert shown.summary == (f"{OPENED} [1] {REPAIRED} [2] Sources: [1] Weir reopens, The Courier; [2] Weir reopens.")


def test_the_short_answer_is_the_first_line_in_bold_and_in_the_summary() -> None:
    answer = answered(citation(1, article(), OPENED), citation(2, article(), REPAIRED), short_answer="1871")
    shown = rendered(answer, HANDLE)
    assert shown.parts == (f"**1871 [1]**\n\n{OPENED} [1] {REPAIRED} [2]",)
    assert shown.summary.startswith(f"1871 [1]. {OPENED} [1] {REPAIRED} [2] Sources: ")
    (plain,) = plain_posts(shown)
    assert plain.blocks[0]["text"]["text"] == f"1871 [1]\n\n{OPENED} [1] {REPAIRED} [2]"


@given(hostile)
def test_a_short_answer_can_neither_mention_nor_link_nor_end_the_bold(words: str) -> None:
    said = f"It was {words} then."
    short = " ".join(words.split())
    answer = answered(citation(1, article(said), said, link=None), short_answer=short, text="Elsewhere. [1]")
    assume(answer.lead)
    shown = rendered(answer, HANDLE)
    for post in (*posts(shown), *plain_posts(shown)):
        sent(post)
    links(posts(shown))
    assert shown.parts[0].startswith("**")
    assert shown.parts[0].partition("\n\n")[0].endswith("**")
    assert "\n" not in shown.parts[0].partition("\n\n")[0]


def test_a_short_answer_finds_room_above_a_long_one() -> None:
    text = " ".join(f"Sentence {n} is here." for n in range(2_000))
    shown = rendered(answered(citation(1, article(), OPENED), text=text, short_answer="1871"), HANDLE)
    assert shown.parts[0].startswith("**1871 [1]**\n\nSentence 0")
    assert all(len(part) <= 11_000 for part in shown.parts)
    assert shown.summary.startswith("1871 [1]. Sentence 0")


def test_the_summary_of_a_refusal_names_the_nearest_articles() -> None:
    shown = rendered(refused([Nearest("a", "Weir <!here>", None), Nearest("b", "Dam", None)]), HANDLE)
    assert shown.summary == (
        "The articles do not answer this question. Nearest articles: Weir &lt;\u2060!here&gt;; Dam."
    )


def test_the_summary_fits_into_an_update_whatever_the_answer() -> None:
    source = citation(1, article(title="&" * 5_000), OPENED)
    for text in ("&<>" * 20_000, "word " * 20_000, "🙂" * 9_000):
        for post in posts(rendered(answered(source, text=text), HANDLE)):
            assert len(post.text) <= 3_000
            assert post.text


def test_people_are_asked_whether_an_answer_or_a_refusal_is_right() -> None:
    for answer in (answered(citation(1, article())), refused([])):
        (asked,) = elements(rendered(answer, HANDLE).tail, "feedback_buttons")
        assert asked["action_id"] == "feedback"
        assert asked["positive_button"]["value"] == f"{HANDLE}:right"
        assert asked["negative_button"]["value"] == f"{HANDLE}:wrong"
        assert not list(elements(rendered(answer, HANDLE, feedback=False).tail, "feedback_buttons"))


def test_a_question_back_is_only_asked() -> None:
    shown = rendered(answered(kind="question", text="Which weir do you mean?"), HANDLE)
    assert (shown.parts, shown.tail) == (("Which weir do you mean?",), ())


def test_buttons_say_nothing_but_the_handle_and_are_told_apart() -> None:
    cited = [citation(n, article(), OPENED) for n in range(1, 9)]
    for post in posts(rendered(answered(*cited), HANDLE)):
        sent(post)
        assert all(button["value"] == HANDLE for button in buttons(post.blocks).values())
    names = {action for post in posts(rendered(answered(*cited), HANDLE)) for action in buttons(post.blocks)}
    assert names == {f"{deed}:{n}" for deed in ("passage", "open") for n in range(1, 9)}


def test_a_notice_stands_in_small_print() -> None:
    (post,) = posts(rendered(answered(citation(1, article()), notice="The model <!here> did not finish."), HANDLE))
    (aside,) = elements(post.blocks, "context")
    assert seen(aside) == "Note: The model <!here> did not finish."
    assert "Note: The model" in post.text
    links([post])


def test_a_long_answer_goes_on_in_further_messages_and_nothing_is_lost() -> None:
    paragraphs = [f"{n}. " + " ".join(f"Sentence {n}.{m} is here. [1]" for m in range(60)) for n in range(30)]
    shown = rendered(answered(citation(1, article()), text="\n\n".join(paragraphs)), HANDLE)
    messages = posts(shown)
    assert len(messages) == len(shown.parts) > 2
    assert "\n\n".join(seen(post.blocks[:1]) for post in messages) == "\n\n".join(paragraphs)
    assert [len(post.blocks) > 1 for post in messages] == [False] * (len(messages) - 1) + [True]
    links(messages)


def test_a_paragraph_too_long_is_cut_behind_a_marker_and_a_sentence_between_words() -> None:
    sentences = " ".join(f"This is sentence number {n} of them. [{n % 9}][2]" for n in range(600))
    parts = rendered(answered(text=sentences), HANDLE).parts
    assert len(parts) > 1 and all(part.endswith("[2]") and part.startswith("This") for part in parts)
    words = " ".join(f"word{n}" for n in range(4_000))
    parts = rendered(answered(text=words), HANDLE).parts
    assert len(parts) > 1 and " ".join(parts) == words
    assert "".join(rendered(answered(text="漢" * 30_000), HANDLE).parts) == "漢" * 30_000


def test_what_is_too_much_below_an_answer_goes_on_in_further_messages() -> None:
    cited = [citation(n, article(f"{'Long words. ' * 30}Sentence {n} " + "x" * 2_000), link=None) for n in range(1, 31)]
    messages = posts(rendered(answered(*cited, text="They say so."), HANDLE))
    assert len(messages) > 3
    everything = "".join(seen(post.blocks) for post in messages).replace("\n", "")
    for one in cited:
        assert f"Sentence {one.number} " + "x" * 2_000 in everything
        assert any(f"passage:{one.number}" in buttons(post.blocks) for post in messages)
    assert all(post.text and len(post.text) <= 3_000 for post in messages)
    links(messages)


def test_an_answer_without_words_still_shows_what_is_below() -> None:
    (post,) = posts(rendered(answered(text="", notice="stopped"), HANDLE))
    assert seen(sent(post)["blocks"]).startswith("Note: stopped")


def test_plain_messages_hold_the_same_words_and_buttons() -> None:
    cited = [citation(n, article(), REPAIRED) for n in range(1, 7)]
    answer = answered(
        *cited, disagreements=(disagreement(("Courier: <!here> 1871", 1), ("Ledger: 1872", 2)),), notice="Old."
    )
    shown = rendered(answer, HANDLE)
    plain = plain_posts(shown)
    assert {block["type"] for post in plain for block in post.blocks} == {"section", "context", "actions"}
    assert links(plain) == links(posts(shown))
    rich_words = " ".join(" ".join(seen(post.blocks) for post in posts(shown)).split())
    plain_words = " ".join(" ".join(seen(post.blocks) for post in plain).split())
    assert sorted(plain_words.split()) == sorted(rich_words.split())
    verdicts = [button["value"] for post in plain for button in buttons(post.blocks).values() if ":" in button["value"]]
    assert verdicts == [f"{HANDLE}:right", f"{HANDLE}:wrong"]
    assert plain[0].text == shown.summary


hostile_articles = st.builds(
    lambda title, before, quote, after, author, source, url: (
        article(f"{before} quoted {quote} . {after}", title=title, author=author, source=source, url=url),
        f"quoted {quote} .",
    ),
    hostile, hostile, hostile, hostile, hostile, hostile,
    st.one_of(st.none(), hostile, hostile.map(lambda text: f"https://news.example.org/{text}")),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(hostile_articles, min_size=1, max_size=6), hostile, hostile)
def test_nothing_that_anybody_writes_notifies_or_leads_elsewhere(
    written: list[tuple[Article, str]], said: str, other: str
) -> None:
    cited = [citation(n, of, words) for n, (of, words) in enumerate(written, start=1)]
    answer = answered(
        *cited,
        text=f"{said} [1]",
        notice=other,
        disagreements=(disagreement((said, 1), (other, len(cited)), about=other),),
    )
    nearest = [Nearest(of.id, of.title, of.url) for of, _ in written]
    for shown in (rendered(answer, HANDLE), rendered(refused(nearest, notice=said), HANDLE)):
        for messages in (posts(shown), plain_posts(shown)):
            assert set(links(messages)) <= {of.url for of, _ in written}
