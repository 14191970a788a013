from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Footnote = Callable[..., Result]


def test_the_manifest_is_printed_as_json(fresh: Footnote) -> None:
    result = fresh("slack", "manifest", "-s", "slack.name=Almanac")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert made["display_information"]["name"] == "Almanac"
    assert made["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize(
    "address",
    ["https://bot.example.org", "https://bot.example.org/", "https://bot.example.org/slack/events"],
)
def test_an_address_is_where_slack_sends_to(fresh: Footnote, address: str) -> None:
    made = json.loads(fresh("slack", "manifest", "--http", address).stdout)
    assert made["settings"]["event_subscriptions"]["request_url"] == "https://bot.example.org/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize("address", ["", "bot.example.org", "http://bot.example.org", "https://", "https://x.org/?a=1"])
def test_an_address_that_slack_would_not_take_is_refused(fresh: Footnote, address: str) -> None:
    result = fresh("slack", "manifest", "--http", address)
    assert result.exit_code == 2
    assert "https://" in result.stderr


def test_the_manifest_goes_to_a_new_file_only(fresh: Footnote, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    result = fresh("slack", "manifest", "--out", str(file), "-s", "slack.name=Küste")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(file.read_text("utf-8"))["display_information"]["name"] == "Küste"
    again = fresh("slack", "manifest", "--out", str(file))
    assert again.exit_code == 1
    assert again.stderr == f"footnote: {file} is there already; move it away, or choose another name\n"
    nowhere = fresh("slack", "manifest", "--out", str(tmp_path / "no" / "folder.json"))
    assert (nowhere.exit_code, nowhere.stderr.count("\n")) == (1, 1)


def test_without_tokens_it_says_which_one_to_set(fresh: Footnote) -> None:
    result = fresh("slack", env={"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": ""})
    assert result.exit_code == 1
    assert "SLACK_BOT_TOKEN is not set" in result.stderr


def test_a_token_of_another_kind_is_named_and_not_shown(fresh: Footnote) -> None:
    result = fresh("slack", env={"SLACK_BOT_TOKEN": "xapp-1-very-secret", "SLACK_APP_TOKEN": "xapp-1"})
    assert result.exit_code == 1
    assert "SLACK_BOT_TOKEN" in result.stderr and "xoxb-" in result.stderr
    assert "very-secret" not in result.output
