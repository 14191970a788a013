"""The stock pipeline's own virtual environment: PyTorch and what comes with it stays out of this project's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_FOLDER = _HERE / ".venv"
_REQUIREMENTS = _HERE / "requirements.txt"


def stock_python() -> Path:
    """The interpreter of that environment, which is made where it is missing or its requirements have changed."""
    python, stamp = _FOLDER / "bin" / "python", _FOLDER / "installed"
    wanted = _REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    sys.stderr.write(f"installing the stock pipeline into {_FOLDER.relative_to(_HERE.parents[1])}: some minutes\n")
    for command in (
        [sys.executable, "-m", "venv", str(_FOLDER)],
        [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r", str(_REQUIREMENTS)],
    ):
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise SystemExit(f"the stock pipeline could not be installed: {' '.join(command)}")
    stamp.write_text(wanted, encoding="utf-8")
    return python
