from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, read_secrets


def test_the_key_comes_from_the_environment() -> None:
    secrets = read_secrets(None, {"OPENAI_API_KEY": "sk-environment"})
    assert secrets.openai_api_key is not None
    assert secrets.openai_api_key.get_secret_value() == "sk-environment"
    assert secrets.openai_api_key_from == "environment"


def test_a_file_that_is_named_outweighs_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("# ours\nexport OPENAI_API_KEY='sk-file'\nOTHER=1\n")
    environ = {"OPENAI_API_KEY": "sk-environment", "FOOTNOTE_SECRETS": str(file)}
    for secrets in (read_secrets(file, {}), read_secrets(None, environ)):
        assert secrets.openai_api_key is not None
        assert secrets.openai_api_key.get_secret_value() == "sk-file"
        assert secrets.openai_api_key_from == str(file)


def test_a_file_without_the_key_leaves_the_environment_in_force(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("OPENAI_API_KEY=\n")
    assert read_secrets(file, {}).openai_api_key is None
    assert read_secrets(file, {"OPENAI_API_KEY": "sk"}).openai_api_key_from == "environment"


def test_secrets_do_not_show() -> None:
    assert "sk-environment" not in repr(read_secrets(None, {"OPENAI_API_KEY": "sk-environment"}))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read_secrets(tmp_path / "nowhere", {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_secrets(tmp_path / "binary", {})


@pytest.mark.parametrize("key", ["sk-schl\u00fcssel", "sk-a\nb", "sk-\u2026"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as refused:
        read_secrets(None, {"OPENAI_API_KEY": key})
    assert key not in str(refused.value)
