"""Secrets: from the environment, or from a file that the user names; they are never printed or logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from pydantic import SecretStr

from config.layers import ConfigError


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must not be shown; each is read from the variable of the same name in capitals.

    ``origins`` says where each one that is set came from: variable name to "environment" or the path of a file.
    """

    openai_api_key: SecretStr | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    origins: Mapping[str, str] = field(default_factory=dict)


VARIABLES = tuple(secret.name.upper() for secret in fields(Secrets) if secret.name != "origins")


def read_secrets(file: Path | None, environ: Mapping[str, str]) -> Secrets:
    """The secrets of ``file`` (or the one that FOOTNOTE_SECRETS names), and the environment's for those it has not.

    The file has KEY=VALUE lines, as a ``.env`` file does. What somebody names outweighs what happens to be set.
    """
    if file is None and environ.get("FOOTNOTE_SECRETS"):
        file = Path(environ["FOOTNOTE_SECRETS"]).expanduser()
    named = _entries(file) if file else {}
    found: dict[str, SecretStr] = {}
    origins: dict[str, str] = {}
    for variable in VARIABLES:
        for place, values in ((str(file), named), ("environment", environ)):
            if text := values.get(variable, "").strip():
                found[variable.lower()] = _usable(variable, text, place)
                origins[variable] = place
                break
    return Secrets(**found, origins=origins)


def _usable(variable: str, text: str, origin: str) -> SecretStr:
    """The secret, which travels in an HTTP header and so must be plain ASCII; what is wrong with it is not shown."""
    if not (text.isascii() and text.isprintable()):
        kind = variable.rpartition("_")[2].lower()
        raise ConfigError(f"{variable} ({origin}) holds characters that no {kind} has; was it copied whole?")
    return SecretStr(text)


def _entries(file: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        with file.open(encoding="utf-8") as stream:
            return {key: value or "" for key, value in dotenv_values(stream=stream, interpolate=False).items()}
    except OSError as error:
        raise ConfigError(f"cannot read the secrets file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the secrets file {file} is not UTF-8 text") from None
