"""Which language a text is written in."""

from __future__ import annotations

import re

MIN_LETTERS = 40
SAMPLE_CHARACTERS = 3000


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the text's language by langid's naive Bayes model; None where there is too little text."""
    sample = text[:SAMPLE_CHARACTERS]
    letters = [character for character in sample if character.isalpha()]
    # A Chinese, Japanese or Korean character says as much as several letters of an alphabet.
    if sum(3 if character >= "\u2e80" else 1 for character in letters) < MIN_LETTERS:
        return None
    import py3langid

    code, _ = py3langid.classify(sample)
    return str(code)


def code_of(tag: str | None) -> str | None:
    """The ISO 639-1 code in a language tag such as ``pt-BR`` or ``en_GB``; None where there is none."""
    primary = re.split(r"[-_]", (tag or "").strip())[0].lower()
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None
