"""Every address of the project, for everybody: what comes back, opened and posted to. A new address without a line in
these tables fails."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from guidance import models, releases, sharing
from guidance.releases import Live
from tests.admin.conftest import SignIn, sign_in  # noqa: F401
from tests.routes import Route, routes
from tests.visiting import answers_of

pytestmark = pytest.mark.django_db

OPEN = {
    "start": (200, 405),
    "check": (302, 405),
    "question": (200, 200),
    "answers": (200, 405),
    "result": (302, 405),
    "clear": (405, 302),
    "accessibility": (200, 405),
    "share": (405, 302),
    "shared-deleted": (200, 405),
    "shared": (200, 405),
    "shared-link": (200, 405),
    "shared-delete": (200, 302),
    "article": (200, 405),
    "rationale": (200, 405),
    "rule": (200, 405),
    "try-rule": (200, 405),
    "guarantees": (200, 405),
    "cases": (200, 405),
    "case": (200, 405),
    "map": (200, 405),
    "explorer": (200, 200),
    "explorer-use": (405, 302),
    "explorer-afresh": (405, 302),
    "rationale-intervention": (200, 405),
    "releases": (200, 405),
    "release": (200, 405),
    "document": (200, 405),
    "assess": (405, 422),
    "guide": (200, 405),
    "openapi": (200, 405),
    "healthz": (200, 200),
    "readyz": (200, 200),
}
"""Open to everybody alike, signed in or not."""

IN, NO = "sent to sign in", 403
Answers = tuple[int | str, int | str]
AWAY: Answers = (IN, IN)
SHUT: Answers = (NO, NO)


class Opens(NamedTuple):
    """A page of the workshop: what comes back to each role of its own. Nobody else is let in."""

    editor: Answers
    reviewer: Answers
    superuser: Answers
    staff: Answers = SHUT
    """Somebody of the workshop without a role."""


def seen_by_both(answers: Answers) -> Opens:
    return Opens(answers, answers, answers)


def of_editors(answers: Answers, *, seen: bool = False) -> Opens:
    return Opens(answers, (answers[0], NO) if seen else SHUT, answers)


def of_reviewers(answers: Answers) -> Opens:
    return Opens(SHUT, answers, answers)


def of_all_staff(answers: Answers) -> Opens:
    return Opens(answers, answers, answers, answers)


PAGE, STEP = (200, 200), (302, 200)
"""A page of the workshop, which shows itself again when nothing is sent to it; a step, which has no page of its own."""

WORKSHOP = {
    "guidance:preview-draft": seen_by_both((200, 405)),
    "guidance:preview-draft-page": seen_by_both(PAGE),
    "guidance:preview-proposal": seen_by_both((200, 405)),
    "guidance:preview-proposal-page": seen_by_both(PAGE),
    "admin:workbench": seen_by_both(PAGE),
    "admin:workbench-propose": of_editors(STEP),
    "admin:workbench-import": of_editors(PAGE),
    "admin:workbench-import-document": of_editors(STEP),
    "admin:workbench-export": seen_by_both(PAGE),
    "admin:workbench-proposal": seen_by_both(PAGE),
    "admin:workbench-publish": of_reviewers((302, 302)),
    "admin:workbench-reject": of_reviewers(STEP),
    "admin:workbench-withdraw": of_editors(STEP),
    "admin:workbench-release": seen_by_both(PAGE),
    "admin:workbench-start": of_editors((302, 302)),
    "admin:workbench-back": of_reviewers(STEP),
    "admin:workbench-review": of_reviewers(STEP),
    "admin:index": of_all_staff(PAGE),
    "admin:login": of_all_staff(STEP),
    "admin:logout": of_all_staff((405, 200)),
    "admin:password_change": of_all_staff(PAGE),
    "admin:password_change_done": of_all_staff((200, 405)),
    "admin:autocomplete": of_all_staff((NO, 405)),
    "admin:jsi18n": of_all_staff((200, 405)),
    "admin:view_on_site": of_all_staff((404, 404)),
    "admin:app_list": Opens(PAGE, PAGE, PAGE, (404, 404)),
    "/admin/<url>": of_all_staff((404, 404)),
    "admin:guidance_source_switch": of_editors((200, 302)),
    "admin:guidance_sharedresult_changelist": seen_by_both(PAGE),
    "admin:auth_user_password_change": Opens(SHUT, SHUT, PAGE),
}
BEFORE_SIGNING_IN = {"admin:login": (200, 200), "admin:logout": (302, 302)}

NOBODYS = Opens(SHUT, SHUT, SHUT)
EDITED = {
    "changelist": seen_by_both(PAGE),
    "add": of_editors(PAGE),
    "change": of_editors(PAGE, seen=True),
    "delete": of_editors(PAGE),
    "history": seen_by_both(PAGE),
}
THE_ONE = EDITED | {"changelist": seen_by_both((302, 302)), "add": NOBODYS, "delete": NOBODYS}
KEPT = {
    "changelist": seen_by_both(PAGE),
    "add": NOBODYS,
    "change": seen_by_both((200, NO)),
    "delete": NOBODYS,
    "history": seen_by_both(PAGE),
}
ACCOUNTS = dict.fromkeys(EDITED, Opens(SHUT, SHUT, PAGE))

ROWS = {
    **dict.fromkeys(
        ("rule", "guarantee", "case", "question", "section", "intervention", "wording", "omission"), EDITED
    ),
    **dict.fromkeys(("source", "appraisal", "scope", "aside", "reference"), EDITED),
    "draft": THE_ONE,
    **dict.fromkeys(("proposal", "release", "releasereview", "logentry"), KEPT),
    **dict.fromkeys(("user", "group"), ACCOUNTS),
}
"""The pages of rows in the workshop, by the kind of row."""


def expected(route: Route) -> Mapping[str, Any]:
    """What each role is to get at this address. Raises `KeyError` for an address that nobody has thought of."""
    space, _, name = route.name.partition(":")
    if space == "guidance" and name in OPEN:
        return dict.fromkeys(("nobody", "account", *Opens._fields), OPEN[name])
    before = BEFORE_SIGNING_IN.get(route.name, AWAY)
    if route.name in WORKSHOP:
        opens = WORKSHOP[route.name]
    elif route.pattern.endswith("/<path:object_id>/"):  # an old address of the page of a row leads to today's
        opens = of_all_staff((302, 302))
    else:
        kind, _, page = name.split("_", 1)[1].rpartition("_")
        opens = ROWS[kind][page]
    return {"nobody": before, "account": before, **opens._asdict()}


@pytest.fixture
def people(published: Live, sign_in: SignIn) -> dict[str, Client]:  # noqa: F811
    account = Client()
    account.force_login(User.objects.create_user("account"))
    return {
        "nobody": Client(),
        "account": account,
        "staff": sign_in(),
        "editor": sign_in("Editors"),
        "reviewer": sign_in("Reviewers"),
        "superuser": sign_in(superuser=True),
    }


@pytest.fixture
def arguments(published: Live, people: dict[str, Client]) -> Mapping[str, str]:
    """Something is there at every address: a review, an open proposal, a shared result, a line of history."""
    now = datetime.now(UTC)
    releases.sign_off(1, reviewer="A clinician", role="Hepatologist", statement="Read.", on=now.date())
    LogEntry.objects.log_actions(
        User.objects.latest("pk").pk, [models.Draft.objects.get()], ADDITION, "Added.", single_object=True
    )
    draft = models.Draft.objects.get()
    title, draft.title = draft.title, "Another title"
    draft.save()
    proposal = releases.propose(by="somebody else", at=now, acknowledgement="Read one by one.")
    draft.title = title
    draft.save()
    answers = answers_of(published.guide, "healthy-night-cramps")
    return {
        "token": sharing.keep(sharing.offer(published), answers, at=now),
        "proposal": str(proposal.pk),
        "path": "check/who/",
        "app_label": "guidance",
        "url": "nowhere",
        "content_type_id": "1",
        "question": "who",
        "rule": "zinc-low-alone",
        "try-rule": "zinc-low-alone",
        "case": "calf-swelling",
        "rationale-intervention": "zinc",
    }


def address(route: Route, arguments: Mapping[str, str]) -> str:
    def argument(name: str) -> str:
        if name == "key":
            return arguments[route.name.partition(":")[2]]
        if name == "number":
            return arguments["proposal"] if "/proposals/" in route.pattern else "1"
        if name in ("object_id", "pk", "id"):
            return row(route)
        return arguments[name]

    return route.address({name: argument(name) for name in route.arguments})


def row(route: Route) -> str:
    """The key of a row of the kind that this page of the workshop is about."""
    app, model = route.pattern.split("/")[2:4]
    if route.name == "admin:view_on_site":
        return "1"
    return str(apps.get_model(app, model)._default_manager.first().pk)


def test_every_address_answers_everybody_as_is_written_down(
    people: dict[str, Client], arguments: Mapping[str, str]
) -> None:
    wrong = []
    for route in routes():
        there = address(route, arguments)
        for who, answers in expected(route).items():
            for method, answer in zip(("get", "post"), answers, strict=True):
                found = ask(people[who], method, there)
                if found != answer:
                    wrong.append(f"{method} {there} as {who}: {found}, not {answer}")
    assert not wrong, "\n".join(wrong)


def ask(person: Client, method: str, there: str) -> int | str:
    """What comes back to one request; whatever it changed is taken back."""
    cookies = person.cookies.copy()
    with transaction.atomic():
        response = getattr(person, method)(there)
        transaction.set_rollback(True)
    person.cookies = SimpleCookie(cookies)
    signs_in = response.status_code == 302 and response["Location"].startswith("/admin/login/?next=")
    return IN if signs_in else int(response.status_code)


def test_no_line_is_about_an_address_that_is_gone() -> None:
    named = {route.name for route in routes()}
    assert {*WORKSHOP, *(f"guidance:{name}" for name in OPEN)} <= named
    kinds = {
        route.name.split("_", 1)[1].removesuffix("_changelist") for route in routes() if "changelist" in route.name
    }
    assert {*ROWS, "sharedresult"} == kinds


@pytest.mark.parametrize("name", ["admin:guidance_rule_report", "admin:workbench-burn", "guidance:diary"])
def test_an_address_that_nobody_thought_of_is_noticed(name: str) -> None:
    with pytest.raises((KeyError, IndexError, ValueError)):
        expected(Route(name, "/somewhere/"))
