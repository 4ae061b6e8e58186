"""The API as its own description says it is, asked by schemathesis over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guidance.rules.guide import Guide
from tests.fuzz.conftest import REQUESTS
from tests.fuzz.tally import Tally
from tests.fuzz.test_site import SHARE
from tests.serving import Site

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "unsupported_method", "allow_header_conformance",
)  # fmt: skip
"""All that schemathesis has for an API without accounts, but one: answers that keep to the schema may lack others."""


@pytest.fixture
def site(own_database: str, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, own_database, API_REQUESTS="0")
    try:
        site.wait()
        yield site
    finally:
        site.stop()


def lines(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.log.read_text().splitlines()]


def test_whatever_is_sent_the_api_answers_as_it_is_described(site: Site, guide: Guide, of_the_api: Tally) -> None:
    examples = 1000 if REQUESTS else 60
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"http://127.0.0.1:{site.port}/api/openapi.json",
        "--checks", ",".join(CHECKS), "--max-examples", str(examples), "--continue-on-failure", "--no-color",
    ]  # fmt: skip
    asked = 0
    while True:
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        requests = [line for line in lines(site) if line["logger"] == "gunicorn.access"]
        asked = len(requests)
        if asked >= REQUESTS * (1 - SHARE):
            break
    for line in requests:
        of_the_api.count(line["method"], line["path"], line["status"])
    assert asked > 200
    assert {200, 405, 422} <= set(of_the_api.statuses)
    log = json.dumps(lines(site))
    for question in guide.questions:
        assert f'"{question.key}"' not in log
        assert f"'{question.key}'" not in log
