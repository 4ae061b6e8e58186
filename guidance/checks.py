"""What `manage.py check --database default` says of the release that visitors read, and of what keeps it."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from guidance import releases
from guidance.models import Release


@register(Tags.database)
def the_current_release_can_be_read(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **options: Any
) -> Iterable[CheckMessage]:
    if "default" not in (databases or ()) or not _there():
        return []
    try:
        releases.current()
    except releases.BrokenRelease as error:
        mend = "Propose an earlier release, or the draft, and publish it."
        return [Warning(f"{error}. Visitors are told that no guide can be read.", hint=mend, id="guidance.W002")]
    except releases.NoRelease as error:
        mend = "Fill the draft with `manage.py import_guide FILE` and publish it with `manage.py publish`."
        return [Warning(str(error), hint=mend, id="guidance.W001")]
    return []


@register(Tags.database)
def what_was_published_is_kept(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **options: Any
) -> Iterable[CheckMessage]:
    if "default" not in (databases or ()) or not _there():
        return []
    kept = import_module("guidance.migrations.0002_write_once")
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if connection.vendor == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        found = {name for (name,) in cursor.fetchall()}
    missing = sorted({f"guidance_{name}" for name, *_ in kept.triggers()} - found)
    mend = "The migration that altered their table must run `create` of 0002_write_once at its end."
    words = "Triggers that keep releases as they are were lost: "
    return [Warning(words + ", ".join(missing), hint=mend, id="guidance.W003")] if missing else []


def _there() -> bool:
    """Whether the tables are; before the first migration there is nothing to say."""
    return Release._meta.db_table in connections["default"].introspection.table_names()
