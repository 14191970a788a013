"""Gold questions made of answers that people judged: what was right is to stay so, what was wrong is to be mended."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from bot.answers import BotError
from bot.evaluation.gold import Gold
from bot.evaluation.matching import stands, tokens, words
from retrieval.articles import Filters
from retrieval.understanding import understand
from retrieval.wording import fold

if TYPE_CHECKING:
    from bot.feedback import Judged
    from retrieval.library import Library

Wanted = Literal["right", "wrong", "all"]

_SHORT = 10  # tokens; nobody repeats a longer answer word for word
_LONGEST_SHOWN = 60  # characters of a question in a remark


@dataclass(frozen=True, slots=True)
class Exported:
    """Gold questions, the one asked first before the others, and a remark on each question that was left out."""

    questions: tuple[Gold, ...]
    left_out: tuple[str, ...]


class _LeftOut(Exception):
    """Why no gold question can be made of what was judged."""


@dataclass(frozen=True)
class _Reply:
    """One answer with its verdicts, as gold looks at it."""

    judged: Judged

    @property
    def record(self) -> Mapping[str, Any]:
        return self.judged.record

    @property
    def kind(self) -> str:
        return str(self.record["kind"])

    @property
    def question(self) -> str:
        return str(self.record["standalone_question"])

    @property
    def verdicts(self) -> set[str]:
        return {verdict.verdict for verdict in self.judged.verdicts}

    @property
    def collection(self) -> str | None:
        """The only collection that was searched; None where that was all of them, or several."""
        searched = self.judged.collections
        return searched[0] if len(searched) == 1 and searched != ("*",) else None

    @cached_property
    def said(self) -> str:
        """The statements without markers."""
        return " ".join(statement["text"] for statement in self.record["statements"])

    @cached_property
    def short(self) -> str | None:
        """The answer in a few words, if it stands so in the statements, where gold answers are looked for."""
        short = self.record["short_answer"]
        return short if short and len(tokens(short)) <= _SHORT and stands(short, words(self.said)) else None

    @cached_property
    def meant(self) -> tuple[str, ...]:
        """The same for replies that say the same."""
        return ("(refusal)",) if self.kind == "refusal" else tokens(self.short or self.said or self.record["answer"])

    @cached_property
    def citations(self) -> list[Mapping[str, Any]]:
        """What the statements that hold the short answer rest on; without one, all that is cited."""
        holding = [one for one in self.record["statements"] if self.short and stands(self.short, words(one["text"]))]
        numbers = {reference["number"] for one in holding for reference in one["citations"]}
        return [one for one in self.record["citations"] if not numbers or one["number"] in numbers]

    @property
    def sides(self) -> tuple[tuple[str, ...], ...]:
        """The sides of a disagreement, if all are short."""
        for disagreement in self.record["disagreements"][:1]:
            texts = [side["text"] for side in disagreement["sides"]]
            if len(texts) > 1 and all(0 < len(tokens(text)) <= _SHORT for text in texts):
                return tuple((text,) for text in texts)
        return ()


def exported(judged: Iterable[Judged], library: Library, wanted: Wanted = "all") -> Exported:
    """One gold question for each question that was judged, in the same words for the same verdicts and library.

    A right answer gives its short answer, and the quotes and articles that it cites; a right refusal a question that is
    to be refused; a wrong answer the question, what was wrong, and why. Left out is what people disagree about, and
    what rests on words that the library no longer holds. A BotError where nobody has judged anything.
    """
    asked: dict[object, list[_Reply]] = defaultdict(list)
    for one in judged:
        reply = _Reply(one)
        asked[_key(reply)].append(reply)
    if not asked:
        raise BotError("nobody has judged an answer yet")
    questions: list[Gold] = []
    left_out: list[str] = []
    for key, replies in asked.items():
        try:
            gold = _gold(key, replies, library)
        except _LeftOut as why:
            left_out.append(f"“{_cut(replies[0].question)}” is left out: {why}")
            continue
        if wanted == "all" or (wanted == "wrong") == (gold.answerable is None):
            questions.append(gold)
    return Exported(tuple(questions), tuple(left_out))


def _key(reply: _Reply) -> object:
    """What makes two questions the same: words, collection, and the days that "last week" is."""
    words = " ".join(re.findall(r"\w+", fold(reply.question)))
    periods = understand(reply.question, (), reply.judged.given.date()).periods
    return words, reply.collection, tuple(f"{period.first}/{period.last}" for period in periods)


def _gold(key: object, replies: Sequence[_Reply], library: Library) -> Gold:
    right, wrong = _sorted(replies)
    first = (right or wrong)[0]
    if first.collection and not library.catalogue.newest(Filters(collections=(first.collection,)), 1):
        raise _LeftOut(f"there is no collection {first.collection!r} in the library now")
    id_ = f"feedback-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}"
    known: dict[str, Any] = {
        "asked_at": first.judged.given.date(),
        "collection": first.collection,
        "explanation": "; ".join(_reasons(wrong)) or None,
        "kind": "feedback",
        "wrong_answers": _once(reply.short for reply in wrong),
    }
    if right and first.kind == "refusal":
        known["answerable"] = _refused(right, library)
    elif right:
        known |= _right(right, library)
    return Gold(id_, first.question, **known)


def _sorted(replies: Sequence[_Reply]) -> tuple[list[_Reply], list[_Reply]]:
    """The right replies and the wrong ones, if people agree which is which."""
    if any(len(reply.verdicts) > 1 for reply in replies):
        raise _LeftOut("the same answer was called right and wrong")
    right = [reply for reply in replies if reply.verdicts == {"right"} and reply.kind != "question"]
    wrong = [reply for reply in replies if reply.verdicts == {"wrong"}]
    if not right and not wrong:
        raise _LeftOut("a question back is no answer")
    if {reply.meant for reply in right} & {reply.meant for reply in wrong}:
        raise _LeftOut("answers that say the same were called right and wrong")
    if len({reply.kind for reply in right}) > 1:
        raise _LeftOut("an answer and a refusal were both called right")
    return right, wrong


def _right(replies: Sequence[_Reply], library: Library) -> dict[str, Any]:
    """What right answers say of the right answer, as far as the library still holds the words they rest on."""
    articles: list[str] = []
    quotes: list[str] = []
    standing: list[_Reply] = []
    for reply in replies:
        held = list(_held(reply, library))
        if held:
            standing.append(reply)
        for article_id, texts in held:
            articles.append(article_id)
            quotes += texts
    if not standing:
        cited = any(reply.citations for reply in replies)
        raise _LeftOut("the articles no longer say what it cites" if cited else "it cites nothing")
    return {
        "answerable": True,
        "answers": _once(reply.short for reply in standing),
        "articles": tuple(dict.fromkeys(articles)),
        "quotes": tuple(dict.fromkeys(quotes)),
        "sides": next((reply.sides for reply in standing if reply.sides), ()),
    }


def _held(reply: _Reply, library: Library) -> Iterator[tuple[str, list[str]]]:
    """The cited articles that still hold words that were quoted, with those words."""
    found = library.catalogue.articles([citation["article_id"] for citation in reply.citations])
    for citation in reply.citations:
        article = found.get(citation["article_id"])
        text = " ".join(article.text.split()) if article else ""
        quotes = [quote["text"] for quote in citation["quotes"] if " ".join(quote["text"].split()) in text]
        if article and quotes:
            yield article.id, quotes


def _refused(replies: Sequence[_Reply], library: Library) -> Literal[False]:
    """That a question is not answerable, if that is known of all that a run would search."""
    catalogue = library.catalogue
    for reply in replies:
        searched = reply.judged.collections
        if len(searched) == 1 or catalogue.eligible(Filters(collections=searched)) == catalogue.eligible(Filters()):
            return False
    raise _LeftOut("it was refused from some collections, and others may answer it")


def _reasons(replies: Sequence[_Reply]) -> Iterator[str]:
    """For each wrong reply what it was, and why it is wrong, as far as people said."""
    for reply in replies:
        verdicts = reply.judged.verdicts
        said = (": ".join(filter(None, (one.kind, one.reason))) for one in verdicts)
        given = dict.fromkeys(filter(None, said))
        why = f" ({'; '.join(given)})" if given else ""
        what = "this refusal" if reply.kind == "refusal" else f"“{reply.said or reply.record['answer']}”"
        yield f"called wrong{why}: {what}"


def _once(texts: Iterable[str | None]) -> tuple[str, ...]:
    """The texts, each once, whatever their case and punctuation."""
    return tuple({tokens(text): text for text in texts if text}.values())


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"
