"""Who is shown what: collections of channels, guests, other workspaces, private answers; nothing else gets out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import IngestOptions, open_app
from bot.slack.manifest import EVENTS, SCOPES
from bot.slack.wiring import Desk
from config import Secrets, load
from tests.bot.slack.conftest import MAYOR, Bot
from tests.slack_fake import FakeSlack
from tests.slack_seen import answers, idle, shown, values, whispered, words

SALARY = "What does the harbour pilot Una Thorne earn?"
SECRET = "Una Thorne"
FIGURE = "8,450"
GUESTS = "No articles may be quoted yet where guests read along."
NOTHING = "The articles do not answer this question."
BOARD = """---
title: Pay of the pilots
author: Nils Oster
source: Board Papers
date: 2025-11-05
url: https://board.example.org/pay
---

The harbour pilot Una Thorne earns 8,450 euros a month. Her contract ends in June 2027.
"""


@pytest.fixture(autouse=True)
def lawful(slack: FakeSlack) -> Iterator[None]:
    """Whatever happens, no rule of Slack's is broken (the manifest's scopes suffice), and nobody is notified."""
    yield
    assert not [one for one in slack.violations if not one.startswith("users.list: missing_scope")]
    assert not slack.notifications


@pytest.fixture(scope="module")
def divided_library(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles, and one in the collection "board"; never opened by a test, only copied."""
    folder = tmp_path_factory.mktemp("divided")
    library = Path(shutil.copytree(ingested, folder / "library"))
    file = folder / "board.md"
    file.write_text(BOARD, "utf-8")
    with open_app(load(library=library, overrides=["chat.model=none"]), Secrets()) as app:
        for report in app.ingest([str(file)], IngestOptions(collection="board")):
            assert report.added == 1
    return library


@pytest.fixture
def library(divided_library: Path, tmp_path: Path) -> Path:
    """A library with two collections of the test's own."""
    return Path(shutil.copytree(divided_library, tmp_path / "library"))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """Two channels, C1 for all, C2 for the board, and an app as our manifest has it; ann is in both, ben in C1."""
    with FakeSlack(scopes=SCOPES, events=EVENTS) as slack:
        slack.user("U1", name="ann")
        slack.user("U2", name="ben")
        slack.channel("C1", members=["U1", "U2"])
        slack.channel("C2", members=["U1"], kind="group")
        yield slack


def log(desk: Desk) -> str:
    """All that a bot has written so far."""
    return desk.journal.stream.getvalue()  # type: ignore[attr-defined, no-any-return]


BOARDROOM = 'slack.channels={ C2 = ["board", "default"] }'


def everything(slack: FakeSlack) -> str:
    """All that was ever sent to Slack, be it shown or not."""
    return str([call.arguments for call in slack.calls] + slack.world.sent)


def test_a_channel_is_answered_from_its_own_collections_and_no_others(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        ts = slack.mention("C1", "U1", SALARY)
        (answer,) = answers(slack, desk, "C1", ts)
        assert NOTHING in answer
        assert "Searched 14 articles" in answer  # the size of what others may read is nobody's business either
        assert SECRET not in everything(slack).replace(SALARY, "")
        assert "Pay of the pilots" not in everything(slack)
        ts = slack.mention("C2", "U1", SALARY)
        (answer,) = answers(slack, desk, "C2", ts)
        assert FIGURE in answer
        assert "Searched 15 articles in board and default" in answer


def test_what_was_told_in_one_channel_is_no_context_in_another(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        ts = slack.mention("C2", "U1", SALARY)
        idle(slack, desk)
        sent = len(slack.calls)
        other = slack.mention("C1", "U1", "When does her contract end?")
        answers(slack, desk, "C1", other)
        slack.mention("C1", "U2", "When does the contract of Una Thorne end?", thread=other)
        answers(slack, desk, "C1", other)
        assert "2027" not in str([call.arguments for call in slack.calls[sent:]])
        slack.say("C2", "U1", "When does her contract end?", thread=ts)
        assert "2027" in answers(slack, desk, "C2", ts)[-1]


def test_the_newest_articles_and_the_prompts_are_those_that_the_asker_may_read(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        slack.open_home("U2")
        ts = slack.mention("C1", "U2", "What are the newest articles?")
        idle(slack, desk)
        about = slack.mention("C1", "U2", "What can you do?")
        answers(slack, desk, "C1", about)
        listed = slack.direct("U2", "List all articles about pilots")
        answers(slack, desk, slack.direct_channel("U2"), listed)
        assert shown(slack, "C1", ts)
        assert "Pay of the pilots" not in everything(slack)
        assert "15 articles" not in everything(slack)


def test_a_direct_message_is_answered_from_what_is_for_direct_messages(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        ts = slack.direct("U1", SALARY)
        assert NOTHING in answers(slack, desk, slack.direct_channel("U1"), ts)[0]
    with bot('slack.direct_collections=["board"]') as desk:
        ts = slack.direct("U1", SALARY)
        assert FIGURE in answers(slack, desk, slack.direct_channel("U1"), ts)[0]


def test_ask_in_a_channel_may_use_what_the_channel_may_and_stays_private(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        for channel, found in (("C1", False), ("C2", True)):
            slack.command("U1", channel, "/ask", SALARY)
            idle(slack, desk)
            assert (FIGURE in whispered(slack, "U1")) == found
            assert not slack.messages(channel)


# guests


def test_a_channel_with_a_guest_is_shown_only_what_guests_may_read(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U3", name="gil", guest=True)
    slack.channel("C3", members=["U1", "U3"])
    with bot() as desk:
        ts = slack.mention("C3", "U1", MAYOR)
        (answer,) = answers(slack, desk, "C3", ts)
        assert GUESTS in answer
        assert "Solheim" not in everything(slack)
        ts = slack.mention("C1", "U1", MAYOR)  # elsewhere nothing has changed
        assert "Solheim" in answers(slack, desk, "C1", ts)[0]
    with bot('slack.guest_collections=["default"]', 'slack.collections=["default", "board"]') as desk:
        ts = slack.mention("C3", "U1", MAYOR)
        assert "Solheim" in answers(slack, desk, "C3", ts)[0]
        ts = slack.mention("C3", "U1", SALARY)
        assert NOTHING in answers(slack, desk, "C3", ts)[0]
        assert FIGURE not in everything(slack)


def test_a_guest_who_comes_later_is_heeded_in_the_next_answer_of_the_thread(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U3", name="gil", guest=True)
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        assert "Solheim" in answers(slack, desk, "C1", ts)[0]
        slack.join("C1", "U3")
        idle(slack, desk)
        slack.say("C1", "U1", "How many votes did she get?", thread=ts)
        answer = answers(slack, desk, "C1", ts)[-1]
        assert GUESTS in answer
        assert "8,912" not in answer


def test_a_guest_who_comes_is_heeded_by_every_process_whichever_was_told(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U3", name="gil", guest=True)

    def everyone_answers() -> list[str]:
        """What is said now, by each of the processes at least once."""
        said: list[str] = []
        before = [log(desk).count('"answered"') for desk in desks]
        while not all(log(desk).count('"answered"') > count for desk, count in zip(desks, before, strict=True)):
            assert len(said) < 18, "one of the two answers nothing"
            said += answers_of_all(slack.mention("C1", "U1", MAYOR))
        return said

    def answers_of_all(ts: str) -> list[str]:
        for desk in desks:
            idle(slack, desk)
        return [words(message) for message in shown(slack, "C1", ts)]

    with bot() as one, bot() as other:
        desks = (one, other)
        assert all("Solheim" in answer for answer in everyone_answers())
        slack.join("C1", "U3")
        for desk in desks:
            idle(slack, desk)
        assert all(GUESTS in answer for answer in everyone_answers())


def test_a_guest_is_told_nothing_in_private_and_sees_no_passage(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U3", name="gil", guest=True)
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        (message,) = shown(slack, "C1", ts)
        sent = len(slack.calls)
        room, direct = slack.direct_channel("U3"), slack.direct("U3", MAYOR)
        assert GUESTS in answers(slack, desk, room, direct)[0]
        slack.open_home("U3")
        slack.command("U3", "C1", "/ask", MAYOR)
        idle(slack, desk)
        assert GUESTS in whispered(slack, "U3")
        slack.join("C1", "U3")
        idle(slack, desk)
        slack.click("C1", message.ts, "U3", "passage:1", values(message, "passage:1")[0])
        idle(slack, desk)
        assert "This passage cannot be shown" in words(slack.views("U3")[-1])
        assert "Solheim" not in str([call.arguments for call in slack.calls[sent:]])
        assert "Ferry crew" not in str(slack.prompts(room))


# other workspaces


def test_a_channel_shared_with_another_company_is_told_nothing_until_it_is_allowed(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U5", name="eve", team="T5")
    slack.channel("C5", members=["U1", "U5"], external=True)
    with bot() as desk:
        for user in ("U1", "U5"):
            ts = slack.mention("C5", user, MAYOR)
            (answer,) = answers(slack, desk, "C5", ts)
            assert "No articles may be quoted yet where people of another workspace read along." in answer
        assert "Solheim" not in everything(slack)
    with bot('slack.external_collections=["default"]', 'slack.collections=["*"]') as desk:
        ts = slack.mention("C5", "U5", MAYOR)
        assert "Solheim" in answers(slack, desk, "C5", ts)[0]
        ts = slack.mention("C5", "U1", SALARY)
        assert NOTHING in answers(slack, desk, "C5", ts)[0]


def test_what_somebody_of_another_company_says_in_private_is_treated_alike(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U5", name="eve", team="T5")
    slack.channel("C5", members=["U1", "U5"], external=True)
    with bot() as desk:
        slack.command("U5", "C5", "/ask", MAYOR)
        idle(slack, desk)
        room, ts = slack.direct_channel("U5"), slack.direct("U5", MAYOR)
        for answer in (whispered(slack, "U5"), *answers(slack, desk, room, ts)):
            assert "No articles may be quoted" in answer
        assert "Solheim" not in everything(slack)


def test_a_delivery_in_the_name_of_another_workspace_opens_nothing(slack: FakeSlack, bot: Bot) -> None:
    slack.user("U5", name="eve", team="T5")
    slack.channel("C5", members=["U1", "U5"], external=True)
    with bot('slack.collections=["*"]', 'slack.direct_collections=["*"]') as desk:
        room, ts = slack.direct_channel("U5"), slack.direct("U5", MAYOR)
        slack.open_home("U5")
        slack.command("U5", room, "/ask", SALARY)
        (answer,) = answers(slack, desk, room, ts)
        assert {one.payload["team_id"] for one in slack.deliveries if one.payload.get("team_id") != slack.team} == {
            "T5"
        }
        for said in (answer, words(slack.private("U5")[-1])):
            assert "No articles may be quoted yet" in said
        assert "Ferry crew" not in str(slack.prompts(room))
        for secret in ("Solheim", SECRET, "Ferry crew", "Pay of the pilots"):
            assert secret not in everything(slack).replace(SALARY, "")


def test_who_comes_from_another_workspace_is_answered_once_and_in_context_where_that_is_allowed(
    slack: FakeSlack, bot: Bot
) -> None:
    slack.user("U5", name="eve", team="T5")
    slack.channel("C5", members=["U1", "U5"], external=True)
    with bot('slack.external_collections=["default"]') as desk:
        ts = slack.mention("C5", "U5", MAYOR)
        (answer,) = answers(slack, desk, "C5", ts)
        assert "Solheim" in answer
        slack.say("C5", "U5", "How many votes did she get?", thread=ts)
        assert "8,912" in answers(slack, desk, "C5", ts)[-1]
        slack.mention("C5", "U1", "What was the turnout?", thread=ts)  # the same thread, from the bot's own workspace
        assert "47 per cent" in answers(slack, desk, "C5", ts)[-1]
        message = shown(slack, "C5", ts)[0]
        for user in ("U5", "U1"):
            slack.click("C5", message.ts, user, "passage:1")
            idle(slack, desk)
            assert "Mina Solheim" in words(slack.views(user)[-1])
        slack.react("C5", message.ts, "U5", "x")
        idle(slack, desk)
        assert [one.user for each in desk.acting._app.feedback.judged() for one in each.verdicts] == ["U5"]
        slack.edit("C5", ts, f"<@{slack.bot_user}> {SALARY}")
        assert NOTHING in answers(slack, desk, "C5", ts)[0]
        slack.delete("C5", ts)
        assert len(answers(slack, desk, "C5", ts)) == 2


def test_an_article_that_moves_to_a_closed_collection_is_closed_behind_old_buttons_too(
    slack: FakeSlack, bot: Bot, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "pilots.md"
    paragraphs = "\n\n".join(f"Paragraph {number} is about the tides of Saltmere. " * 12 for number in range(6))
    file.write_text(f"---\ntitle: The pilots\ndate: 2025-11-06\n---\n\nAda Quill lit the lamp in 1872.\n\n{paragraphs}")

    def ingest(collection: str) -> None:
        with open_app(load(library=library, overrides=["chat.model=none"]), Secrets()) as app:
            for report in app.ingest([str(file)], IngestOptions(collection=collection)):
                assert report.added or report.updated

    ingest("default")
    with bot() as desk:
        ts = slack.mention("C1", "U1", "Who lit the lamp?")
        assert "Ada Quill" in answers(slack, desk, "C1", ts)[0]
        (message,) = shown(slack, "C1", ts)
        slack.click("C1", message.ts, "U1", "passage:1")
        idle(slack, desk)
        assert "Ada Quill" in words(slack.views("U1")[-1])
        ingest("board")
        sent = len(slack.calls)
        slack.click_in_view("U1", "page:1")
        idle(slack, desk)
        assert "This passage cannot be shown" in words(slack.views("U1")[-1])
        slack.close_view("U1")
        slack.click("C1", message.ts, "U1", "passage:1")
        idle(slack, desk)
        assert "This passage cannot be shown" in words(slack.views("U1")[-1])
        assert "tides of Saltmere" not in str([call.arguments for call in slack.calls[sent:]])


def test_a_passage_of_a_shared_channels_answer_is_closed_when_the_settings_close_it(slack: FakeSlack, bot: Bot) -> None:
    with bot(BOARDROOM) as desk:
        ts = slack.mention("C2", "U1", SALARY)
        idle(slack, desk)
        (message,) = shown(slack, "C2", ts)
        slack.click("C2", message.ts, "U1", "passage:1")
        idle(slack, desk)
        assert FIGURE in words(slack.views("U1")[-1])
        slack.close_view("U1")
    with bot() as desk:  # started anew, without the board
        slack.click("C2", message.ts, "U1", "passage:1")
        idle(slack, desk)
        assert "This passage cannot be shown" in words(slack.views("U1")[-1])


def test_where_slack_does_not_say_who_is_there_everybody_may_be_a_guest(slack: FakeSlack, bot: Bot) -> None:
    slack.fail("users.list", error="missing_scope", times=99)
    with bot() as desk:
        ts = slack.mention("C1", "U1", MAYOR)
        assert GUESTS in answers(slack, desk, "C1", ts)[0]


# logs


def test_what_people_write_and_read_is_not_in_the_log_unless_it_is_asked_for(slack: FakeSlack, bot: Bot) -> None:
    for settings, found in ((), False), (("slack.log_text=true",), True):
        with bot(*settings) as desk:
            ts = slack.mention("C1", "U1", MAYOR)
            answers(slack, desk, "C1", ts)
            written = log(desk)
        assert (MAYOR in written) == found
        assert "Solheim" not in written
        assert slack.bot_token not in written
        assert slack.app_token not in written
