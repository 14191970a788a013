"""Requests for the articles that hold certain words: which article says “until further notice”?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from retrieval.articles import Article
from retrieval.splitting import sentences
from retrieval.wording import fold

_SAYING = (
    r"(?:(?:does|do|did)\s+(?:it|they)\s+say|(?:that\s+|which\s+)?(?:says?|said|saying|contain(?:s|ed|ing)?|us(?:es?|ed|ing)"
    r"|includ(?:es?|ed|ing)|mention(?:s|ed|ing)?|quot(?:es?|ed|ing)|has|have|had|with|reads?|holds?))"
)
_REQUEST = re.compile(
    r"(?:please,?\s+)?(?:(?:can|could) you\s+)?"
    r"(?:(?:(?:in\s+)?(?:which|what)(?:\s+of\s+the)?"
    r"|(?:list|show|find|give|get|search for|are there|is there|do you have)"
    r"(?:\s+(?:me|us|all|any|some|the|an?|your))*)"
    rf"\s+(?:news\s+)?(?:articles?|stories|story|news|pieces?|posts?|headlines?|ones?)\s+{_SAYING}"
    r"|where\s+do\s+(?:they|the\s+(?:articles|stories))\s+say)"
    r"(?:\s+the\s+(?:exact\s+)?(?:words?|phrase|sentence|line|quote|expression))?[:,]?(?:\s+that)?\s+"
    r"(?P<quoted>.+)",
    re.IGNORECASE,
)
_QUOTED = re.compile('["“„«]([^"“”„«»]+)["”“»]|[\'‘]([^"“”„«»]+)[\'’]')
_SAME = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("‘’", "'"), **dict.fromkeys('"“”„«»', "")})
_MOST_SENTENCES = 3  # that a phrase may run over
_UNSPACED = "\u0e00"  # from here on are the scripts whose words no spaces or particles set apart: Thai, Chinese, Korean


def phrase(words: str) -> str | None:
    """The words that are asked for, if a request asks for articles that hold them and for nothing else."""
    asked = _REQUEST.fullmatch(words)
    return quoted(asked["quoted"]) if asked else None


def quoted(words: str) -> str | None:
    """What stands between quotation marks that enclose all of it; None if that is no word."""
    found = _QUOTED.fullmatch(words.strip())
    inside = (found[1] or found[2]).strip(" .,;:!?…") if found else ""
    return inside if any(map(str.isalnum, inside)) else None


def where(wanted: str, article: Article, first: tuple[int, int]) -> tuple[int, int] | None:
    """The sentences of an article that hold the words, those in its part ``first`` before others; None without any.

    Case, accents, quotation marks, kinds of hyphens and white space may differ, and whole words are meant.
    """
    pattern = _pattern(wanted)
    if pattern.search(_plain(article.text)):
        for start, end in (first, (0, len(article.text))):
            for span in _windows(sentences(article.text, start, end, article.language)):
                if pattern.search(_plain(article.text[slice(*span)])):
                    return span
    return None


def stands(wanted: str, text: str) -> bool:
    """Whether the words stand in a text."""
    return bool(_pattern(wanted).search(_plain(text)))


def _windows(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """One sentence, then two that follow each other, and so on."""
    for count in range(1, _MOST_SENTENCES + 1):
        for opening, closing in zip(spans, spans[count - 1 :], strict=False):
            yield opening[0], closing[1]


def _pattern(wanted: str) -> re.Pattern[str]:
    plain = _plain(wanted)
    before = r"(?<!\w)" if plain[0] < _UNSPACED else ""
    after = r"(?!\w)" if plain[-1] < _UNSPACED else ""
    return re.compile(before + re.escape(plain) + after)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", fold(text)).translate(_SAME).split())
