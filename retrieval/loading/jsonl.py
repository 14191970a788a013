"""JSON Lines: an import of articles, one a line, of any size.

A line's ``text`` is stored unchanged, because offsets in gold questions count in it, and its ``id`` is kept.
"""

from __future__ import annotations

import json
import logging
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from retrieval.articles import Article, article_id, sealed
from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped
from retrieval.loading.assembly import MEGABYTE
from retrieval.loading.days import day_of
from retrieval.loading.errors import NoArticle
from retrieval.loading.kinds import Material
from retrieval.loading.language import detect
from retrieval.loading.web import Web

TITLE_CHARACTERS = 80
LANGUAGE_SAMPLE = 400
# JSON may spell a character of two bytes in six (\u00e9); the other fields are small beside a text at the limit.
LONGEST_SPELLING = 3
OTHER_FIELDS_BYTES = 100_000
SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
# No database keeps these; one replacement character for each leaves every offset as it was.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

logger = logging.getLogger(__name__)


def load(material: Material, options: LoadOptions, _web: Web) -> Iterator[Outcome]:
    """Every line's article, or why that line gave none; one line is in memory at a time, and the ids seen so far."""
    importer = _Import(material.location, options)
    number = 0
    try:
        for number, line in _lines(material.stream, importer.line_limit):
            if line is None or line.strip():
                yield importer.outcome(number, line)
    except (EOFError, zlib.error, OSError) as error:
        reason = "the gzip file is cut off" if isinstance(error, EOFError) else f"cannot be read on: {error}"
        yield Skipped(_place(material.location, number + 1), f"{reason}; the lines before this one were read")


def _lines(stream: IO[bytes], limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None stands for one over the limit, which is passed over without being held."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) <= limit:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        while not line.endswith(b"\n") and (line := stream.readline(limit)):
            pass
        yield number, None


@dataclass(slots=True)
class _Import:
    location: str
    options: LoadOptions
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def line_limit(self) -> int:
        return LONGEST_SPELLING * self.options.max_article_bytes + OTHER_FIELDS_BYTES

    @property
    def too_large(self) -> NoArticle:
        return NoArticle(f"larger than {self.options.max_article_bytes / MEGABYTE:g} MB (ingest.max_article_mb)")

    def outcome(self, number: int, line: bytes | None) -> Outcome:
        place = _place(self.location, number)
        fields: Mapping[str, Any] = {}
        try:
            if line is None:
                raise self.too_large
            fields = _object(line)
            article = self._article(fields, place)
            first = self.seen.setdefault(article.id, number)
            if first != number:
                raise NoArticle(f"the id {article.id} stands in line {first} already")
        except NoArticle as reason:
            return Skipped(place, str(reason), _words(fields.get("id")))
        return Loaded(article, f"{self.location}#{article.id}")

    def _article(self, fields: Mapping[str, Any], place: str) -> Article:
        text = fields.get("text")
        if not isinstance(text, str) or not text.strip():
            raise NoArticle("no text")
        if len(text.encode("utf-8", "surrogatepass")) > self.options.max_article_bytes:
            raise self.too_large
        text = UNSTORABLE.sub("\ufffd", text)
        title = _words(fields.get("title")) or _opening(text)
        url = _words(fields.get("url"))
        collection = self.options.collection
        return sealed(
            Article(
                id=_words(fields.get("id")) or article_id(url or f"{self.location}\n{title}\n{text}"),
                title=title,
                text=text,
                url=url,
                author=_words(fields.get("author")),
                source=_words(fields.get("source")),
                language=_words(fields.get("language")) or detect(text[:LANGUAGE_SAMPLE]),
                published=_day(fields, "published", place),
                updated=_day(fields, "updated", place),
                collection=(_words(fields.get("collection")) or collection) if collection == "default" else collection,
            )
        )


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NoArticle("not valid UTF-8") from error
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise NoArticle(f"not JSON: {reason}") from error
    if not isinstance(value, dict):
        raise NoArticle("JSON, but not an object with a text")
    return value


def _words(value: object) -> str | None:
    """A field as one line of text: a number as its digits, a list as its members; None where it says nothing."""
    if isinstance(value, list):
        value = ", ".join(filter(None, map(_words, value)))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(UNSTORABLE.sub("\ufffd", str(value)).split()) or None


def _day(fields: Mapping[str, Any], name: str, place: str) -> date | None:
    value = _words(fields.get(name))
    if value is None:
        return None
    day = day_of(value)
    if day is None:
        logger.warning("%s: %s is not an ISO date and is left out: %s", place, name, value[:40])
    return day


def _opening(text: str) -> str:
    """A title for an article without one: its first sentence or line, cut at a word."""
    opening = SENTENCE_END.split(text.strip(), maxsplit=1)[0]
    if len(opening) <= TITLE_CHARACTERS:
        return opening
    return opening[: TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"


def _place(location: str, number: int) -> str:
    return f"{location}#line {number}"
