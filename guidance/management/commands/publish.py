from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guidance import drafts, releases
from guidance.rules import loading


class Command(BaseCommand):
    help = "Propose the draft and publish it at once, for a first set-up and for rules kept in files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", default="set-up", metavar="NAME", help="Who does this; kept with the release.")
        parser.add_argument("--summary", default="", help="What changes and why; kept with the release.")
        parser.add_argument(
            "--acknowledge",
            default="Published from the command line; the warnings are in the report.",
            metavar="WORDS",
            help="What is said to the warnings; kept with the release.",
        )

    def handle(self, *, by: str, summary: str, acknowledge: str, verbosity: int, **options: Any) -> None:
        try:
            guide = drafts.assemble()
            if (release := _already(loading.digest(guide))) is None:
                made = releases.set_up(guide, by=by, at=timezone.now(), summary=summary, acknowledgement=acknowledge)
        except drafts.NoDraft as error:
            raise CommandError(str(error)) from error
        except loading.GuideError as error:
            raise CommandError("\n".join(["The draft is not a sound guide.", *error.faults])) from error
        except releases.Refused as error:
            lines = [f"{problem.code}: {problem.place}: {problem.message}" for problem in error.problems]
            raise CommandError("\n".join([str(error), *lines])) from error
        if verbosity:
            self.stdout.write(f"Release {release} is the draft already." if release else f"{made} is published.")


def _already(digest: str) -> int | None:
    """The number of the current release where it has this digest."""
    try:
        live = releases.current()
    except releases.NoRelease:
        return None
    return live.number if live.digest == digest else None
