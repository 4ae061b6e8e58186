from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from guidance import sharing


class Command(BaseCommand):
    help = "Remove the shared results that have expired. Run it every day."

    def handle(self, *, verbosity: int, **options: Any) -> None:
        gone = sharing.purge(at=timezone.now())
        if verbosity:
            self.stdout.write(f"Expired and removed: {gone}")
