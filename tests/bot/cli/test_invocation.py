from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import footnote
from bot.cli.invocation import Day


def settings(*arguments: str, **environ: str) -> dict[str, str]:
    result = CliRunner().invoke(footnote, [*arguments, "--json"], env=environ)
    assert result.exit_code == 0, result.stderr
    return {key: entry["value"] for key, entry in json.loads(result.stdout)["settings"].items()}


def test_options_stand_before_or_after_the_command_and_the_later_one_wins(tmp_path: Path) -> None:
    before, after = str(tmp_path / "before"), str(tmp_path / "after")
    assert settings("--library", before, "config")["library.path"] == before
    assert settings("config", "--library", after)["library.path"] == after
    assert settings("--library", before, "config", "--library", after)["library.path"] == after
    found = settings("-s", "search.hits=20", "-s", "search.rrf_k=5", "config", "-s", "search.hits=30")
    assert (found["search.hits"], found["search.rrf_k"]) == (30, 5)


def test_two_calls_in_one_process_share_nothing() -> None:
    default = settings("config")["search.hits"]
    assert settings("-s", "search.hits=93", "config")["search.hits"] == 93 != default
    assert settings("config")["search.hits"] == default


def test_the_library_may_come_from_the_environment(tmp_path: Path) -> None:
    assert settings("config", FOOTNOTE_LIBRARY=str(tmp_path))["library.path"] == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019-04-30", date(2019, 4, 30), date(2019, 4, 30)),
        ("2019-04", date(2019, 4, 1), date(2019, 4, 30)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
    ],
)
def test_a_short_date_means_its_first_day_or_for_an_end_its_last(text: str, first: date, last: date) -> None:
    assert Day().convert(text, None, None) == first
    assert Day(end=True).convert(text, None, None) == last


@pytest.mark.parametrize("text", ["", "soon", "2019-13", "2019-02-30", "2019-1-2-3", "0", "12/05/2019", "-2019"])
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a date such as 2019-04-30"):
        Day().convert(text, None, None)
