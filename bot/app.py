"""The one place where settings, library, search and chain are joined; every client asks through it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from bot.answers import Answer, BotError, Event, Finished
from config import Secrets, Settings
from retrieval.articles import Article, Filters, Hit, Passage

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine, ExceptionContext

    from bot.chain import Chain
    from bot.composing import Turn
    from bot.composing.chat import ChatComposer
    from bot.conversations import Conversations
    from bot.feedback import Feedback
    from retrieval.intake import Report
    from retrieval.library import Library, Progress
    from retrieval.loading import LoadOptions, Outcome
    from retrieval.search import Search

_T = TypeVar("_T")
_log = logging.getLogger("footnote.app")

STANDARD_INPUT = "-"
AUTOMATIC_CHAT_MODEL = "openai:gpt-5-mini"


@contextmanager
def open_app(settings: Settings, secrets: Secrets) -> Iterator[App]:
    """The app on the library that the settings name; the folder is made if need be, and all is closed at the end."""
    import sqlalchemy

    from retrieval.embedding import open_embedder
    from retrieval.library import Library
    from retrieval.tables import open_engine, sqlite_url

    folder = Path(settings.library.path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BotError(f"the library folder {folder} cannot be made: {error.strerror}") from None
    embedding = settings.embedding
    embedder = open_embedder(embedding.model, api_key=_key(secrets), base_url=embedding.base_url or None)
    try:
        engine = open_engine(settings.library.database_url.get_secret_value() or sqlite_url(folder))
    except ValueError:  # of SQLAlchemy; its words may hold a part of the password
        raise BotError("library.database_url cannot be used: its port is no number") from None
    sqlalchemy.event.listen(engine, "handle_error", _say_plainly)
    with ExitStack() as closing:
        closing.callback(engine.dispose)
        library = Library(
            folder,
            engine,
            embedder,
            chroma_url=settings.chroma.url,
            passage_characters=settings.ingest.passage_characters,
            batch_passages=settings.ingest.batch_passages,
        )
        closing.callback(library.close)
        yield App(settings, secrets, library, engine)


@dataclass(frozen=True, slots=True)
class Headway:
    """How far the reading of one source has come; ``total`` is an estimate, None where only reading would tell."""

    source: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What an ingest may do: its collection, removing what is gone, overwriting what came from elsewhere."""

    collection: str | None = None
    prune: bool = False
    replace: bool = False
    progress: Callable[[Headway], None] | None = None


class _MadeOnce(cached_property[_T]):
    """A cached property of an App that only one thread makes; since Python 3.12 its own may be made by several."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> _T: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self
        with instance._making:
            return super().__get__(instance, owner)


class App:
    """One library and all that answers from it; what a question does not need is not loaded for it.

    Safe to ask from several threads.
    """

    def __init__(self, settings: Settings, secrets: Secrets, library: Library, engine: Engine) -> None:
        self.settings = settings
        self.folder = Path(settings.library.path)
        self.library = library
        self._secrets = secrets
        self.engine = engine
        self._making = threading.RLock()
        self._composers: dict[str, ChatComposer] = {}

    def ask(
        self,
        question: str,
        *,
        conversation: str | None = None,
        history: Sequence[Turn] | None = None,
        filters: Filters = Filters(),
        as_of: date | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """The events of one answer; the last one carries it.

        Earlier turns of ``conversation`` complete a follow-up, and this one is kept there, unless it was a courtesy:
        after "thanks", "when was that?" still means what was asked before. With ``history`` the caller holds the turns,
        and nothing is kept.
        """
        kept = conversation if history is None else None
        if history is None:
            history = self.conversations.turns(kept) if kept else ()
        chain = self._chain(filters, as_of)
        for event in chain.stream(question, history=history, filters=filters, as_of=as_of, cancel=cancel):
            if kept and isinstance(event, Finished):
                self.keep(kept, event.answer)
            yield event

    def keep(self, conversation: str, answer: Answer, name: str | None = None) -> None:
        """Keep an answer as a turn of a conversation; one of the same name, as of an edited question, is replaced.

        Where it cannot be kept, as on a full disk, that is logged: the answer is shown all the same.
        """
        from bot.composing import Turn

        if answer.is_courtesy:
            return
        cited = tuple(citation.article.id for citation in answer.citations)
        try:
            turn = Turn(answer.standalone_question, answer.text, cited, answer.kind)
            self.conversations.append(conversation, turn, name)
        except BotError as error:
            _log.warning("a turn of %s could not be kept: %s", conversation, error)

    def search(
        self, question: str, filters: Filters = Filters(), as_of: date | None = None
    ) -> tuple[tuple[Hit, ...], Mapping[str, float]]:
        """The passages that a question finds, best first, and the seconds that each step took."""
        return self._search.find(question, filters, as_of)

    def passages(self, article_id: str, version: int) -> tuple[Article, tuple[Passage, ...]] | None:
        """An article as it stood in one version, and what it is cut into; None where it is no longer in the library."""
        from retrieval.splitting import split

        article = self.library.catalogue.article(article_id, version)
        return (article, tuple(split(article, self.settings.ingest.passage_characters))) if article else None

    def count(self, filters: Filters) -> int:
        """How many articles meet the filters."""
        return len(self.library.catalogue.eligible(filters))

    def ingest(self, sources: Sequence[str] = (), options: IngestOptions = IngestOptions()) -> Iterator[Report]:
        """Read sources into the library, one report each; without any, those that it remembers are read again.

        A source that is read again keeps its collection, unless one is given.
        """
        from retrieval.intake import Intake
        from retrieval.loading import load

        remembered = {source.uri: source.collection for source in self.library.sources.all()}
        if not sources:
            sources = [uri for uri in remembered if uri != STANDARD_INPUT]
            if not sources:
                raise BotError("there are no sources to read again yet; name one: footnote ingest SOURCE")
        uris = {source: source_uri(source) for source in sources}
        for source, uri in uris.items():
            if uri not in remembered and os.path.isabs(uri) and not os.path.exists(uri):
                raise BotError(f"there is no file or folder {source}")
        for source, uri in uris.items():
            collection = options.collection or remembered.get(uri, "default")
            reading = _Reading(source, uri, options.progress)
            outcomes = reading.counted(load(uri, self._load_options(collection)))
            intake = Intake(self.library, uri, collection=collection, replace=options.replace)
            yield replace(intake.read(outcomes, prune=options.prune, progress=reading.tell), source=source)

    def remove_source(self, source: str) -> int:
        """Forget a source and remove the articles that came from it alone; how many those were."""
        known = {remembered.uri for remembered in self.library.sources.all()}
        uri = source if source in known else source_uri(source)
        if uri not in known:
            raise BotError(f"{source} is not a source of this library; footnote sources shows them")
        return self.library.remove_source(uri)

    def reset(self, conversation: str) -> None:
        """Forget the turns of a conversation."""
        self.conversations.forget([conversation])

    def with_threshold(self, threshold: float) -> App:
        """The same app on the same library, with another threshold of confidence below which it refuses."""
        answer = self.settings.answer.model_copy(update={"threshold": threshold})
        other = App(self.settings.model_copy(update={"answer": answer}), self._secrets, self.library, self.engine)
        other._search, other._chat, other._composers = self._search, self._chat, self._composers
        return other

    def chat_composer(self, model: str) -> ChatComposer:
        """The chat model of this name, within the bounds that the settings give to every one; always the same one."""
        from bot.composing.chat import ChatOptions, chat_composer

        chat = self.settings.chat
        with self._making:
            if model in self._composers:
                return self._composers[model]
            options = ChatOptions(
                model=model,
                api_key=_key(self._secrets),
                base_url=chat.base_url or None,
                temperature=chat.temperature if chat.temperature >= 0 else None,
                timeout_seconds=chat.timeout_seconds,
                max_retries=chat.max_retries,
                context_characters=chat.context_characters,
                max_output_tokens=chat.max_output_tokens,
                requests_per_minute=chat.requests_per_minute,
            )
            self._composers[model] = chat_composer(options)
            return self._composers[model]

    @_MadeOnce
    def _search(self) -> Search:
        from retrieval.reading import open_reader
        from retrieval.search import Ranking, Search

        search = self.settings.search
        ranking = Ranking(
            candidates=search.candidates,
            rrf_k=search.rrf_k,
            dense_weight=search.dense_weight,
            lexical_weight=search.lexical_weight,
            passages_per_article=search.passages_per_article,
            hits=search.hits,
            read=self.settings.reader.passages,
            recency=search.recency,
        )
        return Search(self.library, ranking, open_reader(self.settings.reader.model))

    def _chain(self, filters: Filters, as_of: date | None) -> Chain:
        """The chain for one question; what is no question is answered within the same filters."""
        from bot.chain import Chain, Rules
        from bot.composing.extractive import compose
        from bot.composing.listing import reply

        answer, catalogue = self.settings.answer, self.library.catalogue

        def find(question: str, filters: Filters, as_of: date | None, **followup: Any) -> tuple[Hit, ...]:
            return self._search.find(question, filters, as_of, **followup)[0]

        def recent(since: date | None, until: date | None, limit: int) -> Sequence[Article]:
            return catalogue.newest(_narrowed(filters, since, until), limit)

        return Chain(
            find,
            partial(compose, sentences=answer.sentences),
            chat=self._chat,
            special=partial(
                reply, recent=recent, find=lambda topic: find(topic, filters, as_of), count=partial(self.count, filters)
            ),
            similarities=self._search.similarities,
            rules=Rules(
                threshold=answer.threshold,
                unsupported=answer.unsupported,
                nearest=answer.nearest,
                never_collections=frozenset(self.settings.chat.never_collections),
            ),
        )

    @property
    def writes(self) -> bool:
        """Whether a chat model writes the answers, which then take seconds."""
        return self._chat is not None

    @_MadeOnce
    def _chat(self) -> ChatComposer | None:
        model = chat_model(self.settings, self._secrets)
        return None if model == "none" else self.chat_composer(model)

    @_MadeOnce
    def feedback(self) -> Feedback:
        """What people said of the answers that they were given."""
        from bot.feedback import Feedback

        return Feedback(self.engine, self.settings.conversation.days)

    @_MadeOnce
    def conversations(self) -> Conversations:
        """The turns of the conversations that were held with this library."""
        from bot.conversations import Conversations

        kept = self.settings.conversation
        return Conversations(self.engine, kept.turns, kept.days)

    def _load_options(self, collection: str) -> LoadOptions:
        from retrieval.loading import LoadOptions

        ingest = self.settings.ingest
        return LoadOptions(
            collection=collection,
            max_article_bytes=int(ingest.max_article_mb * 1_000_000),
            timeout_seconds=ingest.timeout_seconds,
            allow_local_network=ingest.allow_local_network,
            user_agent=ingest.user_agent,
            feed_items=ingest.feed_items,
        )


class _Reading:
    """Counts what one source gives, for whoever watches."""

    def __init__(self, source: str, uri: str, watcher: Callable[[Headway], None] | None) -> None:
        self._source = source
        self._watcher = watcher
        self._skipped = 0
        self._total: int | None = None
        if watcher:
            from retrieval.loading.counting import expected

            self._total = expected(uri)
            watcher(Headway(source, 0, self._total))

    def counted(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        from retrieval.loading import Skipped

        for outcome in outcomes:
            self._skipped += isinstance(outcome, Skipped)
            yield outcome

    def tell(self, progress: Progress) -> None:
        if self._watcher:
            self._watcher(Headway(self._source, progress.articles + self._skipped, self._total))


def source_uri(source: str) -> str:
    """The name that a source is remembered by: a URL or "-" as it is, a path in full, so that it is found again."""
    if source == STANDARD_INPUT or "://" in source:
        return source
    return os.path.abspath(os.path.expanduser(source))


def chat_model(settings: Settings, secrets: Secrets) -> str:
    """The chat model that answers: "none" or "openai:<model>"."""
    if settings.chat.model == "auto":
        return AUTOMATIC_CHAT_MODEL if secrets.openai_api_key else "none"
    return settings.chat.model


def _narrowed(filters: Filters, since: date | None, until: date | None) -> Filters:
    return replace(
        filters,
        since=max((day for day in (filters.since, since) if day), default=None),
        until=min((day for day in (filters.until, until) if day), default=None),
    )


def _say_plainly(context: ExceptionContext) -> None:
    """A database that is away, full or none at all is the user's problem; a wrong statement is a bug of ours."""
    from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

    if type(context.sqlalchemy_exception) in (DatabaseError, InterfaceError, OperationalError):
        reason = str(context.original_exception).strip().splitlines()[0]
        raise BotError(f"the catalogue cannot be used: {reason}") from context.original_exception


def _key(secrets: Secrets) -> str | None:
    return secrets.openai_api_key.get_secret_value() if secrets.openai_api_key else None
