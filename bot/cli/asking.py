"""``search`` and ``ask``: one question, its passages or its answer."""

from __future__ import annotations

from datetime import date

import click

from bot.answers import finished
from bot.cli.invocation import Day, Invocation, as_json, everywhere, filtering, note
from bot.cli.printing import echo_json, hit_lines, one_line
from bot.records import answer_record, hit_records, timings_record
from retrieval.articles import Filters


class Question(click.ParamType[str]):
    """Words that ask something; nothing but blanks is a mistake of usage."""

    name = "question"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The question without the blanks around it."""
        if not value.strip():
            self.fail("the question is empty", param, ctx)
        return value.strip()


@click.command()
@click.argument("question", type=Question())
@filtering
@click.option(
    "--as-of", type=Day(), help="The day of asking, from which “last week” and what is new count; today if not given."
)
@as_json
@everywhere
@click.pass_obj
def search(invocation: Invocation, question: str, filters: Filters, as_of: date | None, json_: bool) -> None:
    """Show the passages that QUESTION finds, best first."""
    with invocation.open() as app:
        hits, timings = app.search(question, filters, as_of)
    if json_:
        echo_json({"hits": hit_records(hits), "timings": timings_record(timings)})
        return
    if not hits:
        click.echo("Nothing found.")
    for number, hit in enumerate(hits, start=1):
        click.echo("\n".join(hit_lines(number, hit)))


@click.command()
@click.argument("question", type=Question())
@filtering
@click.option(
    "--as-of", type=Day(), help="The day of asking, from which “last week” and what is new count; today if not given."
)
@as_json
@everywhere
@click.pass_obj
def ask(invocation: Invocation, question: str, filters: Filters, as_of: date | None, json_: bool) -> None:
    """Answer QUESTION, each sentence with its source."""
    from bot.cli.showing import show

    with invocation.open() as app:
        events = app.ask(question, filters=filters, as_of=as_of)
        answer = finished(events) if json_ else show(events)
    if json_:
        echo_json(answer_record(answer))
    if invocation.verbosity > 0:
        steps = ", ".join(f"{one_line(step)} {seconds:.3f} s" for step, seconds in answer.timings.items())
        note(invocation, [f"model {answer.model}, confidence {answer.confidence:.2f}, {steps}"])
