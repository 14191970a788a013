"""Socket Mode: the connections by which Slack sends deliveries to a process that has no public address.

Each connection is a client of slack_sdk that is used once. Its own way of reconnecting stops reading while it works,
may leave the old socket being read for ever, and never notices a new one that stays silent; so a new client is
opened before the old one goes, and what came by a connection is acknowledged on the same one.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

PING_SECONDS = 3.0
SILENT_SECONDS = 4 * PING_SECONDS  # without a pong, after which a connection counts as lost
RETIRING_SECONDS = 5.0  # that a replaced connection has to bring its acknowledgements out
CLOSING_SECONDS = 1.0  # that deliveries which are being taken in have to be acknowledged
FIRST_GAP_SECONDS = 0.5
LAST_GAP_SECONDS = 30.0
# What Slack says when it is ill or busy; any other "no" to a request for a connection is about the token or the app.
PASSING = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "too_many_websockets"}
)

Report = Callable[..., None]


class Sockets:
    """Keeps so many connections open until it is closed, however often Slack ends or refuses them.

    ``report`` is told of every change as an event and its facts. A delivery is acknowledged after the app has taken
    it in; what is not acknowledged is sent again by Slack, to whichever connection is open then.
    """

    def __init__(self, app: App, token: SecretStr, api_url: str, connections: int, report: Report) -> None:
        self._app = app
        self._token = token
        self._web = WebClient(base_url=api_url, timeout=10, retry_handlers=[])
        self._report = report
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._idle = threading.Condition()
        self._taking = 0
        self._open: set[_Connection] = set()
        self._has_connected = False
        self.refusal = ""  # Slack's code, where it refuses the token before any connection came about
        self._threads = [
            threading.Thread(target=self._keep, name=f"slack-socket-{number}", daemon=True)
            for number in range(connections)
        ]

    def open(self) -> None:
        """Begin to connect; returns at once."""
        for thread in self._threads:
            thread.start()

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach this process by at least one connection."""
        with self._lock:
            return any(connection.is_ready for connection in self._open)

    def close(self) -> None:
        """Take nothing more, acknowledge what is being taken in, and close every connection."""
        self._stopping.set()
        with self._idle:
            self._idle.wait_for(lambda: not self._taking, timeout=CLOSING_SECONDS)
        with self._lock:
            connections = list(self._open)
        closing = [threading.Thread(target=self._end, args=(each,), daemon=True) for each in connections]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()

    def _keep(self) -> None:
        """One connection after the other, each opened before the one that it replaces is ended."""
        current: _Connection | None = None
        gap = FIRST_GAP_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            wait, successor = self._connected(gap)
            if successor is None:
                gap = min(gap * 2, LAST_GAP_SECONDS)
                self._stopping.wait(wait)
                continue
            if current is not None:
                threading.Thread(target=self._retire, args=(current,), daemon=True).start()
            current = successor
            why = current.wait_for_end(self._stopping)
            if self._stopping.is_set():
                return
            self._report("socket_ended", why=why)
            if time.monotonic() - began > LAST_GAP_SECONDS:
                gap = FIRST_GAP_SECONDS
            elif why != "disconnect":  # a connection that breaks as soon as it is made is no success
                self._stopping.wait(gap * random.uniform(0.5, 1.0))
                gap = min(gap * 2, LAST_GAP_SECONDS)

    def _connected(self, gap: float) -> tuple[float, _Connection | None]:
        """A connection that has been greeted; or None, and the seconds to wait before the next try."""
        try:
            url = str(self._web.apps_connections_open(app_token=self._token.get_secret_value())["url"])
        except SlackApiError as error:
            code, headers = _refusal(error)
            if code not in PASSING and not self._has_connected:
                self.refusal = code
            self._report("socket_refused", why=code)
            return max(gap, _seconds(headers.get("retry-after"))) * random.uniform(1.0, 1.2), None
        except Exception as error:  # whatever it is, trying again is the only thing that helps
            self._report("socket_refused", why=type(error).__name__)
            return gap * random.uniform(0.5, 1.0), None
        connection = _Connection(self._web, url, self._take)
        with self._lock:
            self._open.add(connection)
        try:
            connection.connect()
            is_greeted = connection.greeted.wait(SILENT_SECONDS) if connection.is_connected() else False
        except Exception:
            is_greeted = False
        if is_greeted and not self._stopping.is_set():
            self._has_connected = True
            self._report("socket_opened")
            return 0.0, connection
        self._end(connection)
        if not self._stopping.is_set():
            self._report("socket_refused", why=connection.why or "silent")
        return gap * random.uniform(0.5, 1.0), None

    def _retire(self, connection: _Connection) -> None:
        deadline = time.monotonic() + RETIRING_SECONDS
        while connection.is_connected() and time.monotonic() < deadline and not self._stopping.wait(0.1):
            pass
        self._end(connection)

    def _end(self, connection: _Connection) -> None:
        with self._lock:
            if connection not in self._open:
                return
            self._open.discard(connection)
        connection.close()

    def _take(self, connection: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Have the app take in a delivery, then acknowledge it; neither, once the process is told to stop."""
        with self._idle:
            if self._stopping.is_set():
                return
            self._taking += 1
        began = time.time()
        try:
            send_response(connection, request, run_bolt_app(self._app, request), began)
        except SlackClientNotConnectedError:  # Slack sends it again, and it is known by then
            self._report("unacknowledged", kind=request.type)
        except Exception as error:  # Slack sends it again; its words may quote what somebody wrote
            self._report("delivery_failed", kind=request.type, why=type(error).__name__)
        finally:
            with self._idle:
                self._taking -= 1
                self._idle.notify_all()


class _Connection(SocketModeClient):
    """A client for one WebSocket, which says when it ends instead of reconnecting by itself."""

    def __init__(
        self, web: WebClient, url: str, take: Callable[[BaseSocketModeClient, SocketModeRequest], None]
    ) -> None:
        self.greeted = threading.Event()
        self._ended = threading.Event()
        self.why = ""
        super().__init__(
            app_token="",
            logger=_mute(),
            web_client=web,
            auto_reconnect_enabled=False,
            ping_interval=PING_SECONDS,
            # Frames are parsed by recursion, a level each time that the buffer is filled.
            receive_buffer_size=65_536,
            on_error_listeners=[lambda error: self._end(type(error).__name__)],
            on_close_listeners=[lambda code, reason: self._end("closed")],
        )
        self.wss_uri = url
        self._began = time.time()
        self.message_listeners.append(self._greet)
        self.socket_mode_request_listeners.append(take)

    @property
    def is_ready(self) -> bool:
        """Whether Slack has greeted and can send; it still may after it asked for another connection."""
        return self.greeted.is_set() and self.why in {"", "disconnect"} and self.is_connected()

    def close(self) -> None:
        """End it and its threads, which otherwise are waited for until their reads run out, for seconds."""
        session, self.closed = self.current_session, True
        if session is not None and session.sock is not None:
            with contextlib.suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)
        self.message_queue.put(None)
        super().close()

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Called where Slack asks for another connection."""
        self._end("disconnect")

    def wait_for_end(self, stopping: threading.Event) -> str:
        """Return, with the reason in a word, when the connection has ended or is to be replaced."""
        while not stopping.is_set() and not self._ended.wait(0.1):
            session = self.current_session
            if session is None or not session.is_active():
                self._end("closed")
            elif time.time() - (session.last_ping_pong_time or self._began) > SILENT_SECONDS:
                self._end("silent")
        return self.why

    def _end(self, why: str) -> None:
        self.why = self.why or why
        self._ended.set()

    def _greet(self, client: Any, message: dict[str, Any], raw: str | None = None) -> None:
        if message.get("type") == "hello":
            self.greeted.set()


def _mute() -> logging.Logger:
    """A logger for the client, which quotes deliveries and repeats what is reported."""
    logger = logging.getLogger("footnote.slack.sockets")
    logger.setLevel(logging.CRITICAL)
    return logger


def _refusal(error: SlackApiError) -> tuple[str, dict[str, str]]:
    """Slack's error code, and the headers in small letters; an answer that is none of Slack's is a passing one."""
    response = error.response
    headers = {str(name).lower(): str(value) for name, value in (getattr(response, "headers", None) or {}).items()}
    status = getattr(response, "status_code", 0)
    if status == 429:
        return "ratelimited", headers
    try:
        code = str(response["error"])
    except (KeyError, TypeError):
        code = ""
    return ("service_unavailable" if status >= 500 or not code else code), headers


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdecimal() else 0.0
