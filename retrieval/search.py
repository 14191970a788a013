"""A question to ranked hits: understand, retrieve twice, fuse by reciprocal rank, read, diversify, join."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from math import hypot, prod
from operator import mul

from retrieval.articles import Article, Filters, Hit, Passage, Reading, Why, Wording, article_of
from retrieval.catalogue import Located
from retrieval.embedding import Vectors
from retrieval.joining import joined
from retrieval.library import Library
from retrieval.periods import Period
from retrieval.reading import PassageReader, Text
from retrieval.reranking import BOOSTS, NEARNESS, combined, nearness, scores, unread
from retrieval.understanding import Understood, understand
from retrieval.wording import fold

_ARTICLES = 10  # different ones among the hits where there are as many
_WIDER, _WIDEST = 4, 16  # times the candidates, where those of a few long articles are the best of all
_FEW_ARTICLES, _LARGE_SHARE = 400, 0.1  # filters that leave fewer of both are looked through passage by passage
_FARTHEST = 3000  # passages asked of Chroma at most, so that enough of them meet the filters
_OUTLET, _PHRASE, _CITED = 1.2, 1.5, 1.1  # factors of the fused score
_DATELESS = 4  # one in so many of the passages that are read is chosen without heeding dates
_OF_THE_TIME = 7  # days around the time that is asked about: it is a reason to be told that an article is of these


_Ranked = Sequence[tuple[str, float]]  # ids of passages with what they were ranked by, the best first


@dataclass(frozen=True, slots=True)
class Ranking:
    """How candidates become hits: plain numbers, so that the room needs no settings object."""

    candidates: int = 60
    rrf_k: int = 5
    dense_weight: float = 1.0
    lexical_weight: float = 1.5
    passages_per_article: int = 3
    hits: int = 16
    read: int = 16
    recency: float = 1.0  # power of nearness in time


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage that may become a hit.

    ``fused`` is what the retrievers make of it, ``factor`` what raises it for its outlet, quoted phrases and the
    conversation, ``near`` what its article's date does to its odds; ``score`` is made of all of them.
    """

    located: Located
    score: float
    why: Why
    fused: float = 0.0
    factor: float = 1.0
    near: float = 1.0
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class _Scope:
    """What filters leave: articles, their share of all, and their passages where those are few."""

    articles: frozenset[str]
    share: float
    passages: list[str] | None


class Search:
    """The one way from a question to hits."""

    def __init__(self, library: Library, ranking: Ranking | None = None, reader: PassageReader | None = None) -> None:
        """``reader`` reads the best candidates and, with the retrievers, decides among them; None: these alone do."""
        self._library = library
        self._ranking = ranking or Ranking()
        self._reader = reader
        self._vectors = Vectors(library.embedder.embeddings)
        self._outlets: tuple[int, frozenset[str]] = (-1, frozenset())
        self._scopes: dict[tuple[int, Filters], _Scope] = {}
        self._keeping = threading.Lock()

    def find(
        self,
        question: str,
        filters: Filters | None = None,
        as_of: date | None = None,
        *,
        alternatives: Sequence[Wording] = (),
        cited: Collection[str] = (),
    ) -> tuple[tuple[Hit, ...], Mapping[str, float]]:
        """Hits, the best first, and the seconds each step took.

        Filters exclude; what the question says of outlets, dates and quoted phrases only raises. ``as_of`` is the day
        that "last week" counts from; articles around it are raised where the question names no time. ``alternatives``
        are other wordings of the question, whose rankings are fused with its own; ``cited`` are ids of articles that a
        conversation has rested on so far, which raises them a little.
        """
        filters = filters or Filters()
        weights = _weights(Wording(question), *alternatives)
        question, *_ = wordings = list(weights)
        clock = _Clock()
        vectors = self._vectors.of(wordings)
        clock.lap("embed")
        with self._library.reading() as layout:
            scope = self._scope(filters, layout)
            factor = 1
            while True:
                count = factor * self._ranking.candidates
                dense = [self._nearest(layout, vector, count, scope) for vector in vectors]
                clock.lap("dense")
                bm25 = self._library.bm25(layout)
                lexical = [bm25.best(wording, count, filters) for wording in wordings]
                clock.lap("lexical")
                located = self._library.catalogue.located(list({id_ for id_, _ in chain(*dense, *lexical)}), layout)
                enough = len({at.story for at in located.values()}) >= _ARTICLES
                if enough or factor >= _WIDEST or max(map(len, (*dense, *lexical))) < count:
                    break
                factor *= _WIDER
            candidates = self._fused(list(zip(weights.values(), dense, lexical, strict=True)), located)
            today = as_of or date.today()
            understood = understand(question, self._known_outlets(), today)
            held = self._holding(understood.phrases, candidates)
            known = [candidate.located for candidate in candidates if _is_cited(candidate, cited)]
            days = dict.fromkeys([today, *(at.published for at in known if at.published)])
            understood = replace(understood, periods=understood.periods or tuple(Period(day, day) for day in days))
            candidates = _raised(candidates, understood, cited, held, self._ranking.recency)
            first, others = self._to_read(candidates, held) if self._reader else ([], candidates)
            chosen = self._diverse([*first, *others])
            # reading changes the order of what it reads alone, so all that can be chosen after it is among these
            articles = self._library.catalogue.articles(list({c.located.article_id for c in (*chosen, *first)}))
        clock.lap("rank")
        if self._reader and first:  # without the lock: it takes the longest, and writers wait for that
            texts = [_text(candidate, articles) for candidate in first]
            chosen = self._diverse(_reread(first, self._reader.read(question, texts), others))
            clock.lap("read")
        hits = joined([_hit(candidate, articles) for candidate in chosen])
        clock.lap("rank")
        return tuple(hits), clock.seconds

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """How near each text is to a question in meaning: cosines, from -1 to 1."""
        vector, *others = self._vectors.of([_encodable(text) for text in (question, *texts)])
        return [sum(map(mul, vector, other)) / (hypot(*vector) * hypot(*other) or 1.0) for other in others]

    def _nearest(
        self, layout: int, vector: Sequence[float], count: int, scope: _Scope | None
    ) -> list[tuple[str, float]]:
        """The nearest passages in scope: among the few there are, or of so many that enough of them are in scope."""
        nearest = self._library.dense.nearest
        if scope is None:
            return nearest(layout, vector, count)
        if scope.passages is not None:
            return nearest(layout, vector, min(count, max(1, len(scope.passages))), scope.passages)
        found = nearest(layout, vector, min(_FARTHEST, int(count / scope.share * 1.3)))
        return [(id_, similarity) for id_, similarity in found if article_of(id_) in scope.articles][:count]

    def _scope(self, filters: Filters, layout: int) -> _Scope | None:
        """What the filters leave, kept while the library stays as it is; None where nothing is filtered."""
        if filters == Filters():
            return None
        key = (self._library.generation, filters)
        known = self._scopes.get(key)
        if known is None:
            catalogue = self._library.catalogue
            articles = catalogue.eligible(filters)
            share = len(articles) / max(1, catalogue.count())
            few = len(articles) <= _FEW_ARTICLES and share < _LARGE_SHARE
            passages = catalogue.passages_of(articles, layout) if few else None
            known = _Scope(articles, share, passages)
            with self._keeping:  # questions come from several threads
                self._scopes = {k: v for k, v in self._scopes.items() if k[0] == key[0]} | {key: known}
        return known

    def _fused(
        self, rankings: Sequence[tuple[float, _Ranked, _Ranked]], located: Mapping[str, Located]
    ) -> list[_Candidate]:
        """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), ranks counted among what may be shown.

        ``rankings``: for each wording its weight, the nearest passages and the best by words, the question's own
        wording first. A passage's ranks are those for the question itself, where that found it.
        """
        of_dense, of_lexical = self._ranking.dense_weight, self._ranking.lexical_weight
        fused: dict[str, float] = defaultdict(float)
        whys: dict[str, Why] = {}
        for number, (weight, dense, lexical) in enumerate(rankings):
            similarities = dict(dense)
            dense_ranks, lexical_ranks = _ranks(dense, located), _ranks(lexical, located)
            for id_ in dict.fromkeys([*dense_ranks, *lexical_ranks]):
                for ranks, of_retriever in ((dense_ranks, of_dense), (lexical_ranks, of_lexical)):
                    if id_ in ranks:
                        fused[id_] += weight * of_retriever / (self._ranking.rrf_k + ranks[id_])
                if id_ not in whys:
                    own = (None, None) if number else (dense_ranks.get(id_), lexical_ranks.get(id_))
                    whys[id_] = Why(*own, similarities.get(id_))
        return _sorted(_Candidate(located[id_], score, whys[id_]) for id_, score in fused.items())

    def _holding(self, phrases: Sequence[str], candidates: Sequence[_Candidate]) -> dict[str, list[str]]:
        """Of each candidate's id the phrases that stand in it; looked up only where a question quotes some."""
        if not phrases:
            return {}
        articles = self._library.catalogue.articles(list({candidate.located.article_id for candidate in candidates}))
        held: dict[str, list[str]] = {}
        for at in (candidate.located for candidate in candidates):
            article = articles.get(at.article_id)
            if article is not None and article.version == at.version:  # another host may have written meanwhile
                text = " ".join(fold(article.text[at.start : at.end]).split())
                held[at.id] = [phrase for phrase in phrases if phrase in text]
        return held

    def _to_read(
        self, candidates: Sequence[_Candidate], held: Mapping[str, Sequence[str]]
    ) -> tuple[list[_Candidate], list[_Candidate]]:
        """The likeliest candidates before reading, as many as are to be read, and the others.

        First those that hold a quoted phrase, then a few whatever their dates, so that news do not crowd out all else.
        No copies, and no more of one article than hits may be, unless there is nothing else.
        """
        told = _told(candidates)
        dateless = sorted(told, key=lambda candidate: -candidate.fused * candidate.factor)
        likely = sorted(
            told, key=lambda candidate: -candidate.fused * candidate.factor * candidate.near ** (1 / BOOSTS)
        )
        ordered = [*dateless[: self._ranking.read // _DATELESS], *likely]
        chosen: dict[str, _Candidate] = {}
        counts: dict[str, int] = defaultdict(int)
        ordered.sort(key=lambda candidate: not held.get(candidate.located.id))
        for cap in (self._ranking.passages_per_article, self._ranking.read):
            for candidate in ordered:
                at = candidate.located
                if len(chosen) < self._ranking.read and counts[at.article_id] < cap and at.id not in chosen:
                    chosen[at.id] = candidate
                    counts[at.article_id] += 1
        return list(chosen.values()), [c for c in candidates if c.located.id not in chosen]

    def _diverse(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """Ten different stories where there are ten, at most a few passages of each while there are enough stories."""
        best: dict[str, _Candidate] = {}
        for candidate in candidates:
            best.setdefault(candidate.located.story, candidate)
        told = _told(candidates)
        chosen = list(best.values())[:_ARTICLES]
        taken = {candidate.located.id for candidate in chosen}
        counts = {candidate.located.article_id: 1 for candidate in chosen}
        for cap in (self._ranking.passages_per_article, self._ranking.hits):
            if cap == self._ranking.hits and len(best) >= _ARTICLES:
                break
            for candidate in told:
                article_id = candidate.located.article_id
                if len(chosen) >= self._ranking.hits:
                    break
                if candidate.located.id not in taken and counts.get(article_id, 0) < cap:
                    chosen.append(candidate)
                    taken.add(candidate.located.id)
                    counts[article_id] = counts.get(article_id, 0) + 1
        return sorted(chosen, key=lambda candidate: (-candidate.score, candidate.located.id))

    def _known_outlets(self) -> frozenset[str]:
        """The library's outlets, looked up again when the library has changed."""
        generation = self._library.generation
        if self._outlets[0] != generation:
            self._outlets = generation, frozenset(self._library.catalogue.outlets())
        return self._outlets[1]


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


def _encodable(text: str) -> str:
    """The text without lone surrogates, at which every library stops."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _weights(*wordings: Wording) -> dict[str, float]:
    """The weight of each wording, in their order; equal ones are looked up once and weigh together."""
    weights: dict[str, float] = defaultdict(float)
    for wording in wordings:
        weights[_encodable(wording.text)] += wording.weight
    return weights


def _ranks(found: _Ranked, located: Mapping[str, Located]) -> dict[str, int]:
    """Ranks from 1 of what may be shown."""
    return {id_: rank for rank, id_ in enumerate((id_ for id_, _ in found if id_ in located), start=1)}


def _told(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates without copies: a story is told by one of its articles, the one whose passage comes first."""
    tellers: dict[str, str] = {}
    for candidate in candidates:
        tellers.setdefault(candidate.located.story, candidate.located.article_id)
    return [c for c in candidates if tellers[c.located.story] == c.located.article_id]


def _raised(
    candidates: Sequence[_Candidate],
    understood: Understood,
    cited: Collection[str],
    held: Mapping[str, Sequence[str]],
    recency: float,
) -> list[_Candidate]:
    """In their new order the candidates, with what raised each: of outlets, dates, phrases, and the conversation."""
    published = [candidate.located.published for candidate in candidates]
    days = [min(period.days_to(day) for period in understood.periods) if day else None for day in published]
    raised = []
    for candidate, off, odds in zip(candidates, days, nearness(days), strict=True):
        boosts: list[str] = []
        factors: list[float] = []
        located, near = candidate.located, odds**recency
        if located.source in understood.outlets:
            factors.append(_OUTLET)
            boosts.append(f"outlet {located.source}")
        if located.published and off is not None and off <= _OF_THE_TIME and near > 1:
            boosts.append(f"date {located.published.isoformat()}")
        if _is_cited(candidate, cited):
            factors.append(_CITED)
            boosts.append("cited before")
        phrases = held.get(located.id, ())
        factors += [_PHRASE] if phrases else []
        boosts += [f"phrase “{phrase}”" for phrase in phrases]
        why, fused, factor = replace(candidate.why, boosts=tuple(boosts)), candidate.score, prod(factors)
        score = fused * factor * near**NEARNESS
        raised.append(replace(candidate, score=score, why=why, fused=fused, factor=factor, near=near))
    return _sorted(raised)


def _is_cited(candidate: _Candidate, cited: Collection[str]) -> bool:
    return candidate.located.story in cited or candidate.located.article_id in cited


def _sorted(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.located.id))


def _text(candidate: _Candidate, articles: Mapping[str, Article]) -> Text:
    at = candidate.located
    article = articles[at.article_id]
    return Text(article.title, article.text[at.start : at.end], at.start)


def _reread(first: Sequence[_Candidate], readings: Sequence[Reading], others: Sequence[_Candidate]) -> list[_Candidate]:
    """What was read, in its new order, and then the others."""
    best = max(candidate.fused for candidate in first) or 1.0
    logits = [
        combined(reading.relevance, candidate.fused / best, candidate.factor, candidate.near)
        for candidate, reading in zip(first, readings, strict=True)
    ]
    by_reader = sorted(range(len(first)), key=lambda number: -readings[number].relevance)
    ranks = {number: rank for rank, number in enumerate(by_reader, start=1)}
    chances = scores(logits)
    read = [
        replace(candidate, score=chances[n], why=replace(candidate.why, read_rank=ranks[n]), reading=readings[n])
        for n, candidate in enumerate(first)
    ]
    highest = max(candidate.score for candidate in (*first, *others)) or 1.0
    rest = [replace(candidate, score=unread(min(chances), candidate.score / highest)) for candidate in others]
    return [*_sorted(read), *rest]


def _hit(candidate: _Candidate, articles: Mapping[str, Article]) -> Hit:
    at = candidate.located
    article = articles[at.article_id]
    passage = Passage(at.id, at.article_id, at.version, at.start, at.end, article.text[at.start : at.end])
    return Hit(article, passage, candidate.score, (at.start, at.end), candidate.why, candidate.reading)
