"""A chat model's stream of characters to sentences with the numbers that the model cites for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retrieval.splitting import sentences

# Every repetition is bounded and none is nested in another of the same characters: reading takes linear time.
_SPACE = r"[^\S\n]"
_NUMBERS = rf"\d{{1,3}}(?:{_SPACE}?[,;，、–-]{_SPACE}?\d{{1,3}}){{0,9}}"
_CLOSE = r"(?:†[^\]】］\n]{0,40})?[\]】］]{1,2}"
_MARKER = rf"[\[【［]{{1,2}}\^?{_NUMBERS}{_CLOSE}"
_MARKERS = re.compile(rf"{_SPACE}{{0,9}}({_MARKER})")
_MARKER_BEGINS = re.compile(r"[\[【［]{1,2}[\^\d\s,;，、–-]{0,70}(?:†[^\]】］\n]{0,40})?[\]】］]?")
_STOP = re.compile(rf"(?P<stop>[.!?…]+[\"'”’»)]*|[。！？]+[」』”]*)(?P<markers>(?:{_SPACE}{{0,9}}{_MARKER})*){_SPACE}*")
_NUMBER_OR_RANGE = re.compile(r"(\d+)(?:\s?[–-]\s?(\d+))?")
_UNSEEN = r"[\s\u00ad\u200b-\u200f\u2060\ufeff]{0,9}"
_LOOKALIKES = re.compile(rf"[\[【［]{{1,2}}{_UNSEEN}\^?({_NUMBERS}){_UNSEEN}{_CLOSE}")
_BULLET = re.compile(r"\s*(?:[-*•]\s+|#{1,6}\s+|\d{1,2}[.)]\s+)?")
_FENCE = "```"
_NUMBERED = re.compile(r"\s*\d{1,2}\.")
_LONGEST_MARKER = 160
_LONGEST_WORD = 40  # of the word after a stop, read to tell the end of a sentence from an abbreviation
_CONTEXT = 300  # characters before a stop, read for the same


@dataclass(frozen=True, slots=True)
class Marked:
    """One sentence without its markers, and the numbers that they held, each once."""

    text: str
    numbers: tuple[int, ...]


def disarmed(text: str) -> str:
    """Words of an article or a model in which no ``[1]`` can be taken for one of ours: it is written ``(1)``."""
    return _LOOKALIKES.sub(r"(\1)", text)


class Cut(Exception):
    """Raised by a stream of chunks that ends before its text does."""


def read(chunks: Iterable[str]) -> Iterator[Marked]:
    """The sentences of a streamed text, each as soon as the characters after it show that it has ended.

    Markers may be written ``[1]``, ``[1, 2]``, ``[1-3]``, ``[1][2]``, ``[[1]]``, ``【1】`` or ``［1］``, before the
    full stop or behind it, and may be split over chunks: the result depends on the text alone, not on its chunks.
    A line break ends a sentence. In a code fence nothing is a marker. Where the chunks end in ``Cut``, the sentence
    that was cut is left out.
    """
    reader = _Reader()
    try:
        for chunk in chunks:
            yield from reader.feed(chunk)
    except Cut:
        return
    yield from reader.finish()


class _Reader:
    def __init__(self) -> None:
        self._line = ""  # of the current line, what is not yet given out
        self._searched = 0  # where in it the search for the end of a sentence goes on
        self._fenced: list[str] | None = None

    def feed(self, chunk: str) -> Iterator[Marked]:
        first, *lines = chunk.split("\n")
        self._line += first
        for line in lines:
            yield from self._end_line()
            self._line = line
        if self._fenced is None and not self._line.lstrip().startswith(_FENCE):
            yield from self._sentences(final=False)

    def finish(self) -> Iterator[Marked]:
        yield from self._end_line()
        if self._fenced:
            yield Marked("\n".join(self._fenced), ())

    def _end_line(self) -> Iterator[Marked]:
        fence = self._line.lstrip().startswith(_FENCE)
        if self._fenced is not None:
            if not fence:
                self._fenced.append(self._line)
            elif self._fenced:
                yield Marked("\n".join(self._fenced), ())
            if fence:
                self._fenced = None
        elif fence:
            self._fenced = []
        else:
            yield from self._sentences(final=True)
            yield from _marked(self._line)
        self._line, self._searched = "", 0

    def _sentences(self, *, final: bool) -> Iterator[Marked]:
        """Give out what has surely ended; stop where more characters could still change the decision."""
        begin = 0
        while stop := _STOP.search(self._line, self._searched):
            rest = self._line[stop.end() : stop.end() + _LONGEST_MARKER]
            word = rest.split(maxsplit=1)[0][:_LONGEST_WORD] if rest else ""
            undecided = not rest or _MARKER_BEGINS.fullmatch(rest) or (word == rest and len(word) < _LONGEST_WORD)
            if undecided and not final:
                self._searched = stop.start()
                break
            if rest and _ends_sentence(
                self._line[max(begin, stop.end("stop") - _CONTEXT) : stop.end("stop")], stop, word
            ):
                yield from _marked(self._line[begin : stop.end()])
                begin = stop.end()
            self._searched = stop.end()
        else:
            self._searched = len(self._line)
        self._line, self._searched = self._line[begin:], self._searched - begin


def _ends_sentence(begun: str, stop: re.Match[str], word: str) -> bool:
    """Whether a stop ends the sentence begun: never before lower case, surely at a marker, else as sentencex judges."""
    if stop["stop"][0] in "。！？":
        return True
    if stop.end() == stop.end("stop") or word[0].islower() or _NUMBERED.fullmatch(begun):
        return False
    if stop["markers"] or begun.removesuffix(stop["stop"]).endswith(("]", "】", "］")):
        return True
    plain = _MARKERS.sub("", begun)
    return sentences(f"{plain} {word}")[-1][0] > len(plain)


def _marked(raw: str) -> Iterator[Marked]:
    numbers: dict[int, None] = {}
    for marker in _MARKERS.finditer(raw):
        for first, last in _NUMBER_OR_RANGE.findall(marker[1].split("†")[0]):
            for number in range(int(first), int(last or first) + 1):
                numbers[number] = None
    text = _BULLET.sub("", _MARKERS.sub("", raw), count=1).replace("**", "").strip()
    if text:
        yield Marked(text, tuple(numbers))
