"""Secrets: from the environment, or from a file that the user names; they are never printed or logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from config.layers import ConfigError


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must not be shown, and for each one in words where it came from."""

    openai_api_key: SecretStr | None = None
    openai_api_key_from: str = ""


def read_secrets(file: Path | None, environ: Mapping[str, str]) -> Secrets:
    """The secrets of ``file`` (or the one that FOOTNOTE_SECRETS names), and the environment's for those it has not.

    The file has KEY=VALUE lines, as a ``.env`` file does. What somebody names outweighs what happens to be set.
    """
    if file is None and environ.get("FOOTNOTE_SECRETS"):
        file = Path(environ["FOOTNOTE_SECRETS"]).expanduser()
    if file is not None and (key := _entries(file).get("OPENAI_API_KEY", "").strip()):
        return Secrets(_usable(key, str(file)), str(file))
    if key := environ.get("OPENAI_API_KEY", "").strip():
        return Secrets(_usable(key, "environment"), "environment")
    return Secrets()


def _usable(key: str, origin: str) -> SecretStr:
    """The key, which travels in an HTTP header and so must be plain ASCII; what is wrong with it is not shown."""
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"OPENAI_API_KEY ({origin}) holds characters that no key has; was it copied whole?")
    return SecretStr(key)


def _entries(file: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        with file.open(encoding="utf-8") as stream:
            return {key: value or "" for key, value in dotenv_values(stream=stream, interpolate=False).items()}
    except OSError as error:
        raise ConfigError(f"cannot read the secrets file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the secrets file {file} is not UTF-8 text") from None
