"""The article, another text of it, and what becomes of the quotes."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from guidance import drafts, models
from guidance.rules.guide import Guide
from tests.admin.conftest import SignIn
from tests.admin.pages import form, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(draft: Guide, editor: Client) -> models.Source:
    """A text with one sentence more at the start, and one word of S27 changed."""
    changed = draft.source.text.replace("idiopathic", "unexplained").replace(
        "The trace", "Read this first. The trace", 1
    )
    data = {"key": draft.source.key, "title": draft.source.title, "publisher": "", "address": "", "text": changed}
    response = editor.post(reverse("admin:guidance_source_add"), data | {"text": changed.replace("\n", "\r\n")})
    assert response.status_code == 302
    source = models.Source.objects.get(number=2)
    assert source.text == changed
    return source


def switch(source: models.Source) -> str:
    return reverse("admin:guidance_source_switch", args=[source.pk])


def test_the_text_of_a_source_cannot_be_changed(draft: Guide, editor: Client) -> None:
    source = models.Source.objects.get()
    there = reverse("admin:guidance_source_change", args=[source.pk])
    page = editor.get(there)
    assert "text" not in form(page, "source")
    editor.post(there, form(page, "source") | {"text": ["Something else."], "publisher": ["A publisher"]})
    source.refresh_from_db()
    assert (source.text, source.publisher) == (draft.source.text, "A publisher")


def test_before_the_switch_the_quotes_that_would_break_are_shown(newer: models.Source, editor: Client) -> None:
    page = text(editor.get(switch(newer)))
    assert "What would break" in page
    assert "The nearest sentence is S28" in page
    assert "S26 becomes S27" in page
    assert models.Draft.objects.get().source != newer


def test_the_switch_renumbers_what_stands_and_leaves_what_breaks(
    newer: models.Source, draft: Guide, editor: Client
) -> None:
    assert editor.post(switch(newer)).status_code == 302
    switched = drafts.assemble()
    assert switched.source.text == newer.text
    rule = next(rule for rule in switched.rules if rule.key == "zinc-low-alone")
    before = next(rule for rule in draft.rules if rule.key == "zinc-low-alone")
    assert [c.sentence for c in rule.citations] == [c.sentence + 1 for c in before.citations]
    assert "renumbered" not in text(editor.get(switch(newer)))
    said = LogEntry.objects.latest("action_time").get_change_message()
    assert "citations got another sentence number" in said


def test_a_reviewer_switches_nothing(newer: models.Source, sign_in: SignIn) -> None:
    assert sign_in("Reviewers").post(switch(newer)).status_code == 403
    assert Client().post(switch(newer)).status_code == 302
    assert models.Draft.objects.get().source != newer


def test_the_source_of_the_draft_is_not_deleted(draft: Guide, editor: Client) -> None:
    source = models.Source.objects.get()
    editor.post(reverse("admin:guidance_source_delete", args=[source.pk]), {"post": "yes"})
    assert models.Source.objects.filter(pk=source.pk).exists()


def test_there_is_one_draft(draft: Guide, editor: Client) -> None:
    page = editor.get(reverse("admin:guidance_draft_changelist"), follow=True)
    assert page.redirect_chain[-1][0].endswith("/change/")
    assert editor.get(reverse("admin:guidance_draft_add")).status_code == 403
