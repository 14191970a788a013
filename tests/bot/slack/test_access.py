from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from bot.slack.access import Access, Allowed
from bot.slack.manifest import EVENTS, SCOPES
from bot.slack.web import Web
from config import load
from tests.slack_fake import FakeSlack

TEAM, OTHER_TEAM = FakeSlack.team, "T0OTHER"
ANN, BEN, GUEST, STRANGER = "U1", "U2", "U3", "U4"
NAMED = ["slack.channels={C1=['handbook', 'news'], C9=['*']}", "slack.collections=['news']"]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """Two people of the workspace in C1, a guest who is in C2 only, and somebody of another workspace."""
    with FakeSlack(scopes=SCOPES, events=EVENTS) as slack:
        slack.user(ANN, name="ann")
        slack.user(BEN, name="ben")
        slack.user(GUEST, name="guest", guest=True)
        slack.user(STRANGER, name="stranger", team=OTHER_TEAM)
        slack.channel("C1", members=[ANN, BEN])
        slack.channel("C2", members=[ANN, GUEST])
        slack.channel("C3", members=[ANN, STRANGER], external=True)
        slack.channel("C9", members=[ANN])
        yield slack


class Joins(dict[str, tuple[int, str]]):
    """Who came to which channel, as the ledger tells every process."""

    def __call__(self, channel: str) -> tuple[int, str]:
        return self.get(channel, (0, ""))

    def add(self, channel: str, user: str) -> None:
        self[channel] = (self(channel)[0] + 1, user)


def access(slack: FakeSlack, *settings: str, joins: Joins | None = None) -> Access:
    section = load(overrides=[*NAMED, *settings], environ={}).slack
    return Access(section, Web(SecretStr(slack.bot_token), slack.api_url), Joins() if joins is None else joins)


def test_a_channel_reads_what_the_settings_give_it(slack: FakeSlack) -> None:
    rule = access(slack)
    assert rule.of_channel("C1", external=False) == Allowed(("handbook", "news"))
    assert rule.of_channel("C9", external=False) == Allowed(None)
    slack.channel("C8", members=[ANN])
    assert rule.of_channel("C8", external=False) == Allowed(("news",)), "a channel that is not named"


def test_a_channel_with_a_guest_reads_what_guests_may(slack: FakeSlack) -> None:
    assert access(slack).of_channel("C2", external=False) == Allowed((), guest=True)
    wide = access(slack, "slack.channels={C2=['handbook', 'news', 'legal']}", "slack.guest_collections=['news', 'x']")
    assert wide.of_channel("C2", external=False) == Allowed(("news",), guest=True)
    everything = access(slack, "slack.channels={C2=['*']}", "slack.guest_collections=['news']")
    assert everything.of_channel("C2", external=False) == Allowed(("news",), guest=True)


def test_a_shared_channel_reads_what_others_may(slack: FakeSlack) -> None:
    assert access(slack).of_channel("C3", external=False) == Allowed((), external=True), "Slack was not asked"
    assert access(slack).of_channel("C1", external=True) == Allowed((), external=True), "the event was not believed"
    wide = access(slack, "slack.channels={C3=['handbook', 'news']}", "slack.external_collections=['news']")
    assert wide.of_channel("C3", external=True) == Allowed(("news",), external=True)


def test_a_shared_channel_with_a_guest_reads_what_both_may(slack: FakeSlack) -> None:
    slack.channel("C4", members=[ANN, GUEST, STRANGER], external=True)
    rule = access(
        slack,
        "slack.channels={C4=['a', 'b', 'c', 'd']}",
        "slack.guest_collections=['b', 'c']",
        "slack.external_collections=['c', 'd']",
    )
    assert rule.of_channel("C4", external=True) == Allowed(("c",), guest=True, external=True)


def test_slack_is_asked_only_where_its_answer_matters(slack: FakeSlack) -> None:
    rule = access(slack, "slack.guest_collections=['*']", "slack.external_collections=['*']")
    assert rule.of_channel("C2", external=False) == Allowed(("news",))
    assert rule.of_person(GUEST, TEAM, TEAM, "C2") == Allowed(("default", "news"))
    assert not slack.calls


def test_members_are_asked_for_only_where_there_are_guests() -> None:
    with FakeSlack(scopes=SCOPES, events=EVENTS) as slack:
        slack.user(ANN, name="ann")
        slack.channel("C1", members=[ANN])
        assert access(slack).of_channel("C1", external=False).collections == ("handbook", "news")
        assert not slack.calls_of("conversations.members")


def test_what_slack_says_is_kept_for_a_while(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    rule, later = access(slack), 0.0
    monkeypatch.setattr("bot.slack.access.time", SimpleNamespace(monotonic=lambda: time.monotonic() + later))

    def calls() -> list[int]:
        for _ in range(3):
            rule.of_channel("C1", external=False)
            rule.of_person(ANN, TEAM, TEAM, None)
            rule.of_person(STRANGER, TEAM, TEAM, None)  # who is in no list of the workspace's people
        methods = ("users.list", "users.info", "conversations.members", "conversations.info")
        return [len(slack.calls_of(method)) for method in methods]

    assert calls() == [1, 1, 1, 1]
    later = 599.0
    assert calls() == [1, 1, 1, 1]
    later = 601.0
    assert calls() == [1, 1, 2, 2]
    later = 3601.0
    assert calls() == [2, 2, 3, 3]


def test_a_guest_who_joins_is_noticed_at_once(slack: FakeSlack) -> None:
    joins = Joins()
    rule = access(slack, joins=joins)
    assert rule.of_channel("C1", external=False).collections == ("handbook", "news")
    slack.channel("C1", members=[ANN, BEN, GUEST])
    joins.add("C1", GUEST)
    assert rule.of_channel("C1", external=False) == Allowed((), guest=True)


def test_a_guest_who_is_new_to_the_workspace_is_noticed_at_once(slack: FakeSlack) -> None:
    joins = Joins()
    rule = access(slack, joins=joins)
    assert rule.of_channel("C1", external=False).collections == ("handbook", "news")
    slack.user("U7", name="new guest", guest=True)
    slack.channel("C1", members=[ANN, BEN, "U7"])
    joins.add("C1", "U7")
    assert rule.of_channel("C1", external=False) == Allowed((), guest=True)


def test_somebody_unknown_counts_as_a_guest_until_slack_tells(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins, later = Joins(), 0.0
    rule = access(slack, joins=joins)
    monkeypatch.setattr("bot.slack.access.time", SimpleNamespace(monotonic=lambda: time.monotonic() + later))
    assert rule.of_channel("C1", external=False).collections == ("handbook", "news")
    slack.user("U7", name="new colleague")
    slack.channel("C1", members=[ANN, BEN, "U7"])
    joins.add("C1", ANN)
    assert rule.of_channel("C1", external=False) == Allowed((), guest=True)
    later = 601.0
    assert rule.of_channel("C1", external=False).collections == ("handbook", "news")


def test_pages_of_people_are_read_to_the_last(slack: FakeSlack) -> None:
    for number in range(1100):
        slack.user(f"U5{number:04}", name=f"person {number}")
    slack.user("U6", name="last", guest=True)
    crowd = [f"U5{number:04}" for number in range(1100)]
    slack.channel("C5", members=[*crowd, "U6"])
    slack.channel("C6", members=crowd)
    rule = access(slack)
    assert rule.of_channel("C5", external=False) == Allowed((), guest=True)
    assert rule.of_channel("C6", external=False) == Allowed(("news",))


@pytest.mark.parametrize(
    ("user", "user_team", "channel", "allowed"),
    [
        (ANN, TEAM, None, Allowed(("default",))),
        (ANN, TEAM, "D1", Allowed(("default",))),
        (ANN, TEAM, "C1", Allowed(("default", "handbook", "news"))),
        (ANN, TEAM, "C3", Allowed(("default", "news"))),
        (ANN, TEAM, "C9", Allowed(None)),
        (GUEST, TEAM, None, Allowed((), guest=True)),
        (GUEST, TEAM, "C9", Allowed((), guest=True)),
        (STRANGER, OTHER_TEAM, None, Allowed((), external=True)),
        (STRANGER, TEAM, None, Allowed((), external=True)),
        (STRANGER, OTHER_TEAM, "C3", Allowed((), external=True)),
        ("U0NOBODY", TEAM, None, Allowed((), guest=True, external=True)),
    ],
)
def test_in_private_a_person_reads_what_they_may(
    slack: FakeSlack, user: str, user_team: str, channel: str | None, allowed: Allowed
) -> None:
    assert access(slack).of_person(user, user_team, TEAM, channel) == allowed


def test_a_guest_in_private_reads_what_guests_may(slack: FakeSlack) -> None:
    rule = access(slack, "slack.guest_collections=['news']", "slack.external_collections=['handbook']")
    assert rule.of_person(GUEST, TEAM, TEAM, "C1") == Allowed(("news",), guest=True)
    assert rule.of_person(STRANGER, OTHER_TEAM, TEAM, "C1") == Allowed(("handbook",), external=True)


@pytest.mark.parametrize(
    ("user", "user_team", "channel", "collection", "sees"),
    [
        (ANN, TEAM, "C1", "handbook", True),
        (ANN, TEAM, "C1", "default", True),
        (ANN, TEAM, "C1", "legal", False),
        (ANN, TEAM, "D1", "news", False),
        (ANN, TEAM, "C2", "news", True),
        (GUEST, TEAM, "C2", "news", False),
        (STRANGER, OTHER_TEAM, "C3", "news", False),
        (ANN, TEAM, "C9", "anything", True),
    ],
)
def test_a_button_shows_what_who_presses_it_may_read(
    slack: FakeSlack, user: str, user_team: str, channel: str, collection: str, sees: bool
) -> None:
    assert access(slack).may_see(user, user_team, TEAM, channel, channel == "C3", collection) is sees


def test_what_all_of_a_channel_may_read_each_of_them_may(slack: FakeSlack) -> None:
    slack.fail("users.info", error="user_not_found", times=9)
    assert access(slack).may_see(ANN, TEAM, TEAM, "C1", False, "handbook")
    assert not access(slack).may_see(ANN, TEAM, TEAM, "D1", False, "default")


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        *(
            (method, {"error": code})
            for method in ("users.list", "conversations.members", "conversations.info")
            for code in ("missing_scope", "access_denied")
        ),
        ("conversations.members", {"status": 500}),
    ],
)
def test_where_slack_does_not_tell_the_narrower_rule_holds(
    slack: FakeSlack, method: str, failure: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail(method, times=99, **failure)  # type: ignore[arg-type]
    rule = access(slack)
    with caplog.at_level(logging.WARNING, "footnote.slack.access"):
        first = rule.of_channel("C1", external=False)
        asked = len(slack.calls_of(method))
        assert [rule.of_channel("C1", external=False) for _ in range(5)] == [first] * 5
    assert first == Allowed((), guest=method != "conversations.info", external=method == "conversations.info")
    assert len(slack.calls_of(method)) == asked, "asked again at once"
    assert len(caplog.records) == 1
    assert ":" not in caplog.messages[0].partition(str(failure.get("error", "HTTP")))[0]


def test_a_missing_scope_closes_without_any_call_failing_otherwise() -> None:
    with FakeSlack(scopes=("chat:write",)) as slack:
        slack.user(ANN, name="ann")
        slack.channel("C1", members=[ANN])
        rule = access(slack)
        assert rule.of_channel("C1", external=False) == Allowed((), guest=True, external=True)
        assert rule.of_person(ANN, TEAM, TEAM, None) == Allowed((), guest=True, external=True)


def test_slack_is_asked_again_a_minute_after_it_did_not_tell(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    rule, later = access(slack), 0.0
    monkeypatch.setattr("bot.slack.access.time", SimpleNamespace(monotonic=lambda: time.monotonic() + later))
    slack.fail("conversations.info", error="access_denied")
    assert rule.of_channel("C1", external=False) == Allowed((), external=True)
    later = 61.0
    assert rule.of_channel("C1", external=False) == Allowed(("handbook", "news"))


def test_threads_that_want_to_know_the_same_ask_once(slack: FakeSlack) -> None:
    rule = access(slack)
    slack.slow("users.list", 0.3)
    found: list[Allowed] = []
    threads = [threading.Thread(target=lambda: found.append(rule.of_channel("C1", external=False))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Allowed(("handbook", "news"))] * 8
    assert len(slack.calls_of("users.list")) == len(slack.calls_of("conversations.members")) == 1
