"""What serving a page costs: the site beside bare Django views, in one interleaved run of wrk on loopback.

Both are served by gunicorn with the workers of ``make run``. In every round each page of the site has a turn of a
second, and what stands in its place on the bare site has turns beside it:

- for a page, a template of the same bytes: once *fixed*, without a value in it but for the CSRF tokens of its forms,
  and once *filled*, where every text between two tags is a value too
- for an answer given, a form of one field, sent with Django's CSRF token, validated, and answered by a redirect
- for the API, a view that reads the same JSON and answers with JSON of the same size

The bare site has the middleware that ``django-admin startproject`` writes and asks its database for nothing. What is
asked for comes from whole journeys: every question of one, and the results of all shipped cases that end with one.
Nothing is asked for compressed, for compressing costs both the same; but what browsers ask for is compressed, so two
pages are measured that way as well, on the bare site by Django's own `gzip_page`.
"""

import html
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from bench.served import PROJECT, Browser, Sent, Server
from guidance.rules import engine, loading
from guidance.rules.guide import Guide

SHIPPED = PROJECT / "fixtures" / "guide.json"
JOURNEY = "cirrhosis-low-zinc"
"""The shipped case whose questions are measured: it is asked nearly all there are."""
ROUNDS = 15
CONNECTIONS = 8
TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken" value="[^"]*">')
TEXT = re.compile(r"(?<=>)[^<>]*[^<>\s][^<>]*(?=<)")

WRK = """
local given, turn = {%s}, 0
request = function() turn = turn %% #given + 1; return given[turn] end
done = function(summary)
  local lost = summary.errors
  local failed = lost.connect + lost.read + lost.write + lost.status + lost.timeout
  io.write(string.format("turn %%d %%d %%d\\n", summary.requests, summary.duration, failed))
end
"""
"""What wrk is told: send these requests in turn, and say how many were answered, in what time, how many not."""


class Page(NamedTuple):
    """What is measured under one name: what the site is asked for, and what it answered to each."""

    name: str
    requests: list[Sent]
    answers: list[str]
    compressed: bool = False

    @property
    def key(self) -> str:
        return re.sub(r"\W+", "-", self.name.lower())


class Contestant(NamedTuple):
    """One of those that answer in turn: the site, or a bare view in its place."""

    name: str
    server: Server
    requests: Sequence[Sent]


class Turn(NamedTuple):
    """What a request took in one second of wrk, in milliseconds: until the next could be answered, and of computing."""

    time: float
    cpu: float


def lines() -> Iterator[str]:
    """A table, line by line as it comes about."""
    if shutil.which("wrk") is None:
        yield "Serving is not measured: wrk is not there. On Debian: apt-get install wrk"
        return
    guide = loading.load(SHIPPED.read_bytes())
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        environment = _prepared(folder)
        site = stack.enter_context(Server("cramps.wsgi", folder / "site.log", environment))
        pages = [*_pages(site, guide), _api(site, guide)]
        for page in pages:
            _stand_ins(folder, page)
        bare = stack.enter_context(Server("bench.bare", folder / "bare.log", {"BARE_PAGES": str(folder)}))
        queries = _queries(environment, pages)
        pages += [page._replace(compressed=True) for page in pages if page.name in ("question, GET", "result")]
        measured = [(page, _contestants(site, bare, page)) for page in pages]
        yield f"Serving a page: {ROUNDS} interleaved turns of a second each, {CONNECTIONS} connections"
        yield f"{'':<36}  {'CPU ms a request':^22}  {'time, × fixed':^20}  {'time, × filled':^20}"
        yield (
            f"{'':<20}{'bytes':>8}{'queries':>8}  {'site':>6}{'fixed':>8}{'filled':>8}"
            f"  {'median':>6}{'quartiles':>14}  {'median':>6}{'quartiles':>14}"
        )
        turns = _interleaved(folder, [contestants for _, contestants in measured])
        for (page, _), found in zip(measured, turns, strict=True):
            yield _line(page, queries[page.name], found)


def _prepared(folder: Path) -> dict[str, str]:
    """The environment of a site that holds the shipped guide, with its rows in this folder."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "cramps.settings",
        "SECRET_KEY": "for the bench only",
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PLAIN_HTTP": "true",
        "API_REQUESTS": "0",
        "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        "COUNTS_FOLDER": str(folder / "counts"),
    }
    prepare = [sys.executable, "manage.py", "prepare", str(SHIPPED), "-v0"]
    subprocess.run(prepare, cwd=PROJECT, env=os.environ | environment, check=True)
    return environment


def _pages(site: Server, guide: Guide) -> Iterator[Page]:
    browser = Browser(site)
    yield Page("start", [browser.open("/")], [browser.page])
    opened, sent = Page("question, GET", [], []), Page("question, POST", [], [])
    answers = next(case.answers for case in guide.cases if case.key == JOURNEY)
    for request, page, answer in _journey(browser, answers):
        opened.requests.append(request)
        opened.answers.append(page)
        sent.requests.append(answer)
    yield from (opened, sent)
    result = Page("result", [], [])
    for case in guide.cases:
        if not engine.assess(guide, case.answers).get_help:
            browser = Browser(site)
            list(_journey(browser, case.answers))
            result.requests.append(browser.open("/result/"))
            result.answers.append(browser.page)
    yield result
    browser = Browser(site)
    yield Page("rationale", [browser.open("/rationale/")], [browser.page])


def _journey(browser: Browser, answers: Mapping[str, Any]) -> Iterator[tuple[Sent, str, Sent]]:
    """Each question that is asked: how it was opened, its page, and how it was answered."""
    browser.open("/check/")
    while browser.path.startswith("/check/"):
        key = browser.path.split("/")[2]
        opened, page = browser.open(browser.path), browser.page
        yield opened, page, browser.send({key: answers[key]})


def _api(site: Server, guide: Guide) -> Page:
    page = Page("POST /api/assess", [], [])
    browser = Browser(site)
    for case in guide.cases:
        page.requests.append(browser.ask("POST", "/api/assess", json.dumps(case.answers), kind="application/json"))
        page.answers.append(browser.page)
    return page


def _stand_ins(folder: Path, page: Page) -> None:
    """Write what the bare site answers in this page's place."""
    if page.requests[0].path.startswith("/api/"):
        (folder / "api.json").write_text(sorted(page.answers, key=len)[len(page.answers) // 2])
    elif page.requests[0].method == "POST":
        (folder / "form.html").write_text(
            '<form method="post">{% csrf_token %}{{ form }}<button>Continue</button></form>'
        )
    else:
        _write_templates(folder, page)


def _write_templates(folder: Path, page: Page) -> None:
    for number, answer in enumerate(page.answers):
        texts: dict[str, str] = {}

        def as_value(found: re.Match[str], texts: dict[str, str] = texts) -> str:
            name = f"text_{len(texts)}"
            texts[name] = html.unescape(found.group())
            return f"{{{{ {name} }}}}"

        fixed = TOKEN.sub("{% csrf_token %}", answer)
        name = folder / f"{page.key}-{number}"
        name.with_suffix(".fixed.html").write_text(fixed)
        name.with_suffix(".filled.html").write_text(TEXT.sub(as_value, fixed))
        name.with_suffix(".json").write_text(json.dumps(texts))


def _contestants(site: Server, bare: Server, page: Page) -> list[Contestant]:
    headers = {"Accept-Encoding": "gzip, deflate, br"} if page.compressed else {}
    return [
        Contestant(name, server, [sent._replace(headers=sent.headers | headers) for sent in requests])
        for name, server, requests in [("site", site, page.requests), *_in_its_place(bare, page)]
    ]


def _in_its_place(bare: Server, page: Page) -> Iterator[Contestant]:
    browser = Browser(bare)
    if page.requests[0].path.startswith("/api/"):
        sent = [browser.ask("POST", "/api/", request.body, kind="application/json") for request in page.requests]
        yield Contestant("fixed", bare, sent)
    elif page.requests[0].method == "POST":
        browser.open("/form/")
        yield Contestant("fixed", bare, [browser.send({"answer": "answer-3"})])
    else:
        folder = "/compressed" if page.compressed else ""
        for kind in ("fixed", "filled"):
            opened = [browser.open(f"{folder}/{kind}/{page.key}-{number}/") for number in range(len(page.answers))]
            yield Contestant(kind, bare, opened)


def _queries(environment: dict[str, str], pages: Sequence[Page]) -> dict[str, int]:
    """By page, the most that the site asks its database for one answer, under its own settings and not for the first
    time."""
    os.environ |= environment
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")

    def ask(sent: Sent) -> int:
        kind = sent.headers.get("Content-Type", "")
        with CaptureQueriesContext(connection) as captured:
            answer = client.generic(sent.method, sent.path, sent.body, kind, headers=sent.headers)
        if answer.status_code >= 400:
            raise RuntimeError(f"{sent.path} answers {answer.status_code}")
        return len(captured)

    return {page.name: [max(map(ask, page.requests)) for _ in range(2)][-1] for page in pages}


def _interleaved(folder: Path, pages: Sequence[Sequence[Contestant]]) -> list[dict[str, list[Turn]]]:
    """For each page, by contestant, its turns. Who goes first changes from round to round, and the first round counts
    for nothing."""
    turns: list[dict[str, list[Turn]]] = [{contestant.name: [] for contestant in page} for page in pages]
    for number in range(-1, ROUNDS):
        for page, found in zip(pages, turns, strict=True):
            first = number % len(page)
            for contestant in [*page[first:], *page[:first]]:
                turn = _turn(folder, contestant)
                if number >= 0:
                    found[contestant.name].append(turn)
    return turns


def _turn(folder: Path, contestant: Contestant) -> Turn:
    script = folder / "turn.lua"
    script.write_text(WRK % ", ".join(json.dumps(sent.raw()) for sent in contestant.requests))
    before = contestant.server.cpu()
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d1s", "-s", str(script), contestant.server.address]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = contestant.server.cpu() - before
    requests, microseconds, failed = map(int, said.rpartition("turn ")[2].split())
    if failed or not requests:
        raise RuntimeError(f"{contestant.name}: {failed} of {requests} requests failed.\n{said}")
    return Turn(microseconds / requests / 1e3, spent / requests * 1e3)


def _line(page: Page, queries: int, turns: dict[str, list[Turn]]) -> str:
    cpu = {name: statistics.mean(turn.cpu for turn in found) for name, found in turns.items()}
    ratios = [
        [mine.time / other.time for mine, other in zip(turns["site"], found, strict=True)]
        for name, found in turns.items()
        if name != "site"
    ]
    size = statistics.mean(len(answer.encode()) for answer in page.answers) if page.answers else 0
    name = f"{page.name}{', gzip' if page.compressed else ''}"
    said = f"{name:<20}{size:>8,.0f}{queries:>8}  {cpu['site']:>6.2f}{cpu['fixed']:>8.2f}"
    said += f"{cpu['filled']:>8.2f}" if "filled" in cpu else f"{'':>8}"
    for found in ratios:
        low, middle, high = statistics.quantiles(found, n=4)
        said += f"  {middle:>6.2f}{f'{low:.2f} – {high:.2f}':>14}"
    return said
