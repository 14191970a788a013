"""What joins the parts of the Slack client around one app, for one workspace."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.app import App
from bot.slack.access import Access
from bot.slack.acting import Acting
from bot.slack.answering import Answering
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.pool import Pool
from bot.slack.web import Web
from bot.slack.welcome import Welcome
from config.settings import SlackSection
from retrieval.tables import open_engine, sqlite_url

_ERRANDS = 4  # threads of each kind that call Slack for what is not an answer


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace, as auth.test says."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a delivery may need.

    ``errands`` are what calls Slack and can wait for it; ``presses`` what somebody waits for, with a trigger that is
    good for three seconds; ``verdicts`` writes into the library's database, where an ingest may be before it, one
    verdict after the other.
    """

    settings: SlackSection
    identity: Identity
    ledger: Ledger
    access: Access
    web: Web
    pool: Pool
    answering: Answering
    acting: Acting
    welcome: Welcome
    journal: Journal
    errands: ThreadPoolExecutor
    presses: ThreadPoolExecutor
    verdicts: ThreadPoolExecutor

    def drain(self, seconds: float) -> int:
        """Let what was begun end within so many seconds; how many questions are left to other processes."""
        deadline = time.monotonic() + seconds
        left = self.pool.drain(seconds)
        self.web.close()
        for executor in (self.verdicts, self.presses, self.errands):
            ending = threading.Thread(target=executor.shutdown, daemon=True)
            ending.start()
            ending.join(max(0.0, deadline - time.monotonic()))
            executor.shutdown(wait=False, cancel_futures=True)
        self.ledger.close()
        return left


def open_desk(app: App, web: Web, identity: Identity, journal: Journal) -> Desk:
    """The parts on their places; the pool is not started yet."""
    settings, engine = app.settings.slack, app.engine
    if engine.dialect.name == "sqlite":
        # One file has one writer: an ingest that holds it for seconds would keep acknowledgements waiting.
        engine = open_engine(sqlite_url(app.folder, "slack"))
    ledger = Ledger(
        engine,
        lease_seconds=settings.lease_seconds,
        queue=settings.queue,
        keep_days=app.settings.conversation.days,
    )
    access = Access(settings, web, ledger.joins)
    answering = Answering(app, ledger, access, web, journal)
    return Desk(
        settings=settings,
        identity=identity,
        ledger=ledger,
        access=access,
        web=web,
        pool=Pool(ledger, answering, settings.workers, journal),
        answering=answering,
        acting=Acting(app, ledger, access, web, journal),
        welcome=Welcome(app, access, web),
        journal=journal,
        errands=ThreadPoolExecutor(_ERRANDS, thread_name_prefix="errands"),
        presses=ThreadPoolExecutor(_ERRANDS, thread_name_prefix="presses"),
        verdicts=ThreadPoolExecutor(1, thread_name_prefix="verdicts"),
    )
