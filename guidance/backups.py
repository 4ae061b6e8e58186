"""All rows in one file, and back again. A backup holds what visitors shared and how people sign in: keep it as safe as
the database."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import DatabaseError, connection

from guidance import releases


class BackupError(Exception):
    """Nothing was kept or nothing restored. The message says why and what to do."""


def keep(path: Path) -> None:
    """Write every row to a new file at ``path``, readable by its owner alone, as of one moment and while others write.

    A file with this name is whole: until then it has ``.part`` at its end. Raises `BackupError`.
    """
    if path.exists():
        raise BackupError(f"{path} is there already. Name a new file: a backup never takes another's place.")
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)
        _vacuum(part) if connection.vendor == "sqlite" else _dump(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.link(part, path)  # fails where another file took the name meanwhile
    except (OSError, DatabaseError) as error:
        raise BackupError(f"{path} could not be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def restore(path: Path) -> releases.Live:
    """Fill an empty database from a backup, and give the release that visitors will read. Raises `BackupError`."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    if connection.introspection.table_names():
        raise BackupError(
            "This database is not empty, and a restore never overwrites. "
            "Name an empty one in DATABASE_URL, restore there, and start the site with it."
        )
    _copy(path) if connection.vendor == "sqlite" else _load(path)
    try:
        return releases.current()
    except (releases.NoRelease, DatabaseError) as error:
        raise BackupError(f"{path} was restored, but holds no release that can be read: {error}.") from error


def _vacuum(target: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(target)])


def _copy(path: Path) -> None:
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as kept:
            [(found,)] = kept.execute("PRAGMA integrity_check(1)").fetchall()
            if found != "ok":
                raise BackupError(f"{path} is damaged: {found}.")
            kept.backup(connection.connection)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path} is no backup of a SQLite database: {error}.") from error


def _dump(target: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _load(path: Path) -> None:
    database = str(connection.settings_dict["NAME"])
    _run(
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        f"--dbname={database}", str(path),
    )  # fmt: skip


def _run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs. It is told where to connect by its environment: others can read arguments."""
    if shutil.which(program) is None:
        raise BackupError(f"{program} is not installed here. Install PostgreSQL's client programs.")
    settings = connection.settings_dict
    names = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    told = {variable: str(settings[name]) for variable, name in names.items() if settings.get(name)}
    for option in ("sslmode", "sslrootcert"):
        if option in settings["OPTIONS"]:
            told[f"PG{option.upper()}"] = str(settings["OPTIONS"][option])
    finished = subprocess.run([program, *arguments], env=os.environ | told, capture_output=True, text=True)  # noqa: S603
    if finished.returncode:
        raise BackupError(f"{program} failed: {finished.stderr.strip()}")
