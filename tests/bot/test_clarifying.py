import pytest

from bot.chain import Chain
from bot.clarifying import clarification
from bot.composing import Turn
from bot.composing.extractive import compose
from retrieval.articles import Article, Hit, Passage, Why

FERRY = "The Alder Tern sank off Merrow on 3 June. It was the ferry's last voyage of the day."
CLINIC = "Karrow's clinic offers vaccinations and dental care. It is open until six."
SECOND = "The clinic in Saltmere offers physiotherapy. It opened in 2011."


def hit(id: str, title: str, text: str, *, score: float = 0.2, similarity: float = 0.4) -> Hit:
    article = Article(id, title, text)
    return Hit(article, Passage(f"{id}#0", id, 1, 0, len(text), text), score, (0, len(text)), Why(1, 1, similarity))


CLINICS = (hit("a", "The “new” clinic in Karrow [1]", CLINIC), hit("b", "Physiotherapy in Saltmere", SECOND))
STORIES = (hit("f", "Ferry sinks off Merrow", FERRY), *CLINICS)


@pytest.mark.parametrize(
    "question", ["When did it happen?", "What happened?", "Was he alone?", "What does this clinic offer?"]
)
def test_a_question_that_names_nothing_is_asked_back_with_readings_that_can_be_chosen(question: str) -> None:
    asked_back = clarification(question, question, STORIES)
    assert asked_back
    assert asked_back.startswith("Do you mean “") and asked_back.endswith("”?")
    assert " or “" in asked_back


@pytest.mark.parametrize(
    "question",
    [
        "When did the Alder Tern sink?",
        "How long does it take to cross the Vessen?",
        "Is it true that the ferry sank?",
        "How was it decided how many would come?",
        "How long would this coalition last?",
        "What does Karrow's clinic offer?",
        "What did the hospital say about the strike?",
        "How many people came this year?",
        "Why did the festival sell fewer tickets this summer?",
    ],
)
def test_a_question_that_says_what_it_means_is_not_asked_back(question: str) -> None:
    assert clarification(question, question, STORIES) is None


def test_a_follow_up_that_was_completed_is_clear() -> None:
    assert clarification("When did it happen?", "When did it happen (the Alder Tern sank)?", STORIES) is None


def test_where_one_story_alone_is_near_it_is_taken_to_be_meant() -> None:
    far = (hit("f", "Ferry sinks", FERRY, similarity=0.7), hit("b", "Physiotherapy", SECOND, similarity=0.2))
    assert clarification("When did it happen?", "When did it happen?", far) is None
    assert clarification("When did it happen?", "When did it happen?", STORIES[:1]) is None
    assert clarification("When did it happen?", "When did it happen?", ()) is None


def test_the_chain_asks_back_and_the_reply_is_answered() -> None:
    chain = Chain(lambda *_, **__: STORIES, compose)
    asked_back = chain.answer("What does this clinic offer?")
    assert asked_back.kind == "question"
    assert not asked_back.statements and not asked_back.nearest
    assert "[1]" not in asked_back.text and "“The 'new' clinic in Karrow (1)”" in asked_back.text
    history = [Turn(asked_back.standalone_question, asked_back.text, (), asked_back.kind)]
    answer = chain.answer("the physiotherapy one", history=history)
    assert answer.kind != "question"
    assert "clinic" in answer.standalone_question and "Physiotherapy in Saltmere" in answer.standalone_question
