"""Strangers, visitors and staff on the whole site at once: any page in any order, with any input and any cookie, while
releases come and go. After every answer the promises must hold."""

import itertools
import json
import logging
from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import transaction
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.strategies import SearchStrategy

from cramps import logs
from guidance import drafts, journey, releases
from guidance.releases import Live
from guidance.rules import loading
from guidance.rules.guide import Choice, Guide
from tests import hostile
from tests.fuzz import drawn, marked, pages, promises
from tests.fuzz.browser import Answer, Browser
from tests.fuzz.pages import Form, Page
from tests.fuzz.tally import Tally
from tests.routes import Route, routes

STAFF = {
    "editor": ("Editors",),
    "reviewer": ("Reviewers",),
    "both": ("Editors", "Reviewers"),
    "superuser": (),
    "staff": (),
    "account": (),
}
WORKERS = ("both", "superuser")
VISITORS = ("visitor", "other-visitor")
ROUTES = routes()
OURS = [route for route in ROUTES if route.name.startswith("guidance:")]
"""The pages for visitors and clinicians, which are fewer than those of the workshop and must not be met less."""
COOKIES = ("journey", "explorer", "journey-preview", "csrf", "session", "messages", "elsewhere")
addresses = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" for number in itertools.count())


class World(NamedTuple):
    """What is there before anybody comes, the same for every run."""

    guides: tuple[Guide, ...]
    sessions: dict[str, str]
    rows: dict[str, list[str]]
    """What the workshop can open: keys of rows by their kind."""
    tally: Tally
    watched: promises.Watched


def world(shipped: Guide, tally: Tally, watched: promises.Watched) -> World:
    guides = [marked.guide(shipped, generation) for generation in range(3)]
    guides.append(hostile.guide(guides[0]))
    drafts.fill(guides[0])
    sessions = {}
    for name, groups in STAFF.items():
        user = User.objects.create_user(name, is_staff=name != "account", is_superuser=name == "superuser")
        user.groups.set(Group.objects.filter(name__in=groups))
        client = Client()
        client.force_login(user)
        sessions[name] = client.cookies["session"].value
    rows = {
        str(model._meta.model_name): [str(pk) for pk in model._default_manager.values_list("pk", flat=True)[:40]]
        for model in admin.site._registry
    }
    return World(tuple(guides), sessions, rows, tally, watched)


class Place(NamedTuple):
    """An address to be: for each argument of the route, something known by its place, or what a stranger writes."""

    route: Route
    arguments: tuple[tuple[int, str | None], tuple[int, str | None]]
    query: str


def places(*among: Route, strange: bool) -> SearchStrategy[Place]:
    written = st.none() | st.none() | drawn.segments if strange else st.none()
    queries = drawn.any_fields.map(lambda fields: drawn.encoded(fields).decode())
    return st.builds(
        Place,
        st.sampled_from(among),
        st.tuples(*[st.tuples(drawn.picks, written)] * 2),
        st.just("") | st.just("") | queries if strange else st.just(""),
    )


Headers = dict[str, str]

ANYBODY = st.sampled_from([*VISITORS, *STAFF, *VISITORS, *WORKERS])
VISITOR = st.sampled_from(VISITORS)
PLACES = places(*OURS, strange=True) | places(*ROUTES, strange=True)
WORKPLACES = places(*(route for route in ROUTES if route.name.startswith("admin:")), strange=False)


class Strangers(RuleBasedStateMachine):
    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.rows = transaction.atomic()
        self.rows.__enter__()
        self.people = {name: Browser(next(addresses)) for name in VISITORS}
        self.people |= {name: Browser(next(addresses), session=key) for name, key in self.world.sessions.items()}
        self.pages: dict[str, Page] = {}
        self.tokens: list[str] = []
        self.old_cookies: list[tuple[str, str]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rows.__exit__(None, None, None)

    # What happens

    @initialize(first=st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 0, None]))
    def begin(self, first: int | None) -> None:
        if first is not None:
            hostile.publish(self.world.guides[first])

    @rule(generation=st.integers(0, 3))
    def release(self, generation: int) -> None:
        hostile.publish(self.world.guides[generation])

    @rule(who=ANYBODY, places=st.lists(PLACES, min_size=1, max_size=4), headers=drawn.headers)
    def open(self, who: str, places: list[Place], headers: Headers) -> None:
        for place in places:
            self.ask(who, "GET", self.address(place), headers=headers)

    @rule(who=st.sampled_from(WORKERS), place=WORKPLACES, pick=drawn.picks, changes=drawn.changes, upload=drawn.bodies)
    def work(self, who: str, place: Place, pick: int, changes: list[drawn.Change], upload: bytes) -> None:
        self.pages.pop(who, None)
        self.ask(who, "GET", self.address(place))
        if who in self.pages:
            forms = [form for form in self.pages[who].forms if form.address != "/admin/logout/"]
            self.fill_one(who, forms, pick, changes, {}, upload)

    @rule(who=ANYBODY, pick=drawn.picks, headers=drawn.headers)
    def follow(self, who: str, pick: int, headers: Headers) -> None:
        if (page := self.pages.get(who)) and page.links:
            self.ask(who, "GET", drawn.picked(pick, page.links), headers=headers)

    @rule(who=ANYBODY, pick=drawn.picks, changes=drawn.changes, headers=drawn.headers, upload=drawn.bodies)
    def send_a_form(self, who: str, pick: int, changes: list[drawn.Change], headers: Headers, upload: bytes) -> None:
        if page := self.pages.get(who):
            self.fill_one(who, page.forms, pick, changes, headers, upload)

    @rule(who=VISITOR, pick=drawn.picks, headers=drawn.headers)
    def answer_what_is_asked(self, who: str, pick: int, headers: Headers) -> None:
        answer = self.ask(who, "GET", "/check/")
        if answer.status == 302:
            self.ask(who, "GET", answer.location)
            for form in self.pages[who].forms[:1]:
                self.send(who, form, drawn.answered(form, pick), headers)

    @rule(who=VISITOR, seed=drawn.picks)
    def walk_to_a_result(self, who: str, seed: int) -> None:
        answer = self.ask(who, "GET", "/check/")
        if answer.location == "/result/":
            self.ask(who, "POST", "/clear/")
            answer = self.ask(who, "GET", "/check/")
        live = self.live()
        given = any_answers(live.guide, Random(seed)) if live else {}
        while answer.status == 302 and answer.location.startswith("/check/"):
            key = answer.location.split("/")[2]
            fields = [(key, option) for option in given[key]]
            answer = self.ask(who, "POST", answer.location, drawn.encoded(fields), drawn.FORM)
        self.ask(who, "GET", "/result/")

    @rule(who=VISITOR, headers=drawn.headers)
    def share(self, who: str, headers: Headers) -> None:
        self.ask(who, "GET", "/result/")
        for form in self.pages[who].forms if who in self.pages else ():
            if form.address == "/share/":
                self.send(who, form, form.standing, headers)

    @rule(
        who=ANYBODY,
        method=drawn.methods,
        place=PLACES,
        body=drawn.bodies,
        kind=drawn.kinds,
        headers=drawn.headers,
        cookies=st.none() | st.none() | drawn.raw_cookies,
        length=st.none() | st.none() | drawn.lengths,
    )
    def send_anything(
        self,
        who: str,
        method: str,
        place: Place,
        body: bytes,
        kind: str,
        headers: Headers,
        cookies: str | None,
        length: str | None,
    ) -> None:
        also = {"HTTP_COOKIE": cookies, "CONTENT_LENGTH": length}
        headers = headers | {name: value for name, value in also.items() if value is not None}
        self.ask(who, method, self.address(place), body, kind, headers)

    @rule(
        who=VISITOR,
        generation=st.integers(0, 3),
        seed=drawn.picks,
        strange=st.none() | st.tuples(drawn.names, drawn.any_values),
    )
    def ask_the_api(self, who: str, generation: int, seed: int, strange: tuple[str, Any] | None) -> None:
        guide = self.world.guides[generation]
        many = {question.key for question in guide.questions if question.choice is Choice.MANY}
        given = any_answers(guide, Random(seed))
        answers = {key: options if key in many else options[0] for key, options in given.items()}
        body = json.dumps(answers | dict([strange] if strange else [])).encode()
        self.ask(who, "POST", "/api/assess", body, "application/json")

    @rule(who=ANYBODY, name=st.sampled_from(COOKIES), pick=drawn.picks)
    def tamper_with_a_cookie(self, who: str, name: str, pick: int) -> None:
        jar = self.people[who].cookies
        value = jar.get(name, "")
        odd = [value[:-1], value[: len(value) // 2], f"{value}x", value.swapcase(), "", value[::-1], "x" * 5000]
        odd += [signing.dumps(what, salt=journey.SALT, compress=True) for what in drawn.SIGNED]
        odd += [signing.dumps({"answers": {}}, key="another site's", salt=journey.SALT), *jar.values()]
        jar[name] = drawn.picked(pick, odd)

    @rule(who=ANYBODY, pick=drawn.picks)
    def go_back_to_an_earlier_cookie(self, who: str, pick: int) -> None:
        if self.old_cookies:
            name, value = drawn.picked(pick, self.old_cookies)
            self.people[who].cookies[name] = value

    # How it happens

    def live(self) -> Live | None:
        try:
            return releases.current()
        except releases.NoRelease:
            return None

    def address(self, place: Place) -> str:
        """Any address of the project, most of them with something there."""
        arguments = {}
        for name, (pick, segment) in zip(place.route.arguments, place.arguments, strict=False):
            known = self.known(place.route, name)
            arguments[name] = drawn.picked(pick, known) if segment is None else segment
        return place.route.address(arguments) + (f"?{place.query}" if place.query else "")

    def known(self, route: Route, name: str) -> list[str]:
        guide = self.world.guides[0]
        keys = {
            "guidance:question": [question.key for guide in self.world.guides for question in guide.questions],
            "guidance:rule": [rule.key for rule in guide.rules],
            "guidance:try-rule": [rule.key for rule in guide.rules],
            "guidance:case": [case.key for case in guide.cases],
            "guidance:rationale-intervention": [intervention.key for intervention in guide.interventions],
        }
        if name == "key":
            return keys[route.name]
        if name == "token":
            return [*self.tokens, "A" * 22, "A" * 21, "A" * 23]
        if name == "path":
            inside = [
                other.address({key: self.known(other, key)[0] for key in other.arguments})
                for other in OURS
                if "path" not in other.arguments
            ]
            return [address.removeprefix("/") for address in inside] + ["open/"]
        if name == "url":
            return ["guidance/rule", "guidance", "x/", "workbench"]
        if name == "app_label":
            return ["guidance", "auth", "admin"]
        if name in ("object_id", "pk", "id") and (rows := self.world.rows.get(route.name.split("_")[1], [])):
            return rows
        return [str(number) for number in range(4)]

    def fill_one(
        self,
        who: str,
        forms: Sequence[Form],
        pick: int,
        changes: list[drawn.Change],
        headers: Headers,
        upload: bytes,
    ) -> None:
        if forms:
            form = drawn.picked(pick, forms)
            documents = [upload, *(loading.dump(guide) for guide in self.world.guides)]
            self.send(who, form, drawn.filled(form, changes), headers, drawn.picked(pick, documents))

    def send(self, who: str, form: Form, fields: pages.Fields, headers: Headers, upload: bytes = b"") -> None:
        if form.method == "GET":
            self.ask(who, "GET", f"{form.address.partition('?')[0]}?{drawn.encoded(fields).decode()}")
            return
        body, kind = drawn.encoded(fields), drawn.FORM
        if form.encoding == drawn.FILES:
            files = [(field.name, "guide.json", upload) for field in form.fields if field.kind == "file"]
            body, kind = drawn.parts(fields, files), drawn.MULTIPART
        answer = self.ask(who, "POST", form.address, body, kind, headers)
        if answer.status == 302 and answer.location.startswith("/"):
            self.ask(who, "GET", answer.location)

    def ask(
        self, who: str, method: str, address: str, body: bytes = b"", kind: str = "", headers: Headers | None = None
    ) -> Answer:
        """One request, and everything that must hold after it."""
        browser = self.people[who]
        environ = browser.environ(method, address, body, kind, headers or {})
        self.world.watched.since()
        answer = browser.ask(environ)
        line = logs.request_line(answer.status, len(answer.content), 0.0, environ)
        logging.getLogger("gunicorn.access").warning("answered", extra={"request_line": line})
        log, written = self.world.watched.since()
        asked = promises.Asked(method, address, answer, log, written, who not in VISITORS)
        self.world.tally.count(method, asked.path, answer.status)
        if answer.page:
            self.pages[who] = pages.read(address.partition("?")[0], answer.page)
        self.old_cookies += [(name, morsel.coded_value) for name, morsel in answer.cookies.items() if morsel.value]
        if answer.location.startswith("/shared/"):
            self.tokens.append(answer.location.split("/")[2])
        faults = list(promises.broken(asked, set(self.tokens)))
        assert not faults, "\n".join([f"{who}: {method} {address[:300]}", *faults, log, str(environ)[:3000]])
        return answer


def any_answers(guide: Guide, chance: Random) -> dict[str, list[str]]:
    """An answer to every question: those of a case, or mostly what lets the questions go on."""
    if chance.random() < 0.4:
        given = chance.choice(guide.cases).answers
        answers = {key: [answer] if isinstance(answer, str) else list(answer) for key, answer in given.items()}
    else:
        answers = {}
    for question in guide.questions:
        alone = [option.key for option in question.options if option.exclusive]
        several = [option.key for option in question.options if not option.exclusive]
        if question.choice is Choice.ONE:
            chosen = [chance.choice(several)]
        elif alone and (chance.random() < 0.8 or not several):
            chosen = [chance.choice(alone)]
        else:
            chosen = chance.sample(several, chance.randint(1, len(several)))
        answers.setdefault(question.key, chosen)
    return answers
