"""``gold``: questions with known answers, drafted from the library and checked against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.answers import BotError
from bot.cli.edge import IN_PART, PROBLEM
from bot.cli.invocation import Invocation, as_json, everywhere, filtering, note
from bot.cli.printing import echo_json, one_line
from bot.cli.progress import Bar
from retrieval.articles import Filters

if TYPE_CHECKING:
    from bot.app import App
    from bot.evaluation.drafting.prompting import Writer


@click.group()
@everywhere
def gold() -> None:
    """Make gold questions, and check them."""


@gold.command("draft")
@click.option("--n", "n", type=click.IntRange(min=1), default=50, show_default=True, help="Questions at most.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this new file instead of standard output.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another number gives other questions.")
@filtering
@everywhere
@click.pass_context
def draft_gold(context: click.Context, n: int, out: Path | None, seed: int, filters: Filters) -> None:
    """Propose gold questions from the articles, for you to edit.

    One in five is a question that the articles do not answer. They are made from sentences with names, numbers and
    dates; where chat.model names a chat model, that writes them. Read every one: a draft is not gold yet.
    """
    from bot.evaluation.drafting import drafts
    from bot.evaluation.gold import gold_record

    invocation: Invocation = context.obj
    if out and out.exists():
        raise BotError(f"{out} is there already; move it away, or choose another name")
    with invocation.open() as app, Bar(invocation, "questions") as bar:
        drafted = drafts(app.library, n, filters=filters, seed=seed, writer=_writer(app, bar, n))
    failure = f"the chat model gave up: {one_line(drafted.failure)}" if drafted.failure else ""
    found = drafted.questions
    if not found:
        raise BotError(
            failure or "no sentence of these articles makes a question; name a chat model, or other articles"
        )
    lines = "".join(json.dumps(gold_record(one), ensure_ascii=False) + "\n" for one in found)
    if out:
        _write(out, lines)
    else:
        click.echo(lines, nl=False)
    refused = sum(one.answerable is False for one in found)
    fewer = "; no more were found in these articles" if len(found) < n and not failure else ""
    note(invocation, [f"{_number(len(found), 'question')}, {refused} of them unanswerable{fewer}"])
    if failure:
        click.echo(f"footnote: {failure}; what it had written is kept", err=True)
        context.exit(IN_PART)


def _writer(app: App, bar: Bar, n: int) -> Writer | None:
    """The chat model that the settings name; "auto" names none, so that a key alone sends nothing anywhere."""
    from bot.evaluation.drafting.prompting import Writer

    chat = app.settings.chat
    if chat.model in ("auto", "none"):
        return None
    bar.begin("drafting", n)
    say = app.chat_composer(chat.model).said
    return Writer(say, app.settings.evaluation.concurrency, frozenset(chat.never_collections), bar.move)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BotError(f"{path} cannot be written: {error.strerror}") from None


@gold.command("check")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@as_json
@everywhere
@click.pass_context
def check_gold(context: click.Context, file: Path, json_: bool) -> None:
    """Find errors in a gold file, with their lines.

    Errors are lines that cannot be read, articles, collections and quotes that the library does not have, and questions
    that stand twice; they make the exit code 1. Remarks are for you to judge.
    """
    from bot.evaluation.checking import check
    from bot.evaluation.gold import parse_gold

    invocation: Invocation = context.obj
    read = parse_gold(file)
    with invocation.open() as app:
        errors, remarks = check(read, app.library)
    count = len(read.questions) + len({problem.line for problem in read.problems})
    if json_:
        echo_json(
            {
                "questions": count,
                "errors": [{"line": problem.line, "message": problem.message} for problem in errors],
                "remarks": [{"line": problem.line, "message": problem.message} for problem in remarks],
            }
        )
    else:
        findings = [(p.line, "error", p.message) for p in errors] + [(p.line, "remark", p.message) for p in remarks]
        for line, kind, message in sorted(findings):
            click.echo(f"{one_line(str(file))}:{line}: {kind}: {one_line(message)}")
        click.echo(f"{_number(count, 'question')}, {_number(len(errors), 'error')}, {_number(len(remarks), 'remark')}")
    if errors:
        context.exit(PROBLEM)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
