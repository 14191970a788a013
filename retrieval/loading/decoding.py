"""Bytes to text without losing a character in silence."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from retrieval.loading.errors import NoArticle

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
STRAY_BYTES = "footnote.stray-bytes"
BINARY = "binary data, not text"
MAX_CONTROL_SHARE = 0.002
MAX_STRAY_SHARE = 0.05
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(data: bytes, *, declared: Iterable[str] = ()) -> str:
    """The text in ``data``: by its byte-order mark, a declared charset that fits, UTF-8, or what its bytes look like.

    Stray bytes in a text that is UTF-8 otherwise are read as Windows-1252, as browsers do with a page so declared: a
    misplaced quotation mark is kept and the accents of the rest stay right. Raises NoArticle for binary data.
    """
    if not data.strip():
        raise NoArticle("empty file")
    text = _by_mark(data) or _wide(data) or _strictly(data, declared) or _mostly_utf8(data) or _guessed(data)
    if text is None or len(CONTROLS.findall(text)) > MAX_CONTROL_SHARE * len(text):
        raise NoArticle(BINARY)
    if not text.strip("\ufeff \t\r\n\f\v\u200b"):
        raise NoArticle("empty file")
    return CONTROLS.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark, as some Windows programs write it: every other byte of Latin text is zero."""
    head = data[:4096]
    if data.count(0) <= MAX_CONTROL_SHARE * len(data):
        return None
    if len(data) % 2 == 0 and max(head[::2].count(0), head[1::2].count(0)) > len(head) // 5:
        try:
            return data.decode("utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be")
        except UnicodeDecodeError:
            pass
    raise NoArticle(BINARY)


def _strictly(data: bytes, declared: Iterable[str]) -> str | None:
    for encoding in (*declared, "utf-8"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few stray bytes; None where the stray ones are not few beside the characters that are right."""
    lossy = data.decode("utf-8", "replace")
    stray = lossy.count("\ufffd")
    right = sum(character > "\x7f" for character in lossy) - stray
    if stray > MAX_STRAY_SHARE * right + 1 or not right:
        return None
    codecs.register_error(STRAY_BYTES, _as_windows)
    return data.decode("utf-8", STRAY_BYTES)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


def _guessed(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return str(best) if best is not None else None
