"""What a command was called with: the options that stand everywhere, and the app and settings they lead to."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from retrieval.articles import Filters

if TYPE_CHECKING:
    from bot.app import App
    from config import Layer, Secrets, Settings

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Invocation:
    """The options that stand before or after a command; one that stands after it outweighs the one before."""

    library: Path | None = None
    config_file: Path | None = None
    secrets_file: Path | None = None
    overrides: list[str] = field(default_factory=list)
    verbosity: int = 0

    def layers(self) -> tuple[Layer, ...]:
        """The layers that the settings of this call are made of."""
        from config import layers

        return layers(library=self.library, config_file=self.config_file, overrides=self.overrides)

    def settings(self) -> Settings:
        """The settings in force for this call."""
        from config import load

        return load(library=self.library, config_file=self.config_file, overrides=self.overrides)

    def secrets(self) -> Secrets:
        """The secrets that this call may use."""
        import os

        from config import read_secrets

        return read_secrets(self.secrets_file, os.environ)

    def open(self) -> AbstractContextManager[App]:
        """The app on this call's library."""
        from bot.app import open_app

        return open_app(self.settings(), self.secrets())


def _store(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        invocation = context.ensure_object(Invocation)
        if name == "overrides":
            invocation.overrides.extend(value)
        elif name == "verbosity":
            invocation.verbosity += value * (-1 if parameter.name == "quiet" else 1)
        elif value is not None:
            setattr(invocation, name, value)

    return callback


class Folder(click.Path):
    """A folder; an empty name, as an unset variable of a shell gives, is not taken for the one where the shell is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder that ``value`` names."""
        if value == "":
            self.fail("the name of the folder is empty", param, ctx)
        return super().convert(value, param, ctx)


class Words(click.ParamType[str]):
    """Text to be looked up; bytes that are not UTF-8 can be nobody's id or name."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same text."""
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail("this is not UTF-8 text", param, ctx)
        return value


def everywhere(command: Command) -> Command:
    """Add the options that every command has, and the group too."""
    file = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.version_option(package_name="footnote", message="%(prog)s %(version)s"),
        click.option("-q", "--quiet", count=True, help="Say less.", expose_value=False, callback=_store("verbosity")),
        click.option("-v", "--verbose", count=True, help="Say more.", expose_value=False, callback=_store("verbosity")),
        click.option(
            "-s",
            "--set",
            metavar="KEY=VALUE",
            multiple=True,
            help="Set one setting, as in -s search.hits=20.",
            expose_value=False,
            callback=_store("overrides"),
        ),
        click.option(
            "--secrets",
            type=file,
            help="File with OPENAI_API_KEY=…, SLACK_BOT_TOKEN=…; else FOOTNOTE_SECRETS, else the environment.",
            expose_value=False,
            callback=_store("secrets_file"),
        ),
        click.option(
            "--config",
            type=file,
            help="Settings file (TOML); else FOOTNOTE_CONFIG.",
            expose_value=False,
            callback=_store("config_file"),
        ),
        click.option(
            "--library",
            type=Folder(file_okay=False, path_type=Path),
            help="Folder of the library; else FOOTNOTE_LIBRARY, else your user data folder.",
            expose_value=False,
            callback=_store("library"),
        ),
    ):
        command = option(command)
    return command


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD, YYYY-MM or YYYY; the short forms mean their first day, or their last one for an end."""

    name = "date"

    def __init__(self, *, end: bool = False) -> None:
        self.end = end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that ``value`` means."""
        if isinstance(value, date):
            return value
        import calendar
        import re

        parts = re.fullmatch(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?", str(value).strip(), re.ASCII)
        try:
            if parts is None:
                raise ValueError
            year = int(parts[1])
            month = int(parts[2] or (12 if self.end else 1))
            return date(year, month, int(parts[3] or (calendar.monthrange(year, month)[1] if self.end else 1)))
        except ValueError:  # calendar.IllegalMonthError is one too
            self.fail(f"{value!r} is not a date such as 2019-04-30, 2019-04 or 2019", param, ctx)


def filtering(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that narrow down articles; the command gets them as one ``filters``."""

    @functools.wraps(command)
    def narrowed(
        *args: Any,
        outlets: tuple[str, ...],
        collections: tuple[str, ...],
        since: date | None,
        until: date | None,
        **kwargs: Any,
    ) -> None:
        if since and until and since > until:
            raise click.UsageError(f"--since {since} is later than --until {until}")
        command(*args, filters=Filters(outlets, collections, since, until), **kwargs)

    for option in (
        click.option("--until", type=Day(end=True), help="Published on this day or before."),
        click.option("--since", type=Day(), help="Published on this day or after."),
        click.option(
            "--collection", "collections", type=Words(), multiple=True, help="Only this collection; may be repeated."
        ),
        click.option("--source", "outlets", type=Words(), multiple=True, help="Only this outlet; may be repeated."),
    ):
        narrowed = option(narrowed)
    return narrowed


def as_json(command: Command) -> Command:
    """Add ``--json``, for programs that read the output."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON.")(command)


def note(invocation: Invocation, lines: Sequence[str]) -> None:
    """Tell the user on stderr, unless they asked for quiet."""
    if invocation.verbosity >= 0:
        for line in lines:
            click.echo(line, err=True)
