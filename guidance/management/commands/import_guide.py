import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import drafts
from guidance.rules import loading


class Command(BaseCommand):
    help = "Put the guide in FILE in the place of the whole draft. Nothing changes where FILE is not a sound guide."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="A guide document, such as export_guide writes; - for standard input.")

    def handle(self, *, file: str, verbosity: int, **options: Any) -> None:
        try:
            guide = loading.load(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
            drafts.fill(guide)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except loading.GuideError as error:
            raise CommandError(
                "\n".join([f"{file} is not a sound guide. The draft is as it was.", *error.faults])
            ) from error
        if verbosity:
            self.stdout.write(f"The draft holds {len(guide.questions)} questions and {len(guide.rules)} rules.")
