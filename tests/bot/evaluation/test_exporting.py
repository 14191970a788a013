from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answers import BotError
from bot.evaluation.checking import check
from bot.evaluation.exporting import Exported, Wanted, exported
from bot.evaluation.gold import gold_record, parse_gold
from bot.feedback import Judged, Verdict
from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.tables import open_engine, sqlite_url
from tests.retrieval.town import BRIDGE, FERRY, FESTIVAL, loaded, take_in

Export = Callable[..., Exported]

QUESTION = "How much will the repairs of the bridge cost?"
REPAIRS = "Repairs will cost 4.2 million crowns, the mayor, Petra Lindqvist, said."
CRACKS = "Engineers found cracks in two of its nine piers last autumn."
DAY = datetime(2026, 5, 6, 12)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The bridge is in the collection "news", the ferry and the festival are in "handbook"."""
    folder = tmp_path_factory.mktemp("library")
    library = Library(folder, open_engine(sqlite_url(folder)), open_embedder("local"))
    collections = {"bridge": ("news", BRIDGE), "ferry": ("handbook", FERRY), "festival": ("handbook", FESTIVAL)}
    take_in(library, [loaded(id_, text, collection=name) for id_, (name, text) in collections.items()])
    yield library
    library.close()


@pytest.fixture
def export(library: Library, tmp_path: Path) -> Export:
    """What is exported of these judged answers; the check of gold files finds nothing wrong with it."""

    def made(*judged: Judged, wanted: Wanted = "all") -> Exported:
        export = exported(judged, library, wanted)
        if export.questions:
            path = tmp_path / "gold.jsonl"
            path.write_text("".join(json.dumps(gold_record(one)) + "\n" for one in export.questions), "utf-8")
            assert check(parse_gold(path), library) == ([], [])
        return export

    return made


def verdict(said: str, user: str = "U1", kind: str | None = None, reason: str | None = None) -> Verdict:
    return Verdict(user, "right" if said == "right" else "wrong", kind, reason, DAY)


def answer(
    *verdicts: Verdict | str,
    question: str = QUESTION,
    short: str | None = "4.2 million crowns",
    statements: Sequence[tuple[str, int]] = ((REPAIRS, 1),),
    cited: Sequence[tuple[str, str]] = (("bridge", REPAIRS),),
    collections: tuple[str, ...] = ("*",),
    given: datetime = DAY,
    **more: Any,
) -> Judged:
    """An answer as it is kept, of statements that each rest on the citation of a number, with its verdicts."""
    record = {
        "kind": "answer",
        "standalone_question": question,
        "answer": " ".join(f"{text} [{number}]" for text, number in statements),
        "short_answer": short,
        "statements": [
            {"text": text, "citations": [{"number": number, "quote": 0}], "support": "quoted"}
            for text, number in statements
        ],
        "citations": [
            {"number": number, "article_id": article_id, "quotes": [{"text": quote}]}
            for number, (article_id, quote) in enumerate(cited, start=1)
        ],
        "disagreements": [],
    }
    said = tuple(verdict(one) if isinstance(one, str) else one for one in verdicts)
    return Judged(record | more, {}, given, "slack", "U1", collections, said)


def refusal(*verdicts: Verdict | str, collections: tuple[str, ...] = ("*",), question: str = QUESTION) -> Judged:
    said = {"kind": "refusal", "answer": "The articles do not answer this question."}
    return answer(*verdicts, question=question, short=None, statements=(), cited=(), collections=collections, **said)


def lines(export: Exported) -> list[dict[str, Any]]:
    return [{key: value for key, value in gold_record(one).items() if key != "id"} for one in export.questions]


def test_a_right_answer_gives_its_short_answer_quote_and_article(export: Export) -> None:
    assert lines(export(answer("right"))) == [
        {
            "question": QUESTION,
            "answers": ["4.2 million crowns"],
            "articles": ["bridge"],
            "quotes": [REPAIRS],
            "answerable": True,
            "asked_at": "2026-05-06",
            "kind": "feedback",
        }
    ]


def test_a_long_answer_is_no_gold_answer_but_its_quotes_are_gold(export: Export) -> None:
    two: dict[str, Any] = {
        "statements": ((CRACKS, 1), (REPAIRS, 2)),
        "cited": (("bridge", CRACKS), ("bridge", REPAIRS)),
    }
    for short in (None, f"{CRACKS} {REPAIRS}", "5 million crowns"):
        (line,) = lines(export(answer("right", short=short, **two)))
        assert "answers" not in line, short
        assert (line["articles"], line["quotes"], line["answerable"]) == (["bridge"], [CRACKS, REPAIRS], True)


def test_only_what_holds_the_short_answer_is_named_where_there_is_one(export: Export) -> None:
    ferry = "All 214 passengers were brought ashore by noon."
    two: dict[str, Any] = {"statements": ((ferry, 1), (REPAIRS, 2)), "cited": (("ferry", ferry), ("bridge", REPAIRS))}
    assert lines(export(answer("right", **two)))[0]["articles"] == ["bridge"]
    assert lines(export(answer("right", short=None, **two)))[0]["articles"] == ["ferry", "bridge"]


def test_a_right_refusal_is_a_question_to_be_refused(export: Export) -> None:
    assert lines(export(refusal("right"))) == [
        {"question": QUESTION, "answerable": False, "asked_at": "2026-05-06", "kind": "feedback"}
    ]


def test_a_wrong_answer_says_what_was_wrong_and_why_and_claims_nothing(export: Export) -> None:
    judged = answer(verdict("wrong", "U1", "outdated", "It is 5 million now."), verdict("wrong", "U2"))
    assert lines(export(judged)) == [
        {
            "question": QUESTION,
            "explanation": f"called wrong (outdated: It is 5 million now.): “{REPAIRS}”",
            "wrong_answers": ["4.2 million crowns"],
            "asked_at": "2026-05-06",
            "kind": "feedback",
        }
    ]
    (line,) = lines(export(refusal(verdict("wrong", reason="It is in the minutes."))))
    assert line["explanation"] == "called wrong (It is in the minutes.): this refusal"
    assert not {"answerable", "wrong_answers"} & set(line)


def test_what_people_disagree_about_is_left_out_and_said(export: Export) -> None:
    pairs: list[tuple[Judged, ...]] = [
        (answer("right", verdict("wrong", "U2")),),
        (answer("right"), answer("wrong")),
        (answer("right", short=None), answer("wrong", short=None)),
        (refusal("right"), refusal("wrong")),
        (answer("right"), refusal("right")),
    ]
    for pair in pairs:
        found = export(*pair)
        assert found.questions == ()
        assert len(found.left_out) == 1
        assert f"“{QUESTION}” is left out: " in found.left_out[0]


def test_what_was_judged_of_one_question_stands_on_one_line(export: Export) -> None:
    again, nine = "how much will the REPAIRS of the bridge cost", DAY.replace(day=9)
    cracks = answer(
        "wrong", question=again, short="two", given=nine, statements=((CRACKS, 1),), cited=(("bridge", CRACKS),)
    )
    (line,) = lines(export(answer("right"), answer("right", short="4.2 Million crowns"), cracks))
    assert line["question"] == QUESTION
    assert len(line["answers"]) == 1
    assert (line["wrong_answers"], line["asked_at"]) == (["two"], "2026-05-06")
    assert line["explanation"] == f"called wrong: “{CRACKS}”"


def test_last_week_is_another_question_in_another_week(export: Export) -> None:
    relative = "What did the mayor say of the bridge last week?"
    again = answer("wrong", question=relative, given=DAY.replace(day=20))
    found = lines(export(answer("right", question=relative), again))
    assert [line["asked_at"] for line in found] == ["2026-05-06", "2026-05-20"]


def test_ids_and_lines_are_the_same_the_next_time_and_when_others_were_judged(export: Export) -> None:
    first = export(answer("right"), refusal("right", question="Who is the mayor's brother?"))
    other = answer("wrong", question="Who is the mayor?")
    again = export(other, answer("right"), refusal("right", question="Who is the mayor's brother?"))
    assert again.questions[1:] == first.questions
    assert len({one.id for one in again.questions}) == 3


def test_the_verdict_chooses(export: Export) -> None:
    judged = (
        answer("right"),
        refusal("right", question="Who is the mayor's brother?"),
        answer("wrong", question="Who is the mayor?"),
    )
    assert [one.question for one in export(*judged, wanted="wrong").questions] == ["Who is the mayor?"]
    assert len(export(*judged, wanted="right").questions) == 2
    assert len(export(*judged).questions) == 3


def test_what_the_library_no_longer_says_is_no_gold(export: Export) -> None:
    for cited in ((("bridge", "Repairs cost 3 million."),), (("gone", REPAIRS),)):
        found = export(answer("right", cited=cited))
        assert found.questions == ()
        assert "the articles no longer say what it cites" in found.left_out[0]
    both = answer("right", short=None, statements=((REPAIRS, 1), ("It is closed.", 2)),
                  cited=(("bridge", REPAIRS), ("gone", "It is closed.")))  # fmt: skip
    assert lines(export(both))[0]["articles"] == ["bridge"]
    found = export(answer("right", cited=()))
    assert "it cites nothing" in found.left_out[0]


def test_a_question_to_one_collection_says_so(export: Export) -> None:
    assert lines(export(answer("right", collections=("news",))))[0]["collection"] == "news"
    assert lines(export(refusal("right", collections=("handbook",))))[0]["collection"] == "handbook"
    assert len(export(answer("right"), refusal("right", collections=("handbook",))).questions) == 2
    assert "no collection 'gone'" in export(refusal("right", collections=("gone",))).left_out[0]


def test_a_refusal_from_some_collections_is_none_from_all(export: Export, library: Library) -> None:
    assert lines(export(refusal("right", collections=("news", "handbook"))))[0]["answerable"] is False
    found = export(refusal("right", collections=("handbook", "empty")))
    assert "others may answer it" in found.left_out[0]
    assert lines(export(answer("right", collections=("news", "empty"))))[0]["answerable"] is True


def test_the_sides_of_a_disagreement_are_gold_where_they_are_short(export: Export) -> None:
    def sides(*texts: str) -> dict[str, Any]:
        return {"disagreements": [{"about": "the cost", "sides": [{"text": text, "citations": [1]} for text in texts]}]}

    short, long = sides("4.2 million crowns", "5 million"), sides(REPAIRS, f"{CRACKS} {REPAIRS}")
    assert lines(export(answer("right", short=None, **short)))[0]["sides"] == [["4.2 million crowns"], ["5 million"]]
    assert "sides" not in lines(export(answer("right", **long)))[0]


def test_a_question_back_is_gold_only_as_something_to_mend(export: Export) -> None:
    back = {"kind": "question", "answer": "Do you mean the bridge or the ferry?", "short": None, "statements": ()}
    assert export(answer("right", **back)).left_out[0].endswith("a question back is no answer")
    (line,) = lines(export(answer("wrong", **back)))
    assert line["explanation"] == "called wrong: “Do you mean the bridge or the ferry?”"


def test_nothing_judged_is_said_plainly(export: Export) -> None:
    with pytest.raises(BotError, match="nobody has judged an answer yet"):
        export()


def test_the_day_is_the_one_on_which_it_was_asked(export: Export) -> None:
    assert export(answer("right")).questions[0].asked_at == date(2026, 5, 6)
