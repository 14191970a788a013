"""Talking with the bot: who is answered where, who is left alone, what an edit and a deletion do."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.slack.wiring import Desk
from config import Secrets, load
from tests.bot.slack.conftest import FERRY, MAYOR, Bot, Process
from tests.openai_server import OpenAIServer, Reply
from tests.slack_fake import FakeSlack
from tests.slack_seen import SOLHEIM, TURNOUT, actions, answers, idle, shown, words, writer

MUSEUM = "What did the repair of the Tide Museum cost?"
CHESS = "Who won the chess world championship in 1972?"


@pytest.fixture(autouse=True)
def lawful(slack: FakeSlack) -> Iterator[None]:
    """Whatever happens, no rule of Slack's is broken, and nobody is notified."""
    yield
    assert not slack.violations
    assert not slack.notifications


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """A chat model on loopback."""
    with OpenAIServer() as server:
        yield server


def chat(server: OpenAIServer, *more: str) -> tuple[str, ...]:
    """The settings under which a chat model writes the answers."""
    return ("chat.model=openai:test-model", f"chat.base_url={server.base_url}", "chat.max_retries=0", *more)


# channels and threads


def test_a_mention_is_answered_in_its_thread_with_numbers_quotes_and_buttons(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        (answer,) = answers(slack, desk, "C1", ts)
        (message,) = shown(slack, "C1", ts)
    assert "Mina Solheim" in answer
    assert "[1]" in answer
    assert "Searched 14 articles" in answer
    assert SOLHEIM in answer  # the article's own sentence
    assert actions(message) == ["passage:1", "open:1", "feedback"]
    assert [one.ts for one in slack.messages("C1") if not one.thread_ts] == [ts]


def test_a_mention_in_a_thread_of_other_people_is_answered_there(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        root = slack.say("C1", "U2", "did anyone read the news?")
        slack.mention("C1", "U1", MAYOR, thread=root)
        (answer,) = answers(slack, desk, "C1", root)
    assert "Mina Solheim" in answer


def test_who_asked_may_ask_on_in_the_thread_without_a_mention_and_in_context(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        slack.say("C1", "U1", "How many votes did she get?", thread=ts)
        _, answer = answers(slack, desk, "C1", ts)
    assert "8,912" in answer


@pytest.mark.parametrize(
    "said",
    [
        "thanks",
        "thank you very much!",
        "ok, interesting",
        "<@U2> did you know who was elected mayor?",
        "<!here> who was elected mayor of Saltmere?",
        "I will tell the others about the mayor.",
    ],
)
def test_what_is_no_question_to_the_bot_is_left_alone(slack: FakeSlack, bot: Bot, said: str) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        slack.say("C1", "U1", said, thread=ts)
        assert len(answers(slack, desk, "C1", ts)) == 1


def test_people_who_talk_with_each_other_in_its_thread_are_left_alone(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        slack.say("C1", "U2", "Who was she before that?", thread=ts)
        slack.settle(0.2)
        slack.say("C1", "U1", "Was she a pilot?", thread=ts)  # an answer to ben
        assert len(answers(slack, desk, "C1", ts)) == 1
        slack.mention("C1", "U2", "How many votes did she get?", thread=ts)
        assert len(answers(slack, desk, "C1", ts)) == 2
        slack.say("C1", "U2", "What was the turnout?", thread=ts)  # now the bot is talking with ben
        assert len(answers(slack, desk, "C1", ts)) == 3


def test_at_the_top_of_a_channel_only_a_mention_is_answered(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        asked = [slack.say("C1", "U1", MAYOR), slack.say("C1", "U1", "Footnote, who is the mayor?")]
        idle(slack, desk)
        assert not [message for ts in asked for message in shown(slack, "C1", ts)]
        assert not slack.calls_of("chat.postMessage")


def test_a_muted_thread_is_left_alone_until_it_is_unmuted(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        slack.mention("C1", "U2", "mute", thread=ts)
        assert "silent" in answers(slack, desk, "C1", ts)[-1]
        slack.say("C1", "U1", "How many votes did she get?", thread=ts)
        assert len(answers(slack, desk, "C1", ts)) == 2
        slack.mention("C1", "U1", "unmute", thread=ts)
        assert "again" in answers(slack, desk, "C1", ts)[-1]
        slack.say("C1", "U1", "How many votes did she get?", thread=ts)
        assert "8,912" in answers(slack, desk, "C1", ts)[-1]


def test_a_mention_alone_or_with_help_is_told_what_the_bot_can_do(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        bare, help_ = slack.mention("C1", "U1", ""), slack.mention("C1", "U2", "help")
        for ts in (bare, help_):
            (said,) = answers(slack, desk, "C1", ts)
            assert "I answer questions from your team's articles" in said


# who is not answered at all


def test_joins_and_the_bots_own_messages_are_no_questions(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        slack.join("C1", "U3")
        slack.say("C1", "USLACKBOT", f"<@{slack.bot_user}> {MAYOR}")
        slack.say("C1", slack.bot_user, f"<@{slack.bot_user}> {MAYOR}", bot_id=slack.bot_id, subtype="bot_message")
        ts = slack.say("C1", slack.bot_user, f"<@{slack.bot_user}> {MAYOR}", bot_id=slack.bot_id)
        idle(slack, desk)
        assert not shown(slack, "C1", ts)[1:]
        assert not [call for call in slack.calls if call.method.startswith("chat.")]


def test_another_bot_is_answered_only_where_the_settings_name_it(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U7", name="deploybot", bot=True)
    asked = f"<@{slack.bot_user}> {MAYOR}"
    with bot() as desk:
        ts = slack.say("C1", "U7", asked, bot_id="B7")
        assert not answers(slack, desk, "C1", ts)
        assert not shown(slack, "C1", ts)
    with bot('slack.bots=["B7"]') as desk:
        ts = slack.say("C1", "U7", asked, bot_id="B7")
        assert len(answers(slack, desk, "C1", ts)) == 1


def test_two_bots_that_answer_each_other_come_to_an_end(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U7", name="echobot", bot=True)
    with bot('slack.bots=["B7"]', "slack.bot_answers=2") as desk:
        ts = slack.say("C1", "U7", f"<@{slack.bot_user}> {MAYOR}", bot_id="B7")
        for _ in range(5):  # each answer is answered with another question
            idle(slack, desk)
            slack.say("C1", "U7", f"<@{slack.bot_user}> and how many votes?", thread=ts, bot_id="B7")
        assert len(answers(slack, desk, "C1", ts)) == 2
        slack.mention("C1", "U1", MAYOR, thread=ts)  # people are still answered there
        assert len(answers(slack, desk, "C1", ts)) == 3


def test_a_bot_that_begins_new_threads_is_answered_so_often_in_a_channel_and_no_more(
    slack: FakeSlack, bot: Bot
) -> None:
    slack.user("U7", name="deploybot", bot=True)
    slack.channel("C2", members=["U1", "U7"])
    asked = f"<@{slack.bot_user}> {MAYOR}"
    with bot('slack.bots=["B7"]', "slack.bot_answers=2") as desk:
        roots = []
        for _ in range(4):
            roots.append(slack.say("C1", "U7", asked, bot_id="B7"))
            idle(slack, desk)
        assert [len(shown(slack, "C1", ts)) for ts in roots] == [1, 1, 0, 0]
        elsewhere, person = slack.say("C2", "U7", asked, bot_id="B7"), slack.mention("C1", "U1", MAYOR)
        assert len(answers(slack, desk, "C2", elsewhere)) == 1
        assert len(answers(slack, desk, "C1", person)) == 1


# direct messages, the agent's view, commands


def test_a_direct_message_gets_a_thread_a_title_and_a_status_that_goes(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        room = slack.direct_channel("U1")
        ts = slack.direct("U1", MAYOR)
        (answer,) = answers(slack, desk, room, ts)
        assert "Mina Solheim" in answer
        assert slack.titles(room, ts) == [MAYOR]
        assert slack.statuses(room, ts)[0] == "Searching 14 articles …"
        assert slack.statuses(room, ts)[-1] == ""
        slack.direct("U1", "How many votes did she get?", thread=ts)
        assert "8,912" in answers(slack, desk, room, ts)[-1]
        assert slack.titles(room, ts) == [MAYOR]


def test_in_a_direct_message_nothing_can_be_muted_and_that_is_said(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        room, ts = slack.direct_channel("U1"), slack.direct("U1", "mute")
        (said,) = answers(slack, desk, room, ts)
        assert "In a direct message I answer whatever you write" in said
        slack.direct("U1", MAYOR, thread=ts)
        assert "Mina Solheim" in answers(slack, desk, room, ts)[-1]


def test_a_place_in_line_is_not_shown_any_more_when_the_answer_is(
    slack: FakeSlack, bot: Bot, model: OpenAIServer
) -> None:
    gate, write = threading.Event(), writer(SOLHEIM)

    def slow(request: dict[str, Any]) -> Reply:
        gate.wait(30)
        return write(request)

    model.answer = slow
    rooms = [slack.direct_channel(user) for user in ("U1", "U2")]
    with bot(*chat(model), "slack.workers=1") as desk:
        first = slack.direct("U1", MAYOR)
        slack.wait(lambda: model.requests)
        slack.slow("assistant.threads.setStatus", 1.0)  # it is under way for longer than the answer
        second = slack.direct("U2", MAYOR)
        slack.wait(lambda: not slack._server.failures[-1].times)
        gate.set()
        idle(slack, desk)
        for room, ts in zip(rooms, (first, second), strict=True):
            assert "Mina Solheim" in answers(slack, desk, room, ts)[-1]
            assert slack.statuses(room, ts)[-1:] == [""]
        assert "Your question is number 1 in line" in str(slack.statuses(rooms[1], second))


def test_thanks_in_a_direct_message_are_answered_without_sources(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        ts = slack.direct("U1", "thanks")
        (answer,) = answers(slack, desk, slack.direct_channel("U1"), ts)
        (message,) = shown(slack, slack.direct_channel("U1"), ts)
    assert answer
    assert not actions(message)


def test_an_app_without_the_agents_view_answers_direct_messages_all_the_same(bot: Bot) -> None:
    with FakeSlack(agent_view=False) as slack:
        slack.user("U1")
        with bot(slack=slack) as desk:
            slack.open_home("U1")
            ts = slack.direct("U1", MAYOR)
            (answer,) = answers(slack, desk, slack.direct_channel("U1"), ts)
        assert "Mina Solheim" in answer


@pytest.mark.parametrize("older", [False, True])
def test_the_prompts_that_are_suggested_can_be_answered_from_the_library(bot: Bot, older: bool) -> None:
    with FakeSlack(agent_view=not older) as slack, bot(slack=slack) as desk:
        room = slack.direct_channel("U1")
        root = slack.assistant_thread_started("U1") if older else slack.open_home("U1")
        prompts = slack.wait(lambda: slack.prompts(room))
        assert 2 < len(prompts) <= 4
        assert "Ferry crew misread a buoy, first report finds" in str(prompts)
        for prompt in prompts:
            ts = slack.direct("U1", prompt["message"], thread=root if older else None)
            answer = answers(slack, desk, room, root if older else ts)[-1]
            assert "The articles do not answer this question" not in answer, prompt


def test_ask_is_seen_by_the_asker_alone(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        slack.command("U1", "C1", "/ask", MAYOR)
        idle(slack, desk)
        at_once, answer = sorted(slack.private("U1"), key=lambda message: bool(message.blocks))
        assert words(at_once) == f"Searching for “{MAYOR}” …"
        assert "Mina Solheim" in words(answer)
        assert not slack.messages("C1")
        assert not slack.private("U2")
        assert {call.method for call in slack.calls if call.method.startswith("chat.")} <= {"chat.postEphemeral"}


def test_ask_without_a_question_says_how_to_ask(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        for text in ("", "help"):
            slack.command("U1", "C1", "/ask", text)
            idle(slack, desk)
            assert "With /ask and a question, only you see the answer." in words(slack.private("U1")[-1])


# edits and deletions


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


# the library changes


def test_what_another_process_ingests_is_in_the_next_answer(
    slack: FakeSlack, bot: Bot, library: Path, tmp_path: Path
) -> None:
    article = tmp_path / "lighthouse.md"
    article.write_text("---\ntitle: Light\ndate: 2025-11-01\n---\n\nThe lamp of Skerry was lit by Ada Quill in 1872.\n")
    question = "Who lit the lamp of Skerry?"
    with bot() as desk:
        ts = slack.mention("C1", "U1", question)
        assert "do not answer" in answers(slack, desk, "C1", ts)[0]
        subprocess.run([sys.executable, "-m", "bot", "ingest", str(article), "--library", str(library)], check=True)
        ts = slack.mention("C1", "U1", question)
        (answer,) = answers(slack, desk, "C1", ts)
    assert "Ada Quill" in answer
    assert "Searched 15 articles" in answer
