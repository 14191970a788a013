"""``slack``: the bot in a Slack workspace, and the manifest that its app there is made of."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import click

from bot.answers import BotError
from bot.cli.invocation import Invocation, everywhere
from bot.cli.printing import echo_json

_PATH = "/slack/events"


@click.group(invoke_without_command=True)
@click.option("--http", is_flag=True, help="Take deliveries over HTTP, not through Socket Mode.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen at: with --http 3000 unless given; else only /healthz and /readyz are served there.",
)
@everywhere
@click.pass_context
def slack(context: click.Context, http: bool, host: str, port: int | None) -> None:
    """Answer in Slack, until stopped.

    It needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN; with --http SLACK_SIGNING_SECRET in place of the latter. Deliveries
    over HTTP arrive at /slack/events. footnote doctor checks the tokens.
    """
    if context.invoked_subcommand is not None:
        return
    from bot.slack.serving import serve

    invocation: Invocation = context.obj
    place = (host, 3000 if port is None else port) if http or port is not None else None
    settings, secrets = invocation.settings(), invocation.secrets()
    with invocation.open() as app:
        serve(settings, secrets, app, http=place if http else None, health=None if http else place)


@slack.command("manifest")
@click.option(
    "--http",
    "address",
    metavar="URL",
    help="Public https:// address at which Slack reaches footnote slack --http; without it for Socket Mode.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this new file instead of standard output.")
@everywhere
@click.pass_obj
def write_manifest(invocation: Invocation, address: str | None, out: Path | None) -> None:
    """Write the manifest to make the app in Slack from.

    Paste it at api.slack.com/apps: Create New App, From a manifest. It follows the settings: slack.name, slack.command.
    """
    from bot.slack.manifest import manifest

    written = manifest(invocation.settings(), request_url=_request_url(address) if address is not None else None)
    if out is None:
        echo_json(written)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(f"{json.dumps(written, ensure_ascii=False, indent=2)}\n")
    except FileExistsError:
        raise BotError(f"{out} is there already; move it away, or choose another name") from None
    except OSError as error:
        raise BotError(f"{out} cannot be written: {error.strerror}") from None


def _request_url(address: str) -> str:
    """Where deliveries arrive at a public address."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise click.UsageError(f"--http: {address!r} is no https:// address, which Slack insists on")
    return f"{address.rstrip('/').removesuffix(_PATH)}{_PATH}"
