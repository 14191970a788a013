"""Requests that are no questions to the articles: greetings, thanks, help, what is new, articles about a topic, and
articles that hold a phrase.

Only a message that is such a request from its first word to its last is taken for one; a question that merely holds
"hello" or "new" goes to the search.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import prompts
from bot.composing import Draft, Outcome, Request, Span, phrases
from retrieval.articles import Article, Hit, Passage
from retrieval.splitting import sentences
from retrieval.wording import content_terms, terms

Reply = tuple[tuple[Hit, ...], Iterator[Draft | Outcome]]
Recent = Callable[[date | None, date | None, int], Sequence[Article]]

_LISTED = 10
_ADDRESSED = r"(?:\s+(?:there|footnote|bot|all|everyone|everybody|team|again))*"
_GREETING = re.compile(
    rf"(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)){_ADDRESSED}"
    r"(?:,? how are you(?: doing)?(?: today)?)?",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:ok(?:ay)?,? |great,? |perfect,? )?(?:thanks|thank you|thx|cheers|many thanks)"
    rf"(?:\s+(?:a lot|so much|very much|a million|for (?:your|the) (?:help|answer|information))|{_ADDRESSED})*",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"help(?: me)?|(?:who|what) are you|what (?:can|do) (?:you|i|we) (?:do|ask|know)(?: (?:here|you|for me|about))*"
    r"|what can (?:i|we) ask(?: you)?(?: about)?|what (?:is|does) footnote(?: do)?"
    r"|how (?:do|can|should) (?:i|we) (?:use|ask|work with) (?:you|this|footnote)|how (?:do you|does (?:this|it)) work",
    re.IGNORECASE,
)
_KIND = r"(?:articles?|stories|story|news|pieces|posts|headlines)"
_PERIOD = (
    r"(?P<period>today|yesterday|this week|last week|this month|recently|lately|(?:in|from) the (?:last|past) week)"
)
_NEWS = re.compile(
    rf"(?:(?:what(?:['’]s| is| are|s)?|show(?: me)?|list|any(?:thing)?|give me|tell me|is there|are there)\s+)*"
    rf"(?:(?:the|any|anything|all|your)\s+)*(?:new|(?:new|newest|latest|recent|most recent)\s+{_KIND}|news|latest)"
    rf"(?:\s+(?:here|there|in the library|for me))?(?:\s+{_PERIOD})?",
    re.IGNORECASE,
)
# Only plurals: after an answer, "which article?" asks for its source.
_ANY = re.compile(
    r"(?:please\s+)?(?:list|show|give)(?:\s+(?:me|us|all|any|some|the|your))*\s+(?:articles|stories|headlines)(?:\s+about)?"
    r"|(?:which|what)\s+(?:articles|stories|headlines)\s+(?:are there|do you have|are in the library)",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:please\s+)?(?:(?:can|could) you\s+)?"
    r"(?:list|show|find|give|search for|get|are there|is there|do you have|which|what)"
    rf"(?:\s+(?:me|us|all|any|some|the|your|recent|latest|new|\d+))*\s+{_KIND}"
    r"(?:\s+(?:are|do you have|is there|are there|you have))?"
    r"\s+(?:about|on|regarding|concerning|covering|mentioning|that mention|mention)\s+(?P<topic>.+)",
    re.IGNORECASE,
)


def reply(
    request: Request, *, recent: Recent, find: Callable[[str], tuple[Hit, ...]], count: Callable[[], int]
) -> Reply | None:
    """The hits and drafts for a request that is no question; None leaves it to the search.

    ``recent`` gives the newest articles between two dates, ``find`` the hits for a topic, ``count`` how many articles
    there are. A draft without hits is a courtesy that claims nothing.
    """
    words = " ".join(request.question.split()).rstrip(" !.?…:)")
    if _GREETING.fullmatch(words):
        return _courtesy(f"Hello! {_stock(count())}")
    if _THANKS.fullmatch(words):
        return _courtesy("You are welcome.")
    if _HELP.fullmatch(words):
        return _courtesy(f"{prompts.text('abilities')} {_stock(count())}")
    if news := _NEWS.fullmatch(words):
        return _newest(news["period"], request.as_of or date.today(), recent)
    if _ANY.fullmatch(words):
        return _newest(None, request.as_of or date.today(), recent)
    if wanted := phrases.phrase(words):
        return _saying(wanted, find)
    if about := _ABOUT.fullmatch(words):
        wanted = phrases.quoted(about["topic"])
        return _saying(wanted, find) if wanted else _about(about["topic"], find)
    return None


def _courtesy(text: str) -> Reply:
    return (), iter((Draft(text, ()), Outcome(model="none")))


def _stock(articles: int) -> str:
    if not articles:
        return "The library is still empty: `footnote ingest SOURCE` adds articles."
    there_are = "There is 1 article" if articles == 1 else f"There are {articles:,} articles"
    return f"{there_are} in the library. What is your question?"


def _newest(period: str | None, today: date, recent: Recent) -> Reply:
    since, until = _between((period or "").lower(), today)
    found = recent(since, until, _LISTED)
    if found:
        return _listed("The newest articles" + (f" of {period.lower()}:" if period and since else ":"), _opening(found))
    found = recent(None, None, 3) if since else ()
    if found:
        return _listed(f"No article is dated {_dated(since, until)}. The newest are:", _opening(found))
    return _courtesy("There are no articles in the library yet: `footnote ingest SOURCE` adds some.")


def _between(period: str, today: date) -> tuple[date | None, date | None]:
    """First and last day of a period; "this week" is the seven days up to today, so that Monday is not empty."""
    monday = _before(today, today.weekday())
    spans: dict[str, tuple[date, date]] = {
        "today": (today, today),
        "yesterday": (_before(today, 1), _before(today, 1)),
        "this week": (_before(today, 6), today),
        "last week": (_before(monday, 7), _before(monday, 1)),
        "this month": (today.replace(day=1), today),
    }
    if period.endswith("week") and period not in spans:
        return spans["this week"]
    return spans.get(period, (None, None))


def _before(day: date, days: int) -> date:
    """So many days earlier, but no earlier than the calendar goes."""
    return date.fromordinal(max(date.min.toordinal(), day.toordinal() - days))


def _dated(since: date | None, until: date | None) -> str:
    return f"{since}" if since == until else f"from {since} to {until}"


def _about(topic: str, find: Callable[[str], tuple[Hit, ...]]) -> Reply:
    """The articles of the topic's hits that name it, in the order found."""
    wanted = set(content_terms(topic))
    articles: dict[str, Article] = {}
    for hit in find(topic):
        if wanted & set(terms(f"{hit.article.title} . {hit.passage.text}")):
            articles.setdefault(hit.article.id, hit.article)
    if not articles:
        return _courtesy(f"No article in the library is about {topic.strip()}.")
    return _listed(f"Articles about {topic.strip()}:", _opening(list(articles.values())[:_LISTED]))


def _saying(wanted: str, find: Callable[[str], tuple[Hit, ...]]) -> Reply:
    """The articles among the hits that hold certain words, each cited with the sentence that does."""
    found: dict[str, Hit] = {}
    for hit in find(f'"{wanted}"'):
        article, passage = hit.article, hit.passage
        if span := phrases.where(wanted, article, (passage.start, passage.end)):
            within = passage.start <= span[0] and span[1] <= passage.end
            found.setdefault(article.id, replace(hit, span=span) if within else _at(article, *span))
        elif phrases.stands(wanted, article.title) and article.text.strip():
            found.setdefault(article.id, _first_sentence(article))
    if not found:
        return _courtesy(f"I find no article that says “{wanted}”.")
    place = "this article" if len(found) == 1 else "these articles"
    more = ", and perhaps in others" if len(found) >= _LISTED else ""  # the search gives no more
    return _listed(f"“{wanted}” stands in {place}{more}:", tuple(found.values())[:_LISTED])


def _opening(articles: Sequence[Article]) -> tuple[Hit, ...]:
    return tuple(_first_sentence(article) for article in articles if article.text.strip())


def _listed(heading: str, hits: tuple[Hit, ...]) -> Reply:
    drafts = (Draft(f"\n- {_line(hit.article)}", (index,), (Span(index, *hit.span),)) for index, hit in enumerate(hits))
    return hits, iter((Draft(heading, ()), *drafts, Outcome(model="none")))


def _line(article: Article) -> str:
    published = article.published.isoformat() if article.published else None
    return ", ".join(filter(None, (article.title or article.url or article.id, article.source, published)))


def _first_sentence(article: Article) -> Hit:
    """The article as a hit at its first sentence; a caption or heading only where there is nothing else."""
    spans = sentences(article.text, 0, min(len(article.text), 3000), article.language)
    own = [span for span in spans if article.kind_at(span[0]) == "paragraph"]
    return _at(article, *(own or spans)[0])


def _at(article: Article, start: int, end: int) -> Hit:
    """A part of an article as a hit of its own, which no search gave."""
    passage = Passage(
        f"{article.id}@{article.version}#0", article.id, article.version, start, end, article.text[start:end]
    )
    return Hit(article, passage, 0.0, (start, end))
