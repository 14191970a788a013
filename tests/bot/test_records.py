from __future__ import annotations

import json
from datetime import date

from bot.answers import Answer, Citation, Disagreement, Quote, Reference, Side, Statement
from bot.records import answer_record
from retrieval.articles import Article, Hit, Passage

TEXT = "The council met on Monday. It approved the bridge."
ARTICLE = Article(
    id="a1",
    title="Bridge approved",
    text=TEXT,
    url="https://example.org/bridge",
    author="Ada Quill",
    source="Harbour Post",
    published=date(2026, 5, 3),
)
PASSAGE = Passage("a1#1.0", "a1", 1, 0, len(TEXT), TEXT)
HIT = Hit(ARTICLE, PASSAGE, 0.25, (27, 50))
CITATION = Citation(
    1, ARTICLE, PASSAGE, (Quote(TEXT[27:50], 27, 50),), "https://example.org/bridge#:~:text=It%20approved"
)
ANSWER = Answer(
    id="x",
    kind="answer",
    question="and the bridge?",
    standalone_question="What about the bridge?",
    text="It approved the bridge. [1]",
    statements=(Statement("It approved the bridge.", (Reference(1, 0),), "quoted"),),
    citations=(CITATION,),
    confidence=0.8,
    disagreements=(Disagreement("the vote", (Side("nine", (1,)), Side("eight", (1,)))),),
    notice="The chat model could not be reached.",
    hits=(HIT,),
    timings={"search": 0.0123456789},
)


def test_the_json_of_an_answer_is_the_contract_in_its_order() -> None:
    record = answer_record(ANSWER)
    assert list(record) == [
        "id",
        "kind",
        "question",
        "standalone_question",
        "answer",
        "short_answer",
        "confidence",
        "statements",
        "citations",
        "disagreements",
        "nearest",
        "notice",
        "hits",
        "model",
        "usage",
        "timings",
    ]
    assert record["statements"] == [
        {"text": "It approved the bridge.", "citations": [{"number": 1, "quote": 0}], "support": "quoted"}
    ]
    assert list(record["citations"][0]) == (
        ["number", "article_id", "passage_id", "title", "source", "author", "published", "url", "link", "quotes"]
    )
    assert record["citations"][0]["quotes"] == [{"text": "It approved the bridge.", "start": 27, "end": 50}]
    assert record["disagreements"] == [
        {"about": "the vote", "sides": [{"text": "nine", "citations": [1]}, {"text": "eight", "citations": [1]}]}
    ]
    assert record["hits"] == [
        {"article_id": "a1", "passage_id": "a1#1.0", "start": 0, "end": len(TEXT), "score": 0.25, "text": TEXT}
    ]
    assert record["usage"] == {"input_tokens": 0, "output_tokens": 0}
    assert record["timings"] == {"search": 0.012346}
    json.dumps(record)
