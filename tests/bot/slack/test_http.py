"""The HTTP side: signed deliveries only, none of which holds up another or the word on how the process is."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot.answers import BotError
from bot.slack import http as served
from bot.slack.http import BODY_BYTES, EVENTS, Front, Server

SECRET = "of the tests"


@dataclass
class State:
    """What the process would say of itself, and what reached its listeners."""

    health: str = ""
    readiness: str = ""
    heard: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


@dataclass
class Place:
    """A front that is being served."""

    port: int
    front: Front
    app: App
    state: State

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def deliver(self, text: str, *, age: int = 0, secret: str = SECRET) -> tuple[int, str]:
        body = mention(text)
        return self.ask("POST", EVENTS, body, signed(body, age=age, secret=secret))


def mention(text: str) -> bytes:
    event = {"type": "app_mention", "text": text, "channel": "C1", "user": "U1", "ts": "1.0"}
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "E1", "event": event}).encode()


def signed(body: bytes, *, age: int = 0, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "content-type": "application/json",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": str(signature),
    }


@pytest.fixture
def place() -> Iterator[Place]:
    state = State()
    authorized = AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0", bot_id="B0", bot_token="xoxb-0")
    app = App(signing_secret=SECRET, authorize=lambda: authorized, process_before_response=True)

    @app.event("app_mention")
    def heard(event: dict[str, str]) -> None:
        if event["text"] == "wait":
            state.release.wait(10)
        state.heard.append(event["text"])

    front = Front(lambda: state.health, lambda: state.readiness, SECRET)
    front.app = app
    server = Server(front, ("127.0.0.1", 0))
    server.start()
    while not server.is_serving:
        time.sleep(0.01)
    yield Place(server.port, front, app, state)
    state.release.set()
    server.stop()


def test_a_signed_delivery_is_taken_in_before_it_is_acknowledged(place: Place) -> None:
    assert place.deliver("what is a dam?")[0] == 200
    assert place.state.heard == ["what is a dam?"]


def test_slack_is_shown_that_the_address_is_ours(place: Place) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c4ll"}).encode()
    status, answer = place.ask("POST", EVENTS, body, signed(body))
    assert (status, json.loads(answer)) == (200, {"challenge": "c4ll"})


def test_what_slack_did_not_sign_is_refused_and_not_quoted(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    body = mention("private words")
    good = signed(body)
    assert place.deliver("private words", secret="another")[0] == 401
    assert place.deliver("private words", age=301)[0] == 401
    assert place.deliver("private words", age=-301)[0] == 401
    assert place.ask("POST", EVENTS, body, {})[0] == 401
    assert place.ask("POST", EVENTS, body + b" ", good)[0] == 401
    for timestamp in ("", "soon", "1e9", "9" * 5000):
        assert place.ask("POST", EVENTS, body, {**good, "x-slack-request-timestamp": timestamp})[0] == 401
    for signature in ("", "v0=é", "v1=00"):
        assert place.ask("POST", EVENTS, body, {**good, "x-slack-signature": signature})[0] == 401
    assert place.state.heard == []
    assert "private words" not in caplog.text


def test_what_is_no_delivery_at_all_is_the_senders_fault(place: Place) -> None:
    assert place.ask("POST", EVENTS, b"\xff\xfe", signed(b""))[0] == 401
    for body in (b"{", b"[1]", b"null", b"payload=%7B"):
        assert 400 <= place.ask("POST", EVENTS, body, signed(body))[0] < 500, body


def test_a_body_larger_than_any_delivery_is_refused_whatever_it_says_of_its_length(place: Place) -> None:
    large = b"x" * (BODY_BYTES + 1)
    assert place.ask("POST", EVENTS, large, signed(large))[0] == 413
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as stream:
        stream.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n")
        stream.sendall(b"X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=1\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(BODY_BYTES // 0x10000 + 1):
            stream.sendall(chunk)
        assert b" 413 " in stream.recv(100)


def test_a_body_that_does_not_come_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as stream:
        stream.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n")
        stream.sendall(b"X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=1\r\n\r\n")
        assert b" 408 " in stream.recv(100)


def test_deliveries_that_wait_hold_up_neither_others_nor_the_checks(place: Place) -> None:
    with ThreadPoolExecutor(served.THREADS) as senders:
        waiting = [senders.submit(place.deliver, "wait") for _ in range(served.THREADS - 1)]
        time.sleep(0.3)
        began = time.monotonic()
        assert place.deliver("quick")[0] == 200
        waiting.append(senders.submit(place.deliver, "wait"))
        time.sleep(0.2)
        assert place.ask("GET", "/healthz") == (200, "ok")
        assert time.monotonic() - began < 2
        assert place.state.heard == ["quick"]
        place.state.release.set()
        assert [each.result()[0] for each in waiting] == [200] * served.THREADS


def test_a_delivery_that_comes_while_none_is_taken_is_left_for_slack_to_send_again(place: Place) -> None:
    place.front.app = None
    assert place.deliver("too late")[0] == 503
    assert place.state.heard == []


def test_the_checks_say_in_a_word_what_is_wrong(place: Place) -> None:
    assert place.ask("GET", "/healthz") == (200, "ok")
    assert place.ask("GET", "/readyz") == (200, "ok")
    place.state.health, place.state.readiness = "pool", "database"
    assert place.ask("GET", "/healthz") == (503, "pool")
    assert place.ask("GET", "/readyz") == (503, "database")
    assert place.ask("HEAD", "/healthz") == (503, "")
    assert place.ask("POST", "/healthz")[0] == place.ask("GET", "/")[0] == place.ask("GET", EVENTS)[0] == 404


def test_a_check_that_hangs_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "CHECK_SECONDS", 0.2)
    front = Front(lambda: "", lambda: str(place.state.release.wait(10)))
    server = Server(front, ("127.0.0.1", 0))
    server.start()
    other = Place(server.port, front, place.app, place.state)
    assert other.ask("GET", "/readyz") == (503, "slow")
    place.state.release.set()
    server.stop()


def test_an_address_that_is_taken_is_said_in_a_line(place: Place) -> None:
    front = Front(lambda: "", lambda: "")
    with pytest.raises(BotError, match=f"cannot listen at 127.0.0.1 port {place.port}: Address already in use"):
        Server(front, ("127.0.0.1", place.port))
    with pytest.raises(BotError, match="cannot listen at nowhere"):
        Server(front, ("nowhere.invalid", 0))
    with pytest.raises(BotError, match="no such port"):
        Server(front, ("127.0.0.1", 70_000))
