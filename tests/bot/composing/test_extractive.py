from dataclasses import replace

import pytest

from bot.composing import Draft, Outcome, Request
from bot.composing.extractive import compose
from bot.grounding import ground
from retrieval.articles import AnswerSpan, Article, Block, Hit, Passage, Reading, Why

BRIDGE = (
    "The bridge over the Sorne opened on 3 June after two years of work. "
    "Mayor Ida Voss cut the ribbon in front of a small crowd. "
    "It cost 4 million crowns, more than twice what the port authority had planned. "
    "The ferry across the river stopped on the same day."
)


def hit(text: str, id: str = "bridge", rank: int = 1, blocks: tuple[Block, ...] = (), source: str | None = None) -> Hit:
    article = Article(id, "", text, blocks=blocks, source=source)
    passage = Passage(f"{id}@1#0", id, 1, 0, len(text), text)
    return Hit(article, passage, 1 / rank, (0, len(text)), Why(rank, rank, 0.6))


def drafts(question: str, *hits: Hit, sentences: int = 3) -> list[Draft]:
    *found, outcome = compose(Request(question, question, hits), sentences=sentences)
    assert isinstance(outcome, Outcome)
    assert outcome.model == "none"
    assert outcome.refused == (not found)
    assert all(ground(draft, hits).support == "quoted" for draft in found if isinstance(draft, Draft))
    return [draft for draft in found if isinstance(draft, Draft)]


def texts(question: str, *hits: Hit, sentences: int = 3) -> list[str]:
    return [draft.text for draft in drafts(question, *hits, sentences=sentences)]


def test_the_answer_is_the_sentence_that_holds_it_word_for_word() -> None:
    found = hit(BRIDGE)
    (first, *_) = drafts("When did the bridge over the Sorne open?", found)
    (span,) = first.quotes
    assert first.text == found.article.text[span.start : span.end]
    assert first.text == "The bridge over the Sorne opened on 3 June after two years of work."


def test_never_more_sentences_than_asked_for() -> None:
    for limit in (1, 2, 3):
        assert 1 <= len(drafts("What happened on the Sorne?", hit(BRIDGE), sentences=limit)) <= limit


def test_a_copy_of_a_sentence_is_not_said_again() -> None:
    copy = hit(BRIDGE.replace("small crowd", "small, wet crowd"), "copy", 2)
    answer = texts("When did the bridge over the Sorne open?", hit(BRIDGE), copy)
    assert answer.count("The bridge over the Sorne opened on 3 June after two years of work.") == 1


def test_he_comes_with_the_sentence_that_says_who() -> None:
    text = "Ida Voss is the mayor of the town. She moved there from Falkenau in 1998 with two horses."
    assert texts("When did the mayor move from Falkenau?", hit(text)) == [
        "Ida Voss is the mayor of the town.",
        "She moved there from Falkenau in 1998 with two horses.",
    ]


def test_a_quotation_keeps_its_speaker() -> None:
    text = (
        '"The bridge is shut," engineer Jon Falk said on Monday. '
        '"We found cracks in the northern pillar of the bridge in March."'
    )
    assert texts("When were cracks found in the northern pillar?", hit(text), sentences=1) == [
        'Jon Falk: "We found cracks in the northern pillar of the bridge in March."'
    ]


def test_the_second_paragraph_of_a_quotation_keeps_its_speaker() -> None:
    text = 'Jon Falk said: "We went down at dawn.\n\n"The cracks in the northern pillar were a metre long.'
    assert texts("How long were the cracks in the northern pillar?", hit(text), sentences=1) == [
        'Jon Falk: "The cracks in the northern pillar were a metre long.'
    ]


def test_he_said_gets_his_name() -> None:
    text = (
        "Jon Falk told the council that the works would begin soon.\n\n"
        "The cracks in the northern pillar were a metre long, he said."
    )
    answer = texts("How long were the cracks in the northern pillar?", hit(text), sentences=1)
    assert answer == ["Jon Falk: The cracks in the northern pillar were a metre long, he said."]


@pytest.mark.parametrize("words", ['"The pillar will never hold."', "He said the pillar would never hold."])
def test_nobody_gets_the_words_of_the_one_named_after_them(words: str) -> None:
    for between in ("Bram Tolliver shook his head.", "Then Jon Falk left.\n\nBram Tolliver, an engineer, stayed."):
        text = f"Mayor Jon Falk said the works would begin soon.\n\n{between} {words}"
        (answer,) = texts("Will the pillar hold?", hit(text), sentences=1)
        assert answer == words
    text = f"Mayor Jon Falk said the works would begin soon. Jon Falk shook his head. Workers laughed. {words}"
    assert texts("Will the pillar hold?", hit(text), sentences=1) == [f"Mayor Jon Falk: {words}"]


def test_a_quotation_without_a_speaker_is_the_outlets() -> None:
    text = '"The cracks in the northern pillar were a metre long."'
    assert texts("How long were the cracks in the pillar?", hit(text, source="Sorne Courier")) == [
        'According to Sorne Courier, "The cracks in the northern pillar were a metre long."'
    ]


def test_a_sentence_that_names_its_speaker_stays_as_it_is() -> None:
    for text in (
        'Falk said the cracks were "a metre long" in the northern pillar.',
        "The cracks in the northern pillar were a metre long, according to engineer Jon Falk.",
        "The northern pillar, known as “Old Tom”, has cracks that are a metre long.",
    ):
        assert texts("How long were the cracks in the northern pillar?", hit(text, source="Courier")) == [text]


def test_a_caption_is_quoted_only_as_a_caption() -> None:
    caption = "Mayor Ida Voss cuts the ribbon of the bridge, 3 June."
    body = "The ribbon was cut by mayor Ida Voss before noon."
    both = hit(f"{caption}\n\n{body}", blocks=(Block(0, len(caption), "caption"),))
    assert texts("Who cut the ribbon?", both) == [body]
    alone = hit(caption, blocks=(Block(0, len(caption), "caption"),))
    assert texts("Who cuts the ribbon?", alone) == [f"Photo caption: {caption}"]


def test_a_question_in_the_article_answers_nothing() -> None:
    text = "Who cut the ribbon of the bridge? The ribbon was cut by Ida Voss."
    assert texts("Who cut the ribbon of the bridge?", hit(text)) == ["The ribbon was cut by Ida Voss."]


def test_nothing_found_is_a_refusal_and_a_cancelled_answer_stops() -> None:
    assert drafts("Who cut the ribbon?") == []
    stopped = list(compose(Request("Who?", "Who cut the ribbon?", (hit(BRIDGE),), cancelled=lambda: True)))
    assert [type(event) for event in stopped] == [Outcome]


def read(found: Hit, *marked: str) -> Hit:
    """The hit as a reader leaves it that is sure of these words."""
    text = found.article.text
    spans = tuple(AnswerSpan(text.index(words), text.index(words) + len(words), 6.0) for words in marked)
    return replace(found, reading=Reading(4.0, 0.0, spans))


def answered(question: str, *hits: Hit, sentences: int = 3) -> tuple[str | None, list[Draft]]:
    """The short answer and the drafts."""
    *found, outcome = compose(Request(question, question, hits), sentences=sentences)
    assert isinstance(outcome, Outcome)
    return outcome.short_answer, [draft for draft in found if isinstance(draft, Draft)]


@pytest.mark.parametrize("sentences", [1, 3])
def test_the_sentence_with_the_short_answer_comes_first_and_once(sentences: int) -> None:
    question = "Who paid for the bridge over the Sorne that opened on 3 June?"
    hit_ = read(hit(BRIDGE), "port authority")
    short, (first, *others) = answered(question, hit_, sentences=sentences)
    assert short == "port authority"
    assert first.text == "It cost 4 million crowns, more than twice what the port authority had planned."
    assert first.text not in [draft.text for draft in others]
    assert len(others) < sentences
    (span,) = first.quotes
    assert short in hit_.article.text[span.start : span.end]


def test_a_short_answer_that_only_a_caption_gives_is_quoted_as_a_caption() -> None:
    caption = "Mayor Ida Voss cuts the ribbon of the bridge, 3 June."
    both = hit(f"{caption}\n\nThe ribbon was cut before noon.", blocks=(Block(0, len(caption), "caption"),))
    short, (first, *_) = answered("Who cut the ribbon?", read(both, "Ida Voss"))
    assert (short, first.text) == ("Ida Voss", f"Photo caption: {caption}")


def test_a_heading_carries_no_short_answer() -> None:
    text = "Ida Voss cuts a ribbon\n\nThe ribbon was cut before noon."
    short, found = answered("Who cut the ribbon?", read(hit(text, blocks=(Block(0, 22, "heading"),)), "Ida Voss"))
    assert short is None
    assert [draft.text for draft in found] == ["The ribbon was cut before noon."]


def test_there_is_no_short_answer_where_nothing_was_read_shown_or_asked_for() -> None:
    question = "When did the bridge over the Sorne open?"
    assert answered(question, hit(BRIDGE))[0] is None
    marked = read(hit(BRIDGE), "3 June")
    assert answered(question, marked)[0] == "3 June"
    assert answered("Did the bridge open on 3 June?", marked)[0] is None
    (stopped,) = compose(Request(question, question, (marked,), cancelled=lambda: True))
    assert isinstance(stopped, Outcome)
    assert stopped.short_answer is None
