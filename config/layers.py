"""The layers that settings come from, in order, and the errors that name the layer at fault."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from config.settings import Settings

PREFIX = "FOOTNOTE__"
LIBRARY_FILE = "settings.toml"
_DESCRIBED = ("string_pattern_mismatch", "value_error", "dict_type")  # errors that a setting's own words say better


class ConfigError(Exception):
    """A setting that cannot be used, in one line that names it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that sets something: its name for the user, and "section.key" to value."""

    name: str
    values: Mapping[str, Any]


def load(
    *,
    library: Path | None = None,
    config_file: Path | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings in force; ``library.path`` is filled in with the folder that is used."""
    return validate(layers(library=library, config_file=config_file, overrides=overrides, environ=environ))


def layers(
    *,
    library: Path | None = None,
    config_file: Path | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> tuple[Layer, ...]:
    """Every layer, the weakest first: defaults, the library's file, the user's file, the environment, ``-s``."""
    default = _file_layer("default.toml", resources.files("config").joinpath("default.toml").read_text("utf-8"))
    strong = list(_user_layers(default, config_file, overrides, environ))
    folder_layer = _library_folder(library, strong, environ)
    folder = Path(folder_layer.values["library.path"])
    weak = [default]
    if (folder / LIBRARY_FILE).is_file():
        layer = _read(folder / LIBRARY_FILE, default)
        if "library.path" in layer.values:
            raise ConfigError(f"{layer.name}: library.path cannot be set inside the library itself")
        weak.append(layer)
    return (*weak, *strong, folder_layer)


def validate(given: Sequence[Layer]) -> Settings:
    """The settings that ``given`` layers make together; a ConfigError names the first key at fault and its layer."""
    tree: dict[str, dict[str, Any]] = {}
    for layer in given:
        for key, value in layer.values.items():
            section, _, name = key.partition(".")
            tree.setdefault(section, {})[name] = value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in problem["loc"][:2])
        field = _field(key)
        message = problem["msg"].removeprefix("Input ").removeprefix("String ")
        is_inside = len(problem["loc"]) > 2  # the type that it should have is not the setting's
        if field is not None and field.description and (is_inside or problem["type"] in _DESCRIBED):
            message = f"should be {field.description}"
        shown = "" if field is None or field.annotation is SecretStr else f", not {problem['input']!r}"
        raise ConfigError(f"setting {key} ({origins(given).get(key, 'missing')}) {message}{shown}") from None


def origins(given: Iterable[Layer]) -> dict[str, str]:
    """For every key, the name of the layer whose value is in force."""
    return {key: layer.name for layer in given for key in layer.values}


def _user_layers(
    default: Layer, config_file: Path | None, overrides: Sequence[str], environ: Mapping[str, str]
) -> Iterable[Layer]:
    if config_file is None and environ.get("FOOTNOTE_CONFIG"):
        config_file = Path(environ["FOOTNOTE_CONFIG"]).expanduser()
    if config_file is not None:
        yield _read(config_file, default)
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower().replace("__", ".", 1)
            yield _assigned(variable, key, environ[variable], default)
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"-s {override}: expected section.key=value")
        yield _assigned("-s", key.strip(), value.strip(), default)


def _library_folder(library: Path | None, strong: Sequence[Layer], environ: Mapping[str, str]) -> Layer:
    """Where the library is: ``--library``, a layer's library.path, FOOTNOTE_LIBRARY, or the user's data folder."""
    name, path = "--library", library
    if path is None:
        for layer in reversed(strong):
            if set_path := layer.values.get("library.path"):
                name, path = layer.name, Path(str(set_path))
                break
    if path is None and environ.get("FOOTNOTE_LIBRARY"):
        name, path = "FOOTNOTE_LIBRARY", Path(environ["FOOTNOTE_LIBRARY"])
    if path is None:
        import platformdirs

        name, path = "the platform's user data folder", platformdirs.user_data_path("footnote", appauthor=False)
    return Layer(name, {"library.path": str(path.expanduser().absolute())})


def _read(file: Path, default: Layer) -> Layer:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read the settings file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the settings file {file} is not UTF-8 text") from None
    return _known(_file_layer(str(file), text), default)


def _file_layer(name: str, text: str) -> Layer:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not TOML: {str(error).splitlines()[0]}") from None
    values: dict[str, Any] = {}
    for section, entries in tree.items():
        if not isinstance(entries, dict):
            raise ConfigError(f"{name}: {section} stands outside a [section]")
        values.update({f"{section}.{key}": value for key, value in entries.items()})
    return Layer(name, values)


def _assigned(name: str, key: str, text: str, default: Layer) -> Layer:
    """One value given as text: words where the default is words, else as TOML, and a list also as a,b,c."""
    layer = _known(Layer(name, {key: text}), default)
    like = default.values[key]
    if isinstance(like, str):
        return layer
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        parsed = {}
    if set(parsed) == {"value"}:
        return Layer(name, {key: parsed["value"]})
    if isinstance(like, list):
        return Layer(name, {key: [part.strip() for part in text.split(",") if part.strip()]})
    return layer


def _known(layer: Layer, default: Layer) -> Layer:
    for key in layer.values:
        if key not in default.values:
            near = difflib.get_close_matches(key, default.values, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{layer.name}: there is no setting {key}{hint}")
    return layer


def _field(key: str) -> FieldInfo | None:
    section, _, name = key.partition(".")
    holder = Settings.model_fields.get(section)
    fields: dict[str, FieldInfo] = getattr(holder.annotation, "model_fields", {}) if holder else {}
    return fields.get(name)
