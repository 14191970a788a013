"""``calibrate``: the threshold of confidence, chosen so that answers are wrong no more often than is accepted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.answers import BotError
from bot.cli.evaluating import evaluation_of
from bot.cli.invocation import Invocation, as_json, everywhere, note
from bot.cli.printing import echo_json
from bot.cli.targeting import Target, targeting

if TYPE_CHECKING:
    from bot.evaluation.calibrating import Calibration
    from bot.evaluation.runs import Run

KEY = "answer.threshold"


@click.command()
@targeting
@click.option(
    "--risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    required=True,
    help="The share of answers that may be wrong, as in 0.1.",
)
@click.option("--dry-run", is_flag=True, help="Only say what the threshold would be.")
@as_json
@everywhere
@click.pass_obj
def calibrate(invocation: Invocation, target: Target, risk: float, dry_run: bool, json_: bool) -> None:
    """Set the confidence below which the bot refuses.

    The questions of GOLD are asked as by footnote eval, and the lowest threshold is taken whose answers are wrong in no
    more than the accepted share. It is written into settings.toml of the library. GOLD may also be the folder of a
    finished run of eval on this library.
    """
    from bot.evaluation.calibrating import calibrate as chosen
    from bot.evaluation.runs import LIBRARY
    from config import set_in_library

    evaluation = evaluation_of(invocation, target)
    run = evaluation.run
    calibration = chosen(run.rows, risk, seed=int(run.spec.settings["seed"]))
    before = invocation.settings().answer.threshold
    threshold = calibration.threshold  # rounded up, it would refuse an answer that the figures count
    if target.gold.is_dir():
        _require_same_making(invocation, run)
    folder = run.folder / LIBRARY if target.articles else Path(invocation.settings().library.path)
    file = None if dry_run else set_in_library(folder, KEY, threshold)
    if json_:
        written = {"threshold": threshold, "before": before, "file": str(file) if file else None}
        echo_json({**asdict(calibration), **written, "accepted_risk": risk, "run": str(run.folder)})
    else:
        click.echo("\n".join(_words(calibration, threshold, before)))
        click.echo(f"Written to {file}." if file else "Nothing was written.")
    if not calibration.unanswerable:
        note(invocation, ["No question of this file is unanswerable: what the bot does with such ones was not seen."])
    if file and (now := invocation.settings().answer.threshold) != threshold:
        note(invocation, [f"{KEY} stays {now:g}: a stronger layer sets it, see footnote config."])


def _require_same_making(invocation: Invocation, run: Run) -> None:
    """A run says nothing of a library that it was not made on, nor of confidence as another program computes it."""
    from bot.evaluation.runs import code_version

    if run.spec.versions["code"] != code_version():
        raise BotError(f"the run in {run.folder} was made by another version of Footnote; give the gold file instead")
    with invocation.open() as app:
        if app.library.catalogue.fingerprint() != run.spec.versions["library"]:
            raise BotError(f"the run in {run.folder} was made on another library, or before this one changed")


def _words(calibration: Calibration, threshold: float, before: float) -> list[str]:
    one = calibration
    lines = [
        f"Threshold {threshold:g} (before: {before:g}).",
        f"It rests on {one.n} questions, {one.unanswerable} of them unanswerable.",
        f"It answers {one.answered} ({one.answered / one.n:.0%}), {one.wrong} of them wrongly: {one.risk:.1%}, "
        f"95 % between {one.low:.1%} and {one.high:.1%}.",
    ]
    if one.expected_risk is not None:
        lines.append(
            f"Chosen on four fifths of the articles, it is wrong on the others in {one.expected_risk:.1%} of answers."
        )
    if one.unanswerable:
        lines.append(f"It refuses {one.refused_unanswerable} of the {one.unanswerable} unanswerable questions.")
    return lines
