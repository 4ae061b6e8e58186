"""What the environment says, read strictly: a word that is not understood stops the start and names the variable."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ON = {"1", "true", "yes", "on"}
OFF = {"", "0", "false", "no", "off"}


class Environment:
    """The variables of one process, or those of a local file where the process was given none of its own."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        if name not in self.variables:
            return default
        word = self.variables[name].strip().lower()
        if word not in ON | OFF:
            raise ImproperlyConfigured(f"{name} is {word!r}. Set it to true or false.")
        return word in ON

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        word = self.variables.get(name, "").strip()
        if not word:
            return default
        if not (word.isascii() and word.isdigit()) or int(word) < least:
            raise ImproperlyConfigured(f"{name} is {word!r}. Set it to a whole number of {least} or more.")
        return int(word)

    def one_of(self, name: str, words: Sequence[str]) -> str:
        """One of these words; the first where the variable is not set."""
        word = self.text(name, words[0]).lower()
        if word not in words:
            raise ImproperlyConfigured(f"{name} is {word!r}. Set it to one of: {', '.join(words)}.")
        return word

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.variables.get(name, "").split(",") if word.strip()]


def read(local: Path) -> Environment:
    """The process's environment. Where it says neither what the key is nor whether this is for development, ``local``,
    the file that ``make setup`` writes, speaks instead, and the process's own variables still win."""
    if "SECRET_KEY" in os.environ or "DEBUG" in os.environ or not local.exists():
        return Environment(os.environ)
    lines = [line for line in local.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return Environment(dict(line.split("=", 1) for line in lines) | dict(os.environ))
