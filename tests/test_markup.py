"""The Nu HTML checker reads every page as it is sent, the style sheets and the drawings."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from guidance import releases
from guidance.rules.guide import Guide
from tests.conftest import PROJECT
from tests.states import STATES, visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

# What the checker does not know yet. It is said of nothing else: the name of each property stands in the pattern.
UNKNOWN_CSS = (
    "text-wrap", "text-size-adjust", "forced-color-adjust", "details-content", "content-visibility", "color-mix",
    "box-decoration-break", "accent-color", "column-span",
)  # fmt: skip


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


def test_every_page_is_sound_html(
    checker: list[str], client: Client, guide: Guide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for state in STATES:
        response = visit(client, guide, state)
        (tmp_path / f"{state.name}.html").write_bytes(response.content)
    forged = Client(enforce_csrf_checks=True).post("/check/who/", {"who": "adult"})
    (tmp_path / "forged.html").write_bytes(forged.content)
    client.raise_request_exception = False
    monkeypatch.setattr(releases, "current", Mock(side_effect=RuntimeError("broken on purpose")))
    (tmp_path / "failed.html").write_bytes(client.get("/").content)
    monkeypatch.setattr(releases, "current", Mock(side_effect=releases.NoRelease("none")))
    (tmp_path / "no-release.html").write_bytes(client.get("/").content)
    monkeypatch.setattr(releases, "current", Mock(side_effect=OperationalError("gone")))
    away = client.get("/")
    assert away.status_code == 503
    (tmp_path / "database-away.html").write_bytes(away.content)
    messages = found(checker, *sorted(tmp_path.glob("*.html")))
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
