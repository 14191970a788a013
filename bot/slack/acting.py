"""What buttons, modals and reactions do; whatever a client sends is looked up here before anything is shown or kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, cast

from bot.answers import Quote
from bot.app import App
from bot.slack import rendering
from bot.slack.access import Access
from bot.slack.journal import Journal
from bot.slack.ledger import Ledger
from bot.slack.questions import Question
from bot.slack.web import SlackRefused, Web

_VERDICTS: Mapping[str, Literal["right", "wrong"]] = {"white_check_mark": "right", "x": "wrong"}


class Acting:
    """The deeds of one workspace's buttons; forged or stale values do nothing."""

    def __init__(self, app: App, ledger: Ledger, access: Access, web: Web, journal: Journal) -> None:
        self._app = app
        self._ledger = ledger
        self._access = access
        self._web = web
        self._journal = journal

    def press(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Do what a button below an answer, or in a modal, is for."""
        deed, _, argument = str(action.get("action_id", "")).partition(":")
        view = body.get("view")
        value = str(view["private_metadata"] if view else action.get("value", ""))
        handle, _, rest = value.partition(":")
        question = self._question(handle, body)
        if question is None:
            if deed != "open":  # a link of Slack's own button; nothing is left to do
                self._journal.write("button ignored", deed=deed)
            return
        match deed:
            case "passage" if argument.isdecimal():
                self._show(question, int(argument), body)
            case "page" if argument.isdecimal() and rest.isdecimal() and view:
                self._turn(question, int(rest), int(argument), body)
            case "feedback" if rest in ("right", "wrong"):
                self._judge(question, cast("Literal['right', 'wrong']", rest), body)
            case "stop" if body["user"]["id"] == question.user:
                self._ledger.stop_question(question.id)

    def submit(self, body: Mapping[str, Any]) -> None:
        """Keep the reason that somebody gives for a verdict."""
        view = body["view"]
        handle, _, answer_id = str(view["private_metadata"]).partition(":")
        question = self._question(handle, body)
        if question is None or self._app.feedback.question_of(answer_id) != question.id:
            return
        values = view["state"]["values"]
        kind, reason = (_entered(values, block) for block in ("kind", "reason"))
        user = body["user"]["id"]
        self._app.feedback.judge(answer_id, user, "wrong", kind=kind, reason=reason)
        self._journal.write("feedback", question.id, verdict="wrong", reason=bool(reason))

    def react(self, event: Mapping[str, Any], team: str, *, added: bool) -> None:
        """A check mark or a cross that the asker puts under the answer is a verdict; taken away, it is none."""
        verdict = _VERDICTS.get(event["reaction"])
        item = event["item"]
        if verdict is None or item.get("type") != "message":
            return
        question = self._ledger.by_message(team, item["channel"], item["ts"])
        if question is None or question.user != event["user"] or not question.answer_id:
            return
        if added:
            self._app.feedback.judge(question.answer_id, event["user"], verdict)
        else:
            self._app.feedback.withdraw(question.answer_id, event["user"], verdict)
        self._journal.write("feedback", question.id, verdict=verdict if added else "none")

    def _question(self, handle: str, body: Mapping[str, Any]) -> Question | None:
        """The question a handle stands for, if this person may press here; None for a forged or foreign one."""
        question = self._ledger.by_handle(handle) if handle else None
        team = (body.get("team") or {}).get("id") or body["user"].get("team_id")
        channel = (body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id")
        if question is None or (team not in (question.team, question.user_team) and not question.external):
            return None
        is_elsewhere = not body.get("view") and channel != question.channel
        is_private = question.surface != "channel" and body["user"]["id"] != question.user
        return None if is_elsewhere or is_private else question

    def _show(self, question: Question, number: int, body: Mapping[str, Any]) -> None:
        view = self._view(question, number, None, body)
        with suppress(SlackRefused):  # the trigger is older than three seconds: the asker presses again
            self._web.call("views.open", trigger_id=body["trigger_id"], view=view)

    def _turn(self, question: Question, number: int, page: int, body: Mapping[str, Any]) -> None:
        view = self._view(question, number, page, body)
        with suppress(SlackRefused):  # closed, or turned on meanwhile
            self._web.call("views.update", view_id=body["view"]["id"], hash=body["view"].get("hash"), view=view)

    def _view(self, question: Question, number: int, page: int | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The modal that shows a cited passage, or another page of its article, to this person."""
        record = self._app.feedback.record(question.answer_id) or {}
        citation = next((one for one in record.get("citations", ()) if one["number"] == number), None)
        if citation is None:
            return rendering.gone_view()
        article_id, _, place = citation["passage_id"].rpartition("@")
        read = self._app.passages(article_id, int(place.partition("#")[0]))
        now = self._app.library.catalogue.article(article_id)  # which may have moved to another collection since
        if read is None or now is None or not self._may_see(question, now.collection, body):
            return rendering.gone_view()
        article, passages = read
        quotes = tuple(Quote(one["text"], one["start"], one["end"]) for one in citation["quotes"])
        if page is None:
            begin = quotes[0].start
            page = next((index for index, passage in enumerate(passages) if passage.end > begin), 0)
        page = min(page, len(passages) - 1)
        metadata = f"{question.handle}:{number}"
        return rendering.passage_view(article, passages, page, quotes, metadata, citation["link"])

    def _may_see(self, question: Question, collection: str, body: Mapping[str, Any]) -> bool:
        user = body["user"]
        user_team = user.get("team_id") or question.team
        return self._access.may_see(
            user["id"], user_team, question.team, question.channel, question.external, collection
        )

    def _judge(self, question: Question, verdict: Literal["right", "wrong"], body: Mapping[str, Any]) -> None:
        if not question.answer_id:
            return
        if verdict == "wrong":  # first, as its trigger is good for three seconds
            with suppress(SlackRefused):
                view = rendering.reason_view(f"{question.handle}:{question.answer_id}")
                self._web.call("views.open", trigger_id=body["trigger_id"], view=view)
        self._app.feedback.judge(question.answer_id, body["user"]["id"], verdict)
        self._journal.write("feedback", question.id, verdict=verdict)


def _entered(values: Mapping[str, Any], block: str) -> str | None:
    """What was chosen or written in one block of a modal, if anything."""
    for state in values.get(block, {}).values():
        entered = (state.get("selected_option") or {}).get("value") or state.get("value")
        return str(entered) if entered else None
    return None
