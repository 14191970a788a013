import pytest

from bot.evaluation.drafting.verbs import base, is_finite, participles


@pytest.mark.parametrize(
    ("word", "infinitive"),
    [
        ("planned", "plan"),
        ("carried", "carry"),
        ("injured", "injure"),
        ("killed", "kill"),
        ("stayed", "stay"),
        ("fled", "flee"),
        ("sank", "sink"),
        ("closes", "close"),
        ("carries", "carry"),
        ("reaches", "reach"),
        ("stays", "stay"),
        ("table", ""),
    ],
)
def test_forms_lead_to_their_infinitive(word: str, infinitive: str) -> None:
    assert base(word) == infinitive


def test_plurals_of_nouns_are_no_verbs_and_participles_are_told_from_pasts() -> None:
    assert is_finite("closed")
    assert is_finite("will")
    assert not is_finite("plans")
    assert not is_finite("ferry")
    assert {"sunk", "closed", "won"} <= participles()
    assert "sank" not in participles()
