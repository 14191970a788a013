from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Footnote = Callable[..., Result]


def keys(run: Footnote) -> list[str]:
    return [record["key"] for record in json.loads(run("conversations", "list", "--json").stdout)]


def test_what_was_said_in_a_chat_is_listed_and_can_be_erased(run: Footnote) -> None:
    assert run("conversations").stdout == ""
    run("chat", input="When does the Sorne bridge close?\nWhy?\n")
    run("chat", input="Who directs the Aldmere library?\n")
    (second, first) = json.loads(run("conversations", "list", "--json").stdout)
    assert {(one["surface"], one["turns"]) for one in (first, second)} == {("chat", 1), ("chat", 2)}
    assert first["last_asked"].endswith("Z")
    lines = run("conversations").stdout.splitlines()
    assert any(line.startswith(f"{first['key']}: ") and "last asked 20" in line for line in lines)
    assert run("conversations", "forget", "--older-than", "1").stdout == "0 turns erased\n"
    assert run("conversations", "forget", first["key"]).exit_code == 0
    assert keys(run) == [second["key"]]
    assert run("conversations", "forget", "--all").exit_code == 0
    assert keys(run) == []


def test_all_erases_what_was_typed_at_a_terminal_too(run: Footnote, folder: Path) -> None:
    typed = folder / "library" / "chat_history"
    typed.write_text("\n# 2026-11-22 12:00:00\n+Who is ill?\n", "utf-8")
    assert run("conversations", "forget", "--older-than", "0").exit_code == 0
    assert typed.exists()
    assert run("conversations", "forget", "--all").exit_code == 0
    assert not typed.exists()
    typed.mkdir()
    result = run("conversations", "forget", "--all")
    assert (result.exit_code, "chat_history cannot be erased" in result.stderr) == (1, True)


def test_reset_erases_what_was_kept(run: Footnote) -> None:
    run("chat", input="When does the Sorne bridge close?\n/reset\n")
    assert keys(run) == []


def test_an_unknown_key_erases_nothing(run: Footnote) -> None:
    run("chat", input="When does the Sorne bridge close?\n")
    (key,) = keys(run)
    result = run("conversations", "forget", key, "slack:C1:1")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "there is no conversation slack:C1:1; nothing was erased" in result.stderr
    assert keys(run) == [key]


def test_what_to_erase_must_be_said_in_one_way(run: Footnote) -> None:
    for arguments in ((), ("key", "--all"), ("--all", "--older-than", "3")):
        assert run("conversations", "forget", *arguments).exit_code == 2
    assert run("conversations", "forget", "--older-than", "-1").exit_code == 2


def test_a_single_question_is_not_kept(run: Footnote) -> None:
    run("ask", "When does the Sorne bridge close?")
    assert keys(run) == []
