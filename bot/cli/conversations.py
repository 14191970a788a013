"""``conversations``: what is kept of the conversations held with a library, and erasing it."""

from __future__ import annotations

from pathlib import Path

import click

from bot.answers import BotError
from bot.cli.invocation import Invocation, Words, as_json, everywhere
from bot.cli.printing import echo_json, one_line


@click.group(invoke_without_command=True)
@everywhere
@click.pass_context
def conversations(context: click.Context) -> None:
    """List or erase the conversations that are kept."""
    if context.invoked_subcommand is None:
        context.invoke(list_conversations)


@conversations.command("list")
@as_json
@everywhere
@click.pass_obj
def list_conversations(invocation: Invocation, json_: bool) -> None:
    """List conversations: key, turns, last asked."""
    with invocation.open() as app:
        found = app.conversations.all()
    if json_:
        echo_json(
            [
                {
                    "surface": conversation.surface,
                    "key": conversation.key,
                    "turns": conversation.turns,
                    "last_asked": f"{conversation.last_asked.isoformat()}Z",
                }
                for conversation in found
            ]
        )
        return
    for conversation in found:
        turns = _counted(conversation.turns)
        click.echo(f"{one_line(conversation.key)}: {turns}, last asked {conversation.last_asked:%Y-%m-%d %H:%M} UTC")


@conversations.command("forget")
@click.argument("keys", type=Words(), nargs=-1, metavar="[KEY]...")
@click.option("--all", "everything", is_flag=True, help="Erase every conversation.")
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Erase the turns asked more than so many days ago.",
)
@everywhere
@click.pass_obj
def forget_conversations(invocation: Invocation, keys: tuple[str, ...], everything: bool, days: float | None) -> None:
    """Erase conversations: questions, answers and what they cite.

    What people said of the answers goes too. --all also erases what was typed in chats, which the arrow keys bring
    back there, and single questions of Slack.
    """
    from bot.cli.chatting import TYPED

    if bool(keys) + everything + (days is not None) != 1:
        raise click.UsageError("name conversations by their KEY, or give --all, or --older-than DAYS")
    with invocation.open() as app:
        kept = app.conversations
        if keys:
            known = {conversation.key for conversation in kept.all()}
            unknown = [key for key in keys if key not in known]
            if unknown:
                raise BotError(
                    f"there is no conversation {', '.join(map(one_line, unknown))}; nothing was erased "
                    "(footnote conversations lists them)"
                )
            erased = kept.forget(keys)
            app.feedback.forget_conversations(keys)
        elif days is not None:
            erased = kept.forget_older(days)
            app.feedback.forget_older(days)
        else:
            erased = kept.forget_all()
            app.feedback.forget_all()
        if everything:
            _remove(app.folder / TYPED)
    click.echo(f"{_counted(erased)} erased")


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise BotError(f"{file} cannot be erased: {error.strerror}") from None


def _counted(turns: int) -> str:
    return f"{turns} turn" + ("" if turns == 1 else "s")
