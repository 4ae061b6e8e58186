"""Backups are made and restored as people do it: by command, against databases of their own."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from tests.conftest import PROJECT, SHIPPED

SHARE = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from guidance.models import SharedResult
now = timezone.now()
SharedResult.objects.create(
    token_sha256="a" * 64, answers={"who": "adult"}, release_id=1, created_at=now, expires_at=now + timedelta(days=30)
)
"""
SHARED = """
import django; django.setup()
from guidance.models import SharedResult
print(*SharedResult.objects.values_list("token_sha256", "release_id", "answers"))
"""


def python(database: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    surroundings = os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "cramps.settings"}
    return subprocess.run([sys.executable, *arguments], cwd=PROJECT, env=surroundings, capture_output=True, text=True)


def manage(database: str, *arguments: str) -> str:
    finished = python(database, "manage.py", *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def filled(own_database: str) -> str:
    """A site's database with one release and one shared result in it."""
    manage(own_database, "prepare", str(SHIPPED), "--verbosity", "0")
    assert python(own_database, "-c", SHARE).returncode == 0
    return own_database


def test_what_was_kept_comes_back_whole_in_an_empty_database(
    filled: str, make_database: Callable[[], str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.backup"
    assert f"{kept} holds" in manage(filled, "backup", str(kept))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("kept*")] == ["kept.backup"]

    fresh = make_database()
    assert "Visitors will read release 1." in manage(fresh, "restore", str(kept))
    manage(fresh, "migrate", "--check")
    assert manage(fresh, "export_guide") == manage(filled, "export_guide") == SHIPPED.read_text()
    assert manage(fresh, "export_guide", "--release", "1") == SHIPPED.read_text()
    assert python(fresh, "-c", SHARED).stdout == python(filled, "-c", SHARED).stdout != "\n"
    found = python(fresh, "manage.py", "check", "--database", "default", "--fail-level", "WARNING")
    assert found.returncode == 0, f"triggers that keep releases must come back too: {found.stderr}"


def test_a_restored_site_goes_on_counting_where_it_was(
    filled: str, make_database: Callable[[], str], tmp_path: Path
) -> None:
    manage(filled, "backup", str(tmp_path / "kept"), "--verbosity", "0")
    fresh = make_database()
    manage(fresh, "restore", str(tmp_path / "kept"))
    changed = tmp_path / "changed.json"
    changed.write_text(SHIPPED.read_text().replace('"year": 2020', '"year": 2019', 1))
    assert changed.read_text() != SHIPPED.read_text()
    manage(fresh, "import_guide", str(changed))
    assert manage(fresh, "publish") == "Release 2 is published.\n"


def test_neither_a_file_nor_a_database_is_overwritten(filled: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("precious")
    refused = python(filled, "manage.py", "backup", str(there))
    assert (refused.returncode, there.read_text()) == (1, "precious")
    assert "is there already" in refused.stderr

    manage(filled, "backup", str(tmp_path / "kept"))
    refused = python(filled, "manage.py", "restore", str(tmp_path / "kept"))
    assert refused.returncode == 1
    assert "This database is not empty" in refused.stderr


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(filled: str, tmp_path: Path) -> None:
    refused = python(filled, "manage.py", "backup", str(tmp_path / "nowhere" / "kept"))
    assert refused.returncode == 1
    assert "nowhere/kept could not be written" in refused.stderr


@pytest.mark.parametrize("content", [b"", b"no backup at all", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_backup_is_refused_without_a_traceback(
    own_database: str, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "rubbish").write_bytes(content)
    refused = python(own_database, "manage.py", "restore", str(tmp_path / "rubbish"))
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: ")
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite needs no program beside Python's own")
def test_without_pg_dump_the_refusal_says_what_to_install(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = python(filled, "manage.py", "backup", str(tmp_path / "kept"))
    assert refused.returncode == 1
    assert "pg_dump is not installed here" in refused.stderr
    assert not (tmp_path / "kept").exists()
