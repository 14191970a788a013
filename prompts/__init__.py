"""What a chat model is told and what the bot says of its own: one text file for each, and nothing else in them.

``NAME.system.txt`` and ``NAME.human.txt`` are the two roles of a prompt, with ``{variables}``; any other file is a
constant. There is no logic in a prompt, and a user's text only ever fills a variable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources
from string import Formatter


class PromptError(Exception):
    """A prompt that is missing or malformed, in one line that names it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The two roles of one prompt as templates, the variables they need, and a hash of their words.

    ``version`` goes into reports, so that a score names the words that it was reached with.
    """

    name: str
    system: str
    human: str
    variables: frozenset[str]
    version: str


def load(name: str, variables: Collection[str] | None = None) -> Prompt:
    """The prompt of this name; with ``variables``, it must use exactly those, so that a typing error fails at once."""
    system, human = text(f"{name}.system"), text(f"{name}.human")
    used = _variables(f"{name}.system", system) | _variables(f"{name}.human", human)
    if variables is not None and used != set(variables):
        raise PromptError(f"prompt {name!r} uses {_listed(used)}, but is filled with {_listed(variables)}")
    digest = hashlib.sha256(f"{system}\x1f{human}".encode()).hexdigest()[:8]
    return Prompt(name, system, human, used, digest)


def versions() -> dict[str, str]:
    """The version of every prompt, by name."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return {
        name: load(name).version
        for name in sorted(f[: -len(".system.txt")] for f in files if f.endswith(".system.txt"))
    }


def text(name: str) -> str:
    """The words of one file, without white space at its ends."""
    try:
        return resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise PromptError(f"there is no prompt file {name}.txt") from None


def _variables(name: str, template: str) -> frozenset[str]:
    try:
        fields = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise PromptError(f"prompt file {name}.txt is malformed: {error}") from None
    for field, format_spec, conversion in fields:
        if not field or not field.isidentifier() or format_spec or conversion:
            raise PromptError(f"prompt file {name}.txt: only plain {{variables}} are allowed, not {{{field}}}")
    return frozenset(str(field) for field, _, _ in fields)


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "no variables"
