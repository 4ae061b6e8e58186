"""Look for holes with wapiti, on a site of its own over TLS, first as a stranger and then as somebody of the workshop.

``make scan`` runs it. It ends with 1 where wapiti finds anything above informational. Nothing leaves this machine: the
modules that ask servers of wapiti's, or fetch lists from elsewhere, are left out.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

from tests.conftest import PROJECT
from tests.serving import Site

MODULES = (
    "backup", "blindsql", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "methods",
    "permanentxss", "redirect", "shellshock", "sql", "xss",
)  # fmt: skip
SECONDS = int(os.environ.get("SCAN_SECONDS", "120"))
"""For finding the pages, and again for each module."""
MISTAKEN = {
    "X-XSS-Protection is not set": "",
    "Lack of anti CSRF token": r'csrfmiddlewaretoken["=]',
}
"""What it finds, and a pattern of what its request holds where that is no finding: the first would switch on a filter
that browsers have taken out again, for it opened holes of its own; of tokens it does not know Django's name."""
PASSWORD = "a password of the scan alone"


class Secure(Site):
    """The site as on the open internet: TLS, cookies that need it, and the rest of what is off over plain HTTP."""

    def __init__(self, folder: Path) -> None:
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
        subprocess.run([*make, "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
        trusted = ssl.create_default_context(cafile=str(folder / "cert"))
        trusted.check_hostname = False
        self.handlers = HTTPSHandler(context=trusted)
        super().__init__(
            folder,
            f"sqlite:///{folder}/rows.sqlite3",
            PLAIN_HTTP="false",
            API_REQUESTS="0",
            DJANGO_SETTINGS_MODULE="tests.scanned",
            GUNICORN_CMD_ARGS=f"--certfile={folder}/cert --keyfile={folder}/key",
        )
        self.address = f"https://127.0.0.1:{self.port}/"

    def wait(self, path: str = "readyz") -> None:
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            try:
                build_opener(self.handlers).open(f"{self.address}{path}").close()
                return
            except OSError:
                time.sleep(0.1)

    def make_account(self) -> None:
        """Somebody who may do all that is done in the workshop, but for accounts: a scanner would close its own."""
        django = f"""
from django.contrib.auth.models import Group, User
User.objects.create_user("scan", password="{PASSWORD}", is_staff=True).groups.set(Group.objects.all())
"""
        make = [sys.executable, "manage.py", "shell", "--command", django]
        subprocess.run(make, cwd=PROJECT, env=self.environment, check=True, capture_output=True)

    def sign_in(self) -> str:
        """The cookies of somebody who has signed in, as one header."""
        jar = CookieJar()
        browser = build_opener(self.handlers, HTTPCookieProcessor(jar))
        there = f"{self.address}admin/login/"
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', _text(browser, Request(there)))[0]
        form = {"csrfmiddlewaretoken": token, "username": "scan", "password": PASSWORD, "next": "/admin/"}
        page = _text(browser, Request(there, urlencode(form).encode(), {"Referer": there}))
        assert "Workshop" in page
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def knows(self, cookies: str) -> bool:
        """Whether these cookies still open the workshop."""
        page = _text(build_opener(self.handlers), Request(f"{self.address}admin/", headers={"Cookie": cookies}))
        return "/admin/logout/" in page


def _text(browser: OpenerDirector, request: Request) -> str:
    with browser.open(request) as response:
        text: str = response.read().decode()
        return text


def scan(site: Secure, folder: Path, *, cookies: str = "") -> dict[str, Any]:
    """Wapiti's report on the site, as whoever has these cookies sees it."""
    report = folder / "report.json"
    command = [
        "wapiti", "--url", site.address, "--scope", "domain", "--module", ",".join(MODULES), "--scan-force", "normal",
        "--max-scan-time", str(SECONDS), "--max-attack-time", str(SECONDS), "--format", "json", "--output", str(report),
        "--store-session", str(folder / "session"), "--store-config", str(folder / "config"), "--flush-session",
        "--no-bugreport", "--verbose", "1", "--timeout", "10",
    ]  # fmt: skip
    if cookies:
        command += ["--header", f"Cookie: {cookies}", "--start", f"{site.address}admin/workbench/"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def findings(report: dict[str, Any]) -> Iterator[str]:
    """Everything above informational: weaknesses, and answers that failed or did not come in time."""
    for kind in ("vulnerabilities", "anomalies"):
        for name, found in report[kind].items():
            for one in found:
                if one["info"] in MISTAKEN and re.search(MISTAKEN[one["info"]], one["http_request"]):
                    continue
                yield f"{name} (level {one['level']}): {one['method']} {one['path']} {one['parameter']}: {one['info']}"


def main() -> int:
    if not shutil.which("wapiti"):
        print("wapiti is not there: apt-get install --no-install-recommends wapiti", file=sys.stderr)
        return 1
    found = []
    with tempfile.TemporaryDirectory(prefix="cramps-scan-") as name:
        folder = Path(name)
        site = Secure(folder)
        try:
            site.wait()
            site.make_account()
            for who in ("a stranger", "somebody of the workshop"):
                cookies = "" if who == "a stranger" else site.sign_in()
                told = list(findings(scan(site, folder, cookies=cookies)))
                if cookies and not site.knows(cookies):
                    told.append("The scan signed itself out: what is behind the login was not all looked at.")
                requests = site.log.read_text().count('"gunicorn.access"')
                print(f"As {who}: {len(told)} findings above informational, {requests} requests so far", flush=True)
                print("\n".join(told), flush=True)
                found += told
        finally:
            site.stop()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
