"""Settings that a command writes for a library; what people wrote beside them, and their comments, stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.layers import LIBRARY_FILE, ConfigError


def set_in_library(folder: Path, key: str, value: Any) -> Path:
    """Set ``section.name`` in the settings file of the library folder, whole or not at all; returns the file."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = folder / LIBRARY_FILE
    section, _, name = key.partition(".")
    try:
        document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
        document.setdefault(section, tomlkit.table())[name] = value
        written = file.with_suffix(".new")
        written.write_text(tomlkit.dumps(document), "utf-8")
        written.replace(file)
    except OSError as error:
        raise ConfigError(f"cannot write the settings file {file}: {error.strerror}") from None
    except (TOMLKitError, UnicodeDecodeError, TypeError) as error:
        raise ConfigError(f"{file} is not a settings file: {error}") from None
    return file
