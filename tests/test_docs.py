from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import footnote
from retrieval.loading import Loaded, LoadOptions, load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DEFAULTS = (ROOT / "config" / "default.toml").read_text("utf-8")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [(), *commands(footnote)], ids=" ".join)
def test_every_command_and_every_option_has_help(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(footnote, [*path, "--help"])
    assert result.exit_code == 0
    command: click.Command = footnote
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    summary = command.help.split("\n\n")[0].replace("\n", " ")
    assert summary.endswith(".")
    if path:
        parent = CliRunner().invoke(footnote, [*path[:-1], "--help"]).stdout
        assert summary in parent, "too long for the list of commands"
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.opts
            assert option.help.endswith(".")


def test_the_readme_lists_exactly_the_commands() -> None:
    listed = re.findall(r"^\| `footnote (\w+)([^`]*)` \|", README, flags=re.MULTILINE)
    assert {name for name, _ in listed} == set(footnote.commands)
    for name, rest in listed:
        command = footnote.commands[name]
        named = set(re.findall(r"[a-z]+", rest))
        assert named == (set(command.commands) if isinstance(command, click.Group) else set()), name


def test_every_setting_is_explained() -> None:
    for line in DEFAULTS.splitlines():
        if line and not line.startswith(("#", "[")):
            assert re.fullmatch(r"[a-z_]+ = .+  # .+", line), f"no comment: {line}"


def test_settings_that_the_readme_names_exist() -> None:
    sections = tomllib.loads(DEFAULTS)
    for section, key in re.findall(r"`(?:-s )?([a-z]+)\.([a-z_]+)(?:=[^`]*)?`", README):
        if section in sections:
            assert key in sections[section], f"{section}.{key}"
    for section, key in re.findall(r"FOOTNOTE__([A-Z]+)__([A-Z_]+)", README):
        assert key.lower() in sections[section.lower()]


def test_the_readme_names_the_reader_that_is_there() -> None:
    sha256 = hashlib.sha256((ROOT / "retrieval/models/reader/model.onnx").read_bytes()).hexdigest()
    assert f"sha256 `{sha256[:16]}…`" in README


def test_the_answer_that_the_readme_shows_quotes_the_sample_articles(articles_folder: Path) -> None:
    example = re.search(r"^\$ footnote ask .*?^```$", README, flags=re.MULTILINE | re.DOTALL)
    assert example
    quotes = re.findall(r"^    “(.*)”$", example[0], flags=re.MULTILINE)
    assert quotes
    texts = [
        outcome.article.text for outcome in load(str(articles_folder), LoadOptions()) if isinstance(outcome, Loaded)
    ]
    for quote in quotes:
        assert any(quote in text for text in texts), quote
