from __future__ import annotations

import re

import pytest

from bot.evaluation.rows import Reply, Row
from bot.evaluation.verdict import counted, decimals, duration, figure, percent, share, verdict
from tests.bot.evaluation.making import answered, asked_back, gold, hit, refused, row


def words(rows: list[Row]) -> list[str]:
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in verdict(rows)]


def asked(name: str, many: int, reply: Reply | None, *, answerable: bool | None = True) -> list[Row]:
    """As many questions of their own, each with the answer "ten" unless there is none to it."""
    answers = () if answerable is False else ("ten",)
    return [row(gold(f"{name}{number}", answers=answers, answerable=answerable), reply) for number in range(many)]


RIGHT = answered("It was ten.", hits=(hit("a", "It was ten."),))
WRONG = answered("It was two.", hits=(hit("a", "It was ten."),))


def test_verdict_says_what_is_right_wrong_refused_and_at_fault() -> None:
    rows = asked("r", 80, RIGHT) + asked("w", 10, WRONG) + asked("f", 8, refused()) + asked("x", 2, None)
    rows += asked("n", 30, refused(), answerable=False) + asked("m", 10, RIGHT, answerable=False)
    right, wrong, refusals, fault = words(rows)
    assert re.fullmatch(
        r"Of 100 questions that the articles answer, 80 % \(7[123]–8[678] %\) were answered rightly\.", right
    )
    assert wrong.startswith("Of the 100 answers that it gave, 20 % (") and wrong.endswith(") were wrong.")
    assert (
        refusals.startswith("It refused 75 % (")
        and "of 40 questions that the articles do not answer, and 8 % (" in refusals
    )
    assert fault == (
        "What went wrong most often: another answer was given, from another article (10 questions). "
        "2 questions failed and got no reply."
    )


def test_share_that_is_all_right_is_not_certain() -> None:
    assert words(asked("r", 10, RIGHT))[0].endswith("100 % (69–100 %) were answered rightly.")


def test_questions_that_may_have_no_answer_are_not_said_to_have_one() -> None:
    sentences = words(asked("r", 9, RIGHT, answerable=None) + asked("f", 11, refused(), answerable=None))
    assert sentences[0].startswith("Of 20 questions with a known answer, 45 % (")
    assert sentences[2].startswith("No question is marked as one that the articles answer or not")


def test_few_questions_are_too_few_to_say() -> None:
    rows = asked("r", 3, RIGHT) + asked("w", 1, WRONG) + asked("n", 1, refused(), answerable=False)
    assert words(rows) == [
        "Only 4 questions that the articles answer were asked, too few questions to say how often it is right: "
        "3 were answered rightly.",
        "It gave only 4 answers that can be judged, too few to say how often it is wrong: 1 was.",
        "Only 1 question that the articles do not answer was asked, too few questions to say how well it refuses: "
        "1 was refused.",
        "What went wrong: another answer was given, from another article (1 question).",
    ]


def test_nothing_answered() -> None:
    assert words(asked("f", 20, refused())) == [
        "Of 20 questions that the articles answer, 0 % (0–17 %) were answered rightly.",
        "It gave no answer at all.",
        "No question is marked as one that the articles do not answer. It refused 100 % (83–100 %) of those that they "
        "do answer.",
        "What went wrong: the search did not find the article with the answer (20 questions).",
    ]


def test_questions_back_are_neither_answers_nor_refusals() -> None:
    sentences = words(asked("q", 20, asked_back()))
    assert "It gave no answer at all." in sentences
    assert any("It refused 0 % (0–17 %)" in sentence for sentence in sentences)


def test_all_failed() -> None:
    sentences = words(asked("x", 20, None))
    assert sentences[0] == "Of 20 questions that the articles answer, 0 % (0–17 %) were answered rightly."
    assert sentences[-1] == "20 questions failed and got no reply."


def test_nothing_to_judge_by() -> None:
    assert words([row(gold("a"), answered("Yes."))]) == [
        "No question says what a right answer to it is, so nothing can be said about answers.",
        "No question is marked as one that the articles answer or not, so nothing can be said about refusals.",
    ]


def test_no_question_at_all() -> None:
    assert words([]) == ["No question was asked."]


def test_questions_about_one_article_make_the_interval_wider() -> None:
    single = asked("r", 20, RIGHT) + asked("w", 20, WRONG)
    alike = [
        row(gold(r.gold.id, answers=("ten",), articles=(f"{number // 10}",)), r.reply)
        for number, r in enumerate(single)
    ]

    def width(rows: list[Row]) -> float:
        found = share(rows, lambda one: one.reply == RIGHT)
        assert found is not None and (found.held, found.n) == (20, 40)
        return found.high - found.low

    assert width(alike) > 1.5 * width(single)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0 %"), (0.001, "under 1 %"), (0.005, "under 1 %"), (0.5, "50 %"), (0.999, "over 99 %"), (1.0, "100 %")],
)
def test_only_nothing_is_no_percent_and_only_all_is_a_hundred(value: float, said: str) -> None:
    assert percent(value).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("hit@1", 0.8049, ".805"),
        ("hit@1", 1.0, "1.000"),
        ("hit@1", 0.9996, "1.000"),
        ("brier", -0.0204, "−.020"),
        ("answer_words", 46.97, "47.0"),
        ("seconds_p50", 0.0224, "0.022"),
        ("seconds_p95", 12.345, "12.35"),
        ("tokens", 3021.4, "3,021"),
        ("cost", 0.00123, "0.00123"),
    ],
)
def test_metrics_have_as_many_digits_as_mean_something(name: str, value: float, said: str) -> None:
    assert figure(name, value) == said


def test_numbers_with_their_units() -> None:
    said = [duration(value).replace("\N{NO-BREAK SPACE}", " ") for value in (0.00001, 0.0123, 0.25, 3.14159)]
    assert said == ["under 0.1 ms", "12.3 ms", "250 ms", "3.14 s"]
    assert (counted(1, "gate"), counted(1200, "gate"), decimals(0.5, 2)) == ("1 gate", "1,200 gates", ".50")
