"""The gate that .ci/run holds the built wheel to, and proof that it shuts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import footnote
from retrieval.articles import Hit
from retrieval.search import Search

GOLD = Path(__file__).parents[2] / "gold.jsonl"
GATES = GOLD.with_name("gates.txt")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Path:
    """The library of all sample articles, made by the real command."""
    folder = tmp_path_factory.mktemp("library")
    command = ["ingest", str(articles_folder), "--library", str(folder)]
    result = CliRunner().invoke(footnote, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


def gated(library: Path, run: Path) -> Result:
    """``footnote eval`` on our own gold questions, with a --fail-under for each line of gates.txt."""
    floors = [word for gate in GATES.read_text("utf-8").split() for word in ("--fail-under", gate)]
    command = ["eval", str(GOLD), "--library", str(library), "--out", str(run), *floors]
    return CliRunner().invoke(footnote, command, catch_exceptions=False)


def test_the_bot_passes_its_own_gate(library: Path, tmp_path: Path) -> None:
    result = gated(library, tmp_path / "run")
    assert result.exit_code == 0, result.stderr


def test_a_reversed_ranking_does_not_pass(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault injection: the one method that ranks hands its hits out last first; everything else is as it is."""
    find = Search.find

    def reversed_find(*asked: Any, **narrowed: Any) -> tuple[tuple[Hit, ...], Mapping[str, float]]:
        hits, timings = find(*asked, **narrowed)
        return hits[::-1], timings

    monkeypatch.setattr(Search, "find", reversed_find)
    result = gated(library, tmp_path / "run")
    assert result.exit_code == 3
    assert "failed" not in result.stderr
    unmet = [line.removeprefix("footnote: ").split(" is ")[0] for line in result.stderr.splitlines() if " is " in line]
    assert {"hit@1", "mrr@10"} <= set(unmet)
    assert set(unmet) <= {gate.partition("=")[0] for gate in GATES.read_text("utf-8").split()}
