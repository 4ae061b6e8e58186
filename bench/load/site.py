"""The site as it is served, with two workers, over an empty database that DATABASE_URL names."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parents[2]
EMPTY = """
import django; django.setup()
from django.db import connection
raise SystemExit(bool(connection.introspection.table_names()))
"""


class Site:
    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.database = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
        self.log = folder / "site.log"
        self.environment = (
            {"DATABASE_URL": f"sqlite:///{folder}/rows.sqlite3"}
            | os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "cramps.settings",
                "SECRET_KEY": secrets.token_urlsafe(50),
                "ALLOWED_HOSTS": "127.0.0.1",
                "DEBUG": "false",
                "PLAIN_HTTP": "true",
                "PROXIES": "1",
                "COUNTS_FOLDER": str(folder / "counts"),
            }
        )

    def python(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=PROJECT, env=self.environment, check=True)

    def manage(self, *arguments: str) -> None:
        self.python("manage.py", *arguments, "--verbosity", "0")


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """A site with the guide that ships as its first release."""
    site = Site(folder)
    try:
        site.python("-c", EMPTY)
    except subprocess.CalledProcessError:
        raise SystemExit("Releases are published here: name an empty database in DATABASE_URL, or none.") from None
    site.manage("prepare", "fixtures/guide.json")
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4",
        "--bind", f"127.0.0.1:{site.port}", "--log-level", "warning", "cramps.wsgi",
    ]  # fmt: skip
    with site.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=site.environment, stdout=log, stderr=log)
    try:
        _wait(site)
        yield site
    finally:
        process.terminate()
        process.wait(60)


def _wait(site: Site) -> None:
    for _ in range(600):
        try:
            with urlopen(f"{site.address}/readyz"):  # noqa: S310 - ours
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(site.log.read_text())
