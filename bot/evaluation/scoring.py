"""What one reply is worth against its gold: its share in each metric, whether it is right, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation.gold import Gold
from bot.evaluation.matching import chosen, exact, f1, stands, tokens, words
from bot.evaluation.rows import Cited, Outcome, Reply, Row
from bot.relevance import Expected, asked

_SHORT = 10  # tokens of an answer that a reply can be expected to hold word for word
_KINDS: dict[Expected, str] = {
    "name": "who",
    "date": "when",
    "number": "how many",
    "place": "where",
    "which": "which",
    "any": "other",
}


@dataclass(frozen=True, slots=True)
class Score:
    """One question's share in a metric, whose value over a run is sum of numerators / sum of denominators.

    A denominator of 0 means that the question does not count.
    """

    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure the bot was of what it said or would have said, and whether that was right.

    ``covered``: whether there is an answer at all, which some threshold would have shown.
    """

    confidence: float
    right: bool
    covered: bool


_UNCOUNTED = Score(0.0, 0.0)


def scores(row: Row) -> dict[str, Score]:
    """The share of one question in every metric that is a mean and needs no other question and no price.

    Rankings of articles are scored in ``ranking``; seconds, cost and the area under the risk curve in ``metrics``.
    """
    return {
        **_hit_scores(row),
        **_answer_scores(row),
        **_side_scores(row),
        **_citation_scores(row),
        **_refusal_scores(row),
        "tokens": Score(float(row.reply.input_tokens + row.reply.output_tokens) if row.reply else 0.0, 1.0),
    }


def is_right(row: Row, reply: Reply) -> bool | None:
    """Whether a reply to the row's question is right; None where gold says nothing to judge it by.

    Any answer to an unanswerable question is wrong, and only an answer can be right: refusals have metrics of their
    own. A short gold answer must stand in the statements; without answers the right choice must; where there are only
    long answers, which nobody repeats word for word, or none, a gold article or quote must be cited.
    """
    gold = row.gold
    if gold.answerable is False:
        return False
    wordings = _wordings(gold)
    answered = reply.kind == "answer"
    if any(0 < len(tokens(wording)) <= _SHORT for wording in wordings):
        return answered and _any_stands(wordings, said(reply))
    if not wordings and gold.choices and gold.answer_choice:
        return answered and _choice(gold, reply) in gold.answer_choice
    if row.stories or row.quoted:
        return answered and _cites_gold(row, reply)
    return None


def outcome(row: Row) -> Outcome:
    """What became of one question, in the words that a report groups by."""
    reply, answerable = row.reply, row.gold.answerable
    if reply is None:
        return "failed"
    answered = reply.kind == "answer"
    if answerable is False:
        return "should have refused" if answered else "rightly refused"
    right = is_right(row, reply)
    if right is None or (answerable is None and not answered):
        return "unjudged"
    if not answered:
        return "wrongly refused" if _retrieved(row, reply) else "not retrieved"
    if right:
        return "wrong citation" if (row.stories or row.quoted) and not _cites_gold(row, reply) else "right"
    if not _retrieved(row, reply):
        return "not retrieved"
    return "retrieved but not answered" if _cites_gold_article(row, reply) else "wrong answer"


def sureness(row: Row) -> Sureness | None:
    """What the risk curve and the Brier score know of a question; None where it does not count there.

    It counts where gold states whether it is answerable and the reply can be judged; the reply is the one that would
    have been given had nothing been refused. A question that failed is wrong and counts as if the bot had been sure of
    it, so that failing never makes the Brier score better; the risk curve, which is of answers, leaves it out.
    """
    if row.gold.answerable is None:
        return None
    final = row.would_be or row.reply
    right = is_right(row, final or Reply("refusal", "", 0.0))
    if right is None:
        return None
    return Sureness(final.confidence, right, final.kind == "answer") if final else Sureness(1.0, False, False)


def kind_of(gold: Gold) -> str:
    """The kind of question that reports group by: as gold says, else "follow-up", else what it asks for."""
    if gold.kind:
        return gold.kind
    return "follow-up" if gold.history else _KINDS[asked(gold.question).expected]


def said(reply: Reply) -> str:
    """The text of all statements shown, without markers."""
    return " ".join(statement.text for statement in reply.statements)


def _hit_scores(row: Row) -> dict[str, Score]:
    hits = row.reply.hits[:4] if row.reply else ()
    by_answer = 1.0 if row.gold.answers and row.gold.answerable is not False else 0.0
    held = [_any_stands(row.gold.answers, hit.text) for hit in hits] if by_answer else []
    quoted = any(
        hit.article_id == span.article_id and hit.start <= span.start and span.end <= hit.end
        for hit in hits
        for span in row.quoted
    )
    return {
        "answer_in@1": Score(float(any(held[:1])), by_answer),
        "answer_in@4": Score(float(any(held)), by_answer),
        "quote_in@4": Score(float(quoted), float(bool(row.quoted))),
    }


def _answer_scores(row: Row) -> dict[str, Score]:
    """A refusal, a question back and a failure score 0, in the length of answers too."""
    gold = row.gold
    reply = row.reply if row.reply and row.reply.kind == "answer" else None
    possible = gold.answerable is not False
    counts = 1.0 if possible and gold.answers else 0.0
    choice_counts = 1.0 if possible and gold.choices and gold.answer_choice else 0.0
    values = dict.fromkeys(("answer_contains", "answer_words", "answer_exact", "answer_f1"), 0.0)
    if reply and counts:
        text = said(reply)
        short = reply.short_answer or text
        values = {
            "answer_contains": float(_any_stands(gold.answers, text)),
            "answer_words": float(len(text.split())),
            "answer_exact": max(exact(answer, short) for answer in gold.answers),
            "answer_f1": max(f1(answer, short) for answer in gold.answers),
        }
    rightly_chosen = bool(reply and choice_counts and _choice(gold, reply) in gold.answer_choice)
    return {
        **{name: Score(value, counts) for name, value in values.items()},
        "choice_accuracy": Score(float(rightly_chosen), choice_counts),
    }


def _side_scores(row: Row) -> dict[str, Score]:
    gold = row.gold
    texts: list[tuple[str, ...]] = []
    if row.reply and row.reply.kind == "answer":
        texts = [words(said(row.reply)), *(words(side.text) for side in row.reply.disagreements)]

    def shown(wordings: Sequence[str]) -> bool:
        return any(stands(wording, text) for wording in wordings for text in texts)

    return {
        "sides_shown": Score(
            float(len(gold.sides) > 1 and all(shown(side) for side in gold.sides)), float(len(gold.sides) > 1)
        ),
        "wrong_alone": Score(
            float(shown(gold.wrong_answers) and not shown(_wordings(gold))), float(bool(gold.wrong_answers))
        ),
    }


def _citation_scores(row: Row) -> dict[str, Score]:
    """``citation_gold``, and precision and recall as in ALCE (Gao et al., 2023), a mean over what was written.

    A reply whose every sentence was dropped, so that it became a refusal, is judged too.
    """
    reply, judged = row.reply, row.judged
    if reply is None:
        return dict.fromkeys(("citation_gold", "citation_precision", "citation_recall"), _UNCOUNTED)
    named = bool(row.stories or row.quoted) and row.gold.answerable is not False
    counts = named and reply.kind == "answer"
    needed: Sequence[bool] = judged.needed if judged else ()
    supported: Sequence[bool] = judged.supported if judged else ()
    stated = float(bool(supported))
    return {
        "citation_gold": Score(float(_cites_gold(row, reply)), 1.0) if counts else _UNCOUNTED,
        "citation_precision": Score(sum(needed) / (len(needed) or 1), stated),
        "citation_recall": Score(sum(supported) / (len(supported) or 1), stated),
    }


def _refusal_scores(row: Row) -> dict[str, Score]:
    """Refusals, positive where refused; a question back and a failure are no refusals."""
    refused = row.reply is not None and row.reply.kind == "refusal"
    wanted = row.gold.answerable is False
    rightly = float(refused and wanted)
    sure = sureness(row)
    return {
        "refusal_precision": Score(rightly, float(refused and row.gold.answerable is not None)),
        "refusal_recall": Score(rightly, float(wanted)),
        "brier": Score((sure.confidence - sure.right) ** 2, 1.0) if sure else _UNCOUNTED,
    }


def _wordings(gold: Gold) -> tuple[str, ...]:
    """Everything that gold accepts as an answer, on whichever side."""
    return (*gold.answers, *(wording for side in gold.sides for wording in side))


def _any_stands(wordings: Sequence[str], text: str) -> bool:
    heard = words(text)
    return any(stands(wording, heard) for wording in wordings)


def _choice(gold: Gold, reply: Reply) -> int | None:
    """The choice that the short answer names; where it names none at all, the one that the whole answer names."""
    short = reply.short_answer or ""
    return chosen(gold.choices, short if _any_stands(gold.choices, short) else said(reply))


def _cites_gold(row: Row, reply: Reply) -> bool:
    """Whether some citation is in a gold article, or in a copy of one, or has a quote over a gold quote."""
    golden = {*row.stories, *row.gold.articles}
    if _cited_stories(reply) & golden:
        return True
    return any(_over_quote(row, citation) for citation in reply.citations)


def _cites_gold_article(row: Row, reply: Reply) -> bool:
    """Whether some citation is in an article that holds the answer: a gold one, or one with a gold quote."""
    golden = {*row.stories, *row.gold.articles, *(span.article_id for span in row.quoted)}
    return bool(_cited_stories(reply) & golden)


def _cited_stories(reply: Reply) -> set[str]:
    """The articles cited and those that they are copies of."""
    cited = {citation.article_id for citation in reply.citations}
    return cited | {hit.story for hit in reply.hits if hit.article_id in cited}


def _over_quote(row: Row, citation: Cited) -> bool:
    return any(
        citation.article_id == span.article_id and start < span.end and span.start < end
        for start, end in citation.quotes
        for span in row.quoted
    )


def _retrieved(row: Row, reply: Reply) -> bool:
    """Whether the search found what gold names: an article or a quote; where it names neither, an answer."""
    if not row.stories and not row.quoted:
        right_choices = [row.gold.choices[index] for index in row.gold.answer_choice]
        return any(_any_stands([*_wordings(row.gold), *right_choices], hit.text) for hit in reply.hits)
    return any(
        hit.story in row.stories
        or any(
            hit.article_id == span.article_id and hit.start < span.end and span.start < hit.end for span in row.quoted
        )
        for hit in reply.hits
    )
