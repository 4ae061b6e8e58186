from argparse import ArgumentParser
from io import StringIO
from typing import Any

import segno
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice


class Command(BaseCommand):
    help = "Set up an account's second factor anew and show its code for an app to read, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The account, such as one made with createsuperuser.")

    def handle(self, *, name: str, **options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name!r}.")
        with transaction.atomic():
            TOTPDevice.objects.filter(user=user).delete()
            device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
        drawing = StringIO()
        segno.make(device.config_url).terminal(out=drawing, compact=True)
        self.stdout.write(drawing.getvalue())
        self.stdout.write(f"Let the app read this code, or give it the address:\n{device.config_url}")
        self.stdout.write("Whoever has it can make the codes: show it to nobody else, and clear the screen.")
