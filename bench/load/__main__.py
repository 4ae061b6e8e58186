"""Visitors walk whole journeys while a release is published, and every result is held against the engine."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import gevent
from locust.env import Environment

from bench import generated
from bench.load import second, site, visitors
from bench.load.visitors import Findings, Plan, Visitor
from guidance.rules import loading
from guidance.rules.guide import Guide

VISITORS = 200
SECONDS = 60
GENERATED = 2000
PATIENCE = 120
"""Seconds within which whoever is under way at the end comes to a result."""


def main() -> int:
    first = loading.load(second.SHIPPED.read_bytes())
    guides = {1: first, 2: second.guide(first)}
    Visitor.findings = findings = Findings(guides, visitors.plans(_plans(first)))
    with tempfile.TemporaryDirectory(prefix="cramps-load-") as folder, site.served(Path(folder)) as served:
        document = Path(folder) / "second.json"
        document.write_bytes(loading.dump(guides[2]))
        served.manage("import_guide", str(document))
        environment = Environment(user_classes=[Visitor], host=served.address, stop_timeout=PATIENCE)
        runner = environment.create_local_runner()
        began = time.monotonic()
        runner.start(VISITORS, spawn_rate=VISITORS / 2)
        gevent.sleep(SECONDS / 2)
        served.manage("publish")
        published = time.monotonic() - began
        gevent.sleep(SECONDS - published)
        runner.quit()
        log = served.log.read_text()

    failures = [*findings.failures, *(str(error["msg"]) for error in runner.exceptions.values())]
    print(
        "\n".join([f"{served.database}: release 2 published after {published:.0f} s", *_figures(findings, environment)])
    )
    print(f"{len(failures)} failures, {len(findings.wrong)} wrong", *[*failures, *findings.wrong][:20], sep="\n  ")
    if failures:
        print(log)
    tried = findings.results[1] and findings.results[2] and findings.counted["telling"] and findings.counted["links"]
    if not tried:
        print("Too little came about to tell anything.")
    return 1 if failures or findings.wrong or not tried else 0


def _figures(findings: Findings, environment: Environment) -> Iterator[str]:
    total, counted, results = environment.stats.total, findings.counted, findings.results
    yield f"{VISITORS} visitors for {SECONDS} s, {total.num_requests:,} requests, {counted['journeys']:,} journeys"
    median, slow = total.median_response_time, total.get_response_time_percentile(0.95)
    yield f"{total.total_rps:.0f} requests a second, median {median:,} ms, 95th percentile {slow:,} ms"
    yield f"{results[1]:,} results by release 1, {results[2]:,} by release 2; the two differ on {counted['telling']:,}"
    yield f"{counted['links']} private links made and opened, {counted['opened again']} times opened again later"
    yield f"{counted['asked again']} questions asked again because an option had gone"


def _plans(first: Guide) -> list[Plan]:
    """The answers of the shipped cases, and as many more made by chance as keep visitors apart."""
    shipped = [dict(case.answers) for case in first.cases]
    drawn = generated.answers(first, GENERATED, seed=1, strays=True)
    return [{1: answers, 2: second.answers(answers)} for answers in (*shipped, *drawn)]


if __name__ == "__main__":
    sys.exit(main())
