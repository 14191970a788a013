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


def _files(folder: Path, seen: set[Path]) -> Iterator[Path | Skipped]:
    real = folder.resolve()
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
        if path.is_dir():
            yield from _files(path, seen)
        elif suffix_of(name) in SUFFIXES:
            if path.is_symlink() and not path.exists():
                yield Skipped(str(path), "a link to a file that does not exist")
            elif path.is_file() and (real := path.resolve()) not in seen:
                seen.add(real)
                yield path
        elif suffix_of(name) in UNREAD_DOCUMENTS:
            yield Skipped(
                str(path), f"{suffix_of(name)} files are not read; save it as .docx, .pdf, .html, .md or .txt"
            )
