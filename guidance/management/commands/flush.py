from importlib import import_module
from typing import Any

from django.core.management.commands import flush
from django.db import connections


class Command(flush.Command):
    """Django's own, which asks first. Whoever empties the whole database means its releases too: the triggers that keep
    them step aside for that, and come back."""

    def handle(self, **options: Any) -> None:
        kept = import_module("guidance.migrations.0002_write_once")
        connection = connections[options["database"]]
        with connection.schema_editor() as editor:
            kept.drop(None, editor)
        try:
            super().handle(**options)
        finally:
            with connection.schema_editor() as editor:
                kept.create(None, editor)
