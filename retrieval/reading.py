"""The reader: a small cross-encoder that says of a passage whether it answers a question, and with which words."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from retrieval.articles import AnswerSpan, Reading, RetrievalError
from retrieval.inference import READER, LocalModel, encodable
from retrieval.splitting import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

POSITIONS = 320  # tokens that the model reads at once; a longer passage is read in several windows
QUESTION_TOKENS, TITLE_TOKENS = 48, 24  # of a longer question its last sentences are read, of a title its beginning
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
    """A question with a passage as token ids, and for each token its characters in the passage (None outside it).

    ``words``: likewise the characters of the whole word that the token is a piece of.
    """

    ids: list[int]
    types: list[int]
    characters: list[tuple[int, int] | None]
    words: list[tuple[int, int] | None]


def encode(tokenizer: Tokenizer, question: str, title: str, passage: str) -> list[Pair]:
    """``[CLS] question [SEP] title [SEP] passage [SEP]``, once for each window of the passage.

    Without a title that part is left out. A passage that fits, as nearly all do, is one window.
    """
    first, last = tokenizer.encode("").ids
    asked = [first, *_question(tokenizer, question), last]
    named = tokenizer.encode(title, add_special_tokens=False).ids[:TITLE_TOKENS]
    before = asked + ([*named, last] if named else [])
    read = tokenizer.encode(passage, add_special_tokens=False)
    words = _words(read)
    return [
        Pair(
            [*before, *read.ids[start:end], last],
            [0] * len(asked) + [1] * (len(before) - len(asked) + end - start + 1),
            [*[None] * len(before), *read.offsets[start:end], None],
            [*[None] * len(before), *words[start:end], None],
        )
        for start, end in _windows(len(read.ids), POSITIONS - len(before) - 1)
    ]


def _question(tokenizer: Tokenizer, question: str) -> list[int]:
    """The tokens of a question, or of as many of its last sentences as fit: what is asked stands at the end."""
    tokens = tokenizer.encode(question, add_special_tokens=False).ids
    if len(tokens) <= QUESTION_TOKENS:
        return tokens
    kept: list[int] = []
    for start, _ in reversed(sentences(question)):
        tokens = tokenizer.encode(question[start:], add_special_tokens=False).ids
        if len(tokens) > QUESTION_TOKENS:
            break
        kept = tokens
    return kept or tokens[:QUESTION_TOKENS]


def _windows(tokens: int, room: int) -> list[tuple[int, int]]:
    """As few windows as hold the tokens, all of one length; what spans the edge of one is whole in the next."""
    if tokens <= room:
        return [(0, tokens)]
    count = -(-(tokens - LONGEST_SPAN) // (room - LONGEST_SPAN))
    size = -(-(tokens + (count - 1) * LONGEST_SPAN) // count)
    starts = [(tokens - size) * number // (count - 1) for number in range(count)]
    return [(start, start + size) for start in starts]


def _words(read: Encoding) -> list[tuple[int, int]]:
    """For each token the characters of its word, as the tokenizer cuts words."""
    bounds: list[tuple[int, int]] = []
    for _, pieces in itertools.groupby(zip(read.word_ids, read.offsets, strict=True), key=lambda piece: piece[0]):
        offsets = [offset for _, offset in pieces]
        bounds += [(offsets[0][0], offsets[-1][1])] * len(offsets)
    return bounds


class Reader:
    """The model beside this module; loaded when the first question comes."""

    def __init__(self, folder: Path = READER, threads: int | None = None) -> None:
        self._model = LocalModel("reader", folder / "model.onnx", threads=threads, literal=True)

    @property
    def sha256(self) -> str:
        """The hash of the model's file, as its model card names it."""
        return self._model.hashes()[0]

    def check(self) -> None:
        """Reads something, which a damaged model cannot: RetrievalError."""
        self.read("What is this?", [Text("", "This is a test.")])

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        """A reading of each text, in order; the texts are shared out among threads."""
        return self._model.share_out(lambda text: self._read(encodable(question), text), texts)

    def _read(self, question: str, text: Text) -> Reading:
        import numpy as np

        relevance, absent = -np.inf, np.inf
        found: dict[tuple[int, int], float] = {}
        plain = encodable(text.text)
        opening = [start for start, _ in sentences(plain)]
        for pair in encode(self._model.tokenizer, question, encodable(text.title), plain):
            logits, relevant = self._model.run(
                ids=np.array([pair.ids], np.int64), types=np.array([pair.types], np.int64)
            )
            starts, ends = logits[0, :, 0], logits[0, :, 1]
            relevance = max(relevance, float(relevant[0, 0, 0]))
            absent = min(absent, float(starts[0] + ends[0]))
            for span, score in _best(starts, ends, pair, plain, opening):
                found[span] = max(score, found.get(span, score))
        best = sorted(found.items(), key=lambda item: -item[1])[:SPANS]
        spans = tuple(AnswerSpan(text.offset + start, text.offset + end, score) for (start, end), score in best)
        return Reading(relevance, absent, spans)


def _best(
    starts: NDArray[np.float32], ends: NDArray[np.float32], pair: Pair, text: str, opening: Sequence[int]
) -> Iterator[tuple[tuple[int, int], float]]:
    """The likeliest spans of whole words with their scores; ``opening``: where sentences begin, as none spans two."""
    import numpy as np

    words = [(number, word) for number, word in enumerate(pair.words) if word]
    size = len(words)
    if not size:
        return
    first = words[0][0]
    begin, finish = starts[first : first + size], ends[first : first + size]
    sentence = np.searchsorted(opening, [start for _, (start, _) in words], "right")
    scores = np.full((min(LONGEST_SPAN, size), size), -np.inf, np.float32)  # by length, then by start
    for length in range(len(scores)):
        within = sentence[: size - length] == sentence[length:]
        scores[length, : size - length] = np.where(within, begin[: size - length] + finish[length:], -np.inf)
    flat = scores.ravel()
    most = min(4 * SPANS, flat.size)
    for place in np.argpartition(-flat, most - 1)[:most]:
        length, opens = divmod(int(place), size)
        if np.isfinite(flat[place]):
            (_, (start, _)), (_, (_, end)) = words[opens], words[opens + length]
            while end < len(text) and unicodedata.category(text[end]) == "Mn":  # the tokenizer drops such marks
                end += 1
            if any(map(str.isalnum, text[start:end])):
                yield (start, end), float(flat[place])


def open_reader(name: str, *, threads: int | None = None) -> Reader | None:
    """The reader called ``local``, or None for ``none``."""
    if name == "none":
        return None
    if name != "local":
        raise RetrievalError(f'unknown reader "{name}"; known are "local" and "none"')
    return Reader(threads=threads)
