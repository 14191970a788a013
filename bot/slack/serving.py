"""The process behind ``footnote slack``: what it needs to begin, how it says that it is well, and how it stops."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Protocol

from pydantic import SecretStr
from slack_bolt import App as BoltApp

from bot.answers import BotError
from bot.app import App
from bot.slack.http import Front, Server
from bot.slack.journal import Journal, redirect_logging
from bot.slack.sockets import FIRST_GAP_SECONDS, LAST_GAP_SECONDS, Sockets
from bot.slack.web import SlackLost, SlackRefused, Web
from config import Secrets, Settings
from retrieval.articles import Filters

# name of the variable, field of the secrets, how it begins, where Slack shows it
BOT_TOKEN = ("SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
APP_TOKEN = ("SLACK_APP_TOKEN", "xapp-", "Basic Information, App-Level Tokens")
SIGNING_SECRET = ("SLACK_SIGNING_SECRET", "", "Basic Information, App Credentials")
SWITCH_SECONDS = 0.0005  # after which a thread that computes lets another run; Python's own is ten times that


class Workers(Protocol):
    """What answers questions in the background."""

    @property
    def alive(self) -> bool:
        """Whether questions are taken and answered."""

    def start(self) -> None:
        """Begin to answer."""


def serve(
    settings: Settings,
    secrets: Secrets,
    app: App,
    *,
    http: tuple[str, int] | None,
    health: tuple[str, int] | None,
) -> None:
    """Answer in Slack until the process is told to stop by SIGTERM or SIGINT.

    ``http`` is the address to take deliveries at; without it they come through Socket Mode, and ``health``, if given,
    is where ``/healthz`` and ``/readyz`` are served. Raises BotError where a token is missing or refused or an
    address taken; while Slack cannot be reached it keeps trying.
    """
    from bot.slack.listening import bolt_app
    from bot.slack.wiring import Identity, open_desk

    bot_token = _needed(secrets.slack_bot_token, BOT_TOKEN)
    app_token = None if http else _needed(secrets.slack_app_token, APP_TOKEN)
    signing_secret = _needed(secrets.slack_signing_secret, SIGNING_SECRET).get_secret_value() if http else ""
    journal = Journal(sys.stderr, settings.slack.log_text)
    redirect_logging(journal)
    slack, told = settings.slack, Told()
    databases: list[Callable[[], object]] = [lambda: _ask_database(app)]
    service = Service(lambda: [ask() for ask in databases], http or health, slack.drain_seconds, signing_secret)
    try:
        web = Web(bot_token, slack.api_url)
        who = introduced(web, told, journal)
        if who is None:
            return
        desk = open_desk(app, web, Identity(who["team_id"], who["user_id"], who["bot_id"]), journal)
        databases.append(desk.ledger.waiting)
        bolt = bolt_app(desk, signing_secret)
        sockets = Sockets(bolt, app_token, slack.api_url, slack.connections, journal.write) if app_token else None
        _warm_up(app)
        sys.setswitchinterval(SWITCH_SECONDS)  # a delivery needs its turn a dozen times while answers compute
        service.begin(desk.pool, desk.drain, bolt, sockets)
        _announce(app, who, journal, service)
        service.run(told)
    finally:
        left = service.stop()
        journal.write("stopped", given_back=left)


class Told:
    """Whether the process has been told to stop; a second signal ends it at once."""

    def __init__(self) -> None:
        self.is_set = False  # no Event: a handler that runs while the main thread waits for one can block for ever
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)

    def wait(self, seconds: float) -> bool:
        """Sleep for so long, or until told; whether told."""
        deadline = time.monotonic() + seconds
        while not self.is_set and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(0.1, left))
        return self.is_set

    def _tell(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)


class Service:
    """The running parts, in the order in which they begin and stop.

    ``database`` raises where the database does not answer; without the signing secret, no delivery is taken in over
    HTTP. The address is served from the beginning to the end, so
    that whoever watches the process sees why it takes no questions.
    """

    def __init__(
        self,
        database: Callable[[], object],
        address: tuple[str, int] | None,
        drain_seconds: float,
        signing_secret: str = "",
    ) -> None:
        self._database = database
        self._drain_seconds = drain_seconds
        self._state = "starting"
        self._pool: Workers | None = None
        self._drain: Callable[[float], int] | None = None
        self.sockets: Sockets | None = None
        self._front = Front(self.health, self.readiness, signing_secret)
        self.server = Server(self._front, address) if address else None
        if self.server:
            self.server.start()

    def begin(self, pool: Workers, drain: Callable[[float], int], bolt: BoltApp, sockets: Sockets | None) -> None:
        """Take questions: through the sockets, or where there are none at the address.

        ``drain`` lets what was begun end within some seconds, and returns how many questions are given back.
        """
        self._pool, self._drain, self.sockets = pool, drain, sockets
        pool.start()
        if sockets:
            sockets.open()
        else:
            self._front.app = bolt
        self._state = "serving"

    def run(self, told: Told) -> None:
        """Return when told to stop; BotError where Slack refuses the token for the sockets."""
        while not told.wait(0.2):
            if self.sockets and self.sockets.refusal:
                raise BotError(_refused(APP_TOKEN, self.sockets.refusal))

    def stop(self) -> int:
        """Take no more, let the pool finish within its time, then let the address go; how many were given back."""
        self._state = "draining"
        self._front.app = None
        closing = threading.Thread(target=self.sockets.close) if self.sockets else None
        if closing:
            closing.start()
        left = self._drain(self._drain_seconds) if self._drain else 0
        if closing:
            closing.join()
        if self.server:
            self.server.stop()
        return left

    def health(self) -> str:
        """Why the process should be ended and replaced, in a word; nothing while it works."""
        return "pool" if self._state == "serving" and not (self._pool and self._pool.alive) else ""

    def readiness(self) -> str:
        """Why it takes no questions now, in a word; nothing where it takes them."""
        if self._state != "serving":
            return self._state
        if reason := self.health():
            return reason
        if self.sockets and not self.sockets.is_connected:
            return "disconnected"
        try:
            self._database()
        except Exception:  # whatever it is, and its words are not for whoever asks
            return "database"
        return ""


def introduced(web: Web, told: Told, journal: Journal) -> Mapping[str, Any] | None:
    """What Slack says the bot token is for; asked until there is an answer, None where told to stop before."""
    gap = FIRST_GAP_SECONDS
    while not told.is_set:
        try:
            return web.call("auth.test")
        except SlackRefused as error:
            if error.code != "ratelimited":
                raise BotError(_refused(BOT_TOKEN, error.code)) from None
        except SlackLost:
            pass
        journal.write("slack_away", again_seconds=gap)
        told.wait(gap)
        gap = min(gap * 2, LAST_GAP_SECONDS)
    return None


def _needed(secret: SecretStr | None, kind: tuple[str, str, str]) -> SecretStr:
    variable, beginning, page = kind
    if secret is None:
        begins = f" (it begins with {beginning})" if beginning else ""
        raise BotError(f"{variable} is not set{begins}; Slack shows it under {page}")
    if not secret.get_secret_value().startswith(beginning):
        raise BotError(f"{variable} is a token of another kind: it must begin with {beginning}; see {page} in Slack")
    return secret


def _refused(kind: tuple[str, str, str], code: str) -> str:
    variable, _, page = kind
    return f"Slack refuses {variable} ({code}); compare it with what Slack shows under {page}"


def _warm_up(app: App) -> None:
    """Load what answers are made with: else the first questions wait for it, and so do acknowledgements."""
    if app.writes:
        app.search("warm up")  # an answer would ask the chat model, and cost something
    else:
        for _ in app.ask("warm up"):
            pass


def _ask_database(app: App) -> None:
    with app.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")


def _announce(app: App, who: Mapping[str, Any], journal: Journal, service: Service) -> None:
    """Say who answers where: as a line for people at a terminal, as an event otherwise."""
    slack = app.settings.slack
    articles = app.count(Filters())
    mode = "Socket Mode" if service.sockets else "HTTP"
    port = service.server.port if service.server else None
    if not sys.stderr.isatty():
        journal.write("started", team=who["team"], bot=who["user"], mode=mode, port=port, articles=articles)
        return
    collections = ", ".join(slack.collections) or "none"
    sys.stderr.write(
        f"{who['user']} answers in {who['team']} by {mode}{f', port {port}' if port else ''}; "
        f"{articles} articles, collections in channels: {collections}. Ctrl-C stops it.\n"
    )
