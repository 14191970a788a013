"""A small HTTP server on loopback that speaks the OpenAI chat completions API, streaming and faults included.

Tests give it replies; the real client asks it. Nothing about the client is patched.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Reply:
    """A streamed answer, a few characters to a chunk, and where it goes wrong if it does."""

    text: str
    finish: str | None = "stop"
    chunk: int = 7
    pause: float = 0.0  # seconds before each chunk
    usage: tuple[int, int] = (321, 45)
    break_off: bool = False  # the connection ends in the middle of the body
    garbage: str | None = None  # one event that is not what the API promises
    error: str | None = None  # an error event in the middle of the stream


@dataclass(frozen=True)
class Fault:
    """An answer with an error status, as the API words it."""

    status: int
    message: str = "something went wrong"
    code: str | None = None
    wait: float = 0.0
    body: str | None = None


@dataclass
class OpenAIServer:
    """Serves the given replies in turn, the last one again and again, or what ``answer`` makes of each request.

    It keeps what it was asked.
    """

    answer: Callable[[dict[str, Any]], Reply | Fault] | None = None
    replies: deque[Reply | Fault] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> OpenAIServer:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def will(self, *replies: Reply | Fault) -> None:
        self.replies = deque(replies)

    def reply_to(self, asked: dict[str, Any]) -> Reply | Fault:
        if self.answer:
            return self.answer(asked)
        return self.replies.popleft() if len(self.replies) > 1 else self.replies[0]

    def asked(self, role: str, request: int = -1) -> str:
        """What a request said in one role."""
        return "\n".join(m["content"] for m in self.requests[request]["messages"] if m["role"] == role)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests, not a traceback in their output."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests print nothing."""

    def do_POST(self) -> None:
        owner = self.server.owner
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        owner.requests.append(asked)
        owner.keys.append(self.headers.get("Authorization"))
        reply = owner.reply_to(asked)
        try:
            if self.path != "/v1/chat/completions":
                self._refuse(Fault(404, f"no such path: {self.path}"))
            elif isinstance(reply, Fault):
                self._refuse(reply)
            elif not asked.get("stream"):
                self._refuse(Fault(400, "this server only streams"))
            else:
                self._stream(reply, asked)
        except OSError:
            owner.hung_up.set()
            self.close_connection = True

    def _refuse(self, fault: Fault) -> None:
        time.sleep(fault.wait)
        error = {"message": fault.message, "type": "error", "param": None, "code": fault.code}
        body = (fault.body if fault.body is not None else json.dumps({"error": error})).encode()
        self.send_response(fault.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply, asked: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._event(_choice({"role": "assistant", "content": ""}))
        for start in range(0, len(reply.text), reply.chunk):
            time.sleep(reply.pause)
            self._event(_choice({"content": reply.text[start : start + reply.chunk]}))
        if reply.garbage is not None:
            self._data(f"data: {reply.garbage}\n\n")
        if reply.error is not None:
            self._event({"error": {"message": reply.error, "type": "server_error", "code": None}})
        if reply.break_off:
            self.close_connection = True
            return
        if reply.finish:
            self._event(_choice({}, reply.finish))
        if (asked.get("stream_options") or {}).get("include_usage"):
            read, written = reply.usage
            counted = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
            self._event({**_choice({}), "choices": [], "usage": counted})
        self._data("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: dict[str, Any]) -> None:
        self._data(f"data: {json.dumps(event)}\n\n")

    def _data(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "test-model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
