"""Workers are killed, as if the machine had run out of memory, while visitors answer and make links."""

import hashlib
import signal
import threading
import time
from collections import Counter
from http.client import HTTPException
from os import kill
from pathlib import Path

import pytest

from guidance.rules import engine
from guidance.rules.guide import Guide
from tests.serving import Answer, Site, Visitor, offer, statuses
from tests.visiting import answers_of

SECONDS = 12.0
VISITORS = 4
CASES = ("cirrhosis-low-zinc", "diarrhoea", "healthy-night-cramps")


class Patient(Visitor):
    """Whoever gets no answer loads the page again, or presses the button once more."""

    repeated = 0

    def _ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        while True:
            try:
                return super()._ask(method, path, body, **headers)
            except (OSError, HTTPException):
                self.repeated += 1
                time.sleep(0.2)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers as Linux lists them")
def test_killed_workers_lose_no_kept_result_and_leave_none_wrong_twice_or_half_written(
    own_database: str, guide: Guide, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {case.key: {key: status.value for key, status in case.expected.items()} for case in guide.cases}
    site = Site(tmp_path, own_database, PROXIES="1")
    counted: Counter[str] = Counter()
    kept: list[tuple[str, str]] = []
    wrong: list[str] = []

    def visit(number: int, until: float) -> None:
        while time.monotonic() < until:
            case = CASES[(number + counted["journeys"]) % len(CASES)]
            # Everybody comes from an address of their own, so that nobody makes too many links.
            visitor = Patient(site, X_Forwarded_For=f"2001:db8:{number}:{counted['journeys']:x}::1")
            result = visitor.walk(answers_of(guide, case))
            if statuses(result.page) != expected[case]:
                wrong.append(f"{case}: {result.status} {statuses(result.page)}")
                return
            made = visitor.send("/share/", {"offer": offer(result.page)})
            if made.status != 302:
                wrong.append(f"{case}: the link was answered with {made.status}")
                return
            kept.append((case, made.headers["Location"].split("/")[2]))
            counted["journeys"] += 1
            counted["repeated"] += visitor.repeated

    try:
        site.wait()
        until = time.monotonic() + SECONDS
        visitors = [threading.Thread(target=visit, args=(number, until)) for number in range(VISITORS)]
        for thread in visitors:
            thread.start()
        while time.monotonic() < until:
            time.sleep(1.0)
            if running := site.workers():
                kill(running[counted["killed"] % len(running)], signal.SIGKILL)
                counted["killed"] += 1
        for thread in visitors:
            thread.join(60)
        assert wrong == []
        assert counted["killed"] >= 5
        assert len(kept) >= VISITORS
        reader = Patient(site)
        for case, token in kept:
            opened = reader.open(f"/shared/{token}/")
            assert (opened.status, statuses(opened.page)) == (200, expected[case])
        rows = site.shared()
        assert {hashlib.sha256(token.encode()).hexdigest() for _, token in kept} == {r["token_sha256"] for r in rows}
        assert len(rows) == len(kept)
        for row in rows:
            assert engine.assess(guide, row["answers"]).answers == row["answers"]
            assert row["release_id"] == 1
        assert '"status": 500' not in site.log.read_text()
    finally:
        site.stop()
    with capsys.disabled():
        print(
            f"\n{counted['killed']} workers killed in {SECONDS:.0f} s: {counted['journeys']} journeys, "
            f"{counted['repeated']} requests sent again, {len(kept)} results kept, 0 lost, 0 wrong, 0 half-written"
        )
