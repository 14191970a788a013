"""The language of a text, and None where there is too little to tell."""

from __future__ import annotations

import pytest

from retrieval.loading.language import code_of, detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The ferry leaves an hour later all winter, the harbour office said on Tuesday.", "en"),
        ("Die Fähre fährt den ganzen Winter eine Stunde später, sagte das Hafenamt am Dienstag.", "de"),
        ("Le bateau partira une heure plus tard tout l'hiver, a annoncé le port mardi soir.", "fr"),
        ("港務局は火曜日、冬の間フェリーの出発を一時間遅らせると発表した。", "ja"),
        ("Ferry", None),
        ("12,400 3.5 % 17:15", None),
        ("", None),
    ],
)
def test_the_language_is_detected(text: str, code: str | None) -> None:
    assert detect(text) == code


@pytest.mark.parametrize(
    ("tag", "code"), [("en-GB", "en"), ("pt_BR", "pt"), ("DE", "de"), ("english", None), ("", None), (None, None)]
)
def test_a_language_tag_is_shortened(tag: str | None, code: str | None) -> None:
    assert code_of(tag) == code
