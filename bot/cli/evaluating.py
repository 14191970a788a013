"""``eval``: how good the answers to gold questions are, how surely, and whether that is good enough."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.answers import BotError
from bot.cli.edge import GATE
from bot.cli.invocation import Invocation, as_json, everywhere, note
from bot.cli.printing import echo_json, one_line
from bot.cli.progress import Bar
from bot.cli.targeting import Gates, Target, gating, targeting

if TYPE_CHECKING:
    from bot.app import App
    from bot.evaluation.comparing import Comparison
    from bot.evaluation.evaluating import Evaluation

LISTED = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation came to: its scores, the run it was compared with, by name, and the gates not met."""

    evaluation: Evaluation
    comparison: tuple[str, Comparison] | None
    unmet: tuple[str, ...]


@click.command("eval")
@targeting
@gating
@as_json
@everywhere
@click.pass_context
def evaluate(context: click.Context, target: Target, gates: Gates, json_: bool) -> None:
    """Say how good the answers to the questions of GOLD are.

    GOLD is a gold.jsonl file, or the folder of a finished run, whose rows are then measured again without asking.
    The run's folder keeps what was asked of what, every reply, the scores and report.html; a run that was stopped
    goes on with the same --out. A chat model is asked only where chat.model names one.
    """
    from bot.evaluation import runs
    from bot.evaluation.comparing import compare
    from bot.evaluation.gating import below, got_worse

    invocation: Invocation = context.obj
    others = {folder: runs.load(folder) for folder in (gates.compare, gates.not_worse) if folder}
    evaluation = evaluation_of(invocation, target)
    run = evaluation.run
    compared = {folder: compare(run.rows, other.rows, run.price) for folder, other in others.items()}
    for folder, paired in compared.items():
        if not paired.n:
            raise BotError(f"the run in {folder} has no question in common with this one")
    unmet = list(below(evaluation.measured, gates.floors))
    if gates.not_worse:
        unmet += got_worse(compared[gates.not_worse], str(gates.not_worse))
    shown = gates.compare or gates.not_worse
    comparison = (str(shown), compared[shown]) if shown else None
    _tell(invocation, Result(evaluation, comparison, tuple(unmet)), json_)
    if unmet:
        context.exit(GATE)


def evaluation_of(invocation: Invocation, target: Target) -> Evaluation:
    """The finished run that the target is, or a new one of its questions."""
    if not target.gold.is_dir():
        return _run(invocation, target)
    if target.articles or target.out or target.overwrite:
        raise click.UsageError("a finished run is measured where it is: no --articles, --out or --overwrite with it")
    from bot.evaluation import runs
    from bot.evaluation.evaluating import measured

    return measured(runs.load(target.gold))


def _run(invocation: Invocation, target: Target) -> Evaluation:
    """Ask all questions of the gold file, on the library of this call or on one made for it in the run's folder."""
    from bot.app import open_app
    from bot.evaluation import runs
    from bot.evaluation.evaluating import evaluate, for_evaluation, on_folders_alone
    from bot.evaluation.gold import read_gold

    file = read_gold(target.gold)
    settings = invocation.settings()
    folder = target.out or _new_folder(Path(settings.library.path) / "evaluations", target.gold)
    runs.require_usable(folder)
    if target.articles:
        settings = on_folders_alone(replace(invocation, library=folder / runs.LIBRARY).settings())
    with (
        nothing_half_done(folder),
        open_app(for_evaluation(settings), invocation.secrets()) as app,
        Bar(invocation, "questions") as bar,
    ):
        if target.articles:
            if (folder / runs.RUN).is_file() and not target.overwrite:
                _require_same_sources(app, target.articles, folder)
            _ingest(invocation, app, target.articles)

        def watch(done: int, total: int) -> None:
            if not bar.shown:
                bar.begin(target.gold.name, total, done)
            bar.move(done)

        try:
            return evaluate(app, file, folder, overwrite=target.overwrite, progress=watch)
        except KeyboardInterrupt:
            if (folder / runs.RUN).is_file():
                there = shlex.quote(str(folder))
                click.echo(f"Stopped. The same command with --out {there} goes on from there.", err=True)
            raise


def _new_folder(parent: Path, gold: Path) -> Path:
    """A folder that is not there yet, named after the gold file and the time."""
    name = f"{gold.name.split('.')[0]}-{datetime.now():%Y%m%d-%H%M%S}"
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(parent / one for one in names if not (parent / one).exists())


@contextmanager
def nothing_half_done(folder: Path) -> Iterator[None]:
    """Take away what was made for a run that ended in an error before it began, such as a library of its own.

    Folders above it go only if they are new and empty: another run may have been begun in them meanwhile.
    """
    from bot.evaluation import runs

    library = folder / runs.LIBRARY
    made = [path for path in (library, folder, *folder.parents) if not path.exists()]
    try:
        yield
    except Exception:
        if not (folder / runs.RUN).is_file():
            if library in made:
                shutil.rmtree(library, ignore_errors=True)
            for path in made:
                with suppress(OSError):
                    path.rmdir()
        raise


def _require_same_sources(app: App, sources: tuple[str, ...], folder: Path) -> None:
    """A BotError where the run that stands in the folder was made of other sources, before they are taken from it."""
    from bot.app import source_uri

    if {source.uri for source in app.library.sources.all()} != {source_uri(source) for source in sources}:
        raise BotError(f"{folder} holds a run on other articles; name another folder, or --overwrite it")


def _ingest(invocation: Invocation, app: App, sources: tuple[str, ...]) -> None:
    """Make the library of this run hold these articles and no others; what it holds already is not embedded again."""
    from bot.app import Headway, IngestOptions, source_uri

    wanted = {source_uri(source) for source in sources}
    for source in app.library.sources.all():
        if source.uri not in wanted:
            app.remove_source(source.uri)
    with Bar(invocation) as bar:

        def watch(headway: Headway) -> None:
            if headway.done == 0:
                bar.begin(headway.source, headway.total)
            bar.move(headway.done)

        for report in app.ingest(sources, IngestOptions(prune=True, progress=watch if bar.wanted else None)):
            bar.end()
            read = report.added + report.updated + report.unchanged
            lines = [f"{one_line(report.source)}: {read} articles, {len(report.skipped)} skipped"]
            lines += [f"  skipped {one_line(s.location)}: {one_line(s.reason)}" for s in report.skipped[:LISTED]]
            note(invocation, lines)


def _tell(invocation: Invocation, result: Result, json_: bool) -> None:
    """Print the scores, and on stderr what failed and which gates are not met."""
    from bot.cli.scoreboard import comparison_record, show
    from bot.evaluation.evaluating import scores

    evaluation = result.evaluation
    report = _report(result)
    record = scores(evaluation)
    if json_:
        compared = comparison_record(*result.comparison) if result.comparison else None
        echo_json({**record, "report": str(report), "comparison": compared, "unmet": list(result.unmet)})
    else:
        show(evaluation, result.comparison)
        click.echo(f"Report: {report}")
    failed = record["failed"]
    many = "1 question failed, wholly or in part, and counts" if len(failed) == 1 else ""
    many = many or f"{len(failed)} questions failed, wholly or in part, and count"
    lines = [f"{many} all the same:"] if failed else []
    lines += [f"  {one_line(one['id'])}: {one_line(one['reason'])}" for one in failed[:LISTED]]
    lines += [f"  and {len(failed) - LISTED} more, see the report"] if len(failed) > LISTED else []
    note(invocation, lines)
    for line in result.unmet:
        click.echo(f"footnote: {one_line(line)}", err=True)


def _report(result: Result) -> Path:
    """Write the report into the run's folder, and beside it the one with a comparison, if there is any."""
    from bot.evaluation import runs
    from bot.evaluation.report import Page, write_report

    run = result.evaluation.run
    page = Page(
        title=str(run.spec.gold["file"]),
        made=run.started,
        rows=run.rows,
        measured=dict(result.evaluation.measured),
        settings=run.spec.settings,
        versions=run.spec.versions,
        gates=result.unmet,
    )
    write_report(page, run.folder / runs.REPORT)
    if result.comparison is None:
        return run.folder / runs.REPORT
    other, comparison = result.comparison
    compared = run.folder / runs.compared_report(Path(other).resolve().name)
    write_report(replace(page, comparison=comparison), compared)
    return compared
