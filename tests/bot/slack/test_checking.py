from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot.checkup import check_up
from bot.slack.checking import check_slack
from bot.slack.manifest import SCOPES
from config import load, read_secrets
from retrieval.upkeep import Finding
from tests.slack_fake import FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(scopes=SCOPES) as slack:
        yield slack


def found(api_url: str, **tokens: str) -> dict[str, Finding]:
    """What is said of Slack, by the name of each finding."""
    settings = load(overrides=[f"slack.api_url={api_url}"], environ={})
    findings = list(check_slack(settings, read_secrets(None, tokens)))
    said = " ".join(str(value) for finding in findings for value in asdict(finding).values())
    for token in tokens.values():
        assert token not in said
    assert "\n" not in said
    return {finding.name: finding for finding in findings}


def levels(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.level for name, finding in findings.items()}


def tokens(slack: FakeSlack, **others: str) -> dict[str, Any]:
    return {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token} | others


def test_slack_is_asked_only_where_a_token_is_set(slack: FakeSlack, tmp_path: Path) -> None:
    settings = load(library=tmp_path, overrides=[f"slack.api_url={slack.api_url}"], environ={})
    one = next(f for f in check_up(settings, read_secrets(None, {"OPENAI_API_KEY": "sk-1"})) if f.name == "slack")
    assert (one.level, one.message) == ("ok", "not set up")
    assert "footnote slack manifest" in str(one.todo)
    assert not slack.calls
    one = next(f for f in check_up(settings, read_secrets(None, tokens(slack))) if f.name == "slack")
    assert (one.level, one.message) == ("ok", "footnote in Example")


def test_what_is_well_is_said_to_be(slack: FakeSlack) -> None:
    findings = found(slack.api_url, **tokens(slack, SLACK_SIGNING_SECRET=slack.signing_secret))
    assert set(findings) == {"slack", "slack scopes", "slack socket", "slack signatures"}
    assert set(levels(findings).values()) == {"ok"}
    assert "in Example" in findings["slack"].message
    assert findings["slack scopes"].message == f"all {len(SCOPES)} that are needed"


def test_scopes_are_compared_with_the_manifest() -> None:
    granted = (*(scope for scope in SCOPES if scope not in ("users:read", "commands")), "files:write")
    with FakeSlack(scopes=granted) as slack:
        scopes = found(slack.api_url, **tokens(slack))["slack scopes"]
    assert scopes.level == "broken"
    assert scopes.message == "missing: commands, users:read; granted and not needed: files:write"
    assert "footnote slack manifest" in str(scopes.todo)
    with FakeSlack(scopes=(*SCOPES, "files:write")) as slack:
        scopes = found(slack.api_url, **tokens(slack))["slack scopes"]
    assert scopes.level == "ok" and scopes.message.endswith("granted and not needed: files:write")


@pytest.mark.parametrize(
    ("variable", "beginning", "name"),
    [("SLACK_BOT_TOKEN", "xoxb-", "slack"), ("SLACK_APP_TOKEN", "xapp-", "slack socket")],
)
def test_a_token_of_another_kind_is_not_sent_to_slack(
    slack: FakeSlack, variable: str, beginning: str, name: str
) -> None:
    findings = found(slack.api_url, **tokens(slack, **{variable: "xoxp-1-of-a-person"}))
    assert findings[name].level == "broken"
    assert variable in findings[name].message and beginning in findings[name].message
    assert not [call for call in slack.calls if "xoxp" in str(call.token)]


@pytest.mark.parametrize(("variable", "name"), [("SLACK_BOT_TOKEN", "slack"), ("SLACK_APP_TOKEN", "slack socket")])
def test_a_token_that_slack_refuses_is_named_with_the_reason(slack: FakeSlack, variable: str, name: str) -> None:
    token = {"SLACK_BOT_TOKEN": "xoxb-revoked", "SLACK_APP_TOKEN": "xapp-revoked"}[variable]
    finding = found(slack.api_url, **tokens(slack, **{variable: token}))[name]
    assert finding.level == "broken"
    assert finding.message == f"Slack refuses {variable}: invalid_auth"


def test_each_mode_needs_its_own_secret(slack: FakeSlack) -> None:
    bot = {"SLACK_BOT_TOKEN": slack.bot_token}
    neither = found(slack.api_url, **bot)
    assert neither["slack deliveries"].level == "broken"
    assert "SLACK_APP_TOKEN" in neither["slack deliveries"].message
    assert "SLACK_SIGNING_SECRET" in neither["slack deliveries"].message
    http = found(slack.api_url, **bot, SLACK_SIGNING_SECRET=slack.signing_secret)
    assert levels(http) == {"slack": "ok", "slack scopes": "ok", "slack signatures": "ok"}
    mistaken = found(slack.api_url, **bot, SLACK_SIGNING_SECRET="xapp-1-a-token")
    assert mistaken["slack signatures"].level == "broken"
    alone = found(slack.api_url, SLACK_APP_TOKEN=slack.app_token)
    assert levels(alone) == {"slack": "broken", "slack socket": "ok"}
    assert "SLACK_BOT_TOKEN is not set" in alone["slack"].message


def test_a_slack_that_cannot_be_reached_is_no_fault_of_the_tokens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api/"
        findings = found(url, SLACK_BOT_TOKEN="xoxb-1-a-token")
    assert findings["slack"].level == "warning"
    assert "cannot be reached" in findings["slack"].message


def test_slack_that_fails_at_the_second_look_is_away_too(slack: FakeSlack) -> None:
    slack.fail("auth.test", error="access_denied", skip=1)
    assert found(slack.api_url, **tokens(slack))["slack"].level == "warning"
    slack.fail("auth.test", retry_after=3600, times=9)
    assert found(slack.api_url, **tokens(slack))["slack"].level == "warning"
