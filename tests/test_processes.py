"""Two web processes over one database: what one does the other knows, whatever each has in memory and on its clock."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from guidance.rules import loading
from guidance.rules.guide import Guide
from tests.conftest import SHIPPED
from tests.serving import Answer, Site, Visitor, offer, statuses
from tests.visiting import answers_of

CASE = "cirrhosis-low-zinc"
HOUR = timedelta(hours=1)
EXPIRE = """
import django, sys; django.setup()
from datetime import timedelta
from hashlib import sha256
from django.utils import timezone
from guidance.models import SharedResult
for link, minutes in zip(sys.argv[1::2], map(int, sys.argv[2::2]), strict=True):
    ends = timezone.now() + timedelta(minutes=minutes)
    token = sha256(link.split("/")[2].encode()).hexdigest()
    assert SharedResult.objects.filter(token_sha256=token).update(created_at=ends - timedelta(days=30), expires_at=ends)
"""
PROPOSE = """
import django, sys; django.setup()
from pathlib import Path
from django.utils import timezone
from guidance import releases
from guidance.rules import loading
for path in map(Path, sys.argv[1:]):
    made = releases.propose(loading.load(path.read_bytes()), by="ana", at=timezone.now(), acknowledgement="Read.")
    print(made.pk)
"""

Start = Callable[..., Site]


@pytest.fixture
def start(own_database: str, tmp_path: Path) -> Iterator[Start]:
    """Start one more site over the same database."""
    with ExitStack() as running:

        def start(name: str, **variables: str) -> Site:
            folder = tmp_path / name
            folder.mkdir()
            site = Site(folder, own_database, **variables)
            running.callback(site.stop)
            site.wait()
            return site

        yield start


class Wandering(Visitor):
    """Whose every request is answered by the other process, as a proxy may have it."""

    def __init__(self, site: Site, other: Site) -> None:
        super().__init__(site)
        self.other = other

    def _ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        self.site, self.other = self.other, self.site
        return super()._ask(method, path, body, **headers)


def share(visitor: Visitor) -> str:
    """Make a private link to the result: its address."""
    made = visitor.send("/share/", {"offer": offer(visitor.open("/result/").page)})
    assert made.status == 302
    return made.headers["Location"].removesuffix("link/")


def test_a_clock_an_hour_off_costs_nobody_an_answer_and_no_shared_result_more_than_that_hour(
    start: Start, guide: Guide
) -> None:
    right = start("right")
    ahead = start("ahead", DJANGO_SETTINGS_MODULE="tests.shifted", CLOCK_OFF=str(HOUR.total_seconds()))
    said = [parsedate_to_datetime(site.ask("GET", "/healthz").headers["Date"]) for site in (right, ahead)]
    assert abs(said[1] - said[0] - HOUR) < timedelta(minutes=1)

    answers = answers_of(guide, CASE)
    expected = {key: status.value for case in guide.cases if case.key == CASE for key, status in case.expected.items()}
    for wandering in (Wandering(right, ahead), Wandering(ahead, right)):
        assert statuses(wandering.walk(answers).page) == expected

    links = []
    for maker, reader in ((right, ahead), (ahead, right), (right, ahead)):
        visitor = Visitor(maker)
        visitor.walk(answers)
        links.append(share(visitor))
        assert statuses(Visitor(reader).open(links[-1]).page) == expected

    for first, second in ((right, ahead), (ahead, right)):
        staff = Visitor(first)
        staff.sign_in(f"ana-{first.port}", "Editors")
        staff.site = second
        assert staff.open("/admin/workbench/").status == 200

    right.python("-c", EXPIRE, links[0], "-1", links[1], "30", links[2], "90")
    opened = {site.port: [Visitor(site).open(link).status for link in links] for site in (right, ahead)}
    assert opened == {right.port: [404, 200, 200], ahead.port: [404, 404, 200]}
    sweeper = Visitor(ahead)
    sweeper.walk(answers)
    share(sweeper)
    assert [Visitor(right).open(link).status for link in links] == [404, 404, 200], "swept out an hour early at most"
    for site in (right, ahead):
        assert '"status": 500' not in site.log.read_text()


def test_of_two_reviewers_at_two_processes_one_publishes_and_both_processes_give_the_new_release_at_once(
    start: Start, tmp_path: Path
) -> None:
    sites = [start("first"), start("second")]
    paths = [tmp_path / "one.json", tmp_path / "other.json"]
    for path in paths:
        renamed = SHIPPED.read_text().replace("The cramps guide", f"The cramps guide, {path.stem}", 1)
        path.write_bytes(loading.dump(loading.load(renamed.encode())))
    proposals = sites[0].python("-c", PROPOSE, *map(str, paths)).split()
    reviewers = [Visitor(site) for site in sites]
    for reviewer, name in zip(reviewers, ("ben", "cara"), strict=True):
        reviewer.sign_in(name, "Reviewers")
        reviewer.open("/admin/")
    assert [releases(site) for site in sites] == [{"1"}, {"1"}]
    ready = threading.Barrier(2)

    def publish(reviewer: Visitor, proposal: str) -> str:
        ready.wait()
        answer = reviewer.send(f"/admin/workbench/proposals/{proposal}/publish/", {})
        assert answer.status == 302
        return reviewer.open("/admin/").page

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(publish, reviewers, proposals))
    assert [releases(site) for site in sites] == [{"2"}, {"2"}]
    [won] = [place for place, page in enumerate(told) if "Release 2 is published: visitors read it now." in page]
    assert re.search("Another release was published at the same|Release 2 was published after this", told[1 - won])
    for site in sites:
        assert site.ask("GET", "/api/guide").page == paths[won].read_text()
        assert site.ask("GET", "/releases/3/").status == 404


def releases(site: Site) -> set[str]:
    """The numbers of the releases that pages name, asked so often at once that every thread of the site answers."""
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: site.ask("GET", "/").page, range(32)))
    return {number for page in pages for number in re.findall(r">Release (\d+)</a>", page)}
