from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = {  # and the extras that each holds
    "requirements.txt": (),
    "requirements-dev.txt": ("dev",),
    "requirements-training.txt": ("dev", "training"),
}
ROOMS = ("bot", "config", "prompts", "retrieval")


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_brings_a_package_of_our_names(room: str) -> None:
    # Such plain names would be shadowed, or shadow, in silence.
    assert set(packages_distributions().get(room, [])) <= {"footnote"}


@pytest.mark.parametrize("name", list(LOCKS))
def test_every_locked_requirement_is_pinned_and_hashed_and_no_address_is_named(name: str) -> None:
    text = (ROOT / ".ci" / name).read_text("utf-8")
    requirements = [line for line in text.replace("\\\n", " ").splitlines() if line[:1] not in ("", "#", " ")]
    assert len(requirements) > 50
    for requirement in requirements:
        assert re.match(r"[A-Za-z0-9._-]+(\[[^\]]+\])?==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text
    assert "--index-url" not in text


@pytest.mark.parametrize("name", list(LOCKS))
def test_the_lock_holds_every_declared_dependency(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = list(project["dependencies"])
    for extra in LOCKS[name]:
        declared += project["optional-dependencies"][extra]
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==", (ROOT / ".ci" / name).read_text("utf-8"), re.M))
    for requirement in declared:
        wanted = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert wanted and re.sub(r"[-_.]+", "-", wanted[0]).lower() in locked, requirement


def test_importing_the_command_loads_nothing_heavy() -> None:
    # Each of these costs from a tenth of a second to several; --help must not pay for them.
    heavy = (
        "chromadb tantivy trafilatura sqlalchemy onnxruntime tokenizers langchain_core langchain_openai openai numpy"
    )
    heavy += " rich prompt_toolkit pypdf docx feedparser httpx pydantic dateparser lxml"
    code = f"import sys, bot.cli; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == ""


def test_the_module_runs_as_the_command_does() -> None:
    run = subprocess.run([sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(r"footnote \d+\.\d+\.\d+\s*", run.stdout)
