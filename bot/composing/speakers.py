"""Who speaks: a quoted sentence must not lose the one who said it when it leaves its article.

A wrong name is worse than none, so only two cases are touched: a sentence that is nothing but quoted words, and one
whose speaker is a bare "he said". In every other case the sentence says itself whose words they are.
"""

from __future__ import annotations

import re

from retrieval.articles import Article
from retrieval.splitting import sentences
from retrieval.wording import names

_VERBS = (
    r"(?:said|says|told|tells|added|adds|tweeted|wrote|writes|claimed|claims|announced|argued|argues|explained|explains"
    r"|insisted|insists|warned|warns|stated|states|noted|notes|recalled|recalls|testified|continued|asked|replied"
    r"|declared|remarked|stressed|admitted|acknowledged|joked|posted)"
)
_CAPITALISED = r"(?:[A-Z]\.|[A-Z][\w’'-]*[\w])"
_NAME = rf"(?:{_CAPITALISED}(?:\s(?:{_CAPITALISED}|of|de|van|von|bin|al|the(?=\s[A-Z])))*)"
_SPEAKER = re.compile(
    rf"(?P<before>{_NAME})\s(?:also |later |has |had |reportedly )?{_VERBS}\b"
    rf"|(?P<described>{_CAPITALISED}\s{_NAME}), [^,\"“”]{{1,80}}, {_VERBS}\b"
    rf"|\b{_VERBS} (?:the )?(?:[a-z-]+ ){{0,3}}(?P<after>{_NAME})"
    rf"|according to (?:the )?(?P<cited>{_NAME})"
)
_BARE_PRONOUN = re.compile(rf"\b(?:he|she|He|She)\b(?:\s\w+)?\s{_VERBS}\b|[”\",]\s{_VERBS} (?:he|she)\b")
_QUOTED = re.compile(r"[\"“](?=\S)[^\"“”]*(?:[\"”]|$)")
_NO_NAME_LIST = "He She They It We I You The This That There But And In On At As If When While After Before Yes No"
_NO_NAMES = frozenset(_NO_NAME_LIST.split())


def attribution(article: Article, start: int, end: int) -> str:
    """The sentence at ``start``, preceded by its speaker where it is speech that does not say whose.

    The speaker is looked for beside the sentence in its paragraph and before it; failing that, the outlet stands in.
    """
    sentence = " ".join(article.text[start:end].split())
    outside = _QUOTED.sub(" ", sentence)
    only_quoted = not re.search(r"\w", outside)
    unnamed = bool(_BARE_PRONOUN.search(outside)) and not names(outside) and not _opens_with_name(outside)
    if not only_quoted and not unnamed:
        return sentence
    if speaker := _speaker(article, start, end, only_quoted):
        return f"{speaker}: {sentence}"
    return f"According to {article.source}, {sentence}" if article.source and only_quoted else sentence


def _opens_with_name(outside: str) -> bool:
    first = re.match(r"\W*(\w+)", outside)
    return first is not None and first[1][0].isupper() and first[1] not in _NO_NAMES


def _speaker(article: Article, start: int, end: int, only_quoted: bool) -> str | None:
    """The nearest named speaker: in the sentences of the paragraph around, then in the paragraphs before."""
    text = article.text
    first = text.rfind("\n", 0, start) + 1
    before = sentences(text, max(0, start - 900), start, article.language)
    same = [span for span in before if span[0] >= first]
    earlier = [span for span in before if span[0] < first]
    after = []
    if only_quoted:
        last = text.find("\n", end)
        after = sentences(text, end, last if last > 0 else len(text), article.language)[:1]
    others: list[str] = []
    for span in (*reversed(same), *after, *list(reversed(earlier))[:3]):
        if article.kind_at(span[0]) != "paragraph":
            continue
        sentence = text[span[0] : span[1]]
        if name := _named(sentence):
            # "he" is nobody's initials: an outlet or agency was named there, not the person
            agency = name.isupper() and not only_quoted
            return None if agency or not all(set(name.split()) & set(other.split()) for other in others) else name
        if other := _subject(sentence, text):
            others.append(other)
    return None


def _subject(sentence: str, text: str) -> str | None:
    """The name that a sentence opens with: from there on the words may be that one's and not an earlier speaker's."""
    opening = re.match(_NAME, sentence)
    name = _name(opening[0]) if opening else None
    # any word is capitalised there: a single one is a name where the article also writes it so within a sentence
    return name if name and (" " in name or re.search(rf"[a-z,] {re.escape(name)}\b", text)) else None


def _named(sentence: str) -> str | None:
    for match in _SPEAKER.finditer(_QUOTED.sub(" ", sentence)):
        if name := _name(match["before"] or match["described"] or match["after"] or match["cited"]):
            return name
    return None


def _name(capitalised: str) -> str | None:
    words = capitalised.split()
    while words and words[0] in _NO_NAMES:
        words = words[1:]
    name = re.sub(r"['’]s$", "", " ".join(words))
    return name if names(f"so {name}") else None  # in the middle of a sentence, where calendar words are no names
