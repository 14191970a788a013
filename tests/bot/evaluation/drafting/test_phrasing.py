import pytest

from bot.evaluation.drafting.phrasing import Setting, phrased, suitable

MADE = {
    "Mina Solheim, a former harbour pilot, was elected mayor of Saltmere on Sunday with 8,912 votes.": (
        "Which former harbour pilot was elected mayor of Saltmere with 8,912 votes?",
        ("Mina Solheim",),
    ),
    "Tomas Eskeland, the managing director of Merrow Line, said that the company accepted the findings.": (
        "Who is the managing director of Merrow Line?",
        ("Tomas Eskeland",),
    ),
    "At least 3,100 houses in the Vessen valley were left in the dark, the agency said.": (
        "How many houses in the Vessen valley were left in the dark?",
        ("3,100",),
    ),
    "The Regal cinema in Saltmere closed in October 2026 for a new roof, which will cost €640,000.": (
        "When did the Regal cinema in Saltmere close for a new roof?",
        ("October 2026",),
    ),
    "Natalie Corr received the medal of the Vessen Lifeboats on Tuesday in Port Karrow.": (
        "Where did Natalie Corr receive the medal of the Vessen Lifeboats?",
        ("Port Karrow",),
    ),
    "Harbour master Odile Brandt said 12 people had been rescued off Gannet Bank in the night.": (
        "According to Harbour master Odile Brandt, how many people had been rescued off Gannet Bank in the night?",
        ("12",),
    ),
    "In August 1975, engineers from Karrow found cracks under two piers of the Orrin Bridge.": (
        "When did engineers from Karrow find cracks under two piers of the Orrin Bridge?",
        ("August 1975",),
    ),
}


@pytest.mark.parametrize("sentence", MADE)
def test_a_sentence_becomes_a_question(sentence: str) -> None:
    question, answers = MADE[sentence]
    assert (question, answers) in [(one.question, one.answers) for one in phrased(sentence, Setting(sentence))]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mina Solheim won.",
        "“Mina Solheim was elected mayor of Saltmere with 8,912 votes,” the radio said.",
        "Was Mina Solheim elected mayor of Saltmere with as many as 8,912 votes?",
        "Mina Solheim was elected mayor of Saltmere with 8,912 votes and",
        "We elected Mina Solheim mayor of our Saltmere with 8,912 votes in all.",
        "Mina Solheim: elected mayor of Saltmere with 8,912 votes on Sunday evening.",
        "the house was sold to somebody for a great deal of money.",
        "Mina Solheim, left, shakes hands with Ruben Achterberg in Saltmere on Sunday.",
    ],
)
def test_fragments_speech_questions_and_captions_are_not_asked_about(sentence: str) -> None:
    assert not suitable(sentence)
    assert phrased(sentence, Setting(sentence)) == []


def test_a_question_names_something_and_does_not_hold_its_answer() -> None:
    nameless = "Ada Quill, 34, won the second race of the day by a length."
    assert phrased(nameless, Setting(nameless)) == []
    outlet = "Ada Quill, 34, won the second race of the Courier by a length."
    assert phrased(outlet, Setting(outlet)) != []
    assert phrased(outlet, Setting(outlet, "courier")) == []
    again = "In 2019, the council of Karrow opened the harbour of 2019 for good."
    assert phrased(again, Setting(again)) == []


def test_a_question_that_leaves_much_to_guess_is_more_doubtful() -> None:
    clear = "Ada Quill, 34, won the Karrow Cup of 2019 for Saltmere by a length."
    vague = "Ada Quill, 34, won it with the man for their friends in Saltmere."
    (first, *_), (last, *_) = phrased(clear, Setting(clear)), phrased(vague, Setting(vague))
    assert first.doubt < 1 < last.doubt


def test_last_names_are_completed_from_the_article() -> None:
    sentence = "Quill opened the new harbour of Karrow in May 2019 with a speech."
    asked = phrased(sentence, Setting(f"Ada Quill is from Saltmere. {sentence}"))
    assert "When did Ada Quill open the new harbour of Karrow with a speech?" in [one.question for one in asked]
    assert ("Quill", "Ada Quill") in [one.answers for one in asked]
