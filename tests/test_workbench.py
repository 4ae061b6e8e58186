"""The workbench: what it says of the draft, the steps to a release, and who may take them."""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guidance import drafts, models, releases, workbench
from guidance.models import Proposal, Release, ReleaseReview
from guidance.releases import Live
from guidance.rules import loading, verification
from guidance.rules.guide import Guide
from tests.admin.pages import text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = {"summary": "Says it better.", "acknowledgement": "Read one by one."}
BENCH = "/admin/workbench/"

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def sign_in(roles: None) -> SignIn:
    """A browser of a person of this name, whose role is the name up to its first hyphen."""

    def sign_in(name: str) -> Client:
        user, made = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        role = name.partition("-")[0]
        if made and role in {"editor", "reviewer"}:
            user.groups.add(Group.objects.get(name=f"{role.capitalize()}s"))
        elif made and role == "superuser":
            user.is_superuser = True
            user.save()
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def editor(sign_in: SignIn) -> Client:
    return sign_in("editor")


@pytest.fixture
def reviewer(sign_in: SignIn) -> Client:
    return sign_in("reviewer")


def heading(key: str = "zinc-tested-normal", words: str = "Your zinc is really not low") -> None:
    """Change the draft by hand, in a way that harms nothing."""
    models.Rule.objects.filter(key=key).update(heading=words)


def without(key: str) -> None:
    """The draft without a rule."""
    guide = drafts.assemble()
    rules = tuple(
        msgspec.structs.replace(rule, outranks=tuple(other for other in rule.outranks if other != key))
        for rule in guide.rules
        if rule.key != key
    )
    drafts.fill(msgspec.structs.replace(guide, rules=rules))


def proposed(by: str = "editor") -> Proposal:
    return releases.propose(None, by=by, at=NOW, **WORDS)


def post(client: Client, name: str, *args: int, **fields: Any) -> Any:
    return client.post(reverse(f"admin:workbench-{name}", args=args), fields, follow=True)


def propose(client: Client, **fields: str) -> Any:
    return post(client, "propose", **{"digest": workbench.digest()} | WORDS | fields)


# What the page says


def test_the_page_says_what_differs_from_the_release_in_words_and_where_it_is_edited(published: Live, editor: Client):
    heading()
    page = editor.get(BENCH)
    assert "What differs from release 1" in text(page)
    assert "The heading changed." in text(page)
    assert "Your zinc is <ins>really</ins> not low" in page.content.decode()
    rule = models.Rule.objects.get(key="zinc-tested-normal")
    assert reverse("admin:guidance_rule_change", args=[rule.pk]) in page.content.decode()


def test_the_page_counts_whom_it_would_tell_something_else(published: Live, editor: Client):
    without("potassium-known-low")
    change = workbench.change(published, workbench.draft())
    number = change.effects["potassium"].number
    assert number
    said = text(editor.get(BENCH))
    assert f"{number:,}" in said
    assert "Nobody is told anything else about Zinc, Magnesium, Fluids" in said


def test_a_draft_like_the_release_has_nothing_to_propose(published: Live, editor: Client):
    page = text(editor.get(BENCH))
    assert "The draft is release 1, word for word. There is nothing to propose." in page
    assert f"{len(published.guide.cases)} of {len(published.guide.cases)} cases hold" in page
    assert "11 of 11 guarantees proved" in page


def test_a_problem_comes_with_its_mend_its_page_and_an_answer_set_for_the_preview(published: Live, editor: Client):
    without("potassium-diet")
    gap = next(p for p in verification.problems(drafts.assemble()) if p.code == "gap")
    page = editor.get(BENCH)
    content = page.content.decode()
    assert gap.message in text(page) and gap.mend in text(page)
    assert reverse("admin:guidance_rule_add") in content
    assert "Mend it first." in text(page) or "Mend them first." in text(page)
    form = next(
        form
        for form in re.findall(r'(?s)<form action="/preview/draft/open/".*?</form>', content)
        if 'name="diet" value="rarely"' in form
    )
    answers: dict[str, list[str]] = {}
    for question, option in re.findall(r'<input type="hidden" name="([a-z-]+)" value="([a-z-]+)">', form):
        answers.setdefault(question, []).append(option)
    opened = editor.post("/preview/draft/open/", answers, follow=True)
    assert opened.redirect_chain[-1][0] == "/preview/draft/result/"
    assert 'data-intervention="potassium" data-status="cannot-tell"' in opened.content.decode()


@pytest.mark.parametrize(
    ("place", "code", "row"),
    [
        ("rules[0].citations[1] anything", "", lambda guide: (models.Rule, guide.rules[0].key)),
        ("questions[2].options[0] anything", "", lambda guide: (models.Question, guide.questions[2].key)),
        ("guarantees[3] anything", "", lambda guide: (models.Guarantee, guide.guarantees[3].key)),
        ("wordings[1] anything", "", lambda guide: (models.Wording, guide.wordings[1].status)),
        ("source anything", "", lambda guide: (models.Source, guide.source.key)),
        ("cases[9999] anything", "", None),
        ("rules[0]: a loose end", "", lambda guide: (models.Rule, guide.rules[0].key)),
    ],
)
def test_a_place_in_the_document_leads_to_the_page_of_its_row(
    published: Live, place: str, code: str, row: Callable[[Guide], tuple[Any, str]] | None
):
    from guidance.admin.mending import Places

    link = Places(published.guide).mending(place, code)
    if row is None:
        assert link is None
        return
    model, key = row(published.guide)
    found = model.objects.get(**{"status" if model is models.Wording else "key": key})
    assert link and link.address == reverse(f"admin:guidance_{model._meta.model_name}_change", args=[found.pk])


def test_a_draft_that_is_no_sound_guide_says_so_and_where_to_mend_it(published: Live, editor: Client):
    rule = models.Rule.objects.get(key="zinc-tested-normal")
    models.RuleIntervention.objects.filter(rule=rule).delete()
    page = editor.get(BENCH)
    assert "The draft is no sound guide" in text(page)
    assert "a verdict rule is on exactly one intervention" in text(page)
    assert reverse("admin:guidance_rule_change", args=[rule.pk]) in page.content.decode()
    assert "Propose the draft" not in text(page)
    assert editor.get(reverse("admin:workbench-export")).status_code == 200


def test_a_failing_case_and_a_broken_guarantee_are_named(published: Live, editor: Client):
    models.Case.objects.filter(key=published.guide.cases[0].key).update(
        expected={"zinc": "relevant", "magnesium": "possible", "potassium": "not-indicated", "fluids": "maintain"}
    )
    models.Guarantee.objects.filter(key="zinc-normal-is-no").update(always="relevant")
    page = text(editor.get(BENCH))
    assert f"{len(published.guide.cases) - 1} of {len(published.guide.cases)} cases hold" in page
    assert "not supported , where relevant was expected" in page
    assert "10 of 11 guarantees proved" in page
    assert "Broken : zinc can be not supported" in page


def test_proofs_that_were_not_finished_are_said_to_be_so_and_tried_again(
    published: Live, editor: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(workbench, "SECONDS", 0.0)
    heading()
    page = text(editor.get(BENCH))
    assert "The proofs were not finished in their time." in page
    assert "stand in the way" in page or "stands in the way" in page
    assert "Not proved in the time there was" in page
    monkeypatch.undo()
    cache.clear()
    assert "11 of 11 guarantees proved" in text(editor.get(BENCH))


def test_proofs_are_made_once_for_a_document(published: Live, editor: Client, monkeypatch: pytest.MonkeyPatch):
    heading()
    editor.get(BENCH)

    def again(*_: Any, **__: Any) -> None:
        raise AssertionError("proved twice")

    monkeypatch.setattr(verification, "problems", again)
    monkeypatch.setattr(verification, "guarantees", again)
    assert "11 of 11 guarantees proved" in text(editor.get(BENCH))


def test_the_page_says_when_one_person_may_do_both(published: Live, editor: Client, settings: Any):
    assert "GUIDE_SELF_PUBLISH" not in text(editor.get(BENCH))
    settings.GUIDE_SELF_PUBLISH = True
    assert "One person may do both here." in text(editor.get(BENCH))


def test_the_page_says_who_changed_what_since_the_release(published: Live, editor: Client):
    editor.post("/admin/guidance/section/add/", {"key": "more", "label": "More", "position": "9", "_seen": ""})
    assert "section more Added." in text(editor.get(BENCH))


def test_without_a_draft_the_page_offers_to_import_one(editor: Client, reviewer: Client):
    assert "There is no draft yet." in text(editor.get(BENCH))
    assert "Import a document" in text(editor.get(BENCH))
    assert "Import a document" not in text(reviewer.get(BENCH))


def test_stored_text_with_script_in_it_is_shown_as_text(published: Live, editor: Client):
    heading(words="<script>alert(1)</script>")
    assert "<script>alert(1)" not in editor.get(BENCH).content.decode()


# Proposing


def test_an_editor_proposes_what_is_on_the_page(published: Live, editor: Client):
    heading()
    frozen = loading.dump(drafts.assemble())
    page = propose(editor)
    made = Proposal.objects.latest("pk")
    assert f"Proposal {made.pk} is made" in text(page)
    assert made.document.encode() == frozen
    assert (made.digest, made.proposed_by) == (hashlib.sha256(frozen).hexdigest(), "editor")
    assert (made.summary, made.acknowledgement) == (WORDS["summary"], WORDS["acknowledgement"])
    heading(words="Changed since")
    assert Proposal.objects.get(pk=made.pk).document.encode() == frozen


@pytest.mark.parametrize(
    ("missing", "said"), [("summary", "Say what changes and why"), ("acknowledgement", "say in writing")]
)
def test_a_proposal_needs_words_and_what_was_typed_is_kept(published: Live, editor: Client, missing: str, said: str):
    heading()
    page = propose(editor, **{missing: " "})
    assert said in text(page)
    assert "<title>Error: Workbench" in page.content.decode()
    assert f'<a href="#propose-{missing}">' in page.content.decode()
    assert next(words for name, words in WORDS.items() if name != missing) in page.content.decode()
    assert Proposal.objects.count() == 1


def test_leaving_the_field_for_warnings_out_does_not_get_round_them(published: Live, editor: Client):
    heading()
    page = editor.post("/admin/workbench/propose/", {"digest": workbench.digest(), "summary": "Sly."})
    assert "say in writing why to publish all the same" in text(page)
    assert Proposal.objects.count() == 1


def test_errors_block_a_proposal(published: Live, editor: Client):
    without("potassium-diet")
    page = propose(editor)
    assert "mend what they name first" in text(page)
    assert Proposal.objects.count() == 1


def test_a_draft_that_changed_meanwhile_is_not_proposed_unseen(published: Live, editor: Client):
    heading()
    seen = workbench.digest()
    heading(words="Somebody else was here")
    page = propose(editor, digest=seen)
    assert "The draft has changed since you opened this page." in text(page)
    assert "Somebody else was here" in " ".join(text(page).split())
    assert Proposal.objects.count() == 1
    again = re.search(r'name="digest" value="([0-9a-f]{64})"', page.content.decode())
    assert again and again[1] == workbench.digest() != seen


def test_pressing_twice_proposes_once(published: Live, editor: Client):
    heading()
    propose(editor)
    assert "it waits for a reviewer" in text(propose(editor))
    assert Proposal.objects.count() == 2


# Deciding


def test_a_reviewer_publishes_what_an_editor_proposed(published: Live, editor: Client, reviewer: Client):
    heading()
    propose(editor)
    waiting = Proposal.objects.latest("pk")
    assert f"/admin/workbench/proposals/{waiting.pk}/" in reviewer.get(BENCH).content.decode()
    page = post(reviewer, "publish", waiting.pk)
    assert "Release 2 is published: visitors read it now." in text(page)
    assert releases.current().digest == waiting.digest
    assert "Your zinc is really not low" in {rule.heading for rule in releases.current().guide.rules}


def test_the_page_of_a_proposal_shows_what_was_frozen(published: Live, reviewer: Client):
    heading()
    waiting = proposed()
    heading(words="Only in the draft")
    page = text(reviewer.get(f"/admin/workbench/proposals/{waiting.pk}/"))
    assert "What differs from release 1" in page
    assert "Your zinc is really not low" in page
    assert "Only in the draft" not in page
    assert WORDS["acknowledgement"] in page and waiting.digest in page
    assert all(problem["message"] in page for problem in waiting.problems)


def test_what_was_not_proposed_cannot_be_published(published: Live, reviewer: Client):
    heading()
    assert post(reviewer, "publish", 999).status_code == 404
    assert releases.current().number == 1


def test_nobody_publishes_their_own_proposal(published: Live, sign_in: SignIn, settings: Any):
    both = sign_in("superuser")
    heading()
    propose(both)
    waiting = Proposal.objects.latest("pk")
    page = both.get(f"/admin/workbench/proposals/{waiting.pk}/")
    assert "This is your own proposal. Nobody publishes their own" in text(page)
    assert f"/admin/workbench/proposals/{waiting.pk}/publish/" not in page.content.decode()
    assert "Nobody publishes their own proposal." in text(post(both, "publish", waiting.pk))
    assert releases.current().number == 1
    settings.GUIDE_SELF_PUBLISH = True
    assert "You may publish it because" in text(both.get(f"/admin/workbench/proposals/{waiting.pk}/"))
    post(both, "publish", waiting.pk)
    assert releases.current().number == 2


def test_a_proposal_made_before_another_release_says_so_and_is_not_published(published: Live, reviewer: Client):
    heading()
    first = proposed()
    heading(words="Another way to say it")
    second = proposed()
    post(reviewer, "publish", first.pk)
    assert "Made before release 2: it has to be proposed again." in text(reviewer.get(BENCH))
    page = reviewer.get(f"/admin/workbench/proposals/{second.pk}/")
    assert "Another release was published since this was proposed" in text(page)
    assert "/publish/" not in page.content.decode()
    assert "Release 2 was published after this was proposed" in text(post(reviewer, "publish", second.pk))
    assert releases.current().digest == first.digest


def test_a_reviewer_rejects_with_a_reason_that_the_proposer_reads(published: Live, editor: Client, reviewer: Client):
    heading()
    waiting = proposed()
    assert "Say why." in text(post(reviewer, "reject", waiting.pk, reason=" "))
    assert Proposal.objects.get(pk=waiting.pk).state == "open"
    post(reviewer, "reject", waiting.pk, reason="The heading frightens.")
    page = text(editor.get(f"/admin/workbench/proposals/{waiting.pk}/"))
    assert "Rejected by reviewer" in page and "The heading frightens." in page


def test_only_its_proposer_withdraws_a_proposal(published: Live, sign_in: SignIn, editor: Client):
    heading()
    waiting = proposed(by="editor")
    assert "Only editor withdraws" in text(post(sign_in("editor-two"), "withdraw", waiting.pk))
    assert "is withdrawn" in text(post(editor, "withdraw", waiting.pk))
    assert Proposal.objects.get(pk=waiting.pk).state == "withdrawn"


def test_steps_leave_their_words_in_the_history(published: Live, editor: Client, reviewer: Client):
    heading()
    propose(editor)
    post(reviewer, "publish", Proposal.objects.latest("pk").pk)
    said = [(str(entry.user), entry.get_change_message()) for entry in LogEntry.objects.order_by("pk")]
    made = Proposal.objects.latest("pk").pk
    assert said == [("editor", "Proposed the draft."), ("reviewer", f"Published proposal {made} as release 2.")]


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_who_publish_at_once_one_does(published: Live, sign_in: SignIn):
    waiting = []
    for words in ("One way", "Another way"):
        heading(words=words)
        waiting.append(proposed())
    clients = [sign_in(f"reviewer-{name}") for name in "abcd"]
    ready = threading.Barrier(len(clients))
    statuses = []

    def publish(client: Client, proposal: Proposal) -> None:
        try:
            ready.wait()
            statuses.append(client.post(f"/admin/workbench/proposals/{proposal.pk}/publish/").status_code)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=publish, args=[client, waiting[place % 2]]) for place, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 4
    assert [release.number for release in releases.history()] == [2, 1]
    assert sorted(Proposal.objects.filter(pk__in=[p.pk for p in waiting]).values_list("state", flat=True)) == [
        "open",
        "published",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_crash_half_way_through_publishing_leaves_the_earlier_release(
    published: Live, reviewer: Client, monkeypatch: pytest.MonkeyPatch
):
    heading()
    waiting = proposed()
    decide = Proposal.decide

    def crash(self: Proposal, *args: Any, **fields: Any) -> bool:
        decide(self, *args, **fields)
        raise RuntimeError("power")

    monkeypatch.setattr(Proposal, "decide", crash)
    reviewer.raise_request_exception = False
    assert post(reviewer, "publish", waiting.pk).status_code == 500
    assert Proposal.objects.get(pk=waiting.pk).state == "open"
    assert releases.current() == published
    monkeypatch.undo()
    post(reviewer, "publish", waiting.pk)
    assert releases.current().digest == waiting.digest


# Going back, starting again


def test_a_reviewer_goes_back_to_an_earlier_release_at_once(published: Live, editor: Client, reviewer: Client):
    heading()
    propose(editor)
    post(reviewer, "publish", Proposal.objects.latest("pk").pk)
    heading(words="Work in progress")
    assert "Say why." in text(post(reviewer, "back", 1, reason=""))
    page = post(reviewer, "back", 1, reason="The new words frighten.")
    assert "Visitors read release 1 again. It is release 3 now." in text(page)
    live = releases.current()
    assert (live.number, live.document) == (3, published.document)
    assert live.summary == "Back to release 1: The new words frighten."
    assert drafts.assemble() != published.guide, "work in progress is kept"
    assert "release 3 already" in text(post(reviewer, "back", 1, reason="Again."))


def test_nobody_goes_back_to_what_they_proposed_themselves(published: Live, sign_in: SignIn, reviewer: Client):
    both = sign_in("superuser")
    heading()
    propose(both)
    post(reviewer, "publish", Proposal.objects.latest("pk").pk)
    post(reviewer, "back", 1, reason="Frightens.")
    assert "nobody publishes their own" in text(both.get("/admin/workbench/releases/2/"))
    assert "Nobody publishes their own proposal." in text(post(both, "back", 2, reason="I like it."))
    assert releases.current().number == 3
    assert Proposal.objects.filter(state="open").count() == 0


def test_starting_from_a_release_fills_the_draft_and_loses_nothing_unsaid(published: Live, editor: Client):
    heading()
    page = text(post(editor, "start", 1))
    assert "Say that you mean to lose them." in page and "Export the draft" in page
    assert drafts.assemble() != published.guide
    post(editor, "start", 1, sure="on")
    assert drafts.assemble() == published.guide
    assert "Nothing is lost" in text(editor.get("/admin/workbench/releases/1/"))
    assert LogEntry.objects.latest("pk").get_change_message().startswith("Started again from release 1")


# Import and export


def upload(document: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("guide.json", document, "application/json")


def test_an_export_is_the_draft_to_the_byte_and_can_be_imported_again(published: Live, editor: Client):
    heading()
    response = editor.get(reverse("admin:workbench-export"))
    assert response.content == loading.dump(drafts.assemble())
    assert "attachment" in response["Content-Disposition"]
    drafts.fill(published.guide)
    assert "rules now." in text(post(editor, "import-document", document=upload(response.content)))
    assert loading.dump(drafts.assemble()) == response.content


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "not JSON in UTF-8"),
        (b"{}", "missing required field"),
        (b"", "The file is empty."),
        (b"[" * 100_000, "document:"),
        (b" " * (2 * 2**20 + 1), "larger than 2 MB"),
    ],
)
def test_what_is_no_guide_is_not_imported(published: Live, editor: Client, document: bytes, said: str):
    page = post(editor, "import-document", document=upload(document))
    assert said in text(page)
    assert drafts.assemble() == published.guide


def test_every_fault_of_a_document_is_named_and_the_draft_stays(published: Live, editor: Client):
    document = json.loads(published.document)
    document["rules"][0]["criteria"][0]["any_of"] = ["timing.nite"]
    document["questions"][0]["section"] = "nowhere"
    page = text(post(editor, "import-document", document=upload(json.dumps(document).encode())))
    assert "no option 'timing.nite'" in page and "no section 'nowhere'" in page
    assert drafts.assemble() == published.guide


def test_an_import_over_changes_kept_nowhere_needs_a_word(published: Live, editor: Client):
    heading()
    page = post(editor, "import-document", document=upload(published.document))
    assert "Say that you mean to lose them." in text(page)
    assert drafts.assemble() != published.guide
    post(editor, "import-document", document=upload(published.document), sure="on")
    assert drafts.assemble() == published.guide


def test_an_import_without_a_file_says_so(published: Live, editor: Client):
    assert "Choose the document to import." in text(post(editor, "import-document"))


# Clinical review


def test_a_reviewer_signs_a_release_off_and_every_page_says_so(published: Live, reviewer: Client, client: Client):
    User.objects.filter(username="reviewer").update(first_name="Rosa", last_name="Reader")
    assert "Not clinically reviewed." in text(client.get("/"))
    given = {"role": "Consultant hepatologist", "statement": "Read whole.", "reviewed_on": "2026-03-01"}
    assert "Say in which role you sign." in text(post(reviewer, "review", 1, **given | {"role": ""}))
    assert "This day is still to come." in text(post(reviewer, "review", 1, **given | {"reviewed_on": "2999-01-01"}))
    assert not ReleaseReview.objects.exists()
    post(reviewer, "review", 1, **given)
    assert ReleaseReview.objects.get().reviewer == "Rosa Reader"
    assert "Signed off by a clinical reviewer." in text(client.get("/"))


# Who may


PAGES = {
    "workbench": (200, 200),
    "workbench-export": (200, 200),
    "workbench-import": (200, 403),
    "workbench-proposal": (200, 200),
    "workbench-release": (200, 200),
}
STEPS = {
    "workbench-propose": ("editor",),
    "workbench-import-document": ("editor",),
    "workbench-publish": ("reviewer",),
    "workbench-reject": ("reviewer",),
    "workbench-withdraw": ("editor",),
    "workbench-start": ("editor",),
    "workbench-back": ("reviewer",),
    "workbench-review": ("reviewer",),
}
OF_PROPOSALS = ("proposal", "publish", "reject", "withdraw")
OF_RELEASES = ("release", "start", "back", "review")


def address(name: str) -> str:
    last = name.removeprefix("workbench-")
    proposals = [Proposal.objects.get().pk] if last in OF_PROPOSALS else []
    return reverse(f"admin:{name}", args=[1] if last in OF_RELEASES else proposals)


def test_no_page_of_the_workbench_is_left_out_here() -> None:
    from django.contrib import admin

    names = {getattr(pattern, "name", None) or "" for pattern in admin.site.get_urls()}
    assert {name for name in names if name.startswith("workbench")} == PAGES.keys() | STEPS.keys()


def state() -> tuple[object, ...]:
    """Changes with everything that the steps do."""
    decided = list(Proposal.objects.values_list("pk", "state"))
    return models.Draft.objects.get().version, decided, Release.objects.count(), ReleaseReview.objects.count()


@pytest.mark.parametrize("role", ["anonymous", "visitor", "staff", "editor", "reviewer", "superuser"])
def test_pages_and_steps_are_for_their_roles(published: Live, sign_in: SignIn, role: str):
    client = Client() if role == "anonymous" else sign_in(role)
    if role == "visitor":
        User.objects.filter(username="visitor").update(is_staff=False)
    for name in [*PAGES, *STEPS]:
        for method in ("get", "post"):
            before = state()
            response = getattr(client, method)(address(name))
            if role in {"anonymous", "visitor"}:
                assert response.status_code == 302 and response["Location"].startswith("/admin/login/"), name
            elif role == "staff":
                assert response.status_code == 403, name
            elif name in PAGES:
                expected = PAGES[name][role == "reviewer"] if role != "superuser" else 200
                assert response.status_code == expected, name
            elif role not in {*STEPS[name], "superuser"}:
                assert response.status_code == 403, name
            elif method == "get":
                assert response.status_code == 302, "opened by its address, a step is only its page"
            else:
                assert response.status_code in {200, 302}, "taken, or refused in words"
            if role not in {*STEPS.get(name, ()), "superuser"}:
                assert state() == before, name


def test_a_form_without_its_token_is_refused(published: Live, sign_in: SignIn):
    sign_in("editor")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="editor"))
    heading()
    assert strict.post("/admin/workbench/propose/", WORDS).status_code == 403
    assert Proposal.objects.count() == 1


def test_buttons_stand_only_where_they_work(published: Live, editor: Client, reviewer: Client):
    heading()
    waiting = proposed()
    page = f"/admin/workbench/proposals/{waiting.pk}/"
    assert "Publish</button>" not in editor.get(page).content.decode()
    assert "Withdraw</button>" in editor.get(page).content.decode()
    assert "Publish</button>" in reviewer.get(page).content.decode()
    assert "Withdraw</button>" not in reviewer.get(page).content.decode()
    assert "Propose the draft" not in text(reviewer.get(BENCH))


def test_the_queries_of_the_page_do_not_grow_with_the_guide(published: Live, editor: Client):
    def queries() -> int:
        editor.get(BENCH)
        with CaptureQueriesContext(connection) as found:
            editor.get(BENCH)
        return len(found)

    heading()
    few = queries()
    for rule in models.Rule.objects.all():
        heading(rule.key, f"Otherwise {rule.key}")
    assert queries() <= few
