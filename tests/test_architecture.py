"""Which module may import which, read off the imports themselves."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "guidance"
RULES = "guidance.rules"

ALLOWED = {
    f"{RULES}.guide": set(),
    f"{RULES}.loading": {f"{RULES}.guide"},
    f"{RULES}.quotes": {f"{RULES}.guide"},
    f"{RULES}.lasting": {f"{RULES}.guide"},
    f"{RULES}.masks": {f"{RULES}.guide", f"{RULES}.lasting"},
    f"{RULES}.flow": {f"{RULES}.guide", f"{RULES}.masks"},
    f"{RULES}.engine": {f"{RULES}.guide", f"{RULES}.masks", f"{RULES}.flow"},
    "guidance.models": {f"{RULES}.guide", f"{RULES}.loading"},
    "guidance.drafts": {"guidance.models", RULES},
    "guidance.releases": {"guidance.models", "guidance.drafts", RULES},
    "guidance.workbench": {"guidance.models", "guidance.drafts", "guidance.releases", RULES},
    "guidance.journey": {RULES},
    "guidance.sharing": {"guidance.models", "guidance.releases", RULES},
    "guidance.forms": {f"{RULES}.guide"},
    "guidance.openapi": {f"{RULES}.guide", f"{RULES}.masks"},
    "guidance.interchange": {"guidance.releases", RULES},
}
"""A package stands for all its modules. Modules of the rules that are not named may import any of the rules."""

OUTERMOST = ("guidance.views", "guidance.admin", "guidance.management", "guidance.checks")
"""These may import anything but each other."""

OUTSIDE = set(sys.stdlib_module_names) | {"msgspec", "pysat"}
"""What the rules may import that is not ours."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(name: str) -> set[str]:
    """The modules that a module names in its imports, wherever in the file: ours to the module, others by package."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return {_ours(found) for found in _imports(ast.parse(path.read_text()), package)}


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def _ours(found: str) -> str:
    """The longest part of a dotted name that is a module of ours, or else the package it belongs to."""
    parts = found.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in MODULES), parts[0])


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _allows(allowed: str, name: str) -> bool:
    return within(name, RULES) if allowed == RULES else name == allowed


def allowed_for(name: str) -> set[str] | None:
    """What of ours a module may import, or None where the table does not limit it."""
    if name in ALLOWED:
        return ALLOWED[name]
    return {RULES} if within(name, RULES) else None


def breaches(name: str) -> list[str]:
    ours = {other for other in imported(name) if within(other, "guidance") and other != "guidance"}
    allowed = allowed_for(name)
    if allowed is not None:
        return sorted(other for other in ours if not any(_allows(permitted, other) for permitted in allowed))
    home = next((package for package in OUTERMOST if within(name, package)), None)
    others = [package for package in OUTERMOST if package != home]
    return sorted(other for other in ours if home and any(within(other, package) for package in others))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_the_table_allows(name: str) -> None:
    assert breaches(name) == []


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, RULES)])
def test_the_rules_know_no_django(name: str) -> None:
    foreign = {other for other in imported(name) if not within(other, "guidance")}
    assert foreign <= OUTSIDE


def test_the_table_names_modules_that_are_there() -> None:
    assert set(ALLOWED) <= set(MODULES)


def test_imports_are_read_in_every_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "subject.py"
    path.write_text(
        "import msgspec.json\n"
        "from guidance.rules import engine\n"
        "from guidance.rules.flow import AnswerError\n"
        "def later():\n    from .. import models\n    from django.http import HttpRequest\n"
    )
    monkeypatch.setitem(MODULES, "guidance.rules.subject", path)
    monkeypatch.setitem(MODULES, "guidance.models", path)
    assert imported("guidance.rules.subject") == {
        "msgspec",
        "guidance.rules.engine",
        "guidance.rules.flow",
        "guidance.models",
        "django",
    }
    assert breaches("guidance.rules.subject") == ["guidance.models"]
