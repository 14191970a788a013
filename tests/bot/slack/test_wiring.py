"""What joins the parts of the Slack client: who waits for whom, and for how long."""

from __future__ import annotations

import time

from tests.bot.slack.conftest import FERRY, Bot, thread_of
from tests.slack_fake import FakeSlack


def test_a_button_is_not_kept_waiting_by_messages_that_slack_does_not_take(slack: FakeSlack, bot: Bot) -> None:
    with bot():
        asked = slack.mention("C1", "U1", FERRY)
        (answer,) = slack.wait(lambda: thread_of(slack, "C1", asked))
        slack.wait(lambda: "passage:1" in str(thread_of(slack, "C1", asked)))
        slack.slow("chat.postMessage", 4, times=8)
        for _ in range(8):
            slack.mention("C1", "U2", "help")
        slack.wait(lambda: slack._server.calling >= 1)
        slack.click("C1", answer.ts, "U1", "passage:1")
        slack.wait(lambda: slack.views("U1"), 3)


def test_what_is_no_answer_does_not_keep_a_process_from_its_end(slack: FakeSlack, bot: Bot) -> None:
    with bot() as desk:
        slack.slow("chat.postMessage", 3, times=20)
        for _ in range(12):
            slack.mention("C1", "U2", "help")
        slack.wait(lambda: slack._server.calling >= 1)
        began = time.monotonic()
        desk.drain(0.5)
        assert time.monotonic() - began < 2
