"""The fake itself: start it, act in it, look at what stands there, make it fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Any, TypeVar

from tests.slack_fake import rendering
from tests.slack_fake.acting import Acting
from tests.slack_fake.deliveries import Deliveries
from tests.slack_fake.parsing import Findings
from tests.slack_fake.records import Call, Delivery, Json, Message
from tests.slack_fake.server import Failure, Server
from tests.slack_fake.workspace import BOT_ID, BOT_USER, TEAM, Options, Workspace

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "links:read",
    "links:write",
    "reactions:read",
    "reactions:write",
    "users:read",
    "files:write",
)
_T = TypeVar("_T")


class FakeSlack(Acting):
    """A strict Slack on loopback, for one app with one bot; a context manager.

    ``events`` are those that the app has subscribed to, named as in its manifest; others it does not hear of.
    """

    bot_token = "xoxb-fake-bot-token"
    app_token = "xapp-1-fake-app-token"
    signing_secret = "fake-signing-secret"
    bot_user = BOT_USER
    bot_id = BOT_ID
    team = TEAM

    def __init__(
        self,
        *,
        scopes: Collection[str] | None = None,
        events: Collection[str] | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        granted = SCOPES if scopes is None else tuple(scopes)
        wanted = None if events is None else frozenset(events)
        self.world = Workspace(Options(scopes=granted, events=wanted, **options), seed)
        self.world.publish = self.event
        self._findings = Findings()
        self.post_office = Deliveries(self.world, self.signing_secret)
        self._server = Server(self.world, self.post_office, self.bot_token, self.app_token)

    def __enter__(self) -> FakeSlack:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def api_url(self) -> str:
        """Where the Web API is, for ``WebClient(base_url=...)``."""
        return f"{self.world.url}/api/"

    def deliver_to(self, url: str | None) -> None:
        """Send deliveries there by signed HTTP (None: through sockets again)."""
        self.post_office.target = url

    def redeliver(self, event_id: str) -> None:
        """Deliver an event once more under its id, as Slack does where an acknowledgement was lost."""
        self.post_office.again(event_id)

    def replay(self) -> int:
        """Send the last signed request once more, byte for byte; its HTTP status."""
        if self.post_office.last_request is None:
            raise LookupError("no request was sent yet")
        return int(self._server.do(self.post_office.request(*self.post_office.last_request))[0])

    def fail(
        self,
        method: str,
        *,
        status: int | None = None,
        error: str | None = None,
        cut: str | None = None,
        retry_after: int | None = None,
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Let the next calls of a method fail; "response_url" names posts to response URLs."""
        with self.world.lock:
            failure = Failure(method, status, error, cut, retry_after, times=times, skip=skip)
            self._server.failures.append(failure)

    def slow(self, method: str, seconds: float, times: int = 1) -> None:
        """Let the next calls of a method take their time."""
        with self.world.lock:
            self._server.failures.append(Failure(method, seconds=seconds, times=times))

    def messages(self, channel: str, thread: str | None = None, viewer: str | None = None) -> list[Message]:
        """What stands in a channel now, or in one thread of it with its root first; as one member sees it."""
        return self.world.shown(channel, thread, viewer)

    def private(self, user: str) -> list[Message]:
        """What only this user sees."""
        return self.world.private(user)

    def statuses(self, channel: str, thread: str) -> list[str]:
        """The statuses a thread has had; the last is "" when there is none now."""
        with self.world.lock:
            return list(self.world.statuses.get((channel, thread), []))

    def sessions(self, channel: str, thread: str) -> list[str]:
        """The states of the agent session a thread has had."""
        with self.world.lock:
            return list(self.world.sessions.get((channel, thread), []))

    def titles(self, channel: str, thread: str) -> list[str]:
        """The titles a thread has had."""
        with self.world.lock:
            return list(self.world.titles.get((channel, thread), []))

    def prompts(self, channel: str) -> list[Json]:
        """The prompts that are suggested in a conversation now."""
        with self.world.lock:
            return list(self.world.prompts.get(channel, []))

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far."""
        with self.world.lock:
            return list(self.world.calls)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]

    @property
    def violations(self) -> list[str]:
        """Every rule that was broken so far."""
        with self.world.lock:
            return list(self.world.violations)

    @property
    def notifications(self) -> list[tuple[str, str, str]]:
        """Everything that a text of ours would have notified: (method, what, where)."""
        with self.world.lock:
            return self._findings.update(self.world.sent)[0]

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """Every link that would show: (url, label, where)."""
        with self.world.lock:
            return self._findings.update(self.world.sent)[1]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to bring something to the app so far."""
        with self.world.lock:
            return list(self.post_office.records)

    def unacknowledged(self) -> list[Delivery]:
        """The latest attempt of everything that no attempt has brought an acknowledgement for."""
        newest = {one.event_id or one.id: one for one in self.deliveries}
        done = {one.event_id or one.id for one in self.deliveries if one.acked is not None}
        return [one for name, one in newest.items() if name not in done]

    def ack_seconds_of(self, kind: str | None = None) -> list[float]:
        """How long each acknowledgement took."""
        return [one.acked - one.sent for one in self.deliveries if one.acked is not None and kind in {None, one.kind}]

    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self.post_office.sockets)

    def disconnect(self, abrupt: bool = False, all: bool = False) -> None:
        """Ask the oldest socket (or all) to go, as Slack does every few hours; or cut it without a word."""
        self._server.do(self.post_office.disconnect(abrupt, all))

    def refuse_connections(self, seconds: float) -> None:
        """Let no socket be opened for so long."""
        self.post_office.refused_until = time.monotonic() + seconds

    def html(self, channel: str | None = None, user: str | None = None) -> str:
        """A page that looks like Slack: a channel (as this user sees it, private messages included), their modals."""
        parts: list[str] = []
        with self.world.lock:
            if channel is not None:
                whispers = [one for one in self.private(user) if one.channel == channel] if user else []
                standing = sorted([*self.messages(channel, viewer=user), *whispers], key=lambda one: one.ts)
                now = {thread: words[-1] for (room, thread), words in self.world.statuses.items() if room == channel}
                parts += rendering.conversation(standing, now, self._name)
            parts += [rendering.view_html(view, self._name) for view in (self.views(user) if user else [])]
        return rendering.page(parts)

    def _name(self, user: str) -> str:
        known = self.world.people.get(user or BOT_USER)
        return known.name if known else user

    def wait(self, predicate: Callable[[], _T], seconds: float = 10.0) -> _T:
        """The first true value of the predicate; AssertionError, with the latest calls, if there is none in time."""
        end = time.monotonic() + seconds
        while True:
            value = predicate()
            if value:
                return value
            if time.monotonic() > end:
                last = [
                    f"{one.method} {one.status} {_brief(one.arguments)} -> {_brief(one.answer)}" for one in self.calls
                ]
                raise AssertionError("nothing such within time; the last calls:\n" + "\n".join(last[-12:]))
            time.sleep(0.01)

    def settle(self, seconds: float = 0.5) -> None:
        """Wait until nothing has come or gone for so long; AssertionError where it never ends."""
        end = time.monotonic() + max(30.0, 10 * seconds)
        while self._server.calling or time.monotonic() - self.world.active < seconds:
            if time.monotonic() > end:
                raise AssertionError(f"no peace; the last calls: {[one.method for one in self.calls[-12:]]}")
            time.sleep(0.01)


def _brief(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "..."
