import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from retrieval.articles import RetrievalError
from retrieval.locking import LibraryLock

HOLD = """
import sys, time
from pathlib import Path
from retrieval.locking import LibraryLock
with LibraryLock(Path(sys.argv[1])).exclusive("a long ingest"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_questions_share_and_writing_excludes(tmp_path: Path) -> None:
    lock = LibraryLock(tmp_path)
    with lock.shared(), lock.shared(), lock.exclusive_if_free("a repair") as free:
        assert not free
    with lock.exclusive_if_free("a repair") as free:
        assert free


def test_a_writer_is_let_in_however_many_questions_come(tmp_path: Path) -> None:
    lock = LibraryLock(tmp_path)
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            with lock.shared():
                time.sleep(0.005)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    began = time.monotonic()
    with lock.exclusive("an ingest"):
        waited = time.monotonic() - began
    stop.set()
    for asker in askers:
        asker.join()
    assert waited < 2


def test_a_long_wait_names_the_holder_and_a_killed_holder_lets_go(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline()
    try:
        caplog.set_level(logging.WARNING)
        with pytest.raises(RetrievalError, match="a long ingest"), LibraryLock(tmp_path, patience=5.5).shared():
            pass
        assert f"a long ingest (process {holder.pid})" in caplog.text
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with LibraryLock(tmp_path, patience=1).exclusive("an ingest"):
        pass


def test_who_has_left_is_not_named_as_the_holder(tmp_path: Path) -> None:
    lock = LibraryLock(tmp_path, patience=0.2)
    with lock.exclusive("an ingest of long ago"):
        pass
    with lock.shared(), pytest.raises(RetrievalError, match="waiting for another process"), lock.exclusive("a removal"):
        pass
