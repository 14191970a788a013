"""A text as the checks of grounding see it: its words in order, what is denied, doubted, counted and dated in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.composing import Span
from bot.composing.dating import dated
from bot.grounding.meanings import vocabulary
from retrieval.articles import Article, Hit
from retrieval.splitting import sentences
from retrieval.wording import STOPWORDS, Day, Quantity, dates, names, quantities

SHORTEST_QUOTE = 12  # characters; less proves nothing

_NEGATION_REACH = 3  # content words after a negation that it can turn
_HEDGE_REACH = 2
_NEGATION_LIST = "not no never without neither nor cannot none nobody nothing hardly barely scarcely"
_DENIAL_LIST = "deny denied denies denying refuse refused refuses fail failed fails lack lacked lacks refute disprove"
_DOUBT_LIST = """may might could possibly perhaps maybe potentially plan intend expect hope propose consider seek aim
allege accuse suspect claim purport reportedly supposedly rumour rumor"""
_SOFTENING_LIST = f"{_DOUBT_LIST} want try attempt urge ask wish will would should shall going"
_LIGHT_LIST = """also even still already well however another new way make made take took get got go went come came put
use include say said says tell told according state mention note report article passage source author people thing
one become became begin began among within upon yet ever per via like later since"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text. Words are those of ``retrieval.wording.terms``, in order; the sets hold some of them."""

    text: str
    words: tuple[str, ...]
    held: frozenset[str]
    content: frozenset[str]
    negated: frozenset[str]
    hedged: frozenset[str]
    quantities: frozenset[Quantity]
    dates: frozenset[Day]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of a passage, read with the days that its relative dates mean, and the article that it is from."""

    span: Span
    read: Reading
    article: Article

    def says(self, text: str) -> bool:
        """Whether the text is this sentence, character by character."""
        return self.article.text[self.span.start : self.span.end] == text.strip()


@lru_cache(maxsize=1)
def _function_words() -> frozenset[str]:
    return frozenset(vocabulary(" ".join(sorted(STOPWORDS))))


@lru_cache(maxsize=1)
def light_words() -> frozenset[str]:
    """Words that say little about the world by themselves, or only frame what is said."""
    return frozenset(vocabulary(_LIGHT_LIST))


@lru_cache(maxsize=4)
def _listed(words: str) -> frozenset[str]:
    return frozenset(vocabulary(words))


def is_softening(word: str) -> bool:
    """Whether a word makes what follows less than a fact."""
    return word in _listed(_SOFTENING_LIST)


def is_content(word: str) -> bool:
    """Whether a word says something about the world: no function word, no figure."""
    return word not in _function_words() and not word[0].isdigit() and len(word) > 1


@lru_cache(maxsize=8192)
def read(text: str) -> Reading:
    """The reading of a text; kept, as the same sentences are checked against many statements."""
    words = vocabulary(text)
    negated, hedged = _reached(words)
    content = frozenset(word for word in words if is_content(word))
    return Reading(text, words, frozenset(words), content, negated, hedged, quantities(text), dates(text))


def _reached(words: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Content words that stand shortly after a negation, and those after a word that makes them less than a fact."""
    negated: set[str] = set()
    hedged: set[str] = set()
    denying = doubting = 0
    denials, doubts = _listed(f"{_NEGATION_LIST} {_DENIAL_LIST}"), _listed(_DOUBT_LIST)
    for word in words:
        if is_content(word):
            if denying:
                negated.add(word)
                denying -= 1
            if doubting:
                hedged.add(word)
                doubting -= 1
        if word in denials or word.endswith(("n't", "n’t")):
            denying = _NEGATION_REACH
        elif word in doubts:
            doubting = _HEDGE_REACH
    return frozenset(negated), frozenset(hedged)


@lru_cache(maxsize=32)
def evidence(indexes: tuple[int, ...], hits: tuple[Hit, ...]) -> tuple[Evidence, ...]:
    """The sentences of the named passages, each once; captions and headings are not the author's sentences."""
    found: dict[tuple[str, int], Evidence] = {}
    for index in indexes:
        if not 0 <= index < len(hits):
            continue
        article, passage = hits[index].article, hits[index].passage
        for start, end in sentences(article.text, passage.start, passage.end, article.language):
            if article.kind_at(start) in ("caption", "heading") or end - start < SHORTEST_QUOTE:
                continue
            span = Span(index, start, end)
            text = dated(article.text[start:end], article.published)
            found.setdefault((article.id, start), Evidence(span, read(text), article))
    return tuple(found.values())


@lru_cache(maxsize=32)
def known_words(found: tuple[Evidence, ...]) -> frozenset[str]:
    """All words of the evidence, and of what the catalogue knows of its articles: title, author, outlet."""
    words: set[str] = set().union(*(one.read.held for one in found))
    for article in {one.article.id: one.article for one in found}.values():
        words.update(vocabulary(" . ".join(filter(None, (article.title, article.author, article.source)))))
    return frozenset(words)


@lru_cache(maxsize=32)
def known_names(found: tuple[Evidence, ...]) -> frozenset[str]:
    """The words of all names in the evidence, and of its outlets and authors."""
    named = [name for one in found for name in names_in(one.read.text)]
    named += [name for one in found for name in (one.article.source, one.article.author) if name]
    return frozenset(term for term in vocabulary(" . ".join(named)) if is_content(term))


@lru_cache(maxsize=8192)
def names_in(text: str) -> tuple[str, ...]:
    """The names of a text; kept for the same reason as its reading."""
    return tuple(names(text))
