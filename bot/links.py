"""Links that open an article at the words that an answer quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from urllib.parse import quote, urldefrag, urlsplit

from bot.answers import Quote
from retrieval.articles import Article

_LONGEST_EXACT = 120  # characters; a longer quote is named by its first and last words
_EDGE_WORDS = (5, 8, 12, 20)
_CONTEXT_WORDS = (3, 6, 12)
_LONGEST_WORD = 60
_LONGEST_DIRECTIVE = 2_000  # characters; a longer one is no longer a link that chats and mails let through
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"]")
_LINES = re.compile(r"\s*\n\s*")
_SPACES = re.compile(r"[^\S\n]+")
# Where a term may begin or end: a browser looks for whole words, and to it "3 000" and "« mot" may be one word.
_BREAK = re.compile(r"(?<![«‹\d]) (?![»›;:!?])|(?<=\d) (?![»›;:!?\d])|(?<=[，、；：。！？])")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_SAME_WORD = rf"(?:[^\W{_UNSPACED}]|[.'’:])"  # "end.Next" is one word to a browser
_WORD_BEFORE = re.compile(rf"{_SAME_WORD}{{1,{_LONGEST_WORD}}}$")
_WORD_BEHIND = re.compile(rf"{_SAME_WORD}{{0,{_LONGEST_WORD}}}[^\W{_UNSPACED}]")
_PLAIN_QUOTES = str.maketrans("“”„«»‘’‚", '"""""\'\'\'')


def link_to(article: Article, quotes: tuple[Quote, ...]) -> str | None:
    """The article's address, opened at the first quote where the page allows that.

    A page of a PDF is named by ``#page=N`` (RFC 8118), words of a web page by a text fragment
    (https://wicg.github.io/scroll-to-text-fragment/). Addresses that no browser should follow from an answer, such as
    ``javascript:``, give no link.
    """
    if not article.url:
        return None
    url = _UNSAFE.sub(lambda match: quote(match.group()), article.url.strip())
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return None
    if scheme not in ("http", "https", "file"):
        return None
    if not quotes:
        return url
    page = article.page_at(quotes[0].start)
    if page is not None:
        return f"{urldefrag(url).url}#page={page}"
    return url if scheme == "file" else _at_words(url, article, quotes[0])


def _at_words(url: str, article: Article, words: Quote) -> str:
    directive = _directive(_place(article, words))
    if not directive:
        return url
    address, _, fragment = url.partition("#")
    own_fragment = fragment.split(":~:")[0]
    return f"{address}#{own_fragment}:~:text={directive}"


@dataclass(frozen=True, slots=True)
class _Directive:
    """``prefix-,start,end,-suffix``, of which only ``start`` must be there."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def encoded(self) -> str:
        parts = (self.prefix and _encoded(self.prefix) + "-", _encoded(self.start), _encoded(self.end))
        return ",".join(part for part in (*parts, self.suffix and "-" + _encoded(self.suffix)) if part)


@dataclass(frozen=True, slots=True)
class _Place:
    """The quoted words in a page of lines: what a browser sees before them, they themselves, and what follows.

    Lines are what may be blocks of the page; no term of a directive may reach from one block into another. ``page`` is
    all of it as a browser compares, ``start`` and ``end`` are where the words stand in that.
    """

    before: str
    words: str
    after: str
    page: str
    start: int
    end: int

    def is_named_by(self, directive: _Directive) -> bool:
        """Whether the directive fits these words and no others."""
        return self.is_first_named_by(directive) and len([*islice(self._starts(directive), 2)]) == 1

    def is_first_named_by(self, directive: _Directive) -> bool:
        """Whether a browser that reads from the top comes to these words first."""
        if next(self._starts(directive), None) != self.start:
            return False
        end = _folded(directive.end)
        last = next(self._finds(end, "", directive.suffix, self.start + len(_folded(directive.start))), None)
        return not end or (last is not None and last + len(end) == self.end)

    def _starts(self, directive: _Directive) -> Iterator[int]:
        return self._finds(directive.start, directive.prefix, "" if directive.end else directive.suffix, 0)

    def _finds(self, term: str, prefix: str, suffix: str, begin: int) -> Iterator[int]:
        """Where the term stands between these, at most a space or a line break away."""
        term, prefix, suffix = _folded(term), _folded(prefix), _folded(suffix)
        position = self.page.find(term, begin)
        while term and position >= 0:
            end = position + len(term)
            before = self.page[max(0, position - len(prefix) - 1) : position].rstrip()
            behind = self.page[end : end + len(suffix) + 1].lstrip()
            if before.endswith(prefix) and behind.startswith(suffix):
                yield position
            position = self.page.find(term, position + 1)

    def contexts(self) -> tuple[Iterator[tuple[str, str]], Iterator[tuple[str, str]]]:
        """What may stand before and behind the words in a directive, from little to much: of their lines, of others.

        The words of the same line are there on the page too; those of the line above or below may not be neighbours
        there, since advertisements and pictures are no part of an article's text.
        """
        above, _, left = self.before.rpartition("\n")
        right, _, below = self.after.partition("\n")
        left_words, right_words = _ends(left, _last), _ends(right, _first)
        above_words = left_words if left.strip() else _ends(above.rpartition("\n")[2], _last)
        below_words = right_words if right.strip() else _ends(below.partition("\n")[0], _first)
        return product(left_words, right_words), product(above_words, below_words)


def _place(article: Article, words: Quote) -> _Place:
    text, start, end = article.text, words.start, words.end
    if text[start:end] != words.text:  # the article has changed since
        text, start, end = words.text, 0, len(words.text)
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if (
        start < end
        and text[start].isalnum()
        and (cut := _WORD_BEFORE.search(text, max(0, start - _LONGEST_WORD), start))
    ):
        start = cut.start()
    if start < end and (text[end - 1].isalnum() or text[end - 1] in ".'’:") and (cut := _WORD_BEHIND.match(text, end)):
        end = cut.end()
    before, quoted, after = _lined(text[:start]).lstrip(), _lined(text[start:end]), _lined(text[end:])
    # The title stands on the page too, but nobody knows what stands between it and the text.
    head, middle = _folded(f"{_lined(article.title)}\n{before}"), _folded(quoted)
    return _Place(before, quoted, after, head + middle + _folded(after), len(head), len(head) + len(middle))


def _directive(place: _Place) -> str:
    """The shortest directive that names the place and no other, else one that at least fits it; empty for none."""
    terms = [pair for pair in _terms(place.words) if len(_Directive(*pair).encoded()) <= _LONGEST_DIRECTIVE]
    if not terms or not terms[0][0]:
        return ""
    alone = [_Directive(start, end) for start, end in terms]
    within, across = place.contexts()
    framed = [replace(d, prefix=prefix, suffix=suffix) for prefix, suffix in within for d in (alone[0], alone[-1])]
    for directive in (*alone, *framed):
        if place.is_named_by(directive):
            return directive.encoded()
    if not place.is_first_named_by(alone[0]):
        for directive in (replace(alone[-1], prefix=prefix, suffix=suffix) for prefix, suffix in across):
            if place.is_named_by(directive):
                return directive.encoded()
    return alone[0].encoded()


def _terms(words: str) -> Iterator[tuple[str, str]]:
    """All words, or the first and the last of them, fewer first."""
    first, _, _ = words.partition("\n")
    last = words.rpartition("\n")[2]
    if "\n" not in words and len(words) <= _LONGEST_EXACT:
        yield words, ""
        return
    for count in _EDGE_WORDS:
        start, end = _first(first, count), _last(last, count)
        if "\n" not in words and len(start) + len(end) >= len(words):
            break
        yield start, end
    yield (first, last) if "\n" in words else (words, "")


def _first(line: str, count: int) -> str:
    breaks = [match.start() for match in _BREAK.finditer(line)]
    return line[: breaks[count - 1]] if count <= len(breaks) else line


def _last(line: str, count: int) -> str:
    breaks = [match.end() for match in _BREAK.finditer(line)]
    return line[breaks[-count] :] if count <= len(breaks) else line


def _ends(line: str, end: Callable[[str, int], str]) -> tuple[str, ...]:
    """Nothing, then more and more words of one end of a line."""
    return tuple(dict.fromkeys(("", *(end(line.strip(), count) for count in _CONTEXT_WORDS))))


def _lined(text: str) -> str:
    return _SPACES.sub(" ", _LINES.sub("\n", text))


def _folded(text: str) -> str:
    """As a browser compares: without case and accents, and straight quotes for curly ones."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text).translate(_PLAIN_QUOTES)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def _encoded(text: str) -> str:
    """Percent-encoded for a text directive, where ``-``, ``,`` and ``&`` have meanings of their own."""
    return quote(text, safe="", errors="replace").replace("-", "%2D")
