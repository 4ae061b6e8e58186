from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import backups


class Command(BaseCommand):
    help = "Fill the empty database that DATABASE_URL names from a backup. Nothing that is there is overwritten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="A file that `manage.py backup` wrote.")

    def handle(self, *, path: Path, verbosity: int, **options: Any) -> None:
        try:
            live = backups.restore(path)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"Restored. Visitors will read release {live.number}. Run: python manage.py migrate")
