"""The reader: a small cross-encoder that says of a passage whether it answers a question, and with which words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from retrieval.articles import AnswerSpan, Reading, RetrievalError
from retrieval.inference import READER, LocalModel, encodable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

POSITIONS = 320  # tokens that the model reads at once; a longer passage is read in several windows
QUESTION_TOKENS, TITLE_TOKENS = 48, 24  # more of either is cut off
LONGEST_SPAN = 24  # tokens
SPANS = 12  # kept of one passage


@dataclass(frozen=True, slots=True)
class Text:
    """A passage to read: ``offset`` is where it begins in its article, whose offsets the spans count in."""

    title: str
    text: str
    offset: int = 0


class PassageReader(Protocol):
    """Whatever reads passages for a question; one reading for each, in order."""

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with a passage as token ids, and for each token its characters in the passage (None outside it)."""

    ids: list[int]
    types: list[int]
    characters: list[tuple[int, int] | None]


def encode(tokenizer: Tokenizer, question: str, title: str, passage: str) -> list[Pair]:
    """``[CLS] question [SEP] title [SEP] passage [SEP]``, once for each window of the passage.

    Without a title that part is left out. A passage that fits, as nearly all do, is one window.
    """
    first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    asked = [first, *tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS], last]
    named = tokenizer.encode(title, add_special_tokens=False).ids[:TITLE_TOKENS]
    before = asked + ([*named, last] if named else [])
    read = tokenizer.encode(passage, add_special_tokens=False)
    room = POSITIONS - len(before) - 1
    count = max(1, -(-len(read.ids) // room))
    bounds = [len(read.ids) * number // count for number in range(count + 1)]
    return [
        Pair(
            [*before, *read.ids[start:end], last],
            [0] * len(asked) + [1] * (len(before) - len(asked) + end - start + 1),
            [None] * len(before) + list(read.offsets[start:end]) + [None],
        )
        for start, end in itertools.pairwise(bounds)
    ]


class Reader:
    """The model beside this module; loaded when the first question comes."""

    def __init__(self, folder: Path = READER, threads: int | None = None) -> None:
        self._model = LocalModel(folder / "model.onnx", threads=threads)

    @property
    def sha256(self) -> str:
        """The hash of the model's file, as its model card names it."""
        return self._model.hashes()[0]

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        """A reading of each text, in order; the texts are shared out among threads."""
        return list(self._model.share_out(lambda text: self._read(encodable(question), text), texts))

    def _read(self, question: str, text: Text) -> Reading:
        import numpy as np

        relevance, absent = -np.inf, np.inf
        found: dict[tuple[int, int], float] = {}
        plain = encodable(text.text)
        for pair in encode(self._model.tokenizer, question, encodable(text.title), plain):
            logits, relevant = self._model.run(
                ids=np.array([pair.ids], np.int64), types=np.array([pair.types], np.int64)
            )
            starts, ends = logits[0, :, 0], logits[0, :, 1]
            relevance = max(relevance, float(relevant[0, 0, 0]))
            absent = min(absent, float(starts[0] + ends[0]))
            for span, score in _best(starts, ends, pair, plain):
                found[span] = max(score, found.get(span, score))
        best = sorted(found.items(), key=lambda item: -item[1])[:SPANS]
        spans = tuple(AnswerSpan(text.offset + start, text.offset + end, score) for (start, end), score in best)
        return Reading(relevance, absent, spans)


def _best(
    starts: NDArray[np.float32], ends: NDArray[np.float32], pair: Pair, text: str
) -> list[tuple[tuple[int, int], float]]:
    """The likeliest spans of whole words with their scores."""
    import numpy as np

    inside = [n for n, at in enumerate(pair.characters) if at is not None]
    if not inside:
        return []
    first, last = inside[0], inside[-1] + 1
    begin, finish = starts[first:last], ends[first:last]
    size = last - first
    scores = np.full((min(LONGEST_SPAN, size), size), -np.inf, np.float32)  # by length, then by start
    for length in range(len(scores)):
        scores[length, : size - length] = begin[: size - length] + finish[length:]
    flat = scores.ravel()
    most = min(4 * SPANS, flat.size)
    spans = []
    for place in np.argpartition(-flat, most - 1)[:most]:
        length, start = divmod(int(place), size)
        if np.isfinite(flat[place]):
            opened, closed = pair.characters[first + start], pair.characters[first + start + length]
            if opened and closed:
                spans.append((_whole(text, opened[0], closed[1]), float(flat[place])))
    return spans


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the words at its ends completed."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def open_reader(name: str, *, threads: int | None = None) -> Reader | None:
    """The reader called ``local``, or None for ``none``."""
    if name == "none":
        return None
    if name != "local":
        raise RetrievalError(f'unknown reader "{name}"; known are "local" and "none"')
    return Reader(threads=threads)
