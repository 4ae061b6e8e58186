"""Whether this process can serve: for whoever decides where to send visitors."""

import logging
from functools import lru_cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from guidance import releases

logger = logging.getLogger(__name__)


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


@lru_cache(maxsize=1)
def _ours() -> frozenset[tuple[str, str]]:
    """The migrations this process was started with."""
    return frozenset(MigrationLoader(None).disk_migrations)
