"""How things reach the app: by one of its sockets or by signed HTTP, again if they are not acknowledged in time."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from socket import SO_LINGER, SOL_SOCKET
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.slack_fake.records import Delivery, Json
from tests.slack_fake.workspace import APP, Workspace

_CONNECTIONS = 10  # the most sockets of one app
_NOTICE = 5.0  # seconds from the warning to the end of a socket
Answered = Callable[[Any], None]
_HTTP_REASONS = {"late": "http_timeout", "failed": "http_error"}


@dataclass
class Parcel:
    """One thing for the app, through all attempts to bring it."""

    kind: str
    payload: Json
    event_id: str
    answered: Answered | None = None
    attempt: int = 0
    reason: str = ""
    record: Delivery | None = None
    socket: web.WebSocketResponse | None = None


class Deliveries:
    """The post office; its methods run in the loop of the server, except where they say otherwise."""

    def __init__(self, workspace: Workspace, secret: str) -> None:
        self.workspace = workspace
        self.records: list[Delivery] = []
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.target: str | None = None
        self.refused_until = 0.0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.session: aiohttp.ClientSession | None = None
        self.last_request: tuple[str, bytes, dict[str, str]] | None = None
        self._signer = SignatureVerifier(secret)
        self._tickets: set[str] = set()
        self._under_way: dict[str, Parcel] = {}
        self._waiting: deque[Parcel] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()

    def post(
        self,
        kind: str,
        payload: Json,
        event_id: str = "",
        answered: Answered | None = None,
        attempt: int = 0,
        reason: str = "",
    ) -> None:
        """Send something on its way; may be called from every thread."""
        assert self.loop is not None
        self.workspace.touch()
        parcel = Parcel(kind, copy.deepcopy(payload), event_id, answered, attempt, reason)
        self.loop.call_soon_threadsafe(self._send, parcel)

    def again(self, event_id: str) -> None:
        """Deliver an event once more, as Slack does when an acknowledgement was lost; from every thread."""
        with self.workspace.lock:
            last = next(one for one in reversed(self.records) if one.event_id == event_id)
        reason = "http_timeout" if self.target else "timeout"
        parcel = Parcel(last.kind, last.payload, event_id, attempt=last.attempt + 1, reason=reason)
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._send, parcel)

    def ticket(self) -> str:
        """A new ticket to the socket door."""
        ticket = self.workspace.identify("ticket")
        self._tickets.add(ticket)
        return ticket

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The socket door: hello, then envelopes out and acknowledgements in."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or time.monotonic() < self.refused_until:
            return web.Response(status=408 if ticket in self._tickets else 404)
        self._tickets.discard(ticket)
        if len(self.sockets) >= _CONNECTIONS:
            return web.Response(status=429)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.sockets) + 1,
                "connection_info": {"app_id": APP},
                "debug_info": {"host": "applink-1", "approximate_connection_time": 3600},
            }
        )
        self.sockets[ticket] = socket
        self.workspace.touch()
        while self._waiting:
            self._send(self._waiting.popleft())
        try:
            with contextlib.suppress(ConnectionError):
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._acknowledge(message.data)
        finally:
            self.sockets.pop(ticket, None)
            self._lost(socket)
        return socket

    async def disconnect(self, abrupt: bool, every: bool) -> None:
        """Ask sockets to go (a warning, then the end) or cut them; all of them, or the one that is open longest."""
        chosen = list(self.sockets.items())[: None if every else 1]
        for name, socket in chosen:
            if abrupt:
                self.sockets.pop(name, None)
                _reset(socket)
                self._lost(socket)
            else:
                self.sockets.pop(name, None)
                await socket.send_json(
                    {
                        "type": "disconnect",
                        "reason": "refresh_requested",
                        "debug_info": {"host": "applink-1"},
                    }
                )
                self._task(self._hang_up(socket))
        self.workspace.touch()

    @staticmethod
    async def _hang_up(socket: web.WebSocketResponse) -> None:
        await asyncio.sleep(_NOTICE)
        await socket.close()

    async def close(self) -> None:
        """Cut every socket and forget what was on its way."""
        for task in list(self._tasks):
            task.cancel()
        for socket in list(self.sockets.values()):
            await socket.close()
        if self.session is not None:
            await self.session.close()

    def _send(self, parcel: Parcel) -> None:
        number = self.workspace.identify("e" if self.target is None else "q")
        record = Delivery(
            number, parcel.kind, parcel.event_id, time.monotonic(), parcel.attempt, parcel.payload, reason=parcel.reason
        )
        parcel.record = record
        if self.target is not None:
            self._note(record)
            self._task(self._request(parcel, self.target))
            return
        if not self.sockets:
            if parcel.kind == "events_api":
                self._waiting.append(parcel)
                return
            record.status = "failed"
            self._note(record)
            self._refuse(parcel, "dispatch_failed")
            return
        self._note(record)
        record.status = "sent"
        parcel.socket = self.workspace.random.choice(list(self.sockets.values()))
        envelope: Json = {
            "envelope_id": number,
            "type": parcel.kind,
            "payload": parcel.payload,
            "accepts_response_payload": parcel.kind != "events_api",
        }
        if parcel.kind == "events_api":
            envelope |= {"retry_attempt": parcel.attempt, "retry_reason": parcel.reason}
        self._under_way[number] = parcel
        self._task(self._write(parcel.socket, json.dumps(envelope)))
        assert self.loop is not None
        self.loop.call_later(self.workspace.options.ack_seconds, self._late, number)

    async def _write(self, socket: web.WebSocketResponse, envelope: str) -> None:
        try:
            await socket.send_str(envelope)
        except ConnectionError:
            self._lost(socket)

    def _acknowledge(self, text: str) -> None:
        answer = json.loads(text)
        parcel = self._under_way.pop(str(answer.get("envelope_id")), None)
        if parcel is None:
            return
        self._received(parcel, answer.get("payload"))

    def _received(self, parcel: Parcel, payload: Any) -> None:
        record = parcel.record
        assert record is not None
        with self.workspace.lock:
            late = record.status != "sent"
            record.acked, record.status = time.monotonic(), "acked"
            self.workspace.touch()
        if parcel.answered is not None and not late:
            parcel.answered(payload)

    def _late(self, number: str) -> None:
        parcel = self._under_way.get(number)
        if parcel is None or parcel.record is None or parcel.record.status != "sent":
            return
        parcel.record.status = "late"
        self._retry(parcel, "timeout")

    def _lost(self, socket: web.WebSocketResponse) -> None:
        for number, parcel in list(self._under_way.items()):
            if parcel.socket is socket and parcel.record is not None and parcel.record.status == "sent":
                del self._under_way[number]
                parcel.record.status = "lost"
                self._retry(parcel, "timeout")
        self.workspace.touch()

    def _retry(self, parcel: Parcel, reason: str) -> None:
        options = self.workspace.options
        if parcel.kind != "events_api":
            self._refuse(parcel, "operation_timeout")
            return
        if not options.redeliver or parcel.attempt >= len(options.retry_gaps):
            return
        later = replace(parcel, attempt=parcel.attempt + 1, reason=reason, record=None, socket=None)
        assert self.loop is not None
        self.loop.call_later(options.retry_gaps[parcel.attempt], self._send, later)

    def _refuse(self, parcel: Parcel, code: str) -> None:
        if parcel.answered is not None:
            parcel.answered({"__failed__": code})

    def _note(self, record: Delivery) -> None:
        with self.workspace.lock:
            self.records.append(record)
            self.workspace.touch()

    def _task(self, work: Any) -> None:
        assert self.loop is not None
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _request(self, parcel: Parcel, url: str) -> None:
        headers = {"content-type": "application/json"}
        if parcel.kind == "events_api":
            body = json.dumps(parcel.payload).encode()
        else:
            fields = parcel.payload if parcel.kind == "slash_commands" else {"payload": json.dumps(parcel.payload)}
            body = urlencode(fields).encode()
            headers["content-type"] = "application/x-www-form-urlencoded"
        if parcel.attempt:
            headers |= {"x-slack-retry-num": str(parcel.attempt), "x-slack-retry-reason": parcel.reason}
        stamp = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=stamp, body=body)
        headers |= {"x-slack-request-timestamp": stamp, "x-slack-signature": signature or ""}
        self.last_request = (url, body, headers)
        record = parcel.record
        assert record is not None
        record.status = "sent"
        status, answer, no_retry = await self.request(url, body, headers)
        if status // 100 == 2:
            self._received(parcel, answer)
            return
        record.status = "failed" if status else "late"
        if not no_retry:
            self._retry(parcel, _HTTP_REASONS[record.status])

    async def request(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bool]:
        """Bring one signed request: its status (0: none in time), what it was answered, and whether to leave it."""
        assert self.session is not None
        self.workspace.touch()
        timeout = aiohttp.ClientTimeout(total=self.workspace.options.ack_seconds)
        try:
            async with self.session.post(url, data=body, headers=headers, timeout=timeout) as response:
                text = await response.text()
                leave = response.headers.get("x-slack-no-retry") == "1"
                try:
                    answer = json.loads(text)
                except ValueError:
                    answer = text
                return response.status, answer, leave
        except TimeoutError:
            return 0, None, False
        except aiohttp.ClientError:
            return 503, None, False


def _reset(socket: web.WebSocketResponse) -> None:
    """Cut a connection with a TCP reset, so that neither side waits for the other."""
    connection = socket.get_extra_info("socket")
    connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport = socket._req.transport if socket._req is not None else None
    if transport is not None:
        transport.abort()
