from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from config import ConfigError, Secrets, read_secrets
from config.secrets import VARIABLES


def value(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def test_the_key_comes_from_the_environment() -> None:
    secrets = read_secrets(None, {"OPENAI_API_KEY": "sk-environment"})
    assert value(secrets.openai_api_key) == "sk-environment"
    assert secrets.origins == {"OPENAI_API_KEY": "environment"}


def test_the_secrets_of_slack_are_read_by_their_names() -> None:
    environ = {
        "SLACK_BOT_TOKEN": " xoxb-1 \n",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_SIGNING_SECRET": "0a1b",
        "SLACK_CLIENT_SECRET": "not ours",
    }
    secrets = read_secrets(None, environ)
    found = (secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret, secrets.openai_api_key)
    assert [value(secret) for secret in found] == ["xoxb-1", "xapp-1", "0a1b", None]
    assert set(secrets.origins) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}


def test_a_file_that_is_named_outweighs_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("# ours\nexport OPENAI_API_KEY='sk-file'\nOTHER=1\n")
    environ = {"OPENAI_API_KEY": "sk-environment", "FOOTNOTE_SECRETS": str(file)}
    for secrets in (read_secrets(file, {}), read_secrets(None, environ)):
        assert value(secrets.openai_api_key) == "sk-file"
        assert secrets.origins == {"OPENAI_API_KEY": str(file)}


def test_a_file_without_the_key_leaves_the_environment_in_force(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("OPENAI_API_KEY=\nSLACK_BOT_TOKEN=xoxb-file\n")
    assert read_secrets(file, {}).openai_api_key is None
    secrets = read_secrets(file, {"OPENAI_API_KEY": "sk", "SLACK_BOT_TOKEN": "xoxb-environment"})
    assert secrets.origins == {"OPENAI_API_KEY": "environment", "SLACK_BOT_TOKEN": str(file)}
    assert value(secrets.slack_bot_token) == "xoxb-file"


def test_without_any_there_are_none() -> None:
    assert read_secrets(None, {}) == Secrets()


@pytest.mark.parametrize("variable", VARIABLES)
def test_secrets_do_not_show(variable: str) -> None:
    secrets = read_secrets(None, {variable: "xoxb-very-secret"})
    assert value(getattr(secrets, variable.lower())) == "xoxb-very-secret"
    assert "very-secret" not in f"{secrets!r} {secrets}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read_secrets(tmp_path / "nowhere", {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_secrets(tmp_path / "binary", {})


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("key", ["sk-schl\u00fcssel", "sk-a\nb", "sk-\u2026"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(variable: str, key: str) -> None:
    with pytest.raises(ConfigError, match=variable) as refused:
        read_secrets(None, {variable: key})
    assert key not in str(refused.value)
