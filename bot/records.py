"""Answers, hits and articles as the records that are printed as JSON and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.answers import Answer, Citation
from retrieval.articles import Article, Hit


def answer_record(answer: Answer) -> dict[str, Any]:
    """An answer as ``ask --json`` prints it."""
    return {
        "id": answer.id,
        "kind": answer.kind,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "confidence": answer.confidence,
        "statements": [
            {
                "text": statement.text,
                "citations": [{"number": ref.number, "quote": ref.quote} for ref in statement.citations],
                "support": statement.support,
            }
            for statement in answer.statements
        ],
        "citations": [_citation_record(citation) for citation in answer.citations],
        "disagreements": [
            {
                "about": disagreement.about,
                "sides": [{"text": side.text, "citations": list(side.citations)} for side in disagreement.sides],
            }
            for disagreement in answer.disagreements
        ],
        "nearest": [{"id": nearest.id, "title": nearest.title, "url": nearest.url} for nearest in answer.nearest],
        "notice": answer.notice,
        "hits": hit_records(answer.hits),
        "model": answer.model,
        "usage": {"input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens},
        "timings": timings_record(answer.timings),
    }


def hit_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits as ``search --json`` and ``ask --json`` print them."""
    return [
        {
            "article_id": hit.article.id,
            "passage_id": hit.passage.id,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": hit.score,
            "text": hit.passage.text,
        }
        for hit in hits
    ]


def timings_record(timings: Mapping[str, float]) -> dict[str, float]:
    """Seconds a step, to the microsecond."""
    return {step: round(seconds, 6) for step, seconds in timings.items()}


def article_record(article: Article, *, text: bool = False) -> dict[str, Any]:
    """An article as ``articles list`` and ``articles show`` print it in JSON, the text only if asked for."""
    record: dict[str, Any] = {
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": _iso(article.published),
        "updated": _iso(article.updated),
        "url": article.url,
        "language": article.language,
        "collection": article.collection,
        "copy_of": article.copy_of,
    }
    if text:
        record["blocks"] = [{"start": b.start, "end": b.end, "kind": b.kind} for b in article.blocks]
        record["text"] = article.text
    return record


def _citation_record(citation: Citation) -> dict[str, Any]:
    article = citation.article
    return {
        "number": citation.number,
        "article_id": article.id,
        "passage_id": citation.passage.id,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": _iso(article.published),
        "url": article.url,
        "link": citation.link,
        "quotes": [{"text": quote.text, "start": quote.start, "end": quote.end} for quote in citation.quotes],
    }


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
