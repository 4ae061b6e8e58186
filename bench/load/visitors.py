"""What a visitor does: start, answer what is asked, read the result, now and then make a private link and open it."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from locust import FastHttpUser, task

from guidance.rules import engine, masks
from guidance.rules.engine import Assessment
from guidance.rules.guide import Guide

QUESTION = re.compile(r"/check/([a-z-]+)/$")
RELEASE = re.compile(r">Release (\d+)</a>")
STEPS = 60
"""No journey takes as many pages, even where a release is published on the way."""
SHARED = 0.2
"""Of the journeys, how many end with a private link."""

Plan = Mapping[int, Mapping[str, Any]]
"""What a visitor answers, whatever is asked: by release, for an option may have another key in the next."""


class Findings:
    """What all visitors have seen."""

    def __init__(self, guides: Mapping[int, Guide], plans: Iterator[Plan]) -> None:
        self.guides = guides
        self.plans = plans
        self.counted: Counter[str] = Counter()
        self.results: Counter[int] = Counter()
        """By the release they name."""
        self.failures: list[str] = []
        self.wrong: list[str] = []


class Page(NamedTuple):
    address: str
    text: str


class Link(NamedTuple):
    address: str
    release: int
    plan: Plan


class Astray(Exception):
    """No page came, or one that leads nowhere."""


class Visitor(FastHttpUser):
    """One browser after another, each with no cookie at first and an address of its own."""

    abstract = True
    findings: ClassVar[Findings]
    network_timeout = connection_timeout = 60.0
    link: Link | None = None

    @task
    def journey(self) -> None:
        findings = self.findings
        self.client.cookiejar.clear()
        self.origin = f"2001:db8:{random.getrandbits(16):x}:{random.getrandbits(16):x}::1"
        self.plan = next(findings.plans)
        try:
            for file in re.findall(r'(?:href|src)="(/static/[^"]+)"', self.ask("GET", "/").text):
                self.ask("GET", file)
            result = self.walk(self.ask("GET", "/check/"))
            findings.results[self.check(result, self.plan)] += 1
            findings.counted["journeys"] += 1
            findings.counted["telling"] += self.telling()
            if self.link:
                opened = self.check(self.ask("GET", self.link.address), self.link.plan)
                if opened != self.link.release:
                    findings.wrong.append(f"a result of release {self.link.release} was opened as one of {opened}")
                findings.counted["opened again"] += 1
            if 'name="offer"' in result.text and random.random() < SHARED:
                self.share(result)
        except Astray as error:
            findings.failures.append(str(error))

    def walk(self, page: Page) -> Page:
        """Answer what is asked until the questions end: the page of the result."""
        for _ in range(STEPS):
            question = QUESTION.search(page.address)
            if question is None:
                return page
            page = self.answer(question[1], page)
        raise Astray(f"After {STEPS} pages there is still a question.")

    def answer(self, question: str, page: Page) -> Page:
        offered = set(re.findall(rf'name="{question}" value="([^"]+)"', page.text))
        for answers in self.plan.values():
            answer = answers[question]
            if offered.issuperset([answer] if isinstance(answer, str) else answer):
                came = self.ask("POST", page.address, {question: answer, **_token(page)})
                # The option may have gone while the page was open. Then the page comes again, with those there are now.
                self.findings.counted["asked again"] += came.address == page.address
                return came
        raise Astray(f"{page.address} offers nothing to choose.")

    def share(self, result: Page) -> None:
        """Make a private link and open it. Where a release came in between, what it lacks is answered first."""
        for _ in range(2):
            offer = re.findall(r'name="(offer)" value="([^"]+)"', result.text)
            made = self.ask("POST", "/share/", {**dict(offer), **_token(result)})
            if made.address.endswith("/link/"):
                address = made.address.removesuffix("link/")
                self.link = Link(address, self.check(self.ask("GET", address), self.plan), self.plan)
                self.findings.counted["links"] += 1
                return
            result = self.walk(made)
            self.check(result, self.plan)
        raise Astray(f"No link was made: {result.address}")

    def check(self, page: Page, plan: Plan) -> int:
        """Hold the page of a result against the engine, under the release that it names: its number."""
        named = RELEASE.findall(page.text)
        if not named:
            raise Astray(f"{page.address} names no release.")
        number = int(named[-1])
        guide = self.findings.guides[number]
        expected = engine.assess(guide, plan[number])
        told = dict(re.findall(r'data-intervention="([^"]+)"\s+data-status="([^"]+)"', page.text))
        alerts = set(re.findall(r'data-alert="([^"]+)"', page.text))
        held = set(re.findall(r'data-trace="([^"]+)" data-held="true"', page.text))
        wrong = told != statuses(expected) or alerts != _levels(guide, expected)
        if "data-trace" in page.text:
            wrong = wrong or held != set(masks.of(guide).names(expected.holding))
        if wrong:
            self.findings.wrong.append(f"release {number}: told {told} {alerts}, not {statuses(expected)}")
        return number

    def telling(self) -> bool:
        """Whether these answers are told one thing by one release and another by another."""
        guides = self.findings.guides
        told = [statuses(engine.assess(guides[number], answers)) for number, answers in self.plan.items()]
        return any(other != told[0] for other in told)

    def ask(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> Page:
        """The page that comes in the end, where redirects lead elsewhere. Raises `Astray` where none comes."""
        headers = {"X-Forwarded-For": self.origin}
        for _ in range(5):
            body = None
            if method == "POST":
                body = urlencode(form or {}, doseq=True)
                headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": str(self.host)}
            name = re.sub(r"^/(check|shared|static)/.+?(/link/)?$", r"/\1/…\2", path)
            answer = self.client.request(method, path, name=name, data=body, headers=headers, allow_redirects=False)
            if answer.status_code == 200:
                return Page(path, answer.text or "")
            if answer.status_code != 302 or not answer.headers:
                raise Astray(f"{method} {path} was answered with {answer.status_code} {getattr(answer, 'error', '')}")
            method, path = "GET", str(answer.headers["Location"])
            headers = {"X-Forwarded-For": self.origin}
        raise Astray(f"{path} leads on and on.")


def statuses(assessment: Assessment) -> dict[str, str]:
    return {key: outcome.status.value for key, outcome in assessment.outcomes.items()}


def plans(answers: Sequence[Plan]) -> Iterator[Plan]:
    """All of them in an order of chance, again and again."""
    while True:
        yield from random.sample(answers, len(answers))


def _levels(guide: Guide, assessment: Assessment) -> set[str]:
    return {rule.level.value for rule in guide.rules if rule.key in assessment.alerts and rule.level}


def _token(page: Page) -> dict[str, str]:
    return dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', page.text))
