"""What both local models rest on: a clear word on a model that cannot be used, and texts that keep their length."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.articles import RetrievalError
from retrieval.inference import MINILM, LocalModel, encodable

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with the embedder's model and tokenizer."""
    for name in (MODEL, TOKENIZER):
        shutil.copy(MINILM / name, tmp_path)
    return tmp_path


def model_in(folder: Path) -> LocalModel:
    return LocalModel("weather model", folder / MODEL, folder / TOKENIZER)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
@pytest.mark.parametrize("content", [None, b"", b"version https://git-lfs.github.com/spec/v1\n", b"\x00\xff" * 500])
def test_a_missing_or_damaged_file_is_said_in_one_line(copied: Path, name: str, content: bytes | None) -> None:
    (copied / name).unlink()
    if content is not None:
        (copied / name).write_bytes(content)
    with pytest.raises(RetrievalError, match=r"^the local weather model cannot be loaded: .*\S$") as caught:
        model_in(copied).run(ids=np.array([[101, 102]]))
    assert "\n" not in str(caught.value)


def test_a_file_that_was_cut_off_is_said_in_one_line(copied: Path) -> None:
    whole = (copied / MODEL).read_bytes()
    (copied / MODEL).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RetrievalError, match=r"^the local weather model cannot be loaded: [^\n]+$"):
        model_in(copied).run(ids=np.array([[101, 102]]))


def test_a_model_that_was_put_right_is_loaded_at_the_next_try(copied: Path) -> None:
    (copied / MODEL).write_bytes(b"")
    model = model_in(copied)
    with pytest.raises(RetrievalError):
        model.run(ids=np.array([[101, 102]]))
    shutil.copy(MINILM / MODEL, copied)
    (total,) = model.run(ids=np.array([[101, 102]]))
    assert total.shape == (1, 384)


def test_the_hashes_of_a_missing_model_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"^the local weather model cannot be read: .*model\.onnx'$"):
        model_in(tmp_path).hashes()


def test_work_comes_back_in_the_order_that_it_was_given_in() -> None:
    model = LocalModel("weather model", MINILM / MODEL, threads=3)

    def slowest_first(number: int) -> int:
        time.sleep(0.02 * (4 - number))
        return number

    assert list(model.share_out(slowest_first, range(5))) == [0, 1, 2, 3, 4]


def test_whoever_asks_at_the_same_time_shares_the_threads() -> None:
    model = LocalModel("weather model", MINILM / MODEL, threads=2)
    running, most, counting = 0, 0, threading.Lock()

    def work(number: int) -> int:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with counting:
            running -= 1
        return number

    def failing(number: int) -> int:
        raise ValueError(number)

    with ThreadPoolExecutor(4) as callers:
        asked = [callers.submit(model.share_out, work, range(first, first + 6)) for first in range(0, 24, 6)]
        broken = callers.submit(model.share_out, failing, range(6))
        assert [result for each in asked for result in each.result()] == list(range(24))
        assert isinstance(broken.exception(), ValueError)
    assert most == 2


def test_a_long_list_lets_others_in_between() -> None:
    model = LocalModel("weather model", MINILM / MODEL, threads=2)
    begun = threading.Event()
    done: list[str] = []

    def work(name: str) -> None:
        begun.set()
        time.sleep(0.005)
        done.append(name)

    with ThreadPoolExecutor(1) as callers:
        long = callers.submit(model.share_out, work, ["long"] * 100)
        assert begun.wait(5)
        model.share_out(work, ["short"] * 2)
        assert done.count("long") < 60
        long.result()
    assert done.count("long") == 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    script = (
        "import os, signal\n"
        "from retrieval.inference import MINILM, LocalModel\n"
        "model = LocalModel('weather model', MINILM / 'model.onnx', threads=2)\n"
        "model.share_out(str, range(4))\n"
        "child = os.fork()\n"
        "signal.alarm(20)\n"
        "if not child:\n"
        "    os._exit(0 if model.share_out(str, range(4)) == ['0', '1', '2', '3'] else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain 😀 naïve 東京", "plain 😀 naïve 東京"),
        ("\ud800 lone \udfff", "\ufffd lone \ufffd"),
        ("\ud83d\ude00 halves that nobody joined", "\ufffd\ufffd halves that nobody joined"),
        ("", ""),
    ],
)
def test_what_cannot_be_encoded_is_replaced_character_for_character(text: str, expected: str) -> None:
    assert encodable(text) == expected
    assert len(encodable(text)) == len(text)
    encodable(text).encode("utf-8")
