"""``slack``: the bot in a Slack workspace, and the manifest that its app there is made of."""

from __future__ import annotations

import click

from bot.cli.invocation import Invocation, everywhere


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
