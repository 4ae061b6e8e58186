"""How often a page asks the database: once at most, and no more often for a guide ten times as large."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import generated
from guidance import journey, releases
from guidance.journey import Journey
from guidance.models import Proposal
from guidance.releases import Live
from guidance.rules import engine, loading
from guidance.rules.guide import Answers, Guide
from guidance.urls import urlpatterns
from tests.visiting import answers_of

pytestmark = pytest.mark.django_db

MORE = {
    "share", "shared", "shared-link", "shared-delete",  # they keep, read or delete a row of their own
    "preview-draft", "preview-draft-page", "preview-proposal", "preview-proposal-page",  # for staff, who have a session
    "readyz",  # it looks at the migrations too
}  # fmt: skip
POSTED = {"clear", "explorer-use", "explorer-afresh", "assess"}


class Request(NamedTuple):
    method: str
    address: str
    body: Any = None
    kind: str = "application/x-www-form-urlencoded"


def requests(guide: Guide, answers: Answers) -> Iterator[Request]:
    """Every public address as it is asked for; of many of a kind the first and the last."""
    keys: dict[str, list[Any]] = {
        "question": [question.key for question in guide.questions],
        "rule": [rule.key for rule in guide.rules],
        "try-rule": [rule.key for rule in guide.rules],
        "rationale-intervention": [intervention.key for intervention in guide.interventions],
        "case": [case.key for case in guide.cases],
        "release": [1],
        "document": [1],
    }
    for pattern in urlpatterns:
        name = str(pattern.name)
        if name in POSTED:
            yield Request("POST", reverse(f"guidance:{name}"), json.dumps(answers), "application/json")
        elif name not in MORE:
            for key in sorted({*keys[name][:1], *keys[name][-1:]}) if name in keys else [None]:
                yield Request("GET", reverse(f"guidance:{name}", args=[] if key is None else [key]))
    first = guide.questions[0].key
    yield Request("POST", reverse("guidance:question", args=[first]), urlencode({first: answers[first]}, doseq=True))


def queries(client: Client, request: Request) -> list[str]:
    """What the database is asked."""
    with CaptureQueriesContext(connection) as captured:
        response = client.generic(request.method, request.address, request.body or "", request.kind)
    assert response.status_code in (200, 302), request
    return [query["sql"] for query in captured]


def counted(live: Live, answers: Answers) -> dict[Request, int]:
    """By request, how often it makes the site ask, when it has been asked for before by somebody with these answers."""
    found = {}
    for request in requests(live.guide, answers):
        client = visitor(live, answers)
        queries(client, request)
        found[request] = len(queries(client, request))
    return found


def visitor(live: Live, answers: Answers) -> Client:
    client, response = Client(), HttpResponse()
    journey.keep(response, Journey(dict(answers)), live.digest)
    client.cookies = response.cookies
    return client


@pytest.fixture
def large(guide: Guide) -> Live:
    """Ten times the rules and questions of the shipped guide; that its rules contradict each other is of no matter."""
    made = generated.guide(10 * len(guide.rules), questions=10 * len(guide.questions), seed=1)
    document = loading.dump(made)
    now = datetime.now(UTC)
    proposal = Proposal.objects.create(
        document=document.decode(),
        digest=hashlib.sha256(document).hexdigest(),
        report="[]",
        base=0,
        summary="",
        acknowledgement="",
        proposed_by="editor",
        proposed_at=now,
    )
    releases.publish(proposal, by="reviewer", at=now)
    return releases.current()


def test_no_page_asks_the_database_more_than_once(published: Live) -> None:
    found = counted(published, answers_of(published.guide, "healthy-night-cramps"))
    assert not {request: number for request, number in found.items() if number > 1}


def test_nor_does_it_for_a_guide_ten_times_as_large(large: Live) -> None:
    sets = generated.answers(large.guide, 100, seed=1)
    answers = next(answers for answers in sets if not engine.assess(large.guide, answers).get_help)
    found = counted(large, answers)
    assert not {request: number for request, number in found.items() if number > 1}
