"""One evaluation from a gold file to scores: check the gold, ask what is not asked yet, measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.answers import BotError
from bot.app import App
from bot.evaluation import runs
from bot.evaluation.checking import anchors
from bot.evaluation.gold import GoldFile
from bot.evaluation.judging import LEXICAL, Judge, chat_judge, lexical
from bot.evaluation.metrics import Measured, measure
from bot.evaluation.rows import Row
from bot.evaluation.running import Question, Runner
from bot.evaluation.runs import Run
from config import Settings
from retrieval.articles import Filters

_RETRIES = 8  # at least, of a request that the chat model's server refuses for now

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished run and its metrics."""

    run: Run
    measured: Mapping[str, Measured]


def for_evaluation(settings: Settings) -> Settings:
    """The settings that an evaluation asks with: a chat model only where one is named, and patience with it."""
    chat = settings.chat
    model = "none" if chat.model == "auto" else chat.model
    patient = chat.model_copy(update={"model": model, "max_retries": max(chat.max_retries, _RETRIES)})
    return settings.model_copy(update={"chat": patient})


def on_folders_alone(settings: Settings) -> Settings:
    """The same settings without the servers that hold a library in use, for one that is made for a run."""
    from pydantic import SecretStr

    library = settings.library.model_copy(update={"database_url": SecretStr("")})
    return settings.model_copy(update={"library": library, "chroma": settings.chroma.model_copy(update={"url": ""})})


def evaluate(
    app: App, file: GoldFile, folder: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> Evaluation:
    """Ask the app every question of a gold file and measure the replies; the folder keeps all of it.

    A run that was stopped in this folder goes on where it stopped. Raises BotError before anything is asked or written
    where the gold names articles, collections or quotes that are not in the library, or the chat model cannot be asked
    at all; and later where it fails again and again.
    """
    if not app.library.catalogue.count():
        raise BotError(f"the library in {app.folder} holds no articles to ask; footnote ingest SOURCE adds some")
    where = anchors(file, app.library)
    runner = _runner(app)
    spec = runs.spec(app.settings, app.library, file.path, len(file.questions))
    run = runs.begin(folder, spec, overwrite=overwrite)
    kept = {row.gold.id: row for row in run.rows}
    tell = progress or (lambda done, total: None)
    tell(len(kept), len(file.questions))
    questions = [Question(gold, anchor) for gold, anchor in zip(file.questions, where, strict=True)]
    with runs.keeping(run) as keep:

        def done(row: Row) -> None:
            keep(row)
            kept[row.gold.id] = row
            tell(len(kept), len(file.questions))

        try:
            runner.run([question for question in questions if question.gold.id not in kept], done)
        except BotError as error:
            raise BotError(f"{error}; what was answered is kept, and --out {folder} goes on from there") from None
    rows = tuple(kept[question.gold.id] for question in questions)
    evaluation = measured(replace(run, rows=rows))
    runs.finish(run, rows, scores(evaluation))
    return evaluation


def measured(run: Run) -> Evaluation:
    """The metrics of a run's rows."""
    return Evaluation(run, measure(run.rows, run.price, seed=int(run.spec.settings["seed"])))


def scores(evaluation: Evaluation) -> dict[str, Any]:
    """The metrics of a run and what made them, as ``eval --json`` prints them."""
    run = evaluation.run
    return {
        "n": len(run.rows),
        "metrics": {
            name: {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
            for name, one in evaluation.measured.items()
        },
        "settings": dict(run.spec.settings),
        "versions": dict(run.spec.versions),
        "gold": dict(run.spec.gold),
        "per_question": str(run.folder / runs.ROWS),
        "failed": [{"id": row.gold.id, "reason": reason} for row in run.rows if (reason := failure(row))],
    }


def failure(row: Row) -> str | None:
    """What went wrong with one question, be it that it got no reply or not the one it should have got."""
    chat = row.reply.chat_failure if row.reply else None
    return row.failed or (f"the chat model did not answer: {chat}" if chat else row.unjudged)


def _runner(app: App) -> Runner:
    """The runner for this app's settings; without a chat model nothing is gained by asking in several threads.

    What "last week" means must not change with the day of the run: it counts from the newest article of the past.
    """
    settings = app.settings
    name = settings.evaluation.judge
    judge: Judge = lexical if name == LEXICAL else chat_judge(app.chat_composer(name))
    chatting = settings.chat.model != "none" or name != LEXICAL
    newest = app.library.catalogue.newest(Filters(until=date.today()), 1)
    return Runner(
        app,
        judge,
        concurrency=settings.evaluation.concurrency if chatting else 1,
        today=newest[0].published if newest else None,
    )
