"""One writer or many readers of a library folder, across processes and threads."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import portalocker

from retrieval.articles import RetrievalError

_log = logging.getLogger("footnote.library")


class LibraryLock:
    """A shared lock for questions and an exclusive one for writing, on two files of the library folder.

    Whoever wants in passes the turnstile first, so that a steady stream of questions cannot keep a writer out. The
    operating system drops the locks of a process that dies. A wait of over 5 s is logged with the holder's name; after
    ``patience`` seconds it is a RetrievalError.
    """

    def __init__(self, folder: Path, patience: float = 120.0) -> None:
        self._turnstile = folder / "turnstile.lock"
        self._room = folder / "library.lock"
        self._holder = folder / "library.holder"
        self._patience = patience

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Held for one question: no index changes while it looks."""
        with self._open(self._room) as room:
            with self._open(self._turnstile) as turnstile:
                self._wait(turnstile, portalocker.LockFlags.EXCLUSIVE)
                self._wait(room, portalocker.LockFlags.SHARED)
            yield

    @contextlib.contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Held for one batch of writing; ``what`` is told to those who wait."""
        with self._open(self._turnstile) as turnstile, self._open(self._room) as room:
            self._wait(turnstile, portalocker.LockFlags.EXCLUSIVE)
            self._wait(room, portalocker.LockFlags.EXCLUSIVE)
            with self._named(what):
                yield

    @contextlib.contextmanager
    def exclusive_if_free(self, what: str) -> Iterator[bool]:
        """Like ``exclusive`` where nobody else is inside; else yields False at once."""
        with self._open(self._turnstile) as turnstile, self._open(self._room) as room:
            try:
                flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
                portalocker.lock(turnstile, flags)
                portalocker.lock(room, flags)
            except (portalocker.AlreadyLocked, portalocker.LockException):
                yield False
                return
            with self._named(what):
                yield True

    @contextlib.contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Tells those who wait who is inside; a disk that cannot take the name keeps nobody from working."""
        with contextlib.suppress(OSError):
            self._holder.write_text(f"{what} (process {os.getpid()})", encoding="utf-8")
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self._holder.unlink()

    def _open(self, path: Path) -> IO[bytes]:
        try:
            return path.open("ab")
        except OSError as error:
            raise RetrievalError(f"the library folder cannot be used: {error}") from None

    def _wait(self, file: IO[bytes], flags: portalocker.LockFlags) -> None:
        began = time.monotonic()
        told = False
        pause = 0.001
        while True:
            try:
                portalocker.lock(file, flags | portalocker.LockFlags.NON_BLOCKING)
                return
            except (portalocker.AlreadyLocked, portalocker.LockException):
                waited = time.monotonic() - began
            if waited > 5 and not told:
                _log.warning("waiting for %s", self._name_of_holder())
                told = True
            if waited > self._patience:
                raise RetrievalError(f"gave up after {waited:.0f} s of waiting for {self._name_of_holder()}") from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)

    def _name_of_holder(self) -> str:
        try:
            return self._holder.read_text(encoding="utf-8") or "another process"
        except OSError:
            return "another process"
