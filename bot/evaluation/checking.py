"""Whether a gold file and a library belong together, and where in the library its articles and quotes stand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.evaluation.gold import Gold, GoldError, GoldFile, Problem, unknown_keys
from bot.evaluation.matching import stands, tokens, words
from bot.evaluation.rows import Span, story
from retrieval.articles import Filters
from retrieval.wording import fold

if TYPE_CHECKING:
    from retrieval.articles import Article
    from retrieval.library import Library

_T = TypeVar("_T")

_BATCH = 500  # articles whose texts are in memory at once
_HINTS = 20  # with more unknown ids than this it is another library, and no similar id is sought
_ALIKE = 0.8  # of two ids, by difflib's ratio
_SHORT_ANSWER = 10  # tokens; a longer answer is somebody's words, not an article's
_LONGEST_SHOWN = 60  # characters of a quote in a message


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the library holds what one question names.

    ``stories``: for each gold article, in order, the one it is a copy of, or itself. ``quoted``: every place where one
    of the gold quotes stands, in offsets of the stored texts.
    """

    stories: tuple[str, ...]
    quoted: tuple[Span, ...]


def anchors(file: GoldFile, library: Library) -> tuple[Anchor, ...]:
    """One anchor a question, in the order of the file.

    A quote is sought in the named articles and their copies, or where none is named in all articles; any white space
    counts as one blank. Raises a GoldError that lists every unknown article or collection and every quote that stands
    nowhere.
    """
    found, problems = _anchored(file, library)
    if problems:
        raise GoldError(str(file.path), problems)
    return found


def check(file: GoldFile, library: Library) -> tuple[list[Problem], list[Problem]]:
    """All errors of a gold file against a library, and remarks on what is allowed but may be meant otherwise.

    Both in the order of the lines. A file with errors cannot be used, or not as it was meant; remarks are a person's to
    judge.
    """
    found, missing = _anchored(file, library)
    errors = [*file.problems, *missing, *_repeated(file)]
    remarks = [*_misspelt(file), *_doubtful(file), *_unsaid(file, found, library)]
    return sorted(errors, key=_by_line), sorted(remarks, key=_by_line)


def _by_line(problem: Problem) -> int:
    return problem.line


def _repeated(file: GoldFile) -> Iterator[Problem]:
    """Questions that stand on an earlier line as well, in the same conversation, of the same day and collection."""
    first: dict[object, int] = {}
    for gold, line in zip(file.questions, file.lines, strict=True):
        turns = tuple((_same(turn.question), _same(turn.answer)) for turn in gold.history)
        earlier = first.setdefault((_same(gold.question), turns, gold.collection, gold.asked_at), line)
        if earlier != line:
            yield Problem(line, f"the question “{_short(gold.question)}” stands on line {earlier} already")


def _misspelt(file: GoldFile) -> Iterator[Problem]:
    import difflib

    for key, lines in unknown_keys(file.path).items():
        close = difflib.get_close_matches(key.casefold(), Gold.__slots__, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        more = f" (on {len(lines)} lines)" if len(lines) > 1 else ""
        yield Problem(lines[0], f"the key {key!r} is not known and is not read{more}{hint}")


def _doubtful(file: GoldFile) -> Iterator[Problem]:
    for gold, line in zip(file.questions, file.lines, strict=True):
        says = gold.answers or gold.articles or gold.quotes or gold.answer_choice or gold.sides
        if gold.answerable and not says:
            yield Problem(line, "answerable is true, yet no answers, articles, quotes or choices say what is right")
        if gold.answerable is False and (gold.answers or gold.answer_choice):
            yield Problem(line, "answerable is false, yet there are answers; they are not used")


def _unsaid(file: GoldFile, found: Sequence[Anchor], library: Library) -> Iterator[Problem]:
    """Short answers that stand in none of the articles that their question names."""
    told = _told(_once(id_ for anchor in found for id_ in anchor.stories), library)
    for gold, line, anchor in zip(file.questions, file.lines, found, strict=True):
        short = [answer for answer in gold.answers if 0 < len(tokens(answer)) <= _SHORT_ANSWER]
        texts = [words(f"{article.title}\n{article.text}") for id_ in anchor.stories for article in told[id_]]
        if len(short) < len(gold.answers) or not short or not texts or gold.answerable is False:
            continue
        if not any(stands(answer, text) for text in texts for answer in short):
            said = f"the answer “{_short(short[0])}”" if len(short) == 1 else f"none of the {len(short)} answers"
            verb = "does not stand" if len(short) == 1 else "stands"
            yield Problem(line, f"{said} {verb} in the articles that the question names")


def _anchored(file: GoldFile, library: Library) -> tuple[tuple[Anchor, ...], list[Problem]]:
    """The anchors as far as there are any, and what was not found, in the order of the lines."""
    named = _once(id_ for gold in file.questions for id_ in gold.articles)
    known = library.catalogue.articles(named)
    hints = _hints([id_ for id_ in named if id_ not in known], library)
    told = _told(
        _once(story(known[id_]) for g in file.questions if g.quotes for id_ in g.articles if id_ in known), library
    )
    anywhere = _anywhere(_once(quote for g in file.questions if not g.articles for quote in g.quotes), library)
    empty = _empty(_once(gold.collection for gold in file.questions if gold.collection), library)
    found: list[Anchor] = []
    problems: list[Problem] = []
    for gold, line in zip(file.questions, file.lines, strict=True):
        if gold.collection in empty:
            problems.append(Problem(line, f"there is no collection {gold.collection!r} in the library"))
        unknown = [id_ for id_ in gold.articles if id_ not in known]
        problems += [
            Problem(line, f"there is no article {id_!r} in the library{hints.get(id_, '')}") for id_ in unknown
        ]
        stories = tuple(story(known[id_]) for id_ in gold.articles if id_ in known)
        quoted: list[Span] = []
        articles = [article for id_ in _once(stories) for article in told.get(id_, ())]
        for quote in gold.quotes:
            spans = [span for article in articles for span in _spans(quote, article)]
            if not gold.articles:
                spans = anywhere.get(quote, [])
            if not spans and not unknown:
                where = "none of the articles that the question names" if gold.articles else "no article"
                problems.append(Problem(line, f"the quote “{_short(quote)}” stands in {where}"))
            quoted += spans
        found.append(Anchor(stories, tuple(_once(quoted))))
    return tuple(found), problems


def _empty(collections: Sequence[str], library: Library) -> set[str]:
    """Those of the collections that hold no article: all questions to them would be refused, and seem well refused."""
    return {name for name in collections if not library.catalogue.newest(Filters(collections=(name,)), 1)}


def _told(stories: Sequence[str], library: Library) -> Mapping[str, list[Article]]:
    """For each story the article itself and its copies."""
    copies = library.catalogue.copies(stories)
    ids = {id_: [id_, *copies.get(id_, ())] for id_ in stories}
    articles = library.catalogue.articles(_once(id_ for told in ids.values() for id_ in told))
    return {original: [articles[id_] for id_ in told if id_ in articles] for original, told in ids.items()}


def _anywhere(quotes: Sequence[str], library: Library) -> Mapping[str, list[Span]]:
    """Where these quotes stand in any article; each text is read once.

    Only quotes whose longest inner word stands in a text are sought in it: a first or last word may be cut short.
    """
    found: dict[str, list[Span]] = defaultdict(list)
    by_word: dict[str, list[str]] = defaultdict(list)
    for quote in quotes:
        by_word[max(quote.split()[1:-1], key=len, default="")].append(quote)
    for article in _all(library) if quotes else ():
        for word in by_word.keys() & {"", *article.text.split()}:
            for quote in by_word[word]:
                found[quote] += _spans(quote, article)
    return found


def _all(library: Library) -> Iterator[Article]:
    ids = library.catalogue.ids()
    for first in range(0, len(ids), _BATCH):
        yield from library.catalogue.articles(ids[first : first + _BATCH]).values()


def _spans(quote: str, article: Article) -> list[Span]:
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    return [Span(article.id, match.start(), match.end()) for match in re.finditer(pattern, article.text)]


def _hints(unknown: Sequence[str], library: Library) -> Mapping[str, str]:
    """For each unknown id the known one that it may be a misspelling of."""
    import difflib

    if not 0 < len(unknown) <= _HINTS:
        return {}
    ids = library.catalogue.ids()
    close = {id_: difflib.get_close_matches(id_, ids, n=1, cutoff=_ALIKE) for id_ in unknown}
    return {id_: f" (did you mean {found[0]!r}?)" for id_, found in close.items() if found}


def _same(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


def _once(values: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(values))
