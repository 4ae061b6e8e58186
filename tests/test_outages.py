"""The database goes while the site serves, and comes back: people are told, and nobody has to start anything anew."""

import json
import os
import secrets
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import kill
from pathlib import Path
from typing import Any, Protocol

import dj_database_url
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.conftest import PROJECT
from tests.serving import PASSWORD, Answer, Site, Visitor, offer, statuses
from tests.states import STATES
from tests.visiting import answers_of, walk

CASE = "cirrhosis-low-zinc"
STILL_HERE = "The answers you gave before are still on your device."
THREADS = 8
"""In which two workers answer: each has a connection of its own that outlives the request."""


class Database(Protocol):
    address: str

    def go(self, site: Site) -> None: ...
    def come_back(self) -> None: ...


class Server:
    """A PostgreSQL server of the test's own. It goes at once, as in a crash."""

    def __init__(self) -> None:
        command = [str(PROJECT / "scripts" / "with-postgres"), "sh", "-c", 'echo "$DATABASE_URL"; exec cat']
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        self.folder = Path(str(dj_database_url.parse(self.address)["HOST"]))
        self.rows = self.folder / "rows"

    def go(self, site: Site) -> None:
        self._control("stop", "--mode=immediate")

    def come_back(self) -> None:
        self._control("restart", f"--log={self.folder}/server.log")

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)

    def _control(self, *arguments: str) -> None:
        program = Path(shlex.split((self.rows / "postmaster.opts").read_text())[0]).with_name("pg_ctl")
        owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*owner, str(program), f"--pgdata={self.rows}", "--wait", "--silent", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)


FORWARD = """
import socket, sys, threading
def pump(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
with socket.create_server((sys.argv[1], 5432)) as listening:
    print("listening", flush=True)
    while True:
        one, other = listening.accept()[0], socket.socket(socket.AF_UNIX)
        other.connect(sys.argv[2])
        for pair in ((one, other), (other, one)):
            threading.Thread(target=pump, args=pair, daemon=True).start()
"""


class Wire:
    """The way to a PostgreSQL server that is on another machine, as far as the network can tell. It can be cut."""

    def __init__(self, address: str) -> None:
        found = dj_database_url.parse(address)
        self.name = f"cut{uuid.uuid4().hex[:8]}"
        network = f"198.18.{secrets.randbelow(256)}"
        self.here = f"{network}.1"
        self.address = f"postgres://postgres@{network}.2/{found['NAME']}"
        ip("netns", "add", self.name)
        ip("link", "add", f"{self.name}-a", "type", "veth", "peer", "name", f"{self.name}-b", "netns", self.name)
        ip("address", "add", f"{self.here}/24", "dev", f"{self.name}-a")
        ip("link", "set", f"{self.name}-a", "up")
        self._there("address", "add", f"{network}.2/24", "dev", f"{self.name}-b")
        self._there("link", "set", f"{self.name}-b", "up")
        inside = ["ip", "netns", "exec", self.name, sys.executable, "-c", FORWARD]
        command = [*inside, f"{network}.2", f"{found['HOST']}/.s.PGSQL.5432"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout and self.process.stdout.readline() == b"listening\n"

    def cut(self) -> None:
        """What is sent arrives and no answer comes back, not even that it arrived."""
        self._there("route", "add", "blackhole", self.here)

    def mend(self) -> None:
        self._there("route", "del", "blackhole", self.here)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        ip("netns", "del", self.name)

    def _there(self, *arguments: str) -> None:
        ip("-netns", self.name, *arguments)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class File:
    """A SQLite file on a disk that is not there for a while. Who has it open reads on, so workers begin anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "disk"
        self.folder.mkdir()
        self.address = f"sqlite:///{self.folder}/rows.sqlite3"

    def go(self, site: Site) -> None:
        self.folder.rename(self.folder.with_name("elsewhere"))
        for worker in site.workers():
            kill(worker, signal.SIGKILL)
        site.wait("/healthz")

    def come_back(self) -> None:
        self.folder.with_name("elsewhere").rename(self.folder)

    def end(self) -> None:
        """Its folder is the test's and goes with it."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = File(tmp_path) if connection.vendor == "sqlite" else Server()
    yield made
    made.end()


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, database.address)
    try:
        site.wait()
        yield site
    finally:
        site.stop()


def at_once(times: int, act: Callable[[], Answer]) -> Counter[int]:
    """How often each status came of this, done by so many at once that every thread of the site answers."""
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(answer.status for answer in pool.map(lambda _: act(), range(times)))


def test_every_page_says_that_the_database_does_not_answer_and_goes_on_by_itself_when_it_does(
    site: Site, database: Database, guide: Guide, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = answers_of(guide, CASE)
    expected = {key: status.value for case in guide.cases if case.key == CASE for key, status in case.expected.items()}
    has_result, half_way, staff = Visitor(site), Visitor(site), Visitor(site)
    page = has_result.walk(answers).page
    token = has_result.send("/share/", {"offer": offer(page)}).headers["Location"].split("/")[2]
    offered = offer(has_result.open("/result/").page)
    half_way.open("/check/who/")
    half_way.send("/check/who/", {"who": answers["who"]})
    half_way.open("/check/emergency/")
    staff.sign_in("ana", "Editors")
    assert staff.open("/admin/").status == 200
    assert set(at_once(5 * THREADS, lambda: site.ask("GET", "/"))) == {200}

    database.go(site)
    pages = sorted({state.address.partition("#")[0].format(token=token) for state in STATES if state.status != 405})
    for address in pages:
        answer = has_result.open(address)
        assert (address, answer.status) == (address, 503)
        assert STILL_HERE in answer.page
        assert int(answer.headers["Retry-After"]) > 0
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.cookies == {}
    for sent in (
        half_way.send("/check/emergency/", {"emergency": answers["emergency"]}),
        has_result.send("/share/", {"offer": offered}),
        has_result.send(f"/shared/{token}/delete/", {}),
    ):
        assert (sent.status, STILL_HERE in sent.page) == (503, True)
    for method, path in (("POST", "/api/assess"), ("GET", "/api/guide")):
        said = site.ask(method, path, json.dumps(answers) if method == "POST" else "")
        assert (said.status, json.loads(said.page)["where"]) == (503, "database")
        assert int(said.headers["Retry-After"]) > 0
    stranger = Visitor(site)
    stranger.open("/admin/login/")
    for said in (
        staff.open("/admin/"),
        staff.open("/admin/guidance/rule/"),
        staff.send("/admin/workbench/propose/", {}),
        stranger.send("/admin/login/", {"username": "ana", "password": PASSWORD}),
    ):
        assert (said.status, "look whether it was kept" in said.page) == (503, True)
    ready = site.ask("GET", "/readyz")
    assert (ready.status, ready.page) == (503, "database: it does not answer\n")
    assert site.ask("GET", "/healthz").status == 200

    database.come_back()
    back = at_once(10 * THREADS, lambda: site.ask("GET", "/"))
    assert back == {200: 10 * THREADS}
    assert staff.open("/admin/").status == 200
    assert half_way.send("/check/emergency/", {"emergency": answers["emergency"]}).status == 302
    assert statuses(half_way.walk(answers).page) == expected
    assert statuses(has_result.open(f"/shared/{token}/").page) == expected
    assert has_result.send("/share/", {"offer": offered}).status == 302
    assert len(site.shared()) == 2
    assert '"status": 500' not in site.log.read_text()
    with capsys.disabled():
        print(f"\nWithout its database {len(pages)} pages said so; with it again {back[200]} of {back.total()} came")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a SQLite file that is open does not go")
def test_visitors_under_way_when_it_goes_are_told_or_answered(
    site: Site, database: Database, guide: Guide, capsys: pytest.CaptureFixture[str]
) -> None:
    """At any moment of a request the server may go; none of them may end in a fault or wait for long."""
    answers = answers_of(guide, CASE)
    over = threading.Event()
    counted: Counter[int] = Counter()
    longest = 0.0

    visitors = [Visitor(site) for _ in range(THREADS)]
    for visitor in visitors:
        assert visitor.open("/check/who/").status == 200

    def visit(visitor: Visitor) -> None:
        nonlocal longest
        while not over.is_set():
            began = time.monotonic()
            counted[visitor.send("/check/who/", {"who": answers["who"]}).status] += 1
            counted[visitor.open("/article/").status] += 1
            longest = max(longest, time.monotonic() - began)

    with ThreadPoolExecutor(THREADS) as pool:
        visits = [pool.submit(visit, visitor) for visitor in visitors]
        for _ in range(2):
            time.sleep(0.5)
            database.go(site)
            time.sleep(0.5)
            database.come_back()
        time.sleep(0.5)
        over.set()
        for ended in visits:
            ended.result()
    assert set(counted) == {200, 302, 503}
    assert longest < 10
    with capsys.disabled():
        print(f"\nThe server went twice under {THREADS} visitors: {dict(counted)}, the longest wait {longest:.1f} s")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a SQLite file is on no other machine")
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason="only root may cut a wire, with the program ip")
def test_a_server_that_is_lost_without_a_word_holds_nobody_up_for_long(
    own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = Wire(own_database)
    try:
        site = Site(tmp_path, wire.address)
        try:
            site.wait()
            assert set(at_once(5 * THREADS, lambda: site.ask("GET", "/"))) == {200}
            wire.cut()
            began = time.monotonic()
            assert at_once(4, lambda: site.ask("GET", "/")) == {503: 4}
            told = time.monotonic() - began
            wire.mend()
            assert at_once(5 * THREADS, lambda: site.ask("GET", "/")) == {200: 5 * THREADS}
        finally:
            site.stop()
    finally:
        wire.end()
    assert told < 20, "a page gives an answer up after 20 seconds"
    with capsys.disabled():
        print(f"\nThe way to the server was cut: 4 visitors told so within {told:.1f} s, {5 * THREADS} answered after")


def test_a_question_that_makes_no_sense_to_the_database_is_a_fault_of_the_program(
    client: Client, published: Live
) -> None:
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE guidance_release RENAME TO gone")
    answer = client.get("/")
    assert (answer.status_code, "Something went wrong here" in answer.content.decode()) == (500, True)


def test_so_is_any_other_fault_beside_it(client: Client, published: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False

    def fail(*_: Any) -> None:
        raise ValueError("no number") from OperationalError("gone")

    monkeypatch.setattr("guidance.journey.read", fail)
    assert client.get("/").status_code == 500
    assert client.get("/accessibility/").status_code == 200


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file that others lock")
@pytest.mark.django_db(transaction=True)
def test_while_others_hold_the_file_pages_are_read_and_only_what_writes_is_put_off(
    client: Client, guide: Guide, published: Live
) -> None:
    client.raise_request_exception = False
    walk(client, answers_of(guide, CASE))
    offered = offer(client.get("/result/").content.decode())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100")
    holder = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        put_off = client.post("/share/", {"offer": offered})
        assert (put_off.status_code, STILL_HERE in put_off.content.decode()) == (503, True)
        assert client.get("/result/").status_code == 200
        holder.execute("ROLLBACK")
        assert client.post("/share/", {"offer": offered}).status_code == 302
    finally:
        holder.close()
        connection.close()
