"""``ingest``: sources into the library, with a line on each of what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from bot.cli.edge import IN_PART
from bot.cli.invocation import Invocation, as_json, everywhere
from bot.cli.printing import echo_json, one_line
from bot.cli.progress import Bar

if TYPE_CHECKING:
    from retrieval.intake import Report

REASONS_SHOWN = 20


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--collection", help="Put the articles into this collection; “default” if not given.")
@click.option("--prune", is_flag=True, help="Remove articles that a source no longer has.")
@click.option("--replace", is_flag=True, help="Let an article overwrite one of the same id from another source.")
@as_json
@everywhere
@click.pass_context
def ingest(
    context: click.Context, sources: tuple[str, ...], collection: str | None, prune: bool, replace: bool, json_: bool
) -> None:
    """Read articles into the library.

    A SOURCE is a file, a folder, a URL, a feed, a sitemap, an articles.jsonl or articles.jsonl.gz file, or - for
    JSON Lines on standard input. Without a SOURCE, all sources of earlier calls are read again.
    """
    from bot.app import Headway, IngestOptions

    invocation: Invocation = context.obj
    reports: list[Report] = []
    with invocation.open() as app, Bar(invocation) as bar:

        def watch(headway: Headway) -> None:
            if headway.done == 0:
                bar.begin(headway.source, headway.total)
            bar.move(headway.done)

        options = IngestOptions(collection, prune, replace, watch if bar.wanted else None)
        for report in _until_stopped(app.ingest(sources, options)):
            bar.end()
            reports.append(report)
            if not json_:
                _tell(report, everything=invocation.verbosity > 0, quiet=invocation.verbosity < 0)
    if json_:
        echo_json({"sources": [_record(report) for report in reports]})
    if any(report.skipped for report in reports):
        context.exit(IN_PART)


def _tell(report: Report, *, everything: bool, quiet: bool) -> None:
    click.echo(f"{one_line(report.source)}: {_counts(report)}")
    if quiet:
        return
    shown = len(report.skipped) if everything else REASONS_SHOWN
    for skipped in report.skipped[:shown]:
        click.echo(f"  skipped {one_line(skipped.location)}: {one_line(skipped.reason)}", err=True)
    if len(report.skipped) > shown:
        click.echo(f"  and {len(report.skipped) - shown} more skipped; -v shows all", err=True)
    for remark in report.notes:
        click.echo(f"  {one_line(remark)}", err=True)
    if report.vanished and not report.removed:
        click.echo("  vanished articles stay in the library; --prune removes them", err=True)


def _counts(report: Report) -> str:
    copies = f"{report.copies} {'copy' if report.copies == 1 else 'copies'}"
    counts = [f"{report.added} added", f"{report.updated} updated", f"{report.unchanged} unchanged", copies]
    if report.removed:
        counts.append(f"{report.removed} removed")
    elif report.vanished:
        counts.append(f"{report.vanished} vanished")
    return ", ".join([*counts, f"{len(report.skipped)} skipped"])


def _record(report: Report) -> dict[str, Any]:
    return {
        "source": report.source,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "copies": report.copies,
        "removed": report.removed,
        "vanished": report.vanished,
        "skipped": [{"location": skipped.location, "reason": skipped.reason} for skipped in report.skipped],
        "notes": list(report.notes),
    }


def _until_stopped(reports: Iterator[Report]) -> Iterator[Report]:
    try:
        yield from reports
    except KeyboardInterrupt:
        click.echo("Stopped. What was read so far can be found; the same command goes on from there.", err=True)
        raise
