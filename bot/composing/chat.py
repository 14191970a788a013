"""The composer that asks a chat model, and the only file that knows the model's library; its errors stop here."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import prompts
from bot.answers import BotError, Usage
from bot.composing import Draft, Outcome, Request, Turn
from bot.composing.markers import Cut, Marked, disarmed, read
from retrieval.articles import Hit

if TYPE_CHECKING:
    from collections.abc import Generator

    import openai
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable
    from langchain_openai import ChatOpenAI

_PROVIDER = "openai:"
_NO_KEY = "none"  # a server of one's own asks for no key, but the client insists on one
_TAG = re.compile(r"<(?=[^\s\d]|\s{0,9}/?\s{0,9}passage)", re.IGNORECASE)
_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)])
_LONGEST_MESSAGE = 160
_LONGEST_TURN = 600  # characters of an earlier answer that a follow-up is read with


class ChatFailed(Exception):
    """The chat model gave no answer or not all of it: the reason in words for the user, and what it cost."""

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usage = usage or Usage()


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Which chat model to ask, and within what bounds.

    ``model`` is "openai:<model>", also for another server that speaks the OpenAI API at ``base_url``. A temperature of
    None leaves the model's own.
    """

    model: str
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    temperature: float | None = None
    timeout_seconds: float = 60.0
    max_retries: int = 2
    context_characters: int = 12_000
    max_output_tokens: int = 800
    requests_per_minute: float = 0.0


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A follow-up as a question that stands alone, and what the rewriting cost."""

    question: str
    usage: Usage


def chat_composer(options: ChatOptions) -> ChatComposer:
    """The chat model of these options; nothing is imported or sent before its first use.

    Raises BotError for a model that cannot be asked at all.
    """
    if not options.model.startswith(_PROVIDER) or options.model == _PROVIDER:
        raise BotError(f'chat.model {options.model!r} is not known: use "none" or "openai:<model>"')
    if not options.api_key and not options.base_url:
        raise BotError(f"{options.model!r} needs a key, but there is no OPENAI_API_KEY (or set chat.base_url)")
    if options.api_key and not re.fullmatch(r"[!-~]+", options.api_key):
        raise BotError("OPENAI_API_KEY holds white space or characters that no key has")
    if options.base_url and not _is_address(options.base_url):
        raise BotError(f"chat.base_url {options.base_url!r} is no address: write it like http://host:port/v1")
    return ChatComposer(options)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)


class ChatComposer:
    """A composer that puts numbered passages before a chat model and reads the sentences and numbers it writes.

    The model's numbers only say where to look: what a sentence rests on is for grounding to find.
    """

    def __init__(self, options: ChatOptions) -> None:
        self._options = options
        self._making = threading.Lock()
        self._made: ChatOpenAI | None = None
        self.name = options.model

    def __repr__(self) -> str:
        return f"ChatComposer({self.name!r})"

    def __call__(self, request: Request) -> Iterator[Draft | Outcome]:
        """Drafts as the model writes them, then the Outcome; ChatFailed where it fails, be it between two drafts."""
        refusal = prompts.text("refusal")
        texts = shown((hit.passage.text for hit in request.hits), self._options.context_characters)
        offered = list(zip(request.hits, texts, strict=False))
        values = {
            "refusal": refusal,
            "passages": "\n\n".join(_numbered(n, hit, text) for n, (hit, text) in enumerate(offered, start=1)),
            "today": request.as_of.isoformat() if request.as_of else "not given",
            "question": request.standalone_question,
        }
        reply = _Reply(self._options, request.cancelled)
        drafted = refused = False
        for sentence in read(reply.words(self._answer_chain.stream(values))):
            if _same_words(sentence.text, refusal):
                refused = True
            else:
                drafted = True
                yield _draft(sentence, len(offered))
        notice = reply.notice(said_something=drafted or refused)
        yield Outcome(self.name, reply.usage, notice=notice, refused=refused and not drafted)

    def standalone(self, question: str, history: Sequence[Turn]) -> Rewritten:
        """The follow-up as the model completes it from the turns before; ChatFailed where it fails."""
        turns = [f"Question: {turn.question}\nAnswer: {turn.answer[:_LONGEST_TURN] or '-'}" for turn in history]
        reply = _Reply(self._options)
        words = reply.words(self._standalone_chain.stream({"history": "\n\n".join(turns), "question": question}))
        try:
            rewritten = " ".join("".join(words).split())
        except Cut:
            rewritten = ""
        reply.notice(said_something=bool(rewritten))
        return Rewritten(rewritten, reply.usage)

    def said(self, prompt: str, values: dict[str, str]) -> str:
        """The whole reply to one filled prompt, for work beside answering; ChatFailed where it fails."""
        reply = _Reply(self._options)
        try:
            words = "".join(reply.words(self._chain(prompt, list(values)).stream(values)))
        except Cut:
            raise ChatFailed("its reply was cut short", reply.usage) from None
        reply.notice(said_something=bool(words.strip()))
        return words

    @cached_property
    def _answer_chain(self) -> Runnable[dict[str, Any], AIMessage]:
        return self._chain("answer", ["refusal", "passages", "today", "question"])

    @cached_property
    def _standalone_chain(self) -> Runnable[dict[str, Any], AIMessage]:
        return self._chain("standalone", ["history", "question"])

    def _chain(self, name: str, variables: list[str]) -> Runnable[dict[str, Any], AIMessage]:
        from langchain_core.prompts import ChatPromptTemplate

        prompt = prompts.load(name, variables)
        return ChatPromptTemplate.from_messages([("system", prompt.system), ("human", prompt.human)]) | self._model

    @property
    def _model(self) -> ChatOpenAI:
        with self._making:  # threads that come first share one model, and with it one rate limiter
            self._made = self._made or self._make()
            return self._made

    def _make(self) -> ChatOpenAI:
        from langchain_core.rate_limiters import InMemoryRateLimiter
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        options = self._options
        per_second = options.requests_per_minute / 60
        limiter = InMemoryRateLimiter(requests_per_second=per_second, max_bucket_size=1) if per_second else None
        try:
            return ChatOpenAI(
                model=options.model.removeprefix(_PROVIDER),
                api_key=SecretStr(options.api_key or _NO_KEY),
                base_url=options.base_url or None,
                temperature=options.temperature,
                timeout=options.timeout_seconds,
                max_retries=options.max_retries,
                max_completion_tokens=options.max_output_tokens,
                rate_limiter=limiter,
                stream_usage=True,  # left to itself the client does not ask other servers than OpenAI's for it
                use_responses_api=False,  # the API that every server speaks
            )
        except ValueError as error:  # such as a proxy in the environment that is no address
            raise ChatFailed(f"its client could not be set up ({type(error).__name__})") from None


class _Reply:
    """One streamed reply: its words, and once they have ended what it cost and whether it is whole."""

    def __init__(self, options: ChatOptions, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._options = options
        self._asker_cancelled = cancelled
        self._cancelled = False
        self._finish: str | None = None
        self.usage = Usage()

    def words(self, chunks: Iterator[AIMessage]) -> Iterator[str]:
        """The words as they arrive; then Cut where they end too early, or ChatFailed where the reply is lost."""
        half = ""  # of a character, which some servers cut in two
        try:
            with closing(cast("Generator[AIMessage]", chunks)):
                for chunk in chunks:
                    self._cancelled = self._asker_cancelled()
                    if self._cancelled:
                        break
                    self._note(chunk)
                    text = half + str(chunk.text)
                    half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
                    yield _encodable(text[: len(text) - len(half)])
        except Exception as error:  # the client leaks more than its own errors, such as those of the JSON parser
            raise ChatFailed(_reason(error, self._options), self.usage) from None
        if self._cancelled or self._finish == "length":
            raise Cut
        if self._finish == "content_filter":
            raise ChatFailed("the server's content filter stopped its reply", self.usage)
        if self._finish is None:
            raise ChatFailed("its reply broke off", self.usage)

    def notice(self, *, said_something: bool) -> str | None:
        """What a reader must be told of a reply that has ended; ChatFailed for one that said nothing."""
        if self._cancelled:
            return None
        limit = f"{self._options.max_output_tokens} tokens (chat.max_output_tokens)"
        if self._finish == "length":
            if not said_something:
                raise ChatFailed(f"it used up its {limit} before it had answered", self.usage)
            return f"The chat model reached its limit of {limit}; the answer may be incomplete."
        if not said_something:
            raise ChatFailed("its reply was empty", self.usage)
        return None

    def _note(self, chunk: AIMessage) -> None:
        self._finish = chunk.response_metadata.get("finish_reason") or self._finish
        if counted := chunk.usage_metadata:
            self.usage = Usage(counted["input_tokens"], counted["output_tokens"])


def _encodable(text: str) -> str:
    """The text with its halves of characters joined, and a replacement for one that is alone."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(passages: Iterable[str], characters: int) -> list[str]:
    """What is put before the model: the first passages that fit; the first of all in any case, cut if it must be."""
    fitting: list[str] = []
    for passage in passages:
        text = passage if fitting else passage[:characters]
        characters -= len(text)
        if characters < 0:
            break
        fitting.append(text)
    return fitting


def _numbered(number: int, hit: Hit, text: str) -> str:
    """One passage as the model sees it; nothing inside can pass for its end or for a number to cite.

    Characters that people do not see but models read, such as Unicode's tags, are left out.
    """
    article = hit.article
    facts = {
        "Title": article.title,
        "Outlet": article.source,
        "Author": article.author,
        "Published": article.published,
        "Updated": article.updated,
    }
    lines = [f"{name}: {' '.join(str(value).split())}" for name, value in facts.items() if value]
    inside = disarmed(_TAG.sub("‹", "\n".join([*lines, "", text]).translate(_UNSEEN)))
    return f"<passage {number}>\n{inside}\n</passage {number}>"


def _draft(sentence: Marked, offered: int) -> Draft:
    """A sentence with the passages it names; one that names none, or none that exists, may rest on any."""
    named = tuple(number - 1 for number in sentence.numbers if 1 <= number <= offered)
    return Draft(sentence.text, named or tuple(range(offered)), named=bool(named))


def _same_words(text: str, other: str) -> bool:
    return re.findall(r"\w+", text.casefold()) == re.findall(r"\w+", other.casefold())


def _reason(error: Exception, options: ChatOptions) -> str:
    """Why the chat model failed, in one line that never holds a key."""
    import openai

    match error:
        case openai.APITimeoutError():
            return f"no answer within {options.timeout_seconds:g} seconds"
        case openai.APIConnectionError():
            return "no connection to the server, or it broke off"
        case openai.APIStatusError():
            return f"{error.status_code}: {_status_reason(error, options)}"
        case openai.APIError():
            return f"the server reported: {_message(error, options)}"
        case _:
            return "its reply could not be read"


def _status_reason(error: openai.APIStatusError, options: ChatOptions) -> str:
    match error.status_code, error.code:
        case _, "context_length_exceeded":
            return "the passages are too long for this model; see chat.context_characters"
        case 401, _:
            return "the key was refused"
        case 403, _:
            return "the key may not use this model"
        case 404, _:
            elsewhere = ", or chat.base_url does not end where its API begins" if options.base_url else ""
            return f"the server does not know {options.model.removeprefix(_PROVIDER)!r}{elsewhere}"
        case 429, "insufficient_quota":
            return "the account has no credit left"
        case 429, _:
            return "too many requests, also after waiting"
        case status, _ if status >= 500:
            return "the server failed"
        case _:
            return _message(error, options)


def _message(error: openai.APIError, options: ChatOptions) -> str:
    """The server's own words, in one short line, without anything that may be a key."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    line = " ".join(str(said or error.message).split())
    if options.api_key:
        line = line.replace(options.api_key, "[key]")
    return re.sub(r"\b(?:sk|Bearer)[-_ ]\S+", "[key]", line)[:_LONGEST_MESSAGE]
