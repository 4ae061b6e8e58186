"""How often one visitor may do what costs us something, counted right across the processes of a machine.

Django's caches live in one process or count in two steps, and all of them keep a name for each visitor. Here a window
of time is one small file of counters. An address picks its counter by a keyed hash, so the file holds neither addresses
nor hashes of them; it never grows, whoever asks; and it goes when the next window begins. Two addresses meet in
one counter about once in 65,000.
"""

import ipaddress
import logging
import os
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.files import locks
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)

COUNTERS = 1 << 16
WIDTH = 4


def allowed(request: HttpRequest, act: str, *, times: int, seconds: int) -> bool:
    """Count one more ``act`` of this visitor; whether it is within ``times`` in this window of ``seconds``.

    Windows follow the clock, so whoever waits for the next one may do twice as much around its beginning. Where nothing
    can be counted, as on a full disk, it is allowed: people who need the guide come first.
    """
    window = int(time.time()) // seconds
    try:
        return _counted(f"{act}-{seconds}", window, visitor(request)) <= times
    except OSError:
        logger.exception("Nothing can be counted, so nothing is limited.")
        return True


def remaining(seconds: int) -> int:
    """How many seconds are left of this window."""
    return seconds - int(time.time()) % seconds


def clear() -> None:
    """Begin every count anew."""
    for file in _folder().iterdir():
        file.unlink(missing_ok=True)


def visitor(request: HttpRequest) -> str:
    """Whom to count: an IPv4 address, or of an IPv6 address the network, in which one visitor has all addresses."""
    found = address(request)
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return found
    if isinstance(parsed, ipaddress.IPv4Address):
        return found
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def address(request: HttpRequest) -> str:
    """Where the request came from: as the last proxy we trust wrote it down, or the other end of the connection."""
    if settings.PROXIES:
        passed_on = request.headers.get("X-Forwarded-For", "").split(",")
        if len(passed_on) >= settings.PROXIES and passed_on[-settings.PROXIES].strip():
            return passed_on[-settings.PROXIES].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def address_of(request: HttpRequest) -> str | None:
    """`address`, where it is one: a connection over a socket in the file system has none."""
    found = address(request)
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None


def _counted(act: str, window: int, who: str) -> int:
    name = f"{act}-{window}"
    place = int.from_bytes(salted_hmac(f"guidance.limits.{name}", who).digest()[:4], "big") % COUNTERS * WIDTH
    path = _folder() / name
    if not path.exists():
        for other in path.parent.glob(f"{act}-*"):
            # Never this window's own: another process may have begun it since we looked.
            if int(other.name.rpartition("-")[2]) < window:
                other.unlink(missing_ok=True)
    # Opened by number: a file object would read and write more than the counter.
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        locks.lock(file, locks.LOCK_EX)
        count = int.from_bytes(os.pread(file, WIDTH, place), "big") + 1
        os.pwrite(file, min(count, 256**WIDTH - 1).to_bytes(WIDTH, "big"), place)
    finally:
        os.close(file)
    return count


def _folder() -> Path:
    """A folder of this site's own among the machine's temporary files, unless the setting names another."""
    site = salted_hmac("guidance.limits", "folder").hexdigest()[:16]
    folder = Path(settings.COUNTS_FOLDER or Path(tempfile.gettempdir()) / f"cramps-{site}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
