from __future__ import annotations

import json

from bot.records import answer_record
from tests.sample_answer import ANSWER, TEXT


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
