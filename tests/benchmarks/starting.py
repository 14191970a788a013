"""How long the commands take to start, against the imports that they cannot do without, and what serving costs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import workers
from tests.benchmarks.datasets import Dataset
from tests.benchmarks.tables import Grid, Section
from tests.benchmarks.workers import ROOT, telling

_HELP_RUNS, _ASK_RUNS = 10, 5
_SEARCHES, _ASKS = 200, 20
_SAMPLES = ROOT / "tests" / "articles"
_QUESTION = "What did the council decide about the harbour bridge?"
_OWN = ("bot", "retrieval", "prompts", "config", "__main__", "__mp_main__")
_RECORD = f"""
import sys
file, sys.argv = sys.argv[1], ["footnote", *sys.argv[2:]]
from bot.cli import main
try:
    main()
finally:
    of_others = [
        name for name, module in sys.modules.items()
        if name.partition(".")[0] not in sys.stdlib_module_names | set({_OWN!r})
        and getattr(getattr(module, "__spec__", None), "origin", None)
    ]
    with open(file, "w", encoding="utf-8") as stream:
        print("from importlib import import_module", file=stream)
        print("missing = []", file=stream)
        print(f"for name in {{of_others!r}}:", file=stream)
        print("    try:", file=stream)
        print("        import_module(name)", file=stream)
        print("    except ImportError:", file=stream)
        print("        missing.append(name)", file=stream)
        print("print(len(missing))", file=stream)
        print(f"# {{len(of_others)}} modules", file=stream)
"""


def measure(folder: Path) -> Section:
    """Seconds of ``footnote --help`` and of a cold ``footnote ask`` on the sample articles."""
    footnote = str(Path(sys.executable).parent / "footnote")
    sample, imports = folder / "sample", folder / "imports.py"
    folder.mkdir(parents=True, exist_ok=True)
    asking = ["ask", "--library", str(sample), "-s", "chat.model=none", _QUESTION]
    telling("start: the sample library")
    _run([footnote, "ingest", "--library", str(sample), str(_SAMPLES)], accepted=(0, 5))
    _run([sys.executable, "-c", _RECORD, str(imports), *asking])
    missing = int(_run([sys.executable, str(imports)]))
    count = int(imports.read_text(encoding="utf-8").rpartition("# ")[2].split()[0])
    telling("start: --help and ask, several times")
    help_ = [_seconds([footnote, "--help"]) for _ in range(_HELP_RUNS)]
    asks, bare = [], []
    for _ in range(_ASK_RUNS):
        asks.append(_seconds([footnote, *asking]))
        bare.append(_seconds([sys.executable, str(imports)]))
    ratio = statistics.median(asks) / statistics.median(bare)
    figures = {"help": help_, "ask": asks, "imports": bare, "ratio": ratio, "modules": count, "not_imported": missing}
    rows = [
        (what, statistics.median(seconds), min(seconds), max(seconds), wanted)
        for what, seconds, wanted in (
            (f"footnote --help ({_HELP_RUNS} runs)", help_, "0.3"),
            (f"footnote ask, a new process ({_ASK_RUNS} runs)", asks, "aim 1.5"),
            (f"the third-party imports of that ask ({_ASK_RUNS} runs)", bare, ""),
        )
    ]
    notes = [
        f"ask : imports = {ratio:.2f} (wanted: at most 1.6). Files are in the system's cache, processes are new.",
        f"{count} modules, of which {missing} cannot be imported by name.",
    ]
    return Section(figures, [Grid("Start, seconds", ("", "median", "least", "most", "wanted"), rows, notes)])


def serving(dataset: Dataset, folder: Path) -> Section:
    """The memory of a process that has searched and answered for a while."""
    questions = dataset.asked * (_SEARCHES // len(dataset.asked) + 1)
    telling(f"memory of a process that serves {dataset.name}")
    with workers.ours(folder / "ours") as worker:
        worker.do("search", questions=questions[:_SEARCHES], filters=[{}] * _SEARCHES)
        seconds = worker.do("ask", questions=questions[:_ASKS])
        memory: dict[str, Any] = worker.do("memory")
    rows = [
        ("resident now", memory["now"], "aim 700"),
        ("of it no mapped file", memory["own"], ""),
        ("largest so far", memory["peak"], ""),
    ]
    notes = [f"{_SEARCHES} searches, then {_ASKS} questions answered in {seconds / _ASKS * 1000:.0f} ms each."]
    figures = {"dataset": dataset.name, "megabytes": memory, "seconds_an_answer": seconds / _ASKS}
    return Section(figures, [Grid(f"Memory while serving {dataset.name}, MB", ("", "MB", "wanted"), rows, notes)])


def _seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    _run(command)
    return time.perf_counter() - began


def _run(command: Sequence[str], accepted: Sequence[int] = (0,)) -> str:
    """What the command prints; a SystemExit where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode not in accepted:
        raise SystemExit(f"{' '.join(command[:3])} ended with status {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout
