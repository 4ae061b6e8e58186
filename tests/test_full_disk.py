"""The disk is full to the last byte: under the rows, the logs and the counts, all of them on one small disk."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from guidance.rules import engine
from guidance.rules.guide import Guide
from tests.serving import Site, Visitor, offer, statuses
from tests.visiting import answers_of

CASES = ("cirrhosis-low-zinc", "diarrhoea", "healthy-night-cramps")
MEGABYTES = 32
TRIES = 400
SOUND = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("PRAGMA integrity_check")
    print(cursor.fetchone()[0])
"""


class Disk:
    """A small disk in memory."""

    def __init__(self) -> None:
        # Not in the test's own folder: PostgreSQL's user may not go there.
        self.folder = Path(tempfile.mkdtemp(prefix="cramps-disk-"))
        size = f"size={MEGABYTES}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.folder)], check=True)

    def fill(self) -> None:
        """Take what is left, a page at a time and the last bytes one by one."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        filler.write(b"\0" * size)
                except OSError:
                    continue
        assert shutil.disk_usage(self.folder).free == 0

    def make_room(self) -> None:
        (self.folder / "filler").unlink()

    def end(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
        self.folder.rmdir()


@pytest.fixture
def disk() -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = Disk()
    yield disk
    disk.end()


@pytest.fixture
def database(disk: Disk) -> Iterator[str]:
    """A database of which every row is on the small disk."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{disk.folder}/rows.sqlite3"
        return
    rows = disk.folder / "rows"
    rows.mkdir()
    shutil.chown(rows, "postgres")
    name = re.sub(r"\W", "_", disk.folder.name)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute(f"CREATE TABLESPACE {name} LOCATION '{rows}'".encode())
        server.execute(f"CREATE DATABASE {name} TABLESPACE {name}".encode())
        yield f"{settings.DATABASE_URL.rpartition('/')[0]}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        server.execute(f"DROP TABLESPACE {name}".encode())


def test_on_a_full_disk_results_are_read_links_are_put_off_and_nothing_is_half_written(
    disk: Disk, database: str, guide: Guide, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {case.key: {key: status.value for key, status in case.expected.items()} for case in guide.cases}
    site = Site(disk.folder, database, API_REQUESTS="1")
    kept: list[tuple[str, str]] = []
    counted: Counter[int] = Counter()

    def share(case: str) -> int:
        visitor = Visitor(site)
        result = visitor.walk(answers_of(guide, case))
        assert statuses(result.page) == expected[case]
        for _ in range(TRIES):
            made = visitor.send("/share/", {"offer": offer(visitor.open("/result/").page)})
            counted[made.status] += 1
            if made.status != 302:
                assert "database that holds the guide does not answer" in made.page
                return made.status
            kept.append((case, made.headers["Location"].split("/")[2]))
            if not (disk.folder / "filler").exists():
                return 302
        raise AssertionError(f"{TRIES} links were made on a full disk")

    def read_all() -> None:
        for case, token in kept:
            opened = Visitor(site).open(f"/shared/{token}/")
            assert (opened.status, statuses(opened.page)) == (200, expected[case])

    try:
        site.wait()
        for case in CASES:
            assert share(case) == 302
        disk.fill()
        for case in CASES:
            assert share(case) == 503
            asked = site.ask("POST", "/api/assess", json.dumps(answers_of(guide, case)))
            assert asked.status == 200, "what cannot be counted is not limited"
        assert Visitor(site).open("/rationale/").status == 200
        read_all()
        while_full = counted.copy()
        disk.make_room()
        for case in CASES:
            assert share(case) == 302
        read_all()
        rows = site.shared()
        assert len(rows) == len(kept) == counted[302]
        for row in rows:
            assert engine.assess(guide, row["answers"]).answers == row["answers"]
        if connection.vendor == "sqlite":
            assert site.python("-c", SOUND) == "ok\n"
    finally:
        site.stop()
    with capsys.disabled():
        print(
            f"\nDisk full: {while_full[302] - 3} links made, {while_full[503]} put off, {len(CASES)} journeys right; "
            f"with room again {len(rows)} of {len(kept)} results there"
        )
