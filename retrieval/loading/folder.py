"""The files of a folder that may hold articles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from retrieval.loading import Skipped
from retrieval.loading.kinds import SUFFIXES, suffix_of

# People keep articles in these; what is no document at all (pictures, scripts, styles) is passed over in silence.
UNREAD_DOCUMENTS = frozenset(
    (
        *(".doc", ".docm", ".odt", ".rtf", ".pages", ".tex", ".rst", ".adoc", ".org", ".epub", ".mobi"),
        *(".ppt", ".pptx", ".odp", ".xls", ".xlsx", ".csv", ".tsv", ".json", ".mht", ".mhtml", ".eml", ".msg"),
    )
)


def files(folder: Path) -> Iterator[Path | Skipped]:
    """Every readable file below ``folder`` in order of its path, and a reason for each document that cannot be read.

    Hidden files and folders are left out, and so is the folder that a browser saves beside a page.
    Links are followed, each real folder and file once, so that a link in a circle ends.
    """
    yield from _files(folder, set())


def _files(folder: Path, seen: set[str]) -> Iterator[Path | Skipped]:
    # os.path and not pathlib: its questions are answered with no, and not with an error, where a link leads nowhere.
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield Skipped(str(folder), f"cannot be opened: {error.strerror}")
        return
    saved_pages = {f"{Path(name).stem}_files" for name in names if SUFFIXES.get(Path(name).suffix.lower()) == "html"}
    for name in names:
        path = folder / name
        if name.startswith(".") or name in saved_pages:
            continue
        if os.path.isdir(path):
            yield from _files(path, seen)
        elif suffix_of(name) in UNREAD_DOCUMENTS:
            yield Skipped(
                str(path), f"{suffix_of(name)} files are not read; save it as .docx, .pdf, .html, .md or .txt"
            )
        elif suffix_of(name) not in SUFFIXES:
            continue
        elif os.path.islink(path) and not os.path.exists(path):
            yield Skipped(str(path), "a link to a file that does not exist or cannot be reached")
        elif os.path.isfile(path) and (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            yield path
