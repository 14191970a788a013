"""Slack's Web API: which calls are tried again and which never, how fast messages may follow, what a refusal says."""

from __future__ import annotations

import json
import logging
import random
import re
import threading
import time
from collections.abc import Mapping
from functools import cached_property
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import URLError

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_interval_calculators import BackoffRetryIntervalCalculator
from slack_sdk.http_retry.jitter import Jitter
from slack_sdk.webhook import WebhookClient

from bot.slack.questions import Post

_TIMEOUT_SECONDS = 10
_MOST_REPEATS = 4  # of one call
_FIRST_GAP = 0.25  # seconds before the first repeat; each next gap is about twice as long
_MOST_WAITING = 60.0  # seconds that one call waits for Slack's rate limits, in all
_POST_GAP = 1.05  # seconds between two messages in a channel; Slack allows one a second
_CODE = re.compile(r"[a-z][a-z0-9_]*")  # whatever else stands for an error is the page of a proxy

# What Slack says with status 200 when it is ill.
_ILL = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
# These make something that would be there twice if they were repeated after an answer was lost.
_MAKING = frozenset(
    {"chat.postMessage", "chat.startStream", "chat.appendStream", "chat.postEphemeral", "views.open", "views.push"}
)
# These are not worth waiting for: there is another way, or it is only a sign of life.
_IMPATIENT = frozenset(
    {"chat.startStream", "chat.appendStream", "chat.postEphemeral", "assistant.threads.setStatus", "views.open"}
)
_NO_STREAMS = frozenset(
    {"unknown_method", "feature_not_enabled", "method_deprecated", "not_authorized", "not_allowed_token_type"}
)
_LITERAL = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral"})  # which can turn names into mentions


class SlackRefused(Exception):
    """Slack said no: ``code`` is its word for why ("channel_not_found").

    ``needed`` names the scopes that are missing, where that is why; ``retry_after`` the seconds that Slack wants to
    be left alone, where it was called too often.
    """

    def __init__(self, code: str, needed: str = "", retry_after: float = 0.0) -> None:
        super().__init__(f"{code}: the app lacks the scope {needed}" if needed else code)
        self.code = code
        self.needed = needed
        self.retry_after = retry_after


class SlackLost(Exception):
    """No usable answer came, after all repeats that are safe; whether the thing was done is unknown."""


class Streaming:
    """Whether Slack offers streams to this app now; shared by all answers of a process."""

    def __init__(self) -> None:
        self._never = False
        self._resumes = 0.0

    @property
    def is_offered(self) -> bool:
        """Whether a stream may be tried."""
        return not self._never and time.monotonic() >= self._resumes

    def refused(self, error: SlackRefused) -> None:
        """A stream could not be started: some reasons hold for good, others for a while, others for one question."""
        if error.code in _NO_STREAMS:
            self._never = True
        elif error.code == "ratelimited":
            self._resumes = time.monotonic() + error.retry_after


class Web:
    """The Web API for one bot; safe to use from several threads. ``client`` repeats only what may be repeated."""

    def __init__(self, token: SecretStr, api_url: str, timeout_seconds: int = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self._closing = threading.Event()
        self.client = WebClient(
            token.get_secret_value(),
            api_url,
            timeout=timeout_seconds,
            logger=_silent(),
            retry_handlers=[_RateLimited(self._closing), _Ill(self._closing), _Unreachable(self._closing)],
        )
        self.streaming = Streaming()
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}  # channel -> when the next message may go there

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method, such as ``chat.update``; what Slack answers. Arguments that are None are left out."""
        given = {name: _plain(value) for name, value in arguments.items() if value is not None}
        if method in _LITERAL:
            given["parse"] = "none"
        if method == "chat.postMessage":
            given |= {"unfurl_links": False, "unfurl_media": False}
            self._take_turn(str(given["channel"]))
        try:
            answer = getattr(self.client, method.replace(".", "_"))(**given)
        except SlackApiError as error:
            raise _failure(error.response.status_code, error.response.data, error.response.headers) from None
        except (OSError, HTTPException, ValueError) as error:
            raise SlackLost(type(error).__name__) from None
        return dict(answer.data)

    def respond(self, response_url: str, post: Post) -> None:
        """Answer a slash command, for the asker alone; possible five times within half an hour of the command."""
        client = WebhookClient(
            response_url,
            timeout=self._timeout,
            logger=_silent(),
            retry_handlers=[_RateLimited(self._closing), _Unreachable(self._closing, only_unsent=True)],
        )
        body = {
            "response_type": "ephemeral",
            "replace_original": False,  # Slack replaces no answer to a command anyway
            "text": post.text,
            "blocks": _plain(post.blocks),
            "parse": "none",
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            answer = client.send_dict(body)
        except (OSError, HTTPException, ValueError) as error:
            raise SlackLost(type(error).__name__) from None
        told = _read(answer.body)
        if answer.status_code != 200 or told.get("ok") is False:
            raise _failure(answer.status_code, told, answer.headers)

    def close(self) -> None:
        """Let nothing wait for its turn any longer; what would is lost."""
        self._closing.set()

    @cached_property
    def bot(self) -> str:
        """The id under which this bot's messages stand in threads."""
        return str(self.call("auth.test")["bot_id"])

    def _take_turn(self, channel: str) -> None:
        """Wait until a message may follow the last one in its channel."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free.get(channel, 0.0))
            self._free = {name: free for name, free in self._free.items() if free > now}
            self._free[channel] = turn + _POST_GAP
        if turn > now and self._closing.wait(turn - now):
            raise SlackLost("closing")


class _RateLimited(RetryHandler):
    """Waits as long as Slack says, within bounds: its own handler would sleep for an hour if told to."""

    def __init__(self, closing: threading.Event) -> None:
        super().__init__(_MOST_REPEATS)
        self._closing = closing

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429 or _method(request) in _IMPATIENT or self._closing.is_set():
            return False
        return _waited(state) + _retry_after(response.headers) <= _MOST_WAITING

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        seconds = _retry_after(response.headers if response else {})
        state.custom_values = {"waited": _waited(state) + seconds}
        state.next_attempt_requested = not self._closing.wait(seconds)
        state.increment_current_attempt()


class _Ill(RetryHandler):
    """Repeats what may be repeated when Slack or a proxy says that it is ill."""

    def __init__(self, closing: threading.Event) -> None:
        super().__init__(_MOST_REPEATS, BackoffRetryIntervalCalculator(_FIRST_GAP, _Apart()))
        self._closing = closing

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or _method(request) in _MAKING or self._closing.is_set():
            return False
        return response.status_code >= 500 or (response.body or {}).get("error") in _ILL


class _Unreachable(RetryHandler):
    """Repeats what may be repeated when a connection fails; anything where it never came about."""

    def __init__(self, closing: threading.Event, *, only_unsent: bool = False) -> None:
        super().__init__(_MOST_REPEATS, BackoffRetryIntervalCalculator(_FIRST_GAP, _Apart()))
        self._closing = closing
        self._only_unsent = only_unsent

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is not None or not isinstance(error, (OSError, HTTPException)) or self._closing.is_set():
            return False
        if isinstance(error, URLError) and isinstance(error.reason, (ConnectionRefusedError, gaierror)):
            return True
        return not self._only_unsent and _method(request) not in _MAKING


class _Apart(Jitter):
    """Spreads what many threads repeat; the SDK's own adds up to a second to any gap."""

    def recalculate(self, duration: float) -> float:
        return duration * random.uniform(0.5, 1.5)


def _method(request: HttpRequest) -> str:
    return request.url.rpartition("/")[2]


def _waited(state: RetryState) -> float:
    return float((state.custom_values or {}).get("waited", 0.0))


def _retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds that Slack wants to be left alone; 1 where it does not say."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            given = value[0] if isinstance(value, list) else value
            return float(given) if str(given).isdecimal() else 1.0
    return 1.0


def _failure(status: int, answer: Any, headers: Mapping[str, Any]) -> SlackRefused | SlackLost:
    """What an answer that is not ok means."""
    told = answer if isinstance(answer, dict) else {}
    code = str(told.get("error") or "")
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackRefused("ratelimited", retry_after=_retry_after(headers))
    if status >= 500 or code in _ILL or not _CODE.fullmatch(code):
        return SlackLost(code if _CODE.fullmatch(code) else f"HTTP status {status}")
    return SlackRefused(code, needed=str(told.get("needed") or ""))


def _read(body: str) -> dict[str, Any]:
    """What a response URL answers: JSON, or a bare word."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"error": body.strip()}


def _plain(value: Any) -> Any:
    """The value with lists for tuples, as the SDK tells lists of blocks from other things by their type."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _silent() -> logging.Logger:
    """A logger for the SDK, which quotes bodies and answers in what it logs; every failure is raised as well."""
    logger = logging.getLogger("footnote.slack.web")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
