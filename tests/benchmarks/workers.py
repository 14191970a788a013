"""A pipeline in a process of its own, told what to do by one JSON line at a time, so that two can take turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "TQDM_DISABLE": "1",
}
Commands = Mapping[str, Callable[..., Any]]


class Worker:
    """A process that runs ``python -m MODULE ARGUMENT…`` and ``serve``s commands until the block ends."""

    def __init__(self, python: Path, module: str, *arguments: str | Path) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [str(python), "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **QUIET},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def do(self, command: str, **parameters: Any) -> Any:
        """The answer to one command; a SystemExit where the process died over it (its own words are on stderr)."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"command": command, "parameters": parameters}) + "\n")
            self._process.stdin.flush()
            reply = self._process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        if not reply:
            raise SystemExit(f"{self._module} ended during “{command}” with status {self._process.wait()}")
        return json.loads(reply)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def ours(library: Path, *settings: str) -> Worker:
    """This project on a library, with settings as ``-s`` takes them."""
    return Worker(Path(sys.executable), "tests.benchmarks.ours", library, *settings)


def stock(python: Path, folder: Path) -> Worker:
    """The stock pipeline, run by the interpreter of its environment."""
    return Worker(python, "tests.benchmarks.stock", folder)


def serve(commands: Commands) -> None:
    """Do what the lines on standard input say until they end; whatever a library prints goes to stderr."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)
        for line in sys.stdin:
            wanted = json.loads(line)
            replies.write(json.dumps(commands[wanted["command"]](**wanted["parameters"])) + "\n")
            replies.flush()


def telling(what: str) -> None:
    """Say on stderr what is being done."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
