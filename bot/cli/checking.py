"""``doctor`` and ``config``: whether all is well, and which settings are in force."""

from __future__ import annotations

from typing import Any

import click

from bot.cli.edge import PROBLEM
from bot.cli.invocation import Invocation, as_json, everywhere
from bot.cli.printing import echo_json, one_line


@click.command()
@as_json
@everywhere
@click.pass_context
def doctor(context: click.Context, json_: bool) -> None:
    """Check that all is well, and say what to do.

    It looks at versions, models, the library and its indexes, the disk, the chat model and its key, and asks Slack
    about its tokens where they are set. The exit code is 1 if something is broken.
    """
    from bot.checkup import check_up

    invocation: Invocation = context.obj
    findings = list(check_up(invocation.settings(), invocation.secrets()))
    broken = any(finding.level == "broken" for finding in findings)
    if json_:
        echo_json(
            {
                "healthy": not broken,
                "findings": [
                    {"name": f.name, "level": f.level, "message": f.message, "todo": f.todo} for f in findings
                ],
            }
        )
    else:
        for finding in findings:
            click.echo(f"{finding.level:<7}  {finding.name}: {one_line(finding.message)}")
            if finding.todo:
                click.echo(f"         {finding.name}: {one_line(finding.todo)}")
    if broken:
        context.exit(PROBLEM)


@click.command()
@as_json
@everywhere
@click.pass_obj
def config(invocation: Invocation, json_: bool) -> None:
    """Show the settings in force and where they were set.

    Secrets are not shown.
    """
    from config import origins
    from config.secrets import VARIABLES

    settings = invocation.settings()
    secrets = invocation.secrets()
    places = origins(invocation.layers())
    values: dict[str, Any] = {
        f"{section}.{name}": value
        for section, entries in settings.model_dump(mode="json").items()
        for name, value in entries.items()
    }
    if json_:
        echo_json(
            {
                "settings": {key: {"value": value, "from": places[key]} for key, value in values.items()},
                "secrets": {variable: secrets.origins.get(variable) for variable in VARIABLES},
            }
        )
        return
    width = max(len(f"{key} = {_toml(value)}") for key, value in values.items())
    for key, value in values.items():
        click.echo(f"{f'{key} = {_toml(value)}':<{min(width, 60)}}  # {one_line(places[key])}")
    for variable in VARIABLES:
        origin = secrets.origins.get(variable)
        click.echo(f"# {variable}: {f'set, from {one_line(origin)}' if origin else 'not set'}")


def _toml(value: Any) -> str:
    # TOML writes strings, numbers, booleans and lists of strings as JSON does; tables it writes otherwise.
    import json

    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}" if value else "{}"
    return json.dumps(value, ensure_ascii=False)
