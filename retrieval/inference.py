"""Models that run on this machine: the only file that knows onnxruntime and tokenizers."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from retrieval.articles import RetrievalError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

MINILM = Path(__file__).parent / "models" / "minilm"
READER = Path(__file__).parent / "models" / "reader"
TOKENIZER = MINILM / "tokenizer.json"
_SURROGATE = re.compile("[\ud800-\udfff]")

_T = TypeVar("_T")
_R = TypeVar("_R")
_AT_ONCE = 16  # texts of one caller that wait for a thread


class LocalModel:
    """An ONNX model with its tokenizer on the CPU; loaded when the first text comes.

    Texts go through it one at a time, several side by side: some of its numbers are rounded to the largest of the
    whole input (dynamic quantisation), so in a batch what it makes of a text would depend on its neighbours.
    """

    def __init__(
        self, name: str, model: Path, tokenizer: Path = TOKENIZER, threads: int | None = None, *, literal: bool = False
    ) -> None:
        """``name``: what users read it called; ``threads``: None for as many as this process may use cores.

        ``literal``: "[SEP]" in a text is words, and no mark of the model's.
        """
        self._name = name
        self._files = model, tokenizer
        self._literal = literal
        self._threads = threads or _available_cores()
        self._loading = threading.Lock()
        self._loaded: tuple[Tokenizer, Any] | None = None
        self._pool: tuple[int, ThreadPoolExecutor] | None = None  # and the process that it is of

    def hashes(self) -> list[str]:
        """The sha256 of the model and of its tokenizer, in hex."""
        try:
            return [hashlib.sha256(path.read_bytes()).hexdigest() for path in self._files]
        except OSError as error:
            raise RetrievalError(f"the local {self._name} cannot be read: {error}") from error

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model()[0]

    def run(self, **inputs: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """The model's outputs, in its order."""
        outputs: list[NDArray[np.float32]] = self._model()[1].run(None, inputs)
        return outputs

    def share_out(self, work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        """The work done on each item, in order, shared out among threads that all callers share.

        Who came first is served first, but a long list lets others in between. ``work`` must not share out itself.
        """
        if len(items) < 2 or self._threads < 2:
            return [work(item) for item in items]
        pool, done, waiting = self._shared(), list[_R](), deque[Future[_R]]()
        try:
            for item in items:
                if len(waiting) == _AT_ONCE:
                    done.append(waiting.popleft().result())
                waiting.append(pool.submit(work, item))
            return done + [each.result() for each in waiting]
        finally:
            for each in waiting:  # after an error, what has not begun need not be done
                each.cancel()

    def _shared(self) -> ThreadPoolExecutor:
        """The threads of this process; one that was forked has none of its parent's."""
        with self._loading:
            if self._pool is None or self._pool[0] != os.getpid():
                self._pool = os.getpid(), ThreadPoolExecutor(self._threads, thread_name_prefix="model")
            return self._pool[1]

    def _model(self) -> tuple[Tokenizer, Any]:
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = _load(*self._files)
                    self._loaded[0].encode_special_tokens = self._literal
                except Exception as error:  # both libraries have no error of their own for a damaged file
                    reason = " ".join(str(error).split())
                    raise RetrievalError(f"the local {self._name} cannot be loaded: {reason}") from error
            return self._loaded


def encodable(text: str) -> str:
    """The text as UTF-8 can hold it, character for character: a surrogate becomes a replacement character."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _load(model: Path, tokenizer: Path) -> tuple[Tokenizer, Any]:
    import onnxruntime
    from tokenizers import Tokenizer

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = 1  # texts run side by side instead, which is faster
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # inputs differ in length, so a remembered plan only takes memory
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # the file is fused already
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return Tokenizer.from_file(str(tokenizer)), session


def _available_cores() -> int:
    """Cores that this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
