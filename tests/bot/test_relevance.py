from dataclasses import replace

from bot.relevance import about, asked, gives, ranked
from retrieval.articles import AnswerSpan, Article, Block, Hit, Passage, Reading, Why


def hit(text: str, id: str = "a", blocks: tuple[Block, ...] = ()) -> Hit:
    article = Article(id, "", text, blocks=blocks)
    return Hit(article, Passage(f"{id}#0", id, 1, 0, len(text), text), 1.0, (0, len(text)), Why(1, 1, 0.5))


def best(question: str, *hits: Hit) -> str:
    return ranked(question, hits)[0].text


def test_the_kind_of_answer_that_is_asked_for() -> None:
    assert asked("In what year was it built?").expected == "date"
    assert asked("how many people came").expected == "number"
    assert asked("Who leads the army?").expected == "name"
    assert asked("Which country won?").expected == "place"
    assert asked("Why did it fail?").expected == "any"


def test_a_kind_is_given_only_by_what_the_question_does_not_hold() -> None:
    assert not gives("name", "The army is led well, said Voss.", asked("Who met Voss?"))
    assert gives("name", "The army is led by Falk.", asked("Who met Voss?"))
    assert not gives("number", "On April 15, 2019 the bridge opened.", asked("How many came?"))
    assert gives("number", "On April 15 five thousand came.", asked("How many came?"))


def test_the_sentence_with_the_rare_words_and_the_right_kind_wins() -> None:
    text = "The bridge is old. The bridge over the Sorne opened in 1911. The bridge is loved by many people in town."
    assert best("When did the bridge over the Sorne open?", hit(text)) == "The bridge over the Sorne opened in 1911."


def test_an_introduction_keeps_what_it_introduces() -> None:
    text = 'Voss spoke in her June 3 statement:\n\n"We urge calm along the river," she said.'
    assert best("What did Voss urge on June 3?", hit(text)) == text


def test_a_bullet_is_no_part_of_the_sentence() -> None:
    assert best("Who opened the bridge?", hit("• Ida Voss opened the bridge.")) == "Ida Voss opened the bridge."


def test_headings_are_no_sentences_and_a_sentence_in_two_hits_counts_once() -> None:
    text = "The bridge opens\n\nIda Voss opened the bridge."
    found = ranked("Who opened the bridge?", [hit(text, blocks=(Block(0, 16, "heading"),))] * 2)
    assert [candidate.text for candidate in found] == ["Ida Voss opened the bridge."]
    assert abs(sum(candidate.probability for candidate in found) - 1) < 1e-9


def test_a_heading_with_a_colon_does_not_swallow_what_follows() -> None:
    text = "The bridge:\n\nIda Voss opened the bridge."
    assert best("Who opened the bridge?", hit(text, blocks=(Block(0, 11, "heading"),))) == "Ida Voss opened the bridge."


def test_odd_questions_are_ranked_without_complaint() -> None:
    found = hit("Ida Voss opened the bridge. Seven Hundred Elms is a park.")
    for question in (
        "Who founded Seven Hundred Elms?",
        "AT&T's U.S.-based CEO?",
        "?",
        "",
        "東京都 はどこ?",
        "the " * 500,
    ):
        assert ranked(question, [found])


def outlet_hit(text: str) -> Hit:
    article = Article("n", "", text, source="Northshore Today")
    return Hit(article, Passage("n#0", "n", 1, 0, len(text), text), 1.0, (0, len(text)), Why(1, 1, 0.5))


def test_an_outlet_that_is_quoted_is_no_word_that_the_answer_must_hold() -> None:
    found = [outlet_hit("The ferry sank with 41 people on board.")]
    for question in (
        "According to Northshore Today, how many passengers were on the ferry?",
        "How many passengers were on the ferry, according to Northshore Today?",
        "How many passengers did Northshore Today say were on the ferry?",
    ):
        assert not {"northshor", "today", "accord"} & set(asked(about(question, found)).terms)
        assert {"passeng", "ferri"} <= set(asked(about(question, found)).terms)


def test_an_outlet_that_is_asked_about_stays_in_the_question() -> None:
    found = [outlet_hit("Northshore Today belongs to Ida Voss.")]
    for question in ("Who owns Northshore Today?", "According to Northshore Today?"):
        assert about(question, found) == question
    assert about("Who owns Northshore Today?", []) == "Who owns Northshore Today?"


def test_what_a_reader_marked_decides_between_sentences_that_are_alike() -> None:
    text = "Ida Voss led the bridge works in spring. Jon Falk led the bridge works in autumn."
    for name in ("Ida Voss", "Jon Falk"):
        start = text.index(name)
        reading = Reading(3.0, 0.0, (AnswerSpan(start, start + len(name), 5.0),))
        assert best("Who led the bridge works?", replace(hit(text), reading=reading)).startswith(name)


def test_a_reading_that_finds_nothing_leaves_the_words_to_decide() -> None:
    text = "The bridge is old. The bridge over the Sorne opened in 1911. The bridge is loved by many people in town."
    found = replace(hit(text), reading=Reading(-5.0, 4.0, ()))
    assert best("When did the bridge over the Sorne open?", found) == "The bridge over the Sorne opened in 1911."
    assert not {"read", "relevant"} & set(ranked("When did it open?", [hit(text)])[0].signals)
