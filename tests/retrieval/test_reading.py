"""What whoever asks the reader would notice. How well it reads is for the benchmark to say, not for these."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from retrieval.articles import Reading, RetrievalError
from retrieval.inference import READER, TOKENIZER
from retrieval.reading import LONGEST_SPAN, POSITIONS, SPANS, Reader, Text, encode, open_reader
from retrieval.splitting import sentences

COUNCIL = (
    "Ines Aldow was elected mayor of Saltmere on Sunday with 52 per cent of the vote. Her opponent, Piet Grahn, won "
    "44 per cent. The turnout was the lowest since 1998, the returning officer said."
)
FERRY = (
    "The ferry Alder Tern ran aground on Gannet Bank on Monday evening. The harbour master said that the crew had "
    "taken one buoy for another."
)
GARDENS = (
    "The botanical garden has planted two hundred roses along its southern wall and asks visitors to keep to the path."
)
MAYOR = "Who was elected mayor of Saltmere?"
FILLER = "The weather over the northern islands stays dry and windy for the rest of the week. "


@pytest.fixture(scope="module")
def reader() -> Reader:
    opened = open_reader("local", threads=2)
    assert opened
    return opened


@pytest.fixture(scope="module")
def read(reader: Reader) -> Callable[..., Reading]:
    """Reads one text."""

    def read_(question: str, text: str, title: str = "", offset: int = 0) -> Reading:
        (reading,) = reader.read(question, [Text(title, text, offset)])
        return reading

    return read_


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(TOKENIZER))


def well_formed(reading: Reading, text: str, offset: int = 0) -> None:
    """Finite logits, spans inside the text with words in them, the best first, none twice."""
    assert math.isfinite(reading.relevance)
    assert math.isfinite(reading.absent)
    assert len(reading.spans) <= SPANS
    assert [span.score for span in reading.spans] == sorted((span.score for span in reading.spans), reverse=True)
    places = [(span.start, span.end) for span in reading.spans]
    assert len(set(places)) == len(places)
    for start, end in places:
        assert offset <= start < end <= offset + len(text)
        assert any(map(str.isalnum, text[start - offset : end - offset]))


def test_the_answer_is_found_where_it_stands_in_the_article(read: Callable[..., Reading]) -> None:
    article = "Council elections.\n\n" + GARDENS + "\n\n" + COUNCIL
    offset = article.index(COUNCIL)
    best = read(MAYOR, article[offset:], "Council elections", offset).spans[0]
    assert "Aldow" in article[best.start : best.end]
    assert "Grahn" not in article[best.start : best.end]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Who was elected mayor of Saltmere?", "Aldow"),
        ("Who was the opponent of Ines Aldow?", "Grahn"),
        ("Since when was the turnout the lowest?", "1998"),
    ],
)
def test_the_question_decides_which_words_of_a_passage_answer(
    read: Callable[..., Reading], question: str, word: str
) -> None:
    best = read(question, COUNCIL).spans[0]
    assert word in COUNCIL[best.start : best.end]


def test_a_passage_that_answers_is_preferred_to_one_that_does_not(reader: Reader) -> None:
    answering, other, off = reader.read(MAYOR, [Text("", COUNCIL), Text("", FERRY), Text("", GARDENS)])
    assert answering.relevance > max(other.relevance, off.relevance)
    assert answering.spans[0].score - answering.absent > max(r.spans[0].score - r.absent for r in (other, off))


def test_spans_are_whole_words(read: Callable[..., Reading]) -> None:
    text = "Professor Xylantha Quorvexsson of Brzeszczyce won the Njordvik-Eyjafjall medal for hydrogeomorphology."
    reading = read("Who won the medal?", text)
    well_formed(reading, text)
    assert len(reading.spans) > 1
    for span in reading.spans:
        assert not (text[span.start - 1 : span.start].isalnum() and text[span.start].isalnum())
        assert not (text[span.end - 1].isalnum() and text[span.end : span.end + 1].isalnum())


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Who was denied a visa?",
            "Piet Grahn was denied a visa by Norvane.\n\nIda Voss, a swimmer, was denied one as well.",
        ),
        ("What is the name of the member for Gannet?", "• Jared Pohl\n\nRep. Jared Pohl is the member for Gannet."),
        (
            "When does the ferry leave?",
            "The ferry leaves in five days. It is now due to leave on Wednesday. Nobody knows why.",
        ),
    ],
)
def test_no_span_goes_on_into_another_sentence(read: Callable[..., Reading], question: str, text: str) -> None:
    reading = read(question, text)
    assert reading.spans
    for span in reading.spans:
        assert any(start <= span.start and span.end <= end for start, end in sentences(text)), text[
            span.start : span.end
        ]


def test_an_accent_that_stands_for_itself_is_kept_with_its_letter(read: Callable[..., Reading]) -> None:
    text = "The minister of fisheries is Rene\u0301 Malmo\u0308, the government said."
    reading = read("Who is the minister of fisheries?", text)
    assert all(text[span.end] not in "\u0301\u0308" for span in reading.spans if span.end < len(text))


def test_spans_count_from_where_the_passage_begins_in_its_article(read: Callable[..., Reading]) -> None:
    here, there = read(MAYOR, COUNCIL), read(MAYOR, COUNCIL, offset=12_345)
    moved = tuple(replace(span, start=span.start + 12_345, end=span.end + 12_345) for span in here.spans)
    assert there == replace(here, spans=moved)


@pytest.mark.parametrize("place", [0, 20, 39])
def test_no_part_of_a_long_passage_is_lost(read: Callable[..., Reading], place: int) -> None:
    sentence = "Ines Aldow was elected mayor of Saltmere on Sunday. "
    sentences = [FILLER] * 40
    text = "".join([*sentences[:place], sentence, *sentences[place:]])
    reading = read(MAYOR, text)
    best = reading.spans[0]
    assert text[best.start : best.end] in sentence
    assert reading.relevance > read(MAYOR, FILLER * 40).relevance
    assert reading.absent < read(MAYOR, FILLER * 40).absent


@pytest.mark.parametrize("length", [0, 1, 243, 244, 245, 400, 3_000])
def test_windows_fit_the_model_and_any_span_stands_whole_in_one(tokenizer: Tokenizer, length: int) -> None:
    text = " ".join(["sand"] * length)
    pairs = encode(tokenizer, "where is it " * 40, "a title " * 40, text)
    assert max(len(pair.ids) for pair in pairs) <= POSITIONS
    assert all(len(pair.ids) == len(pair.types) == len(pair.characters) == len(pair.words) for pair in pairs)
    held = [[at[0] // 5 for at in pair.characters if at] for pair in pairs]
    for first in range(max(1, length - LONGEST_SPAN + 1)):
        wanted = set(range(first, min(first + LONGEST_SPAN, length)))
        assert any(wanted <= set(window) for window in held)


def test_a_word_in_pieces_counts_as_one(tokenizer: Tokenizer) -> None:
    text = "The hydrogeomorphologist's map"
    (pair,) = encode(tokenizer, "Whose map?", "", text)
    pieces = [word for word in pair.words if word and text[slice(*word)] == "hydrogeomorphologist"]
    assert len(pieces) > 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        ".,;!?",
        "\ud800 lone \udfff",
        "\ud83d\ude00 Ines Aldow was elected mayor.",
        "👩‍👩‍👧 🎉",
        "東京で地震があった。" * 30,
        "\x00\x01\u202e",
        "a" * 5_000,
        "ΐ" * 3_000,
        "e\u0301" * 200,
    ],
)
def test_awkward_passages_are_read(read: Callable[..., Reading], text: str) -> None:
    well_formed(read(MAYOR, text), text)
    well_formed(read(MAYOR, text, title=text, offset=7), text, offset=7)


def test_a_surrogate_moves_no_offset(read: Callable[..., Reading]) -> None:
    text = "\ud83d\ude00 " + COUNCIL
    best = read(MAYOR, text).spans[0]
    assert "Aldow" in text[best.start : best.end]
    assert (text[best.start - 1], text[best.end].isalnum()) == (" ", False)


@pytest.mark.parametrize("question", ["", "?", "\udc00", "誰が市長になったのか", "who " * 5_000])
def test_awkward_questions_are_read(read: Callable[..., Reading], question: str) -> None:
    well_formed(read(question, COUNCIL), COUNCIL)


def test_of_a_long_question_the_end_is_read(read: Callable[..., Reading]) -> None:
    before = "We have talked about this, " + "and about that, " * 20 + "and nobody could agree on what was said. "
    assert read(before + MAYOR, COUNCIL) == read(MAYOR, COUNCIL)


def test_the_marks_of_the_model_are_words_where_an_article_has_them(reader: Reader) -> None:
    text = "[SEP] " + COUNCIL + " [CLS][PAD]"
    (reading,) = reader.read(MAYOR, [Text("[SEP]", text)])
    well_formed(reading, text)
    assert "Aldow" in text[reading.spans[0].start : reading.spans[0].end]


def test_a_vowel_sign_stays_with_its_word(read: Callable[..., Reading]) -> None:
    text = "นายกรัฐมนตรี ลาออกเมื่อวันศุกร์"
    for span in read("Who resigned?", text).spans:
        assert span.end == len(text) or unicodedata.category(text[span.end]) != "Mn"


@pytest.mark.parametrize("piece", [FILLER, "x1"])
def test_fifty_thousand_characters_are_read(read: Callable[..., Reading], piece: str) -> None:
    text = (piece * 50_000)[:50_000]
    well_formed(read(MAYOR, text), text)


def test_characters_that_are_words_are_not_joined(read: Callable[..., Reading]) -> None:
    text = "東京で地震があった" * 200
    assert all(span.end - span.start <= LONGEST_SPAN for span in read(MAYOR, text).spans)


def test_a_passage_is_read_the_same_alone_and_in_company(reader: Reader) -> None:
    texts = [
        Text("", COUNCIL),
        Text("Ferry aground", FERRY),
        Text("", GARDENS),
        Text("", ""),
        Text("", FILLER * 30),
    ] * 2
    assert reader.read(MAYOR, texts) == [reader.read(MAYOR, [text])[0] for text in texts]


def test_no_passages_have_no_readings(reader: Reader) -> None:
    assert reader.read(MAYOR, []) == []


def test_several_may_ask_a_new_reader_at_once() -> None:
    texts = [Text("", COUNCIL), Text("", FERRY), Text("", GARDENS)]
    questions = [MAYOR, "Where did the ferry run aground?", "What was planted?", "How many roses?"] * 3
    alone = Reader(threads=1)
    together = Reader(threads=2)
    with ThreadPoolExecutor(len(questions)) as pool:
        found = list(pool.map(lambda question: together.read(question, texts), questions))
    assert found == [alone.read(question, texts) for question in questions]


def test_opening_a_reader_imports_nothing_heavy() -> None:
    code = (
        "import sys; from retrieval.reading import open_reader; open_reader('local'); "
        "heavy = {'numpy', 'onnxruntime', 'tokenizers', 'torch'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_may_be_turned_off() -> None:
    assert open_reader("none") is None


@pytest.mark.parametrize("name", ["", "Local", "bert", "local:large"])
def test_an_unknown_reader_is_told_the_known_ones(name: str) -> None:
    with pytest.raises(RetrievalError, match='known are "local" and "none"'):
        open_reader(name)


@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_a_missing_or_damaged_model_is_said_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(RetrievalError, match=r"^the local reader cannot be loaded: [^\n]+$"):
        Reader(tmp_path).read(MAYOR, [Text("", COUNCIL)])


def test_a_missing_model_has_no_hash_but_a_line(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"^the local reader cannot be read: .*model\.onnx'$"):
        _ = Reader(tmp_path).sha256


def test_the_model_card_names_the_file_that_is_there(reader: Reader) -> None:
    card = (READER / "README.md").read_text(encoding="utf-8")
    assert reader.sha256 == hashlib.sha256((READER / "model.onnx").read_bytes()).hexdigest()
    assert reader.sha256 in card
