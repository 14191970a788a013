"""One source, whatever it is, to articles: found, recognised, and read by the loader of its kind."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from retrieval.loading import Loaded, LoadOptions, Outcome, Skipped, feed, jsonl, sitemap
from retrieval.loading.documents import READERS, article_in, recognised
from retrieval.loading.errors import NoArticle
from retrieval.loading.folder import files
from retrieval.loading.kinds import Kind, Material
from retrieval.loading.web import Web

STANDARD_INPUT = "-"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)

Load = Callable[[Material, LoadOptions, Web], Iterator[Outcome]]


def outcomes(source: str, options: LoadOptions) -> Iterator[Outcome]:
    """Everything that ``source`` gave; see ``retrieval.loading.load``."""
    with Web(options) as web:
        yield from _guarded(source, _outcomes(source, options, web))


def _outcomes(source: str, options: LoadOptions, web: Web) -> Iterator[Outcome]:
    for place in _places(source):
        if isinstance(place, Skipped):
            yield place
        else:
            yield from _guarded(str(place), _read(place, options, web))


def _places(source: str) -> Iterator[str | Path | Skipped]:
    """Where the articles of a source stand: a web address or standard input itself, or files by their full paths."""
    scheme = SCHEME.match(source)
    if source == STANDARD_INPUT or (scheme and scheme[1].lower() != "file"):
        yield source
        return
    path = Path(os.path.abspath(Path(url2pathname(urlsplit(source).path) if scheme else source).expanduser()))
    if path.is_dir():
        yield from files(path)
    elif path.exists():
        yield path
    else:
        yield Skipped(str(path), "no such file or folder")


def _read(place: str | Path, options: LoadOptions, web: Web) -> Iterator[Outcome]:
    if isinstance(place, Path):
        material = Material(str(place), place.open("rb"), name=place.name)
    elif place == STANDARD_INPUT:
        material = Material(place, io.BufferedReader(_StandardInput()))
    else:
        material = web.fetch(place)
    with material.stream:
        kind, material = recognised(material)
        if kind in READERS:
            yield Loaded(article_in(material, kind, options), material.location)
        else:
            yield from LOADERS[kind](material, options, web)


def _guarded(location: str, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """The outcomes, the last of them a reason where something breaks: one bad document never ends a source."""
    try:
        yield from outcomes
    except NoArticle as reason:
        yield Skipped(location, str(reason))
    except OSError as error:
        yield Skipped(location, f"cannot be read: {error.strerror or error}")
    except Exception as error:
        yield Skipped(location, f"could not be read: {type(error).__name__}: {error}")


class _StandardInput(io.RawIOBase):
    """Standard input as a stream that can be closed without closing standard input."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = sys.stdin.buffer.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


LOADERS: dict[Kind, Load] = {
    "jsonl": jsonl.load,
    "feed": feed.load,
    "sitemap": sitemap.load,
}
