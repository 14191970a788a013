"""Talking with the bot: who is answered where, who is left alone, and what a changed library changes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.bot.slack.conftest import MAYOR, Bot, chat
from tests.openai_server import OpenAIServer, Reply
from tests.slack_fake import FakeSlack
from tests.slack_seen import SOLHEIM, actions, answers, idle, shown, words, writer

pytestmark = pytest.mark.usefixtures("lawful")


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
