"""``gold``: questions with known answers, drafted from the library and checked against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

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
    from bot.evaluation.gold import Gold


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

    invocation: Invocation = context.obj
    _refuse_to_replace(out)
    with invocation.open() as app, Bar(invocation, "questions") as bar:
        drafted = drafts(app.library, n, filters=filters, seed=seed, writer=_writer(app, bar, n))
    failure = f"the chat model gave up: {one_line(drafted.failure)}" if drafted.failure else ""
    found = drafted.questions
    if not found:
        raise BotError(
            failure or "no sentence of these articles makes a question; name a chat model, or other articles"
        )
    _put(out, found)
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


@gold.command("export")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this new file instead of standard output.")
@click.option(
    "--verdict",
    type=click.Choice(["right", "wrong", "all"]),
    default="all",
    show_default=True,
    help="Which answers to export, by what people said of them.",
)
@everywhere
@click.pass_obj
def export_gold(invocation: Invocation, out: Path | None, verdict: Literal["right", "wrong", "all"]) -> None:
    """Make gold questions of the answers that people judged.

    A right answer becomes a question with the quotes and articles that it cites, and its short answer where it has one;
    a right refusal a question that is to be refused. A wrong answer becomes a question with what was wrong and why, for
    you to add what is right. Left out, with a word on stderr, are answers that people disagree about, and those whose
    quotes no longer stand in the library. The same verdicts give the same lines, with the same ids.
    """
    from bot.evaluation.exporting import exported

    _refuse_to_replace(out)
    with invocation.open() as app:
        export = exported(app.feedback.judged(), app.library, verdict)
    note(invocation, [one_line(remark) for remark in export.left_out])
    if not export.questions:
        raise BotError("no judged answer makes a gold question")
    _put(out, export.questions)
    refused = sum(one.answerable is False for one in export.questions)
    note(invocation, [f"{_number(len(export.questions), 'question')}, {refused} of them unanswerable"])


def _refuse_to_replace(out: Path | None) -> None:
    if out and out.exists():
        raise BotError(f"{out} is there already; move it away, or choose another name")


def _put(out: Path | None, questions: Sequence[Gold]) -> None:
    """Write the lines of a gold file, to a new file or to standard output."""
    from bot.evaluation.gold import gold_record

    lines = "".join(json.dumps(gold_record(one), ensure_ascii=False) + "\n" for one in questions)
    if out:
        _write(out, lines)
    else:
        click.echo(lines, nl=False)


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
