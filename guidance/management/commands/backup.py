from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import backups


class Command(BaseCommand):
    help = "Write all rows to a new file, while the site serves: a SQLite file, or on PostgreSQL what pg_dump writes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="A file that is not there yet.")

    def handle(self, *, path: Path, verbosity: int, **options: Any) -> None:
        try:
            backups.keep(path)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"{path} holds {path.stat().st_size:,} bytes. Keep it as safe as the database.")
