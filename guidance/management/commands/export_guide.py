from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guidance import drafts, releases
from guidance.rules import loading


class Command(BaseCommand):
    help = "Write the draft, or a release as it was published, byte for byte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="Where to; standard output where it is left out.")
        parser.add_argument("--release", type=int, metavar="N", help="The release with this number, not the draft.")

    def handle(self, *, file: Path | None, release: int | None, **options: Any) -> None:
        try:
            document = loading.dump(drafts.assemble()) if release is None else releases.get(release).document
        except (drafts.NoDraft, releases.NoRelease) as error:
            raise CommandError(str(error)) from error
        if file is None:
            self._print(document)
            return
        try:
            file.write_bytes(document)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error

    def _print(self, document: bytes) -> None:
        """To a terminal or a pipe as bytes, so that no encoding of the system's own comes between."""
        if binary := getattr(self.stdout, "buffer", None):
            binary.write(document)
            binary.flush()
        else:
            self.stdout.write(document.decode(), ending="")
