"""Short runs beside the other tests; where FUZZ_REQUESTS says how many requests, long ones, and what they were."""

import os
from typing import Any

import pytest

from tests.fuzz.tally import Tally

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "0"))
TALLIES = {"the site": Tally(), "the API": Tally()}


@pytest.fixture
def of_the_site() -> Tally:
    return TALLIES["the site"]


@pytest.fixture
def of_the_api() -> Tally:
    return TALLIES["the API"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not REQUESTS:
        return
    terminalreporter.section("what was asked")
    for name, tally in TALLIES.items():
        for line in tally.lines():
            terminalreporter.write_line(f"{name}: {line}")
    terminalreporter.write_line(f"in all: {sum(tally.total for tally in TALLIES.values()):,} requests")
