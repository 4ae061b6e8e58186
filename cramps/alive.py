"""Whether the process on this machine answers: `python -m cramps.alive` ends with 0 where it does."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def answers(port: int, host: str) -> bool:
    """Ask for /healthz under a host name the site answers to."""
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    sys.exit(0 if answers(int(os.environ.get("PORT", "8000")), name) else 1)
