from datetime import date

import pytest

from retrieval.understanding import understand

OUTLETS = ["bloomberg.com", "Aldermoor Gazette", "time.com", "CNN", "The Guardian"]
DAY = date(2024, 5, 22)


@pytest.mark.parametrize(
    ("question", "outlets"),
    [
        ("What did officials say, according to Bloomberg?", ("bloomberg.com",)),
        ("what does the aldermoor gazette say of the bridge?", ("Aldermoor Gazette",)),
        ("At what time did CNN report it?", ("CNN",)),
        ("What did Time write?", ("time.com",)),
        ("What does cnn.com say?", ()),
        ("Which guardian angel is meant?", ()),
    ],
)
def test_outlets_are_recognised_and_common_words_are_not(question: str, outlets: tuple[str, ...]) -> None:
    assert understand(question, OUTLETS, DAY).outlets == outlets


def test_quoted_phrases_of_several_words_count_and_apostrophes_do_not() -> None:
    understood = understand(
        "Who said \u201ca Shared  vision\u201d about the mayor's and the council's 'iron bridge'?", [], DAY
    )
    assert understood.phrases == ("a shared vision", "iron bridge")
    assert understand('Who said "never"?', [], DAY).phrases == ()
