import itertools
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.composing.markers import Cut, Marked, disarmed, read


def sentences(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(sentence.text, sentence.numbers) for sentence in read([text])]


def test_markers_before_and_behind_the_full_stop_mean_the_same() -> None:
    expected = [("The bridge opened in June.", (1,)), ("It cost 4 million.", (2, 3))]

    assert sentences("The bridge opened in June [1]. It cost 4 million [2][3].") == expected
    assert sentences("The bridge opened in June. [1] It cost 4 million. [2][3]") == expected
    assert sentences("The bridge opened in June.[1] It cost 4 million.[2, 3]") == expected
    assert sentences("- The bridge opened in June [1].\n- It cost 4 million [2,3].\n") == expected


@pytest.mark.parametrize(
    "marker",
    [
        "[1, 2]",
        "[1][2]",
        "[1] [2]",
        "[[1]][[2]]",
        "[[1, 2]]",
        "【1】【2】",
        "［1］［2］",
        "[1-2]",
        "[1; 2]",
        "[^1][^2]",
        "[^1, 2]",
        "［1, 2］",
        "【1】[2]",
        "【1†source】【2†source】",
    ],
)
def test_every_usual_form_of_a_marker_is_read(marker: str) -> None:
    assert sentences(f"The bridge opened in June {marker}. Next.") == [
        ("The bridge opened in June.", (1, 2)),
        ("Next.", ()),
    ]


def test_markers_inside_a_sentence_belong_to_it() -> None:
    assert sentences("Officials said May [1], but the firm said June [2], the report shows [1].") == [
        ("Officials said May, but the firm said June, the report shows.", (1, 2))
    ]


def test_brackets_that_are_no_markers_stay() -> None:
    text = 'He said: "It [the bridge] opened in [2019] and I [sic] was there." [4]'
    assert sentences(text) == [('He said: "It [the bridge] opened in [2019] and I [sic] was there."', (4,))]


@pytest.mark.parametrize(
    "words", ["[sic]", "[Haftar's]", "page [12b]", "[2019]", "[...]", "[1", "2]", "[]", "[a1]", "[1.5]"]
)
def test_prose_in_brackets_is_no_marker_and_stays(words: str) -> None:
    assert sentences(f"It was {words} all that they said [3]. Next.") == [
        (f"It was {words} all that they said.", (3,)),
        ("Next.", ()),
    ]


@pytest.mark.parametrize(
    "marker", ["[1]", "[[1]]", "【1】", "［1］", "[^1]", "[ 1 ]", "[\u200b1]", "【1†source】", "[1, 2]", "[1-3]"]
)
def test_an_articles_own_numbers_cannot_be_taken_for_ours(marker: str) -> None:
    text = disarmed(f"It was built in 1871.{marker} Its lamp [sic] was lit in [2019].")
    assert re.fullmatch(r"It was built in 1871\.\(1(?:, 2|-3)?\) Its lamp \[sic\] was lit in \[2019\]\.", text)
    assert all(not sentence.numbers for sentence in read([text]))


@given(st.text(alphabet="[]【】［］^1 2,-†x\u200b", max_size=60))
def test_nothing_disarmed_is_a_marker(text: str) -> None:
    assert all(not sentence.numbers for sentence in read([disarmed(text)]))


def test_abbreviations_initials_and_decimals_do_not_end_a_sentence() -> None:
    text = (
        "Mr. J. Ortega of the U.S. Senate paid $1.5 million to Dr. Lind. [1] She declined it at 5 p.m. on Monday. [2]"
    )
    assert sentences(text) == [
        ("Mr. J. Ortega of the U.S. Senate paid $1.5 million to Dr. Lind.", (1,)),
        ("She declined it at 5 p.m. on Monday.", (2,)),
    ]


def test_sentences_without_markers_are_given_out_too() -> None:
    assert sentences("The bridge opened. It was late. Nobody knew why") == [
        ("The bridge opened.", ()),
        ("It was late.", ()),
        ("Nobody knew why", ()),
    ]


def test_lists_headings_and_emphasis_lose_their_marks() -> None:
    text = "## Opening\n1. The **bridge** opened in June [1].\n2. It was late [2].\n\n* Nobody came [3]."
    assert sentences(text) == [
        ("Opening", ()),
        ("The bridge opened in June.", (1,)),
        ("It was late.", (2,)),
        ("Nobody came.", (3,)),
    ]


def test_nothing_is_a_marker_in_a_code_fence() -> None:
    assert sentences("Before [1].\n```\nx = items[1]. Then [2]\n```\nAfter [3].") == [
        ("Before.", (1,)),
        ("x = items[1]. Then [2]", ()),
        ("After.", (3,)),
    ]
    assert sentences("```\nx[1]") == [("x[1]", ())]


def test_chinese_and_japanese_sentences_end_without_a_space() -> None:
    assert sentences("大桥六月通车。[1]造价四百万。【2】") == [("大桥六月通车。", (1,)), ("造价四百万。", (2,))]


def test_sentence_is_given_out_as_soon_as_the_next_word_is_there() -> None:
    seen: list[str] = []

    def chunks() -> Iterator[str]:
        for chunk in ["The bridge opened in ", "June [", "1", "]", ". ", "It "]:
            yield chunk
            seen.append(chunk)
        yield "was late."

    first = next(read(chunks()))
    assert first == Marked("The bridge opened in June.", (1,))
    assert seen[-1] == ". "


def test_cut_text_is_read_up_to_its_last_whole_sentence() -> None:
    def chunks() -> Iterator[str]:
        yield "The bridge opened in June [1]. It cost 4 "
        raise Cut

    assert list(read(chunks())) == [Marked("The bridge opened in June.", (1,))]


FORMS = ["[{}]", "[[{}]]", "【{}】", "［{}］", "[^{}]", "【{}†source】"]
BODIES = [
    "The bridge opened in June",
    "Mr. Lind paid $1.5 million [sic]",
    "“It [the bridge] is late,” he said on page [12b]",
]
SENTENCE = st.tuples(
    st.sampled_from(BODIES),
    st.lists(st.tuples(st.integers(1, 99), st.sampled_from(FORMS)), max_size=3),
    st.sampled_from([" {markers}.", ". {markers}", ".{markers}"]),
    st.sampled_from([" ", "\n", "\n\n", "\n- "]),
)


@given(st.lists(SENTENCE, min_size=1, max_size=6), st.data())
def test_every_sentence_keeps_its_own_words_and_numbers_however_it_is_written_and_cut(
    written: list[tuple[str, list[tuple[int, str]], str, str]], data: st.DataObject
) -> None:
    text, expected = "", []
    for body, numbers, place, gap in written:
        markers = "".join(form.format(number) for number, form in numbers)
        text += body + (place.format(markers=markers) if markers else ".") + gap
        expected.append(Marked(f"{body}.", tuple(dict.fromkeys(number for number, _ in numbers))))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)) | {0, len(text)})
    assert list(read(text[a:b] for a, b in itertools.pairwise(cuts))) == expected


PIECES = st.sampled_from(
    [
        "The U.S. said",
        " no",
        ".",
        "!",
        "?",
        " ",
        "\n",
        "[1]",
        "[",
        "]",
        "[[2]]",
        "1",
        ",",
        "【3】",
        "［4",
        "］",
        "。",
        "A",
        "b",
        "J.",
        " Mr.",
        "```",
        "\n```\n",
        "- ",
        "2. ",
        "…",
        '"',
        "[1-3]",
        "[1, 2]",
        "[^1]",
        "[sic]",
        "[Haftar's]",
        "page [12b]",
        "\u202e",
        "\u200b",
        "†x",
        "3.5",
        "大桥",
        "**",
        "a longer word here and more",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join), st.data())
@example("One [1]. Two. [2] Three", None)
@example("One. [1, 2] Two. 【3†a b】 Three", None)
def test_result_does_not_depend_on_how_the_stream_was_cut(text: str, data: st.DataObject | None) -> None:
    whole = list(read([text]))
    assert list(read(text)) == whole
    if data is not None and text:
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)) | {0, len(text)})
        assert list(read(text[a:b] for a, b in itertools.pairwise(cuts))) == whole


@given(st.lists(PIECES.filter(lambda piece: "`" not in piece), max_size=60).map("".join))
def test_no_letter_is_lost(text: str) -> None:
    def letters(words: str) -> str:
        return "".join(sign for sign in words if sign.isalpha() and sign not in "xab")

    assert letters("".join(sentence.text for sentence in read([text]))) == letters(text)


@pytest.mark.parametrize(
    "text",
    [
        "1, " * 30_000,
        "[" * 60_000,
        "[1, " * 20_000,
        "a. " * 5_000,
        "[1]" * 20_000,
        ". [" * 20_000,
        "word " * 15_000,
        ".!?" * 20_000,
        "x" * 60_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    for _ in read([text[n : n + 7] for n in range(0, len(text), 7)]):
        pass
    assert time.process_time() - started < 5, "linear takes half a second; quadratic takes minutes"


@pytest.mark.parametrize("text", ["[", "]", "[]", "[1", "[1] ", ". [1", "【", "[[1]]", "[1, "])
def test_twice_as_many_brackets_take_twice_as_long(text: str) -> None:
    def seconds(count: int) -> float:
        whole = text * count
        times = []
        for _ in range(3):
            started = time.process_time()
            for _ in read([whole[n : n + 7] for n in range(0, len(whole), 7)]):
                pass
            times.append(time.process_time() - started)
        return min(times)

    assert seconds(20_000) < 3.2 * seconds(10_000) + 0.05, "linear is 2, quadratic 4"
