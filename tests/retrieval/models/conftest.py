from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.retrieval.models.questions import write_training_texts

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples that mining makes of the questions over the sample articles."""
    folder = tmp_path_factory.mktemp("mining")
    write_training_texts(folder)
    script = ROOT / "retrieval" / "models" / "reader" / "mining.py"
    subprocess.run([sys.executable, str(script), str(folder), str(folder / "examples.jsonl.gz")], check=True)
    return folder / "examples.jsonl.gz"
