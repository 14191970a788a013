"""The Bolt app: every kind of delivery, written down before it is acknowledged, and acknowledged within milliseconds.

A listener claims what it is given in SQL and leaves the work to the pool; what must call Slack goes to a few threads of
its own. So neither a slow answer nor a slow Slack keeps a delivery waiting, and what was acknowledged is not lost.
"""

from __future__ import annotations

import logging
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.slack import rendering
from bot.slack.addressing import Heard, asked, command_in, is_for_bot
from bot.slack.delivering import Undelivered
from bot.slack.ledger import Taken
from bot.slack.questions import Post, Question
from bot.slack.reading import Deleted, Edited, Message, read
from bot.slack.web import SlackLost, SlackRefused
from bot.slack.wiring import Desk

Body = Mapping[str, Any]


class Listening:
    """What happens when something arrives."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def message(self, body: Body) -> None:
        """A message was said, edited or deleted, or mentions the bot."""
        match read(body, self._desk.identity.team):
            case Message() as message:
                self._hear(message)
            case Edited() as edited:
                self._correct(edited)
            case Deleted(_, team, channel, ts):
                self._withdraw(team, channel, ts)
            case None:
                pass

    def command(self, body: Body, ack: Ack) -> None:
        """A slash command; what it is answered with is seen by the asker alone."""
        settings, ledger = self._desk.settings, self._desk.ledger
        text = asked(body.get("text") or "", self._desk.identity.user)
        if not text or command_in(text):
            ack(text=rendering.help_post(settings.name, settings.command).text)
            return
        question = Question(
            id=uuid.uuid4().hex,
            handle=secrets.token_urlsafe(16),
            surface="command",
            team=self._desk.identity.team,
            channel=body["channel_id"],
            ts=body["trigger_id"],
            thread="",
            user=body["user_id"],
            user_team=body["team_id"],
            text=text,
            response_url=body["response_url"],
        )
        taken = ledger.take_in(question)
        if taken.state == "full":
            ack(text=rendering.turned_away(taken.place).text)
        elif taken.state == "known":
            ack()
        else:
            waits = taken.place > self._desk.pool.free
            ack(text=rendering.in_line(taken.place) if waits else rendering.wait_a_moment(text))
        self._taken(question, taken)

    def reaction(self, body: Body, *, added: bool) -> None:
        """A reaction was put under a message, or taken away."""
        desk, event = self._desk, body["event"]
        self._later("react", "", lambda: desk.acting.react(event, desk.identity.team, added=added), desk.verdicts)

    def stopped(self, body: Body) -> None:
        """The asker pressed Slack's own Stop button."""
        event = body["event"]
        if self._desk.ledger.stop(self._desk.identity.team, event["channel"], event["thread_ts"], event["user"]):
            self._desk.pool.look()

    def pressed(self, body: Body, action: Body) -> None:
        """A button was pressed."""
        self._later("press", "", lambda: self._desk.acting.press(body, action), self._desk.presses)

    def submitted(self, body: Body) -> None:
        """A modal was sent off."""
        self._later("submit", "", lambda: self._desk.acting.submit(body), self._desk.verdicts)

    def opened(self, body: Body) -> None:
        """Somebody looks at the bot's messages, or begins a thread with it."""
        self._later("welcome", "", lambda: self._desk.welcome.greet(body["event"], self._desk.identity.team))

    def joined(self, body: Body) -> None:
        """Who is in a channel has changed, and so what may be said there."""
        event = body["event"]
        self._desk.ledger.joined(event["channel"], event["user"])

    def _hear(self, message: Message) -> None:
        desk, me = self._desk, self._desk.identity
        thread = desk.ledger.thread(message.team, message.channel, message.thread) if message.thread else None
        mentioned = message.mentions(me.user)
        if message.bot:
            for_bot = (
                mentioned
                and message.bot in desk.settings.bots
                and desk.ledger.answers_to_bots(message.team, message.channel) < desk.settings.bot_answers
            )
        else:
            heard = Heard(message.surface, message.user, message.text, mentioned, message.thread, by_bot=False)
            for_bot = is_for_bot(heard, thread, me.user)
        if message.thread and thread and thread.known:
            desk.ledger.heard(message.team, message.channel, message.thread, message.user)
        if not for_bot:
            return
        text = asked(message.text, me.user)
        order = command_in(text) if mentioned or message.surface == "direct" else None
        if not text or order:
            self._obey(order or "help", message)
            return
        self._take(message, text)

    def _take(self, message: Message, text: str) -> None:
        question = Question(
            id=uuid.uuid4().hex,
            handle=secrets.token_urlsafe(16),
            surface=message.surface,
            team=message.team,
            channel=message.channel,
            ts=message.ts,
            thread=message.thread or message.ts,
            user=message.user,
            user_team=message.user_team,
            text=text,
            external=message.external,
            by_bot=bool(message.bot),
        )
        taken = self._desk.ledger.take_in(question, message.delivery)
        self._taken(question, taken)
        if taken.state == "full":
            post = rendering.turned_away(taken.place)
            self._later("turned away", question.id, lambda: self._post(message, post))
        elif taken.state == "new" and taken.place > self._desk.pool.free:
            self._later("in line", question.id, lambda: self._tell_place(question, taken.place))

    def _taken(self, question: Question, taken: Taken) -> None:
        desk = self._desk
        text = {"text": question.text} if desk.settings.log_text else {}
        desk.journal.write("asked", question.id, state=taken.state, place=taken.place, surface=question.surface, **text)
        if taken.state == "new":
            desk.pool.wake()

    def _correct(self, edited: Edited) -> None:
        """An edited question is answered anew in the same place, or taken back where it is none any more."""
        desk, me, message = self._desk, self._desk.identity, edited.message
        if message.bot or message.user == me.user:
            return
        question = desk.ledger.asked(message.team, message.channel, message.ts)
        if question is None:
            self._hear(message)
            return
        text = asked(message.text, me.user)
        is_for_another = (
            message.surface == "channel" and not message.mentions(me.user) and f"<@{me.user}" in edited.before
        )
        if not text or command_in(text) or is_for_another:
            self._withdraw(message.team, message.channel, message.ts)
            if not is_for_another:
                self._obey(command_in(text) or "help", message)
        elif desk.ledger.revise(message.team, message.channel, message.ts, text, message.delivery, edited.at):
            desk.journal.write("edited", question.id)
            desk.pool.look()
            desk.pool.wake()

    def _withdraw(self, team: str, channel: str, ts: str) -> None:
        if question := self._desk.ledger.withdraw(team, channel, ts):
            self._desk.journal.write("deleted", question.id)
            self._desk.pool.look()
            self._desk.pool.wake()

    def _obey(self, order: str, message: Message) -> None:
        desk = self._desk
        if not desk.ledger.claim(message.delivery, f"message:{message.team}:{message.channel}:{message.ts}"):
            return
        name = desk.settings.name
        post = rendering.help_post(name, desk.settings.command)
        if order != "help" and message.surface == "direct":
            post = rendering.unmutable()
        elif order != "help":
            desk.ledger.mute(message.team, message.channel, message.thread or message.ts, order == "mute")
            post = rendering.muted(name) if order == "mute" else rendering.unmuted()
        self._later(order, "", lambda: self._post(message, post))

    def _post(self, message: Message, post: Post) -> None:
        self._desk.web.call(
            "chat.postMessage",
            channel=message.channel,
            thread_ts=message.thread or message.ts,
            text=post.text,
            blocks=list(post.blocks),
        )

    def _tell_place(self, question: Question, place: int) -> None:
        """Say how many are before a question, unless it has its turn by now."""
        words, web = rendering.in_line(place), self._desk.web
        if not self._waits(question):
            return
        if question.surface == "direct":
            where = {"channel_id": question.channel, "thread_ts": question.thread}
            web.call("assistant.threads.setStatus", **where, status=words)
            if not self._waits(question):  # its answer has come meanwhile, or comes
                web.call("assistant.threads.setStatus", **where, status="")
        else:
            web.call(
                "chat.postEphemeral",
                channel=question.channel,
                user=question.user,
                thread_ts=question.thread,
                text=words,
            )

    def _waits(self, question: Question) -> bool:
        now = self._desk.ledger.question(question.id)
        return now is not None and not now.attempts and not now.withdrawn

    def _later(self, what: str, question_id: str, errand: Callable[[], None], executor: Executor | None = None) -> None:
        """Have one of the errand threads, or this executor, do it; a failure there is logged."""

        def run() -> None:
            try:
                errand()
            except (SlackRefused, SlackLost, Undelivered) as error:
                self._desk.journal.write("errand failed", question_id, errand=what, why=str(error))
            except Exception as error:
                self._desk.journal.failed(what, error, question_id)

        (executor or self._desk.errands).submit(run)


def bolt_app(desk: Desk, signing_secret: str) -> App:
    """The Bolt app of a desk.

    ``process_before_response``: a listener runs to its end before its delivery is acknowledged, and one that fails is
    not acknowledged, so that Slack delivers again.
    """
    listening, me = Listening(desk), desk.identity
    authorized = AuthorizeResult(
        enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=desk.web.client.token
    )
    app = App(
        client=desk.web.client,
        signing_secret=signing_secret,
        authorize=lambda: authorized,
        process_before_response=True,
        logger=_quiet(),
    )

    @app.error
    def failed(error: Exception) -> BoltResponse:
        desk.journal.failed("delivery failed", error)
        return BoltResponse(status=500)

    for kind in ("app_mention", "message"):
        app.event(kind)(lambda body: listening.message(body))
    app.command(desk.settings.command)(lambda body, ack: listening.command(body, ack))
    app.event("reaction_added")(lambda body: listening.reaction(body, added=True))
    app.event("reaction_removed")(lambda body: listening.reaction(body, added=False))
    app.event("agent_session_stopped")(lambda body: listening.stopped(body))
    for kind in ("app_home_opened", "assistant_thread_started"):
        app.event(kind)(lambda body: listening.opened(body))
    for kind in ("member_joined_channel", "member_left_channel"):
        app.event(kind)(lambda body: listening.joined(body))
    app.event(re.compile(r".*"))(lambda: None)

    @app.action(re.compile(r".*"))
    def pressed(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        listening.pressed(body, action)

    @app.view("reason")
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        listening.submitted(body)
        ack()

    return app


def _quiet() -> logging.Logger:
    """Bolt's own logger, without the lines in which it quotes what people wrote."""
    logger = logging.getLogger("footnote.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger
