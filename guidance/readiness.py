"""Whether this process can serve: for whoever decides where to send visitors."""

import logging
import sqlite3
from functools import lru_cache

from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from guidance import releases

logger = logging.getLogger(__name__)

SQLITE_AWAY = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}  # fmt: skip
"""What is wrong with the file or with the machine. SQLite's other codes are about what it was asked."""


def faults() -> tuple[str, ...]:
    """What stands in the way of serving, in words that name no host and no account; empty where nothing does.

    A database that is ahead of this process is no fault: the older version goes on serving while a newer one comes up.
    """
    try:
        if _ours() - set(MigrationRecorder(connection).applied_migrations()):
            return ("migrations: some are not applied yet. Run: python manage.py migrate",)
        releases.current()
    except DatabaseError:
        logger.exception("The database does not answer.")
        return ("database: it does not answer",)
    except releases.BrokenRelease as error:
        return (f"release: {error}",)
    except releases.NoRelease:
        return ("release: none is published",)
    return ()


def database_away(error: BaseException | None) -> bool:
    """Whether this says that the database cannot do its work now: it is gone, starts or stops, is full or locked.

    A question that makes no sense to it, such as one about a table that is not there, is a fault of the program.
    PostgreSQL keeps the two apart by kind; with SQLite both are an `OperationalError`, and the code beneath tells.
    """
    if error is not None and isinstance(error.__cause__, sqlite3.Error):
        return getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in SQLITE_AWAY
    return isinstance(error, OperationalError)


@lru_cache(maxsize=1)
def _ours() -> frozenset[tuple[str, str]]:
    """The migrations this process was started with."""
    return frozenset(MigrationLoader(None).disk_migrations)
