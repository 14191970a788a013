"""A page that somebody copied into a text file: the article in it, without what stood around it on the page.

Nothing is taken out of a text that shows no sign of a page. In one that does, only lines of known kinds go: repeats of
the title, breadcrumbs, pointers to other articles, controls, and what follows a label such as "Popular right now".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from retrieval.loading.assembly import Facts, Piece
from retrieval.loading.bylines import byline
from retrieval.loading.noise import (
    ends_sentence,
    is_credit,
    is_furniture,
    is_pointer,
    last_prose,
    opens_section,
    resumes,
)

HEAD = 15  # pieces within which a page shows its title and byline
NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+")
TRAIL = re.compile(r"\s+(?:>|»|›|→|/|\|)\s+")
SLOT = re.compile(r"advertisements?|advert|story continues below.*|article continues below.*", re.IGNORECASE)
CAPTION_LINE = re.compile(
    r"(?:file\s+photo|file\s+picture|photo|image|picture|pictured|image\s+caption|photo\s+caption|caption)\s*:\s*\S"
    r"|.*\b(?:REUTERS|AFP|AP|EPA|Getty(?:\s+Images)?|PA)(?:\s+(?:Photo|Images))?/[^.!?]{2,60}$"
    r"|.*\((?:photo|image|picture|credit|photo\s+credit|image\s+credit|ap\s+photo)\b[^()]{2,60}\)\s*$",
    re.IGNORECASE,
)
OUTLET_CREDIT = re.compile(r"[A-Z][\w.' ]{2,40}/\s?(?:[A-Z][\w.'’-]+\s?){1,4}")
CAPTION_WORDS = re.compile(
    r"\b(?:pictured|poses?|speaks|stands|walks|looks\s+on|gestures|arrives|attends|waves|salutes|(?:is|are)\s+seen|seen\s+here|"
    r"in\s+this\s+(?:\w+\s+)?(?:photo|image|picture)|file\s+photo)\b|,\s+(?:left|right|cent(?:er|re)|second\s+from\s+\w+)[,.]"
    r"|\((?:left|right|cent(?:er|re)|l|r|c)\)",
    re.IGNORECASE,
)
SMALL_WORDS = re.compile(
    r"an?|and|are|as|at|be|by|for|from|has|in|is|it|of|on|or|that|the|to|was|were|with", re.IGNORECASE
)
CAPTION_LIMIT = 50
PROSE = 25


@dataclass(slots=True)
class _Head:
    """What the lines around the title say, gathered while they are read."""

    authors: list[str] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)


def looks_copied(pieces: Sequence[Piece]) -> bool:
    """Whether the text shows signs of a page: a breadcrumb, a title that stands there twice, or several pointers."""
    texts = [piece.text for piece in pieces]
    if not any(_is_prose(text) for text in texts):
        return False
    alone = [text for i, text in enumerate(texts[:HEAD]) if "\n" not in text and len(text.split()) >= 4]
    repeated = any(count > 1 for count in Counter(map(key, alone)).values())
    if repeated or _breadcrumb(texts) or any(_is_trail(text) for text in texts[:HEAD]):
        return True
    signs = {
        text
        for text in texts
        if _is_section(text) or (not text[:1].islower() and is_pointer(text)) or SLOT.fullmatch(text)
    }
    return len(signs) >= 2


def article_of(pieces: Sequence[Piece]) -> tuple[Facts, list[Piece]]:
    """What a copied page says about its article, and the article's own pieces."""
    labelled = with_captions(pieces)
    start = _breadcrumb([piece.text for piece in labelled])
    body = _first_prose(labelled)
    title, last = _title(labelled, start, body)
    head = _Head()
    kept: list[Piece] = []
    in_section = False
    last_sentence = last_prose(labelled)
    for i, piece in enumerate(labelled):
        text = piece.text
        if i < body and _read_head_line(head, labelled, i, key(title)):
            continue
        if (
            _is_trail(text)
            or (i < body and key(text) == key(title))
            or i < start
            or (i < last and len(text.split()) < 8)
        ):
            continue
        in_section = _is_section(text) or (in_section and not resumes(text, i <= last_sentence))
        if not in_section and not _is_furniture(text):
            kept.append(piece)
    author = ", ".join(dict.fromkeys(head.authors)) or None
    return replace(head.facts, title=title, author=author), kept


def with_captions(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with captions labelled; credits alone, and lists of what a picture shows, are left out."""
    kinds: list[str] = [piece.kind for piece in pieces]
    for i, piece in enumerate(pieces):
        if piece.kind == "paragraph" and _short(piece) and CAPTION_LINE.match(piece.text):
            kinds[i] = "caption"
    for i, piece in enumerate(pieces):
        if not (is_credit(piece.text) or OUTLET_CREDIT.fullmatch(piece.text)):
            continue
        kinds[i] = "left out"
        caption = _credited(pieces, kinds, i)
        if caption is not None:
            kinds[caption] = "caption"
        for described in (i - 1, i - 2):
            if described >= 0 and described != caption and _is_keywords(pieces[described].text):
                kinds[described] = "left out"
                break
    return [
        replace(piece, kind="caption") if kind == "caption" else piece
        for piece, kind in zip(pieces, kinds, strict=True)
        if kind != "left out"
    ]


def _credited(pieces: Sequence[Piece], kinds: Sequence[str], i: int) -> int | None:
    """Which piece is the caption of the credit at ``i``.

    Two orders are common: what the picture shows, credit, caption; and what it shows, caption, credit. Where nothing
    says what the picture shows, only the words of captions tell.
    """

    def could_be(j: int) -> bool:
        return 0 <= j < len(pieces) and kinds[j] == "paragraph" and _short(pieces[j]) and ends_sentence(pieces[j].text)

    def described(j: int) -> bool:
        return j >= 0 and (kinds[j] == "caption" or _is_keywords(pieces[j].text))

    if could_be(i + 1) and described(i - 1):
        return i + 1
    if could_be(i - 1) and (described(i - 2) or CAPTION_WORDS.search(pieces[i - 1].text)):
        return i - 1
    return i + 1 if could_be(i + 1) and CAPTION_WORDS.search(pieces[i + 1].text) else None


def key(text: str) -> str:
    """What two lines have in common that a reader sees as the same: letters and digits, without a list number."""
    return "".join(character for character in NUMBERED.sub("", text, count=1).casefold() if character.isalnum())


def _first_prose(pieces: Sequence[Piece]) -> int:
    """Where the article's own words begin: a title can be long, but prose does not stand in the head twice."""
    counts = Counter(key(piece.text) for piece in pieces[:HEAD])
    for i, piece in enumerate(pieces):
        if piece.kind == "paragraph" and counts[key(piece.text)] < 2 and _is_prose(piece.text):
            return i
    return len(pieces)


def _title(pieces: Sequence[Piece], start: int, body: int) -> tuple[str, int]:
    """The title and where it last stands: the line repeated most in the head, else its first that is no furniture."""
    head = [piece.text for piece in pieces[:body]]
    counts = Counter(key(text) for text in head if len(text.split()) >= 3)
    repeated = [text for text in head if counts[key(text)] > 1]
    candidates = repeated or [
        text
        for text in head[start:]
        if not (_is_furniture(text) or _is_trail(text) or byline(text) or ends_sentence(text))
    ]
    if not candidates:
        return "", -1
    title = max(candidates, key=lambda text: counts[key(text)]) if repeated else candidates[0]
    last = max(i for i, text in enumerate(head) if key(text) == key(title))
    return NUMBERED.sub("", title, count=1).strip(), last


def _read_head_line(head: _Head, pieces: Sequence[Piece], i: int, title: str) -> bool:
    """Take the author and the days from a line of the head; whether it was such a line."""
    neighbours = {key(piece.text) for piece in (*pieces[max(0, i - 1) : i], *pieces[i + 1 : i + 2])}
    found = byline(pieces[i].text, by_required=title not in neighbours)
    if found is None:
        return False
    head.authors.extend(found.authors)
    facts = head.facts
    head.facts = replace(facts, published=facts.published or found.published, updated=facts.updated or found.updated)
    return True


def _breadcrumb(texts: Sequence[str]) -> int:
    """How many pieces at the top are a breadcrumb list, with a page's name before it: 0 where there is none."""
    first = next((i for i, text in enumerate(texts[:3]) if NUMBERED.match(text)), None)
    if first is None or any(len(text.split()) > 6 for text in texts[:first]):
        return 0
    end = first
    while end < len(texts) and NUMBERED.match(texts[end]) and not ends_sentence(texts[end]):
        end += 1
    items = [key(text) for text in texts[first:end]]
    leads_home = bool(items) and items[0] in ("home", "homepage", "startseite", "accueil", "inicio", "início")
    ends_at_title = len(items) > 1 and items[-1] in map(key, texts[end : end + HEAD])
    return end if leads_home or ends_at_title else 0


def _is_trail(text: str) -> bool:
    steps = TRAIL.split(text)
    return len(steps) > 1 and steps[0].strip().casefold() in ("home", "homepage", "startseite", "accueil", "news")


def _is_section(text: str) -> bool:
    return not text[:1].islower() and opens_section(text)


def _is_furniture(text: str) -> bool:
    return not text[:1].islower() and is_furniture(text)


def _is_prose(text: str) -> bool:
    return len(text.split()) >= (6 if ends_sentence(text) else PROSE)


def _short(piece: Piece) -> bool:
    return "\n" not in piece.text and len(piece.text.split()) <= CAPTION_LIMIT


def _is_keywords(text: str) -> bool:
    """Whether the line is a list of words without grammar, as the alternative texts of agency pictures are."""
    words = text.split()
    return 4 <= len(words) <= 20 and all(word.isalnum() and not SMALL_WORDS.fullmatch(word) for word in words)
