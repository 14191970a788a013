"""The HTTP side of the process: Slack's signed deliveries in HTTP mode, and whether all is well in either mode."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.asgi.http_response import AsgiHttpResponse
from slack_sdk.signature import SignatureVerifier

from bot.answers import BotError

EVENTS = "/slack/events"
BODY_BYTES = 1_000_000
BODY_SECONDS = 10.0
CHECK_SECONDS = 3.0
THREADS = 16

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Front:
    """The ASGI application: ``POST /slack/events``, ``GET /healthz`` and ``GET /readyz``.

    ``health`` and ``readiness`` return a reason in one word, or nothing where all is well; they may block. Without
    ``app`` (as in Socket Mode, and while the process starts or stops) no delivery is taken, so that Slack sends it
    again.
    """

    def __init__(self, health: Callable[[], str], readiness: Callable[[], str], signing_secret: str = "") -> None:
        self.app: App | None = None
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._checks = {"/healthz": health, "/readyz": readiness}
        self._dispatching = ThreadPoolExecutor(THREADS, "slack-http")
        self._checking = ThreadPoolExecutor(4, "slack-health")  # apart, so that no load can silence it

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["path"]
        if path in self._checks and method in {"GET", "HEAD"}:
            response = await self._checked(self._checks[path])
        elif path == EVENTS and method == "POST":
            response = await self._taken(scope, receive)
        else:
            response = _plain(404, "not found")
        answer = AsgiHttpResponse(status=response.status, headers=response.headers, body=response.body)
        await send(answer.get_response_start())
        await send(answer.get_response_body())

    def close(self) -> None:
        """Let go of the threads; what they do now is done to its end."""
        self._dispatching.shutdown(wait=False)
        self._checking.shutdown(wait=False)

    async def _checked(self, check: Callable[[], str]) -> BoltResponse:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._checking, check)
            reason = await asyncio.wait_for(running, CHECK_SECONDS)
        except TimeoutError:
            reason = "slow"
        return _plain(503, reason) if reason else _plain(200, "ok")

    async def _taken(self, scope: Message, receive: Receive) -> BoltResponse:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self.app is None:
            return _plain(503, "not now")
        body = await _body(headers, receive)
        if isinstance(body, BoltResponse):
            return body
        if not self._is_signed(body, headers):
            return _plain(401, "not signed")
        try:
            query = scope["query_string"].decode("latin-1")
            request = BoltRequest(body=body.decode("utf-8"), query=query, headers=dict(headers))
        except Exception:  # neither a form nor JSON of the shape that Bolt counts on
            return _plain(400, "not readable")
        if (app := self.app) is None:  # told to stop while the body came
            return _plain(503, "not now")
        return await asyncio.get_running_loop().run_in_executor(self._dispatching, app.dispatch, request)

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack signed it lately. Bolt looks too, but only after it has parsed the body."""
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if self._verifier is None or not (timestamp.isascii() and timestamp.isdecimal() and signature.isascii()):
            return False
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except ValueError:  # a body that is not UTF-8, or a number of thousands of digits
            return False


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes | BoltResponse:
    """The whole body, or what to answer where it is larger than any delivery or does not come."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > BODY_BYTES:
        return _plain(413, "too large")
    body = bytearray()
    more = True
    while more:
        try:
            message = await asyncio.wait_for(receive(), BODY_SECONDS)
        except TimeoutError:
            return _plain(408, "too slow")
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
        if len(body) > BODY_BYTES:
            return _plain(413, "too large")
    return bytes(body)


def _plain(status: int, words: str) -> BoltResponse:
    return BoltResponse(status=status, body=words, headers={"content-type": ["text/plain; charset=utf-8"]})


class Server:
    """A front on an address of this machine, served by a thread; the main thread keeps its signal handlers."""

    def __init__(self, front: Front, address: tuple[str, int]) -> None:
        host, port = address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server(address, family=family, backlog=1024)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise BotError(f"cannot listen at {host} port {port}: {reason}") from None
        self.port: int = self._socket.getsockname()[1]
        self._front = front
        # h11 and asyncio's own loop are always there; which others are depends on what else is installed.
        self._server = uvicorn.Server(
            uvicorn.Config(
                front,
                log_config=None,
                access_log=False,
                lifespan="off",
                http="h11",
                loop="asyncio",
                ws="none",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="slack-http", daemon=True)

    def start(self) -> None:
        """Serve until it is stopped."""
        self._thread.start()

    @property
    def is_serving(self) -> bool:
        """Whether requests are answered."""
        return self._server.started and self._thread.is_alive()

    def stop(self) -> None:
        """Finish the requests that are being answered, and let the address go."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5)
        with contextlib.suppress(OSError):
            self._socket.close()
        self._front.close()
