"""``gold``: questions with known answers, drafted from the library and checked against it."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.edge import PROBLEM
from bot.cli.invocation import Invocation, as_json, everywhere
from bot.cli.printing import echo_json, one_line


@click.group()
@everywhere
def gold() -> None:
    """Make gold questions, and check them."""


@gold.command("check")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@as_json
@everywhere
@click.pass_context
def check_gold(context: click.Context, file: Path, json_: bool) -> None:
    """Find errors in a gold file, with their lines.

    Errors are lines that cannot be read, articles and quotes that the library does not have, and questions that stand
    twice; they make the exit code 1. Remarks are for you to judge.
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
