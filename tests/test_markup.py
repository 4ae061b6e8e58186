"""The Nu HTML checker reads every page as it is sent, the style sheets and the drawings."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT
from tests.sent import KINDS, Pages

# What the checker does not know yet. It is said of nothing else: the name of each property stands in the pattern.
UNKNOWN_CSS = (
    "text-wrap", "text-size-adjust", "forced-color-adjust", "details-content", "content-visibility", "color-mix",
    "box-decoration-break", "accent-color", "column-span", "container-type", "@container",
    "field-sizing",
)  # fmt: skip

# Faults of pages that are Django's own, by page: the hash of a password is a field that cannot be changed.
OF_DJANGO = {"user.html": ["Attribute “disabled” not allowed on element “div” at this point."]}


@pytest.fixture(scope="session")
def checker() -> list[str]:
    jars = sorted(PROJECT.glob(".venv/markup-*/node_modules/vnu-jar/build/dist/vnu.jar"))
    java = shutil.which("java")
    if java and jars:
        return [java, "-jar", str(jars[-1])]
    reason = "the Nu HTML checker is not there: `make markup` fetches it, with npm, and Java runs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def found(checker: list[str], *arguments: str | Path) -> list[dict[str, Any]]:
    """What the checker has to say of these files, informations left out."""
    run = subprocess.run(
        [*checker, "--format", "json", "--stdout", "--exit-zero-always", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    messages = json.loads(run.stdout)["messages"]
    return [message for message in messages if message["type"] != "info" or message.get("subType") == "warning"]


def said(messages: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{message['url'].rpartition('/')[2]}:{message.get('lastLine')}: {message['message']} "
        f"{message.get('extract', '')!r}"
        for message in messages
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_sound_html(checker: list[str], every_page: Pages, tmp_path: Path, kind: str) -> None:
    for sent in every_page(kind):
        if sent.is_page:
            (tmp_path / f"{sent.name}.html").write_bytes(sent.body)
    messages = [
        message
        for message in found(checker, *sorted(tmp_path.glob("*.html")))
        if message["message"] not in OF_DJANGO.get(message["url"].rpartition("/")[2], [])
    ]
    assert not messages, said(messages)


def test_the_drawings_are_sound_svg(checker: list[str]) -> None:
    messages = found(checker, "--svg", *sorted((PROJECT / "static").glob("*.svg")))
    assert not messages, said(messages)


def test_the_style_sheets_are_sound_but_for_what_the_checker_does_not_know(checker: list[str]) -> None:
    messages = found(checker, "--css", *sorted((PROJECT / "static").glob("*.css")))
    messages = [message for message in messages if not any(name in message["message"] for name in UNKNOWN_CSS)]
    assert not messages, said(messages)


def test_the_checker_finds_a_fault(checker: list[str], tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.html"
    faulty.write_text("<!doctype html><html lang=en><title>x</title><p><h1>x</p></h1>")
    assert found(checker, faulty)
