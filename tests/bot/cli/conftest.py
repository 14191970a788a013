"""A small library of three articles, made by the real command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import footnote

Footnote = Callable[..., Result]

ARTICLES = {
    "bridge.md": """\
---
title: Sorne bridge to close for nine months
author: Ada Quill
source: Harbour Post
date: 2026-05-03
url: https://example.org/sorne-bridge
---
The Sorne bridge will close for nine months from 1 September, the town council of Aldmere decided on Saturday.

The repair will cost 4.2 million crowns, said Petra Hollin, the council's engineer. Ferries will run every ten minutes.
""",
    "library.md": """\
---
title: Night opening for the Aldmere library
author: Bram Tolliver
source: Aldmere Courier
date: 2026-04-12
url: https://example.org/night-library
---
The public library of Aldmere will stay open until midnight on weekdays, its director Ilse Varga said.

A trial last winter brought in 3,100 visitors after eight in the evening.
""",
    "orchard.md": """\
---
title: Late frost costs growers half the cherry harvest
author: Ada Quill
source: Harbour Post
date: 2025-06-20
---
Growers around Aldmere expect half of their usual cherry harvest after a late frost in April.

The frost of 21 April reached minus five degrees, the coldest April night there in thirty years.
""",
}


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "articles").mkdir()
    for name, text in ARTICLES.items():
        (folder / "articles" / name).write_text(text, "utf-8")
    result = CliRunner().invoke(
        footnote, ["ingest", str(folder / "articles"), "--library", str(folder / "library")], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def folder(made_library: Path, tmp_path: Path) -> Path:
    """A folder with a ``library`` of three articles, for one test to change."""
    shutil.copytree(made_library / "library", tmp_path / "library")
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Footnote:
    """``run("ask", "…")``: the result of the real command on the library of three articles."""
    return on(folder / "library")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of three articles that no library has read yet."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def fresh(tmp_path: Path) -> Footnote:
    """The real command on a library that is still empty."""
    return on(tmp_path / "fresh library")


def on(library: Path) -> Footnote:
    def command(*arguments: str, **given: Any) -> Result:
        return CliRunner().invoke(footnote, [*arguments, "--library", str(library)], **given)

    return command
