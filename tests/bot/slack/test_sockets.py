"""Socket Mode: whatever Slack does with the connections, each delivery is taken in, and acknowledged only then."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.slack import sockets
from bot.slack.sockets import Sockets
from tests.slack_fake import FakeSlack


@dataclass
class Heard:
    """A process around sockets: what its listeners took in, and what it was told of its connections."""

    texts: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    delay: Callable[[str], object] = lambda text: None

    def app(self) -> App:
        authorized = AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_user_id="U0", bot_id="B0", bot_token="xoxb-0"
        )
        app = App(signing_secret="", authorize=lambda: authorized, process_before_response=True)

        @app.event("app_mention")
        def mentioned(event: dict[str, str]) -> None:
            self.delay(event["text"])
            self.texts.append(event["text"].split("> ")[-1])

        app.event("message")(lambda: None)
        return app

    def report(self, event: str, why: str = "", **facts: object) -> None:
        self.events.append((event, why))

    def opened(self) -> int:
        return sum(event == "socket_opened" for event, _ in self.events)


@contextmanager
def connected(slack: FakeSlack, heard: Heard, connections: int = 2) -> Iterator[Sockets]:
    with running(slack.api_url, slack.app_token, heard, connections) as running_sockets:
        slack.wait(lambda: heard.opened() == slack.sockets() == connections and running_sockets.is_connected)
        yield running_sockets


@contextmanager
def running(api_url: str, token: str, heard: Heard, connections: int = 1) -> Iterator[Sockets]:
    running_sockets = Sockets(heard.app(), SecretStr(token), api_url, connections, heard.report)
    running_sockets.open()
    try:
        yield running_sockets
    finally:
        running_sockets.close()


def wait(predicate: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as slack:
        slack.user("U1", name="ann")
        slack.channel("C1", members=["U1"])
        yield slack


def test_a_delivery_is_taken_in_and_acknowledged(slack: FakeSlack) -> None:
    heard = Heard()
    with connected(slack, heard):
        slack.mention("C1", "U1", "what is a dam?")
        slack.wait(lambda: heard.texts == ["what is a dam?"] and not slack.unacknowledged())
    assert [event for event, _ in heard.events] == ["socket_opened", "socket_opened"]


def test_it_waits_for_a_slack_that_is_away(slack: FakeSlack) -> None:
    heard = Heard()
    slack.fail("apps.connections.open", status=503, times=1)
    slack.fail("apps.connections.open", cut="before", times=1)
    slack.fail("apps.connections.open", error="internal_error", times=1)
    with connected(slack, heard, connections=1) as running_sockets:
        assert [event for event, _ in heard.events] == ["socket_refused"] * 3 + ["socket_opened"]
        assert running_sockets.refusal == ""


def test_it_waits_as_long_as_slack_asks_for(slack: FakeSlack) -> None:
    slack.fail("apps.connections.open", retry_after=2, times=1)
    with connected(slack, Heard(), connections=1):
        first, second = (call.time for call in slack.calls_of("apps.connections.open"))
        assert 2 <= second - first < 4


def test_a_token_that_slack_refuses_is_named_by_slacks_code_and_never_shown(slack: FakeSlack) -> None:
    heard = Heard()
    with running(slack.api_url, "xapp-wrong", heard) as running_sockets:
        slack.wait(lambda: running_sockets.refusal == "invalid_auth")
    assert "xapp-wrong" not in repr((heard.events, vars(running_sockets)))


def test_connections_are_replaced_under_load_without_a_delivery_that_waits(slack: FakeSlack) -> None:
    heard = Heard(delay=lambda text: time.sleep(0.01))
    with connected(slack, heard) as running_sockets:
        for number in range(120):
            slack.mention("C1", "U1", str(number))
            if number in {30, 60, 90}:
                slack.disconnect(all=True)
            assert running_sockets.is_connected
            time.sleep(0.02)
        slack.wait(lambda: len(heard.texts) >= 120 and not slack.unacknowledged())
        assert sorted(heard.texts, key=int) == [str(number) for number in range(120)], "one of them came twice"
        assert max(slack.ack_seconds_of()) < 1
        assert slack.sockets() == 2
    assert heard.events.count(("socket_ended", "disconnect")) == 6


def test_what_a_cut_connection_had_not_acknowledged_comes_again(slack: FakeSlack) -> None:
    heard = Heard(delay=lambda text: time.sleep(0.05))
    with connected(slack, heard):
        for number in range(40):
            slack.mention("C1", "U1", str(number))
            if number in {10, 20}:
                slack.disconnect(abrupt=True, all=True)
        # A cut that the system does not report is noticed when no pong has come for twelve seconds.
        slack.wait(lambda: set(heard.texts) == {str(number) for number in range(40)}, seconds=40)
        slack.wait(lambda: slack.sockets() == 2, seconds=40)


def test_a_delivery_that_is_being_taken_in_is_acknowledged_though_its_connection_is_replaced(slack: FakeSlack) -> None:
    release = threading.Event()
    heard = Heard(delay=lambda text: release.wait(10))
    with connected(slack, heard):
        slack.mention("C1", "U1", "in the middle")
        time.sleep(0.2)
        slack.disconnect(all=True)
        slack.wait(lambda: heard.events.count(("socket_opened", "")) == 4)
        release.set()
        slack.wait(lambda: not slack.unacknowledged())
        assert max(delivery.attempt for delivery in slack.deliveries) == 0


def test_a_process_that_closes_leaves_the_rest_to_be_sent_again(slack: FakeSlack) -> None:
    began, release = threading.Event(), threading.Event()
    first, second = Heard(), Heard()

    def hold(text: str) -> None:
        began.set()
        release.wait(10)

    first.delay = hold
    with connected(slack, first, connections=1) as running_sockets:
        slack.mention("C1", "U1", "taken")
        assert began.wait(5)
        closing = threading.Thread(target=running_sockets.close)
        closing.start()
        slack.wait(lambda: slack.sockets() == 0)
        slack.mention("C1", "U1", "left")
        with connected(slack, second, connections=1):
            release.set()
            slack.wait(lambda: sorted(second.texts) == ["left", "taken"])
            closing.join()
    assert first.texts == ["taken"]


@dataclass
class Door:
    """A Socket Mode server that behaves as ``greet`` says, on every connection in turn."""

    greet: Callable[[web.WebSocketResponse], Any]
    opened: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    url: str = ""

    async def open(self, request: web.Request) -> web.Response:
        self.opened.append(time.monotonic())
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link?ticket=1"})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, autoclose=False)
        await socket.prepare(request)
        await self.greet(socket)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.acknowledged.append(message.json()["envelope_id"])
        return socket


@contextmanager
def door(greet: Callable[[web.WebSocketResponse], Any]) -> Iterator[Door]:
    standing, loop = Door(greet), asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", standing.open)
    app.router.add_get("/link", standing.link)
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def serve() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        standing.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"

    loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield standing
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def envelope(number: int, text: str) -> dict[str, Any]:
    event = {"type": "app_mention", "text": text, "channel": "C1", "user": "U1", "ts": "1.0"}
    payload = {"type": "event_callback", "team_id": "T1", "event_id": f"E{number}", "event": event}
    return {"type": "events_api", "envelope_id": str(number), "payload": payload}


def test_a_connection_that_falls_silent_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SILENT_SECONDS", 0.5)
    heard = Heard()

    async def greet(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "hello"})

    with door(greet) as silent, running(silent.url, "xapp-1", heard):
        wait(lambda: len(silent.opened) >= 2)
        assert ("socket_ended", "silent") in heard.events


def test_a_door_that_does_not_greet_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SILENT_SECONDS", 0.3)
    heard = Heard()

    async def stay_mute(socket: web.WebSocketResponse) -> None:
        pass

    with door(stay_mute) as mute, running(mute.url, "xapp-1", heard) as running_sockets:
        wait(lambda: len(mute.opened) >= 2)
        assert not running_sockets.is_connected
        assert set(heard.events) == {("socket_refused", "silent")}


def test_connections_that_end_at_once_are_tried_less_and_less_often() -> None:
    heard = Heard()

    async def turn_away(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "hello"})
        await socket.close()

    with door(turn_away) as closing, running(closing.url, "xapp-1", heard):
        wait(lambda: len(closing.opened) >= 4, seconds=15)
    gaps = [after - before for before, after in zip(closing.opened, closing.opened[1:], strict=False)]
    assert gaps[2] > gaps[0] > 0.2
    assert sum(gaps[:3]) > 1.5


def test_a_flood_and_a_very_long_message_are_taken_in() -> None:
    heard = Heard()
    long = "x" * 900_000

    async def flood(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "hello"})
        for number in range(600):
            await socket.send_json(envelope(number, str(number)))
        await socket.send_json(envelope(600, long))

    with door(flood) as flooding, running(flooding.url, "xapp-1", heard):
        wait(lambda: len(flooding.acknowledged) == 601)
        assert len(set(flooding.acknowledged)) == 601
        assert set(heard.texts) == {*map(str, range(600)), long}
        assert len(flooding.opened) == 1
