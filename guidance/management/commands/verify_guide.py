import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guidance import drafts
from guidance.rules import loading, verification
from guidance.rules.problem import ERROR, Problem


class Command(BaseCommand):
    help = "Print the problems of the guide in FILE, or of the draft. The exit status is 1 where one is an error."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="A guide document; - for standard input; left out, the draft.")

    def handle(self, *, file: str | None, **options: Any) -> None:
        try:
            guide = loading.load(_document(file))
        except (OSError, drafts.NoDraft) as error:
            raise CommandError(str(error)) from error
        except loading.GuideError as error:
            raise CommandError("\n".join([f"{file or 'The draft'} is not a sound guide.", *error.faults])) from error
        problems = verification.problems(guide, today=timezone.localdate())
        for problem in problems:
            self.stdout.write(in_words(problem))
        errors = sum(problem.severity == ERROR for problem in problems)
        self.stdout.write(f"Errors: {errors}. Warnings: {len(problems) - errors}.")
        if errors:
            sys.exit(1)


def in_words(problem: Problem) -> str:
    lines = [f"{problem.severity} {problem.code}: {problem.place}", problem.message, f"Mend: {problem.mend}"]
    if problem.example is not None:
        lines.append(f"Example: {json.dumps(problem.example, ensure_ascii=False)}")
    return "\n  ".join(lines) + "\n"


def _document(file: str | None) -> bytes:
    if file is None:
        return loading.dump(drafts.assemble())
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
