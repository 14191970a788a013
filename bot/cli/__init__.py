"""The ``footnote`` command: one client of the app; each command imports what it needs when it runs."""

from __future__ import annotations

import sys

import click

from bot.cli.articles import articles, reindex, sources
from bot.cli.asking import ask, search
from bot.cli.calibrating import calibrate
from bot.cli.chatting import chat
from bot.cli.checking import config, doctor
from bot.cli.conversations import conversations
from bot.cli.edge import Group
from bot.cli.evaluating import evaluate
from bot.cli.gold import gold
from bot.cli.ingesting import ingest
from bot.cli.invocation import everywhere
from bot.cli.slack import slack


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@everywhere
def footnote() -> None:
    """Answer questions from your own articles, with a citation for every sentence."""


for command in (
    ingest,
    sources,
    articles,
    search,
    ask,
    chat,
    slack,
    conversations,
    evaluate,
    calibrate,
    gold,
    reindex,
    doctor,
    config,
):
    footnote.add_command(command)


def main() -> None:
    """Run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    footnote(prog_name="footnote")
