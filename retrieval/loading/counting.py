"""How many articles a local source is likely to give, so that a progress bar can tell the time left."""

from __future__ import annotations

import gzip
from pathlib import Path

from retrieval.loading.folder import files

_LINES = (".jsonl", ".ndjson")
_CHUNK = 1 << 20


def expected(source: str) -> int | None:
    """An estimate from names and line breaks alone; None for what only reading would tell, such as a feed."""
    path = Path(source)
    if not path.is_absolute():
        return None
    if path.is_dir():
        return sum(_in_file(file) for file in files(path) if isinstance(file, Path))
    return _in_file(path) if path.is_file() else None


def _in_file(path: Path) -> int:
    """Lines of JSON Lines, packed or not; any other file is one article."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = suffixes[-1:] == [".gz"]
    if not set(suffixes[-1 - packed :]) & set(_LINES):
        return 1
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b""))
    except (OSError, EOFError):
        return 1
