"""Every page of the site in every state it can be in, as it is sent, for those who look each of them over.

The states of one kind follow each other: what one leaves in the rows, the next one finds there.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from unittest.mock import Mock, patch

import msgspec
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import reverse

from guidance import drafts, limits, models, releases, workbench
from guidance.models import Proposal
from guidance.rules.guide import Guide, Verdict
from tests.admin.pages import form
from tests.states import CLINICIANS, NIGHT, VISITORS, State, prepare, visit
from tests.visiting import answers_of, walk

WORKBENCH = "/admin/workbench/"
PASSWORD = "a long enough password"

WORDS_OF_SCRIPTS = "/admin/jsi18n/"
"""What the scripts of the workshop say, which comes as a script itself."""


class Sent(NamedTuple):
    name: str
    address: str
    """Where it stands, with the place on the page that it was opened at."""
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        return self.headers["Content-Type"].startswith("text/html")


Pages = Callable[[str], tuple[Sent, ...]]
"""The pages of one kind."""


def visitors(guide: Guide) -> Iterator[Sent]:
    client = Client()
    for state in VISITORS:
        yield _sent(state.name, visit(client, guide, state), state.address.partition("#")[2])
    yield from _another_release(client, guide)


def clinicians(guide: Guide) -> Iterator[Sent]:
    client = Client()
    for state in CLINICIANS:
        yield _sent(state.name, visit(client, guide, state))
    yield _sent("explorer-error", client.post("/rationale/explorer/", {"who": "adult"}))


def failures(guide: Guide) -> Iterator[Sent]:
    """What nobody should meet."""
    client = Client(raise_request_exception=False)
    yield _sent("bad-request", client.get("/", headers={"host": "elsewhere.example"}))
    yield _sent("forged", Client(enforce_csrf_checks=True).post("/check/who/", {"who": "adult"}))
    reviewer = _staff("rita", "Reviewers")
    yield _sent("forbidden", reviewer.get(f"{WORKBENCH}import/"))
    for _ in range(5):
        locked = client.post("/admin/login/", {"username": "nobody", "password": "wrong"})
    yield _sent("locked-out", locked)
    walk(client, answers_of(guide, NIGHT))
    with patch.object(limits, "allowed", Mock(return_value=False)):
        yield _sent("shared-too-often", client.post("/share/", {"offer": ""}))
    with patch.object(releases, "current", Mock(side_effect=RuntimeError("broken on purpose"))):
        yield _sent("failed", client.get("/"))
    with patch.object(releases, "current", Mock(side_effect=releases.NoRelease("none"))):
        yield _sent("no-release", client.get("/"))
        yield _sent("workbench-no-release", reviewer.get(WORKBENCH))
    with patch.object(releases, "current", Mock(side_effect=OperationalError("gone"))):
        yield _sent("database-away", client.get("/"))
        reviewer.raise_request_exception = False
        yield _sent("workbench-database-away", reviewer.get(WORKBENCH))


def workshop(guide: Guide) -> Iterator[Sent]:
    """Where the guide is written, as it is found: nothing has changed since the release."""
    ana, rita, root = _staff("ana", "Editors"), _staff("rita", "Reviewers"), _staff("root")
    yield from _doors(ana)
    yield from _as_published(ana, rita, root)
    yield from _rows(ana, root)


def drafting(guide: Guide) -> Iterator[Sent]:
    """The workshop while the draft changes, with something proposed, and with a draft that is no guide."""
    cache.clear()
    ana, rita, root = _staff("ana", "Editors"), _staff("rita", "Reviewers"), _staff("root")
    yield from _editing(ana)
    yield from _changed(ana)
    yield from _proposed(ana, rita, root)
    yield from _unsound(ana)


KINDS: dict[str, Callable[[Guide], Iterator[Sent]]] = {
    "visitors": visitors,
    "clinicians": clinicians,
    "failures": failures,
    "workshop": workshop,
    "drafting": drafting,
}


def _sent(name: str, response: Any, place: str = "") -> Sent:
    address = response.request["PATH_INFO"]
    if query := response.request["QUERY_STRING"]:
        address = f"{address}?{query}"
    headers = dict(response.items())
    return Sent(name, f"{address}#{place}" if place else address, response.status_code, headers, response.content)


def _another_release(client: Client, guide: Guide) -> Iterator[Sent]:
    """What a visitor is told when another release has come out."""
    opened = State("shared-otherwise", "/shared/{token}/", NIGHT, shared=True)
    address = prepare(client, guide, opened)
    rules = tuple(
        msgspec.structs.replace(rule, verdict=Verdict.CANNOT_TELL) if rule.key == "magnesium-some-nights" else rule
        for rule in guide.rules
    )
    other = msgspec.structs.replace(guide, rules=rules, cases=(), guarantees=())
    now = datetime.now(UTC)
    proposal = releases.propose(other, by="an-editor", at=now, acknowledgement="Read one by one.", summary="Warier.")
    releases.publish(proposal, by="a-reviewer", at=now)
    yield _sent(opened.name, client.get(address))
    yield _sent("result-newer", client.get("/result/"))
    yield _sent("release-later", client.get("/releases/2/"))
    client.cookies["journey"] = "not what was given"
    yield _sent("start-afresh", client.get("/"))


def _staff(name: str, *roles: str) -> Client:
    """A browser of somebody with these roles; of somebody who may do everything where there are none."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, is_superuser=not roles)
    user.groups.set([Group.objects.get(name=role) for role in roles])
    client = Client()
    client.force_login(user)
    return client


def _doors(ana: Client) -> Iterator[Sent]:
    anybody = Client()
    yield _sent("login", anybody.get("/admin/login/"))
    yield _sent("login-wrong", anybody.post("/admin/login/", {"username": "ana", "password": "wrong"}))
    with override_settings(STAFF_SECOND_FACTOR=True):
        yield _sent("login-second-factor", anybody.get("/admin/login/"))
        yield _sent("login-second-factor-wrong", anybody.post("/admin/login/", {"username": "ana", "password": "x"}))
    yield _sent("password", ana.get("/admin/password_change/"))
    yield _sent("password-wrong", ana.post("/admin/password_change/", {"old_password": "wrong"}))
    leaving = Client()
    leaving.force_login(User.objects.get(username="ana"))
    yield _sent("logged-out", leaving.post("/admin/logout/"))


def _as_published(ana: Client, rita: Client, root: Client) -> Iterator[Sent]:
    release = releases.current()
    proposal = Proposal.objects.get()
    yield _sent("words-of-scripts", root.get(WORDS_OF_SCRIPTS))
    yield _sent("index", ana.get("/admin/"))
    yield _sent("index-reviewer", rita.get("/admin/"))
    yield _sent("index-superuser", root.get("/admin/"))
    yield _sent("workbench", ana.get(WORKBENCH))
    yield _sent("workbench-release", ana.get(f"{WORKBENCH}releases/{release.number}/"))
    yield _sent("workbench-release-reviewer", rita.get(f"{WORKBENCH}releases/{release.number}/"))
    yield _sent("workbench-release-refused", rita.post(f"{WORKBENCH}releases/{release.number}/review/", {}))
    yield _sent("workbench-published-proposal", ana.get(f"{WORKBENCH}proposals/{proposal.pk}/"))
    yield _sent("workbench-import", ana.get(f"{WORKBENCH}import/"))
    wrong = {"document": SimpleUploadedFile("guide.json", b'{"questions": 3}')}
    yield _sent("workbench-import-refused", ana.post(f"{WORKBENCH}import/document/", wrong))


def _rows(ana: Client, root: Client) -> Iterator[Sent]:
    """The lists, and one row of each kind with what its address shows."""
    for model in (
        models.Appraisal, models.Aside, models.Case, models.Draft, models.Guarantee, models.Intervention,
        models.Omission, models.Question, models.Reference, models.Rule, models.Scope, models.Section, models.Source,
        models.Wording,
    ):  # fmt: skip
        name = str(model._meta.model_name)
        if model is not models.Draft:  # there is one, and its list leads to it
            yield _sent(f"{name}-list", ana.get(reverse(f"admin:guidance_{name}_changelist")))
        first = model.objects.order_by("pk")[0]
        yield _sent(name, ana.get(reverse(f"admin:guidance_{name}_change", args=[first.pk])))
    for name in ("case", "question", "rule", "source"):
        yield _sent(f"{name}-new", ana.get(reverse(f"admin:guidance_{name}_add")))
    for name in ("proposal", "release", "releasereview", "sharedresult"):
        yield _sent(f"{name}-list", root.get(reverse(f"admin:guidance_{name}_changelist")))
    yield _sent("history", root.get("/admin/admin/logentry/"))
    yield _sent("user-list", root.get("/admin/auth/user/"))
    yield _sent("user", root.get(reverse("admin:auth_user_change", args=[User.objects.get(username="ana").pk])))
    yield _sent("rule-list-searched", ana.get("/admin/guidance/rule/?q=zinc&kind__exact=verdict"))
    yield _sent("rule-list-nothing", ana.get("/admin/guidance/rule/?q=nothing-of-this-name"))


def _editing(ana: Client) -> Iterator[Sent]:
    """One rule under two editors' hands."""
    there = _page_of("zinc-low-alone")
    opened = form(ana.get(there), "rule")
    faulty = opened | {"heading": [""], "citations-0-quote": ["The article never says this."], "interventions": []}
    yield _sent("rule-error", ana.post(there, faulty))
    question = reverse("admin:guidance_question_change", args=[models.Question.objects.get(key="timing").pk])
    yield _sent("question-page-error", ana.post(question, form(ana.get(question), "question") | {"label": [""]}))
    ben = _staff("ben", "Editors")
    ben.post(there, opened | {"heading": ["Ben’s heading"], "criteria-0-mode": ["none"]})
    yield _sent("rule-met", ana.post(there, opened | {"heading": ["Ana’s heading"]}))
    yield _sent("rule-saved", ben.get(there))
    yield _sent("rule-history", ben.get(there.replace("change", "history")))
    yield _sent("rule-delete", ben.get(there.replace("change", "delete")))
    doomed = _page_of("zinc-tested-normal")
    had = form(ana.get(doomed), "rule")
    ben.post(doomed.replace("change", "delete"), {"post": "yes"})
    yield _sent("rule-gone", ana.post(doomed, had | {"heading": ["Ana’s heading"]}))
    yield _sent("rule-saved-list", ben.get("/admin/guidance/rule/"))


def _changed(ana: Client) -> Iterator[Sent]:
    """With a rule gone and a case that fails there are errors; with other words alone there are warnings."""
    models.Case.objects.filter(key="diarrhoea").update(expected={"zinc": "relevant"})
    yield _sent("workbench-errors", ana.get(WORKBENCH))
    yield _sent("rule-problems", ana.get(_page_of("zinc-low-alone")))
    yield _sent("case-fails", ana.get(reverse("admin:guidance_case_change", args=[_pk(models.Case, "diarrhoea")])))
    yield _sent("preview", ana.get("/preview/draft/"))
    yield _sent("preview-question", ana.get("/preview/draft/check/who/"))
    yield _sent("explorer-draft", ana.get("/rationale/explorer/"))
    drafts.fill(releases.current().guide)
    models.Rule.objects.filter(key="zinc-tested-normal").update(heading="Your zinc is really not low")
    yield _sent("workbench-changed", ana.get(WORKBENCH))
    yield _sent("workbench-changed-refused", ana.post(f"{WORKBENCH}propose/", {"digest": workbench.digest()}))


def _proposed(ana: Client, rita: Client, root: Client) -> Iterator[Sent]:
    words = {"summary": "Says it better.", "acknowledgement": "Read one by one."}
    made = ana.post(f"{WORKBENCH}propose/", {"digest": workbench.digest(), **words}, follow=True)
    yield _sent("proposal-made", made)
    proposal = Proposal.objects.latest("pk")
    there = f"{WORKBENCH}proposals/{proposal.pk}/"
    yield _sent("workbench-waiting", rita.get(WORKBENCH))
    yield _sent("proposal-reviewer", rita.get(there))
    yield _sent("proposal-refused", rita.post(f"{there}reject/", {"reason": ""}))
    yield _sent("workbench-release-unsaved", ana.get(f"{WORKBENCH}releases/1/"))
    models.Rule.objects.filter(key="zinc-tested-normal").update(heading="Your zinc is not low at all")
    another = releases.propose(None, by="ben", at=datetime.now(UTC), **words)
    yield _sent("proposal-published", rita.post(f"{WORKBENCH}proposals/{another.pk}/publish/", follow=True))
    yield _sent("proposal-stale", rita.get(there))
    yield _sent("workbench-release-before", rita.get(f"{WORKBENCH}releases/1/"))
    yield _sent("proposal-rejected", rita.post(f"{there}reject/", {"reason": "It came too late."}, follow=True))
    with override_settings(GUIDE_SELF_PUBLISH=True):
        yield _sent("workbench-self-publish", root.get(WORKBENCH))


def _unsound(ana: Client) -> Iterator[Sent]:
    """Another text of the article, of which quotes break; then a draft that is no guide at all."""
    text = models.Source.objects.get().text.replace("idiopathic", "unexplained")
    text = text.replace("The trace", "Read this first. The trace", 1)
    source = models.Source.objects.get()
    data = {"key": source.key, "title": source.title, "publisher": "", "address": "", "text": text}
    ana.post(reverse("admin:guidance_source_add"), data)
    newer = models.Source.objects.get(number=2)
    yield _sent("source-switch", ana.get(reverse("admin:guidance_source_switch", args=[newer.pk])))
    yield _sent("source-switched", ana.post(reverse("admin:guidance_source_switch", args=[newer.pk]), follow=True))
    yield _sent("rule-broken-quote", ana.get(_page_of("zinc-average-person")))
    rule = models.Rule.objects.get(key="zinc-tested-normal")
    models.RuleIntervention.objects.filter(rule=rule).delete()
    yield _sent("workbench-unsound", ana.get(WORKBENCH))
    yield _sent("rule-unsound", ana.get(_page_of(rule.key)))
    yield _sent("case-unsound", ana.get(reverse("admin:guidance_case_change", args=[_pk(models.Case, "diarrhoea")])))
    yield _sent("preview-unsound", ana.get("/preview/draft/"))
    models.Draft.objects.all().delete()
    yield _sent("workbench-no-draft", ana.get(WORKBENCH))
    yield _sent("preview-no-draft", ana.get("/preview/draft/"))


def _page_of(rule: str) -> str:
    return reverse("admin:guidance_rule_change", args=[_pk(models.Rule, rule)])


def _pk(model: Any, key: str) -> int:
    return int(model.objects.get(key=key).pk)
