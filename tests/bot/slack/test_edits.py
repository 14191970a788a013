"""What an edit and a deletion do, before, while and after the bot answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.slack.wiring import Desk
from config import Secrets, load
from tests.bot.slack.conftest import FERRY, MAYOR, Bot, Process, chat
from tests.openai_server import OpenAIServer, Reply
from tests.slack_fake import FakeSlack
from tests.slack_seen import SOLHEIM, TURNOUT, answers, idle, shown, writer

pytestmark = pytest.mark.usefixtures("lawful")
MUSEUM = "What did the repair of the Tide Museum cost?"
CHESS = "Who won the chess world championship in 1972?"


def test_an_edited_question_changes_its_answer_in_place_be_it_shorter_or_longer(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", FERRY)
        (first,) = answers(slack, desk, "C1", ts)
        (before,) = shown(slack, "C1", ts)
        assert "71 passengers" in first
        slack.edit("C1", ts, f"<@{slack.bot_user}> {CHESS}")
        (second,) = answers(slack, desk, "C1", ts)
        assert "do not answer" in second
        assert "passengers" not in second
        slack.edit("C1", ts, f"<@{slack.bot_user}> {MAYOR}")
        (third,) = answers(slack, desk, "C1", ts)
        (after,) = shown(slack, "C1", ts)
        assert "Mina Solheim" in third
        assert after.ts == before.ts
        slack.say("C1", "U1", "How many votes did she get?", thread=ts)  # the context is that of the edited question
        assert "8,912" in answers(slack, desk, "C1", ts)[-1]


def test_a_question_that_is_edited_while_it_is_answered_is_answered_as_edited(
    slack: FakeSlack, bot: Bot, model: OpenAIServer
) -> None:
    def write(request: dict[str, Any]) -> Reply:
        asked = request["messages"][-1]["content"]
        is_edited = "Museum" in asked.rpartition("Question:")[2]
        return quick(request) if is_edited else slow(request)

    quick, slow = writer("The repair cost €1.35 million."), writer(SOLHEIM, TURNOUT, pause=0.2, chunk=20)
    model.answer = write
    with bot(*chat(model)) as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        slack.wait(lambda: model.requests and shown(slack, "C1", ts))
        slack.edit("C1", ts, f"<@{slack.bot_user}> {MUSEUM}")
        (answer,) = answers(slack, desk, "C1", ts)
    assert "€1.35 million" in answer
    assert "Solheim" not in answer


def test_a_question_that_only_now_mentions_the_bot_is_answered(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.say("C1", "U1", MAYOR)
        assert not answers(slack, desk, "C1", ts)
        slack.edit("C1", ts, f"<@{slack.bot_user}> {MAYOR}")
        (answer,) = answers(slack, desk, "C1", ts)
        assert "Mina Solheim" in answer


def test_a_mention_alone_that_becomes_a_question_is_answered(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", "")
        (said,) = answers(slack, desk, "C1", ts)
        assert "I answer questions" in said
        slack.edit("C1", ts, f"<@{slack.bot_user}> {MAYOR}")
        assert "Mina Solheim" in answers(slack, desk, "C1", ts)[-1]


def test_a_question_that_becomes_a_command_is_taken_back_and_the_command_obeyed(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        slack.edit("C1", ts, f"<@{slack.bot_user}> mute")
        (said,) = answers(slack, desk, "C1", ts)
        assert "silent" in said
        slack.say("C1", "U1", "Who was elected mayor of Saltmere?", thread=ts)
        assert len(answers(slack, desk, "C1", ts)) == 1


def test_a_question_that_is_for_somebody_else_now_is_taken_back(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        assert answers(slack, desk, "C1", ts)
        slack.edit("C1", ts, f"<@U2> {MAYOR}")
        assert not answers(slack, desk, "C1", ts)
        slack.edit("C1", ts, f"<@U2> {MAYOR} Please?")
        assert not answers(slack, desk, "C1", ts)


def test_an_older_edit_that_comes_late_or_again_changes_nothing(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", CHESS)
        idle(slack, desk)
        slack.edit("C1", ts, f"<@{slack.bot_user}> {FERRY}")
        idle(slack, desk)
        slack.edit("C1", ts, f"<@{slack.bot_user}> {MAYOR}")
        (answer,) = answers(slack, desk, "C1", ts)
        assert "Mina Solheim" in answer
        edit = next(one for one in slack.deliveries if _edited_to(one.payload["event"]) == FERRY)
        slack.redeliver(edit.event_id)
        slack.event(edit.payload["event"], retry=1)  # as one that never got through before
        assert answers(slack, desk, "C1", ts) == [answer]


def _edited_to(event: dict[str, Any]) -> str:
    edited = event.get("subtype") == "message_changed" and event["message"]["user"] == "U1"
    return event["message"]["text"].partition("> ")[2] if edited else ""


def test_a_deleted_question_takes_its_answer_along_and_is_forgotten(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        second = slack.say("C1", "U1", "How many votes did she get?", thread=ts)
        assert len(answers(slack, desk, "C1", ts)) == 2
        slack.delete("C1", second)
        (left,) = answers(slack, desk, "C1", ts)
        assert "Mina Solheim" in left
        conversation = f"slack:{slack.team}:C1:{ts}"
        assert len(desk.answering._app.conversations.turns(conversation)) == 1
        slack.delete("C1", ts)
        assert not answers(slack, desk, "C1", ts)
        assert not desk.answering._app.conversations.turns(conversation)


def test_of_a_deleted_question_no_answer_is_kept_not_those_before_its_edits_either(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        kept = []
        ts = slack.mention("C1", "U1", FERRY)
        for question in (FERRY, CHESS, MAYOR):
            slack.edit("C1", ts, f"<@{slack.bot_user}> {question}")
            idle(slack, desk)
            slack.react("C1", shown(slack, "C1", ts)[0].ts, "U1", "white_check_mark")
            idle(slack, desk)
            kept.append(record_of(desk, slack, ts))
        assert len(set(kept)) == 3
        slack.delete("C1", ts)
        assert not answers(slack, desk, "C1", ts)
        assert not [one for one in kept if desk.acting._app.feedback.record(one)]
        assert not list(desk.acting._app.feedback.judged())


def record_of(desk: Desk, slack: FakeSlack, ts: str) -> str:
    """The id under which the answer to a message in C1 is kept."""
    question = desk.ledger.asked(slack.team, "C1", ts)
    assert question is not None and desk.acting._app.feedback.record(question.answer_id)
    return question.answer_id


def test_a_deletion_outlasts_a_slack_that_deletes_nothing_for_a_while(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        answer_id = record_of(desk, slack, ts)
        slack.fail("chat.delete", status=503, times=10_000)
        slack.delete("C1", ts)
        slack.wait(lambda: slack.calls_of("chat.delete"))
        assert shown(slack, "C1", ts)
        slack._server.failures.clear()
        assert not answers(slack, desk, "C1", ts)
        assert not desk.acting._app.feedback.record(answer_id)
        assert not desk.answering._app.conversations.turns(f"slack:{slack.team}:C1:{ts}")


def test_a_deletion_is_finished_by_another_process_when_one_is_killed(
    slack: FakeSlack, process: Process, library: Path
) -> None:
    killed = process("slack.lease_seconds=1")
    slack.wait(slack.sockets, 60)
    ts = slack.mention("C1", "U1", MAYOR)
    conversation = f"slack:{slack.team}:C1:{ts}"
    with open_app(load(library=library, overrides=["chat.model=none"]), Secrets()) as app:
        slack.wait(lambda: app.conversations.turns(conversation), 30)
        slack.wait(lambda: shown(slack, "C1", ts)[0].streaming == "completed", 30)
        slack.fail("chat.delete", status=503, times=10_000)
        slack.delete("C1", ts)
        slack.wait(lambda: slack.calls_of("chat.delete"), 30)
        killed.kill()
        killed.wait()
        slack._server.failures.clear()
        assert shown(slack, "C1", ts)
        process("slack.lease_seconds=1")
        slack.wait(lambda: not shown(slack, "C1", ts), 60)
        assert not app.conversations.turns(conversation)


def test_a_question_that_is_deleted_while_it_is_answered_leaves_nothing(
    slack: FakeSlack, bot: Bot, model: OpenAIServer
) -> None:
    model.answer = writer(SOLHEIM, TURNOUT, pause=0.2, chunk=20)
    with bot(*chat(model)) as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        slack.wait(lambda: model.requests and shown(slack, "C1", ts))
        slack.delete("C1", ts)
        assert not answers(slack, desk, "C1", ts)
        assert not desk.answering._app.conversations.turns(f"slack:{slack.team}:C1:{ts}")


def test_a_question_deleted_before_it_is_answered_is_not_answered(slack: FakeSlack, bot: Bot) -> None:
    ts = slack.mention("C1", "U1", MAYOR)
    slack.delete("C1", ts)
    with bot() as desk:
        assert not answers(slack, desk, "C1", ts)
