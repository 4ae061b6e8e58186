"""`manage.py assess [FILE]`: one answers object a line in, one result a line out."""

import json
import sys
from argparse import ArgumentParser, FileType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import interchange, releases
from guidance.rules.flow import AnswerError


class Command(BaseCommand):
    help = "Assess answers: one JSON object a line from FILE or standard input, one result a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=FileType("rb"), metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            live = releases.current()
        except releases.NoRelease as error:
            raise CommandError("No guide is published yet. Run: python manage.py publish") from error
        refused = 0
        for line in options["file"] or sys.stdin.buffer:
            try:
                result = interchange.answer(live, line)
            except AnswerError as error:
                refused += 1
                result = interchange.refusal(error)
            self.stdout.write(json.dumps(result))
        if refused:
            raise CommandError(f"Lines that could not be assessed: {refused}.", returncode=1)
