from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Footnote = Callable[..., Result]


def test_a_second_reading_finds_everything_unchanged(fresh: Footnote, articles: Path) -> None:
    first, second = fresh("ingest", str(articles)), fresh("ingest", str(articles))
    assert first.stdout == f"{articles}: 3 added, 0 updated, 0 unchanged, 0 copies, 0 skipped\n"
    assert second.stdout == f"{articles}: 0 added, 0 updated, 3 unchanged, 0 copies, 0 skipped\n"
    assert first.stderr == second.stderr == ""


def test_sources_are_read_again_where_none_is_named(fresh: Footnote, articles: Path) -> None:
    fresh("ingest", str(articles), "--collection", "town")
    bridge = articles / "bridge.md"
    bridge.write_text(bridge.read_text("utf-8").replace("nine months from", "ten months from"), "utf-8")
    assert fresh("ingest").stdout.startswith(f"{articles}: 0 added, 1 updated, 2 unchanged")
    (source,) = json.loads(fresh("sources", "list", "--json").stdout)
    assert (source["uri"], source["collection"], source["articles"]) == (str(articles), "town", 3)


def test_a_relative_path_is_remembered_in_full(fresh: Footnote, articles: Path) -> None:
    here = Path.cwd()
    os.chdir(articles.parent)
    try:
        assert fresh("ingest", "articles").stdout.startswith("articles: 3 added")
    finally:
        os.chdir(here)
    assert fresh("sources").stdout.startswith(f"{articles}: 3 articles, collection default, read ")


def test_a_library_without_sources_says_what_to_do(fresh: Footnote) -> None:
    result = fresh("ingest")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "footnote ingest SOURCE" in result.stderr


def test_a_path_that_does_not_exist_stops_before_anything_is_read(fresh: Footnote, articles: Path) -> None:
    result = fresh("ingest", str(articles), "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "footnote: there is no file or folder nowhere\n"
    assert fresh("articles").stdout == ""


def test_what_is_skipped_is_told_with_its_reason_and_the_rest_goes_on(fresh: Footnote, articles: Path) -> None:
    (articles / "empty.txt").write_text("")
    (articles / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    result = fresh("ingest", str(articles))
    assert result.exit_code == 5
    assert result.stdout == f"{articles}: 3 added, 0 updated, 0 unchanged, 0 copies, 2 skipped\n"
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"  skipped {articles}/") and line.count(": ") >= 1 for line in lines)


def test_many_reasons_are_counted_and_all_are_shown_when_asked_for(fresh: Footnote, articles: Path) -> None:
    for number in range(25):
        (articles / f"empty{number:02}.txt").write_text("")
    lines = fresh("ingest", str(articles)).stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "  and 5 more skipped; -v shows all"
    assert sum("skipped" in line for line in fresh("ingest", str(articles), "-v").stderr.splitlines()) == 25
    assert fresh("ingest", str(articles), "-q").stderr == ""


def test_vanished_articles_stay_until_they_are_pruned(fresh: Footnote, articles: Path) -> None:
    fresh("ingest", str(articles))
    (articles / "orchard.md").unlink()
    result = fresh("ingest", str(articles))
    assert "2 unchanged, 0 copies, 1 vanished" in result.stdout
    assert "--prune removes them" in result.stderr
    assert "1 removed" in fresh("ingest", str(articles), "--prune").stdout
    assert len(fresh("articles").stdout.splitlines()) == 2


def test_ingest_json_tells_what_each_source_gave(fresh: Footnote, articles: Path) -> None:
    (articles / "empty.txt").write_text("")
    result = fresh("ingest", str(articles), "--json")
    assert result.exit_code == 5
    (source,) = json.loads(result.stdout)["sources"]
    assert (source["source"], source["added"], source["updated"], source["removed"]) == (str(articles), 3, 0, 0)
    (skipped,) = source["skipped"]
    assert skipped["location"] == str(articles / "empty.txt")
    assert skipped["reason"]


def test_json_lines_come_from_standard_input(fresh: Footnote) -> None:
    line = json.dumps({"id": "a1", "title": "Fair moves", "text": "The spring fair moves to the harbour. It was time."})
    result = fresh("ingest", "-", input=line + "\n")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("-: 1 added")
    assert "a1" in fresh("articles").stdout


def test_a_terminal_sees_a_progress_bar_and_a_pipe_only_results(tmp_path: Path, articles: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "ingest", "--library", str(tmp_path / "library"), str(articles)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(ours)
        assert process.stdout is not None
        assert process.stdout.read() == f"{articles}: 3 added, 0 updated, 0 unchanged, 0 copies, 0 skipped\n"
    assert b"/3" in shown
