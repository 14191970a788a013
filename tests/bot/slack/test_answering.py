"""What stands between a leased question and its end: the library's database, which may not take what is to be kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.bot.slack.conftest import FERRY, MAYOR, Bot
from tests.slack_fake import FakeSlack
from tests.slack_seen import actions, answers, idle, shown


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(slack: FakeSlack, bot: Bot, library: Path) -> None:
    with bot() as desk:
        slack.mention("C1", "U1", MAYOR)
        idle(slack, desk)
        with closing(sqlite3.connect(library / "catalogue.sqlite3")) as database:
            database.execute("DROP TABLE answers")
            database.commit()
        ts = slack.mention("C1", "U2", FERRY)
        (seen,) = answers(slack, desk, "C1", ts)
    assert "62 passengers" in seen
    (message,) = shown(slack, "C1", ts)
    assert "open:1" in actions(message)
    assert not [one for one in actions(message) if one.startswith("feedback")], "nothing is there to be judged"
