"""The wire: an HTTP server on loopback, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.slack_fake import chatting, limits, methods
from tests.slack_fake.deliveries import Deliveries
from tests.slack_fake.records import Call, Json, SlackError
from tests.slack_fake.workspace import APP, Workspace

RESPONSE_URL = "response_url"  # how posts to response URLs are named among the calls


@dataclass
class Failure:
    """A scripted misfortune of a method: it skips some calls, then befalls some, then is over."""

    method: str
    status: int | None = None
    error: str | None = None
    cut: str | None = None
    retry_after: int | None = None
    seconds: float = 0.0
    times: int = 1
    skip: int = 0


class Server:
    """Answers calls of the Web API, holds the sockets; ``start`` returns when it listens."""

    def __init__(self, world: Workspace, deliveries: Deliveries, bot_token: str, app_token: str) -> None:
        self.world = world
        self.deliveries = deliveries
        self.failures: list[Failure] = []
        self.calling = 0
        self._tokens = (bot_token, app_token)
        self._rates = limits.Rates(world)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-slack", daemon=True)
        self._end: asyncio.Event | None = None

    def start(self) -> None:
        """Listen on a free port of loopback."""
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake Slack did not start")

    def stop(self) -> None:
        """Close everything and end the thread."""
        loop = self.deliveries.loop
        if loop is not None and self._end is not None:
            loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def do(self, work: Any) -> Any:
        """Run a coroutine in the server's loop and wait for it; from other threads only."""
        assert self.deliveries.loop is not None
        return asyncio.run_coroutine_threadsafe(work, self.deliveries.loop).result(10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.deliveries.loop = asyncio.get_running_loop()
        self.deliveries.session = aiohttp.ClientSession()
        self._end = asyncio.Event()
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self.deliveries.link)
        app.router.add_post("/response/{name}", self._response)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._end.wait()
        await self.deliveries.close()
        await runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        body: Any = None
        form: Json = {}
        if request.content_type == "application/json":
            with contextlib.suppress(ValueError):
                body = json.loads(await request.text() or "{}")
        elif request.method == "POST":
            form = dict(await request.post())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(form.get("token") or "")
        try:
            arguments = methods.arguments_of(dict(request.query), form, body)
        except SlackError as error:
            return self._note(name, {}, token, error)
        return await self._answer(request, name, arguments, token)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        try:
            arguments = json.loads(await request.text())
        except ValueError:
            arguments = {}
        return await self._answer(request, RESPONSE_URL, arguments, "", request.match_info["name"])

    async def _answer(
        self, request: web.Request, name: str, arguments: Json, token: str, address: str = ""
    ) -> web.StreamResponse:
        self.calling += 1
        try:
            failure = self._misfortune(name)
            if failure is not None and failure.seconds:
                await asyncio.sleep(failure.seconds)
            if failure is not None and failure.cut == "before":
                return self._cut(request, name, arguments, token)
            if failure is not None and (failure.status or failure.error or failure.retry_after is not None):
                return self._note(name, arguments, token, _scripted(failure))
            kept = copy.deepcopy(arguments)
            with self.world.lock:
                try:
                    if address:
                        answer = chatting.respond(self.world, address, arguments)
                    else:
                        answer = self._judged(name, arguments, token)
                except SlackError as error:
                    return self._note(name, kept, token, error)
                self.world.sent.append((name, _where(kept, answer, address), kept))
                if failure is not None and failure.cut == "after":
                    return self._cut(request, name, kept, token)
                return self._note(name, kept, token, {"ok": True} | answer)
        finally:
            self.calling -= 1

    def _judged(self, name: str, arguments: Json, token: str) -> Json:
        bot, app = self._tokens
        if name == "api.test":
            return {}
        if not token:
            raise SlackError("not_authed")
        if token not in self._tokens:
            raise SlackError("invalid_auth")
        if name == "apps.connections.open":
            if token != app:
                raise SlackError("not_allowed_token_type")
            if time.monotonic() < self.deliveries.refused_until:
                raise SlackError("internal_error", status=503)
            host = self.world.url.replace("http", "ws", 1)
            return {"url": f"{host}/link/?ticket={self.deliveries.ticket()}&app_id={APP}"}
        if token != bot:
            if name == "auth.test":
                return {"app_id": APP, "app_name": "footnote"}
            raise SlackError("not_allowed_token_type")
        return methods.call(self.world, self._rates, name, arguments)

    def _misfortune(self, name: str) -> Failure | None:
        with self.world.lock:
            for failure in self.failures:
                if failure.method == name and failure.times > 0:
                    if failure.skip > 0:
                        failure.skip -= 1
                        continue
                    failure.times -= 1
                    return failure
        return None

    def _cut(self, request: web.Request, name: str, arguments: Json, token: str) -> web.StreamResponse:
        self._keep(Call(name, arguments, time.monotonic(), token, {"cut": True}, 0))
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _note(self, name: str, arguments: Json, token: str, result: Json | SlackError) -> web.Response:
        headers = {"x-slack-req-id": self.world.identify("req")}
        if token == self._tokens[0]:
            headers["x-oauth-scopes"] = ",".join(self.world.options.scopes)
        elif token == self._tokens[1]:
            headers["x-oauth-scopes"] = "connections:write"
        if isinstance(result, SlackError):
            answer: Json = {"ok": False, "error": result.code, **result.fields}
            status = result.status
            headers |= result.headers
            if result.code in methods.FAULTS:
                self.world.violations.append(f"{name}: {result.code} {result.fields.get('response_metadata', '')}")
        else:
            answer, status = result, 200
        self._keep(Call(name, arguments, time.monotonic(), token, copy.deepcopy(answer), status))
        return web.Response(text=json.dumps(answer), status=status, headers=headers, content_type="application/json")

    def _keep(self, call: Call) -> None:
        with self.world.lock:
            self.world.calls.append(call)
            self.world.touch()


def _where(arguments: Json, answer: Json, address: str) -> str:
    """Where what a call shows stands: a message, a view, a response URL."""
    view = answer.get("view") or {}
    channel = arguments.get("channel") or arguments.get("channel_id") or ""
    ts = answer.get("ts") or answer.get("message_ts") or arguments.get("thread_ts") or ""
    return address or str(view.get("id") or f"{channel}:{ts}")


def _scripted(failure: Failure) -> SlackError:
    if failure.retry_after is not None:
        return SlackError("ratelimited", status=429, headers={"Retry-After": str(failure.retry_after)})
    return SlackError(failure.error or "internal_error", status=failure.status or 200)
