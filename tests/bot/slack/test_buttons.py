"""What buttons, modals and reactions do, and what forged ones do not."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.slack.wiring import Desk
from tests.bot.slack.conftest import FERRY, MAYOR, Bot
from tests.slack_fake import FakeSlack, Message, View, payloads
from tests.slack_seen import SOLHEIM, TURNOUT, actions, bold, idle, shown, values, words

CHESS = "Who won the chess world championship in 1972?"
GONE = "This passage cannot be shown"


@pytest.fixture(autouse=True)
def lawful(slack: FakeSlack) -> Iterator[None]:
    """Whatever happens, no rule of Slack's is broken, and nobody is notified."""
    yield
    assert not slack.violations
    assert not slack.notifications


def answered(slack: FakeSlack, desk: Desk, question: str = MAYOR, user: str = "U1") -> Message:
    """The bot's answer to a mention."""
    ts = slack.mention("C1", user, question)
    idle(slack, desk)
    (message,) = shown(slack, "C1", ts)
    return message


def opened(slack: FakeSlack, desk: Desk, message: Message, number: int = 1, user: str = "U1") -> View:
    """The modal that Show passage opens."""
    slack.click(message.channel, message.ts, user, f"passage:{number}")
    idle(slack, desk)
    return slack.views(user)[-1]


def verdicts(desk: Desk) -> list[tuple[str, str, str | None, str | None]]:
    """Everything that was said of answers: who, what, why."""
    judged = desk.acting._app.feedback.judged()
    return [(one.user, one.verdict, one.kind, one.reason) for answer in judged for one in answer.verdicts]


def footnote(library: Path, *arguments: str) -> str:
    """What the command line prints."""
    command = [sys.executable, "-m", "bot", *arguments, "--library", str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# passages


def test_show_passage_opens_the_passage_with_its_sentence_bold_and_pages_through_the_article(
    slack: FakeSlack, bot: Bot
) -> None:
    with bot() as desk:
        view = opened(slack, desk, answered(slack, desk))
        assert "Solheim ousts Achterberg as mayor of Saltmere" in words(view)
        assert "The Saltmere Ledger, Lev Brannigan, 3 November 2025" in words(view)
        assert "Passage 1 of 4" in words(view)
        assert SOLHEIM in bold(view)
        assert TURNOUT in words(view)
        assert TURNOUT not in bold(view)
        assert actions(view) == ["page:1", "open:0"]
        seen = words(view)
        for page in (2, 3, 4):
            slack.click_in_view("U1", f"page:{page - 1}")
            idle(slack, desk)
            (view,) = slack.views("U1")
            assert f"Passage {page} of 4" in words(view)
            seen += words(view)
        assert actions(view) == ["page:2", "open:0"]
        assert "The new council meets for the first time on 17 November." in seen
        slack.click_in_view("U1", "page:2")
        idle(slack, desk)
        assert "Passage 3 of 4" in words(slack.views("U1")[-1])


def test_each_source_opens_its_own_passage_and_others_may_look_too(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk, FERRY)
        first, second = (opened(slack, desk, message, number, "U2") for number in (1, 2))
    one, other = (re.findall(r"\d+ passengers", bold(view)) for view in (first, second))
    assert len(one) == len(other) == 1 and one != other
    assert other[0] not in words(first) and one[0] not in words(second)


def test_a_passage_is_shown_as_it_was_cited_or_said_to_be_gone(
    slack: FakeSlack, bot: Bot, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "lamp.md"
    head = "---\ntitle: The lamp of Skerry\ndate: 2025-11-01\nurl: https://lantern.example.org/lamp\n---\n\n"
    file.write_text(f"{head}The lamp of Skerry was lit by Ada Quill in 1872.\n")
    footnote(library, "ingest", str(file))
    with bot() as desk:
        message = answered(slack, desk, "Who lit the lamp of Skerry?")
        assert "Ada Quill in 1872" in bold(opened(slack, desk, message))
        slack.close_view("U1")
        file.write_text(f"{head}It has come to light that the lamp of Skerry was lit by Bo Rask, not by Ada Quill.\n")
        footnote(library, "ingest", str(file))
        view = opened(slack, desk, message)
        assert GONE in words(view) or "Ada Quill in 1872" in bold(view)  # never other words in its place
        slack.close_view("U1")
        footnote(library, "sources", "remove", str(file))
        assert GONE in words(opened(slack, desk, message))


@pytest.mark.parametrize(
    "value", ["", "nonsense", "0" * 22, "' or 1=1 --", "x" * 2_000, "\u0000", "{handle}x", "{handle}:right"]
)
def test_a_forged_value_does_nothing(slack: FakeSlack, bot: Bot, value: str) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        (handle,) = values(message, "passage:1")
        slack.click("C1", message.ts, "U1", "passage:1", value.format(handle=handle))
        slack.click("C1", message.ts, "U1", "feedback", value.format(handle=handle).removesuffix(":right"))
        idle(slack, desk)
        seen = [words(view) for view in slack.views("U1")]
        assert not verdicts(desk)
        assert not slack.calls_of("chat.postMessage")
    assert not seen or value == "{handle}:right"  # what stands behind a handle is for other buttons


def pressed(slack: FakeSlack, message: Message, **changed: Any) -> None:
    """Press Show passage with a payload in which some things are other than Slack would say."""
    with slack.world.lock:
        action = payloads.pressed(message.blocks, "passage:1", None) | changed.pop("action", {})
        payload = payloads.message_action(slack.world, message, "U1", action) | changed
    slack.post_office.post("interactive", payload)


@pytest.mark.parametrize("number", ["0", "2", "99", "-1", "1:2", "", "abc", "\u00b2", "9" * 400])
def test_a_number_that_no_source_has_shows_no_passage(slack: FakeSlack, bot: Bot, number: str) -> None:
    with bot() as desk:
        pressed(slack, answered(slack, desk), action={"action_id": f"passage:{number}"})
        idle(slack, desk)
        assert not [view for view in slack.views("U1") if SOLHEIM in words(view)]
        log = desk.journal.stream.getvalue()  # type: ignore[attr-defined]
    assert '"level": "error"' not in log
    assert "Traceback" not in log


def test_a_press_from_another_channel_or_workspace_does_nothing(slack: FakeSlack, bot: Bot) -> None:
    elsewhere = {"channel": {"id": "C2", "name": "c2"}, "container": {"type": "message", "channel_id": "C2"}}
    stranger = {"id": "U9", "username": "eve", "name": "eve", "team_id": "T9"}
    foreign = {"team": {"id": "T9", "domain": "evil"}, "user": stranger}
    with bot() as desk:
        message = answered(slack, desk)
        for change in (elsewhere, foreign):
            pressed(slack, message, **change)
        idle(slack, desk)
        assert not slack.views("U1")
        assert not slack.calls_of("views.open")


def test_a_private_answer_is_its_askers_alone(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        slack.command("U1", "C1", "/ask", MAYOR)
        idle(slack, desk)
        (private,) = [message for message in slack.private("U1") if message.blocks]
        (handle,) = values(private, "passage:1")
        public = answered(slack, desk, user="U2")
        slack.click("C1", public.ts, "U2", "passage:1", handle)  # the handle has leaked
        slack.click("C1", public.ts, "U2", "feedback", f"{handle}:wrong")
        idle(slack, desk)
        assert not slack.views("U2")
        assert not verdicts(desk)
        assert SOLHEIM in bold(opened(slack, desk, private))


def test_pages_of_a_modal_that_are_forged_do_not_leave_the_article(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        opened(slack, desk, message)
        for action_id in ("page:99", "page:-1", "page:x", "page:" + "9" * 400, "page:\u00b2"):
            with slack.world.lock:
                (view,) = slack.world.modals["U1"]
                action = payloads.pressed(view.blocks, "open:0", None) | {"action_id": action_id}
                payload = payloads.view_action(slack.world, view, action)
            slack.post_office.post("interactive", payload)
            idle(slack, desk)
            assert "Solheim ousts Achterberg" in words(slack.views("U1")[-1])
        log = desk.journal.stream.getvalue()  # type: ignore[attr-defined]
    assert "Traceback" not in log
    assert '"level": "error"' not in log


# feedback


def test_right_and_wrong_are_kept_and_wrong_may_be_explained(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        right, wrong = values(message, "feedback")
        slack.click("C1", message.ts, "U2", "feedback", right)
        idle(slack, desk)
        assert verdicts(desk) == [("U2", "right", None, None)]
        assert not slack.views("U2")
        slack.click("C1", message.ts, "U1", "feedback", wrong)
        idle(slack, desk)
        (view,) = slack.views("U1")
        assert "What was wrong?" in words(view)
        slack.submit("U1", {"kind": {"kind": "outdated"}, "reason": {"reason": "She resigned <!channel>."}})
        idle(slack, desk)
        assert sorted(verdicts(desk)) == [
            ("U1", "wrong", "outdated", "She resigned <!channel>."),
            ("U2", "right", None, None),
        ]
        assert not slack.views("U1")
        slack.click("C1", message.ts, "U1", "feedback", right)  # people change their minds
        idle(slack, desk)
        assert sorted(verdicts(desk)) == [("U1", "right", None, None), ("U2", "right", None, None)]


def test_a_reason_is_for_the_answer_that_stood_there_when_it_was_asked_for(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk, CHESS)
        slack.click("C1", message.ts, "U1", "feedback", values(message, "feedback")[1])
        slack.wait(lambda: slack.views("U1"))
        slack.edit("C1", message.thread_ts or "", f"<@{slack.bot_user}> {MAYOR}")
        idle(slack, desk)
        assert "Mina Solheim" in words(shown(slack, "C1", message.thread_ts or "")[0])
        slack.submit("U1", {"kind": {"kind": "outdated"}, "reason": {"reason": "It was Fischer."}})
        idle(slack, desk)
        (judged,) = desk.acting._app.feedback.judged()
    assert judged.record["question"] == CHESS
    assert [(one.verdict, one.reason) for one in judged.verdicts] == [("wrong", "It was Fischer.")]


def test_verdicts_are_acknowledged_at_once_while_the_library_is_being_written(
    slack: FakeSlack, bot: Bot, library: Path
) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        slack.click("C1", message.ts, "U1", "feedback", values(message, "feedback")[1])
        idle(slack, desk)
        before = len(slack.deliveries)
        with closing(sqlite3.connect(library / "catalogue.sqlite3", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            slack.react("C1", message.ts, "U1", "x")
            slack.unreact("C1", message.ts, "U1", "x")
            slack.submit("U1", {"kind": {"kind": "outdated"}, "reason": {"reason": "She resigned."}})
            slack.wait(lambda: len(slack.deliveries) == before + 3 and not slack.unacknowledged(), 3)
            assert not slack.views("U1")
            time.sleep(max(0.0, slack.deliveries[before].sent + 3 - time.monotonic()))
            assert verdicts(desk) == [("U1", "wrong", None, None)]
            writer.execute("ROLLBACK")
        assert max(one.acked - one.sent for one in slack.deliveries[before:] if one.acked) < 1
        idle(slack, desk)
        assert verdicts(desk) == [("U1", "wrong", "outdated", "She resigned.")]


def test_a_reason_need_not_be_given(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        for finish in (slack.submit, slack.close_view):
            slack.click("C1", message.ts, "U1", "feedback", values(message, "feedback")[1])
            slack.wait(lambda: slack.views("U1"))
            finish("U1")
            idle(slack, desk)
            assert verdicts(desk) == [("U1", "wrong", None, None)]
            assert not slack.views("U1")


def test_a_check_mark_or_a_cross_of_the_asker_is_a_verdict_until_it_is_taken_away(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        for user, reaction in (("U2", "white_check_mark"), ("U2", "x"), ("U1", "eyes")):
            slack.react("C1", message.ts, user, reaction)
        slack.react("C1", message.thread_ts or "", "U1", "white_check_mark")  # under the question
        idle(slack, desk)
        assert not verdicts(desk)
        slack.react("C1", message.ts, "U1", "x")
        idle(slack, desk)
        assert verdicts(desk) == [("U1", "wrong", None, None)]
        slack.unreact("C1", message.ts, "U1", "x")
        idle(slack, desk)
        assert not verdicts(desk)
        slack.react("C1", message.ts, "U1", "white_check_mark")
        idle(slack, desk)
        assert verdicts(desk) == [("U1", "right", None, None)]


def test_one_reaction_taken_away_leaves_the_other(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        message = answered(slack, desk)
        slack.react("C1", message.ts, "U1", "x")
        idle(slack, desk)
        slack.react("C1", message.ts, "U1", "white_check_mark")
        idle(slack, desk)
        slack.unreact("C1", message.ts, "U1", "x")
        idle(slack, desk)
        assert verdicts(desk) == [("U1", "right", None, None)]


def test_what_people_said_becomes_gold_that_is_in_order(
    slack: FakeSlack, bot: Bot, library: Path, tmp_path: Path
) -> None:
    with bot() as desk:
        right, refused = answered(slack, desk), answered(slack, desk, CHESS)
        slack.react("C1", right.ts, "U1", "white_check_mark")
        slack.click("C1", refused.ts, "U1", "feedback", values(refused, "feedback")[0])
        idle(slack, desk)
    gold = tmp_path / "gold.jsonl"
    footnote(library, "gold", "export", "--out", str(gold))
    rows = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    assert {row["question"] for row in rows} == {MAYOR, CHESS}
    footnote(library, "gold", "check", str(gold))
