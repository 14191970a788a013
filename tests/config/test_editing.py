from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, load, set_in_library


def test_a_setting_is_written_for_the_library_and_is_in_force_there(tmp_path: Path) -> None:
    set_in_library(tmp_path, "answer.threshold", 0.61)
    assert load(library=tmp_path, environ={}).answer.threshold == 0.61
    set_in_library(tmp_path, "answer.threshold", 0.7)
    assert load(library=tmp_path, environ={}).answer.threshold == 0.7


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# ours\n[search]\nhits = 20  # more\n\n[answer]\nsentences = 2\nthreshold = 0.4  # old\n", "utf-8")
    set_in_library(tmp_path, "answer.threshold", 0.61)
    assert file.read_text("utf-8") == (
        "# ours\n[search]\nhits = 20  # more\n\n[answer]\nsentences = 2\nthreshold = 0.61  # old\n"
    )


@pytest.mark.parametrize("text", ["answer = 3\n", "[answer\n", "[[answer]]\nx = 1\n"])
def test_a_file_that_is_no_settings_file_is_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"settings\.toml"):
        set_in_library(tmp_path, "answer.threshold", 0.61)
    assert file.read_text("utf-8") == text


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        set_in_library(tmp_path / "nowhere", "answer.threshold", 0.61)
