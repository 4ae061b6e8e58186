from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from guidance.models import Draft, Release


class Command(BaseCommand):
    help = "Bring the database up to date and, on a first start, fill the draft from FILE and publish it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="A guide document for a first start.")

    def handle(self, *, file: Path, verbosity: int, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=max(0, verbosity - 1))
        if not Draft.objects.exists():
            call_command("import_guide", str(file), verbosity=verbosity)
        if not Release.objects.exists():
            call_command("publish", verbosity=verbosity)
