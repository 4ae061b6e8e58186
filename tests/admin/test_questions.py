"""Questions, options and when they are asked."""

import pytest
from django.test import Client
from django.urls import reverse

from guidance import drafts, models
from guidance.rules.guide import Criterion, Guide, Option
from tests.admin.pages import form, text

pytestmark = pytest.mark.django_db


def address(key: str) -> str:
    return reverse("admin:guidance_question_change", args=[models.Question.objects.get(key=key).pk])


def test_saving_every_row_of_the_draft_as_it_stands_changes_nothing(draft: Guide, editor: Client) -> None:
    for model in (
        models.Question, models.Section, models.Intervention, models.Wording, models.Reference, models.Omission,
        models.Appraisal, models.Scope, models.Aside, models.Guarantee, models.Case, models.Draft, models.Source,
    ):  # fmt: skip
        name = str(model._meta.model_name)
        for row in model._default_manager.all():
            there = reverse(f"admin:guidance_{name}_change", args=[row.pk])
            assert editor.post(there, form(editor.get(there), name)).status_code == 302, row
    assert drafts.assemble() == draft


def test_an_option_is_added_and_a_question_asked_on_a_condition(draft: Guide, editor: Client) -> None:
    there = address("diet")
    data = form(editor.get(there), "question")
    new = max(int(name.split("-")[1]) for name in data if name.startswith("options-") and name.endswith("-key"))
    data |= {
        f"options-{new}-key": ["sometimes"],
        f"options-{new}-label": ["Some days"],
        f"options-{new}-position": ["1"],
        "asked-0-mode": ["any"],
        "asked-0-chosen": ["who.adult", "who.older"],
    }
    assert editor.post(there, data).status_code == 302
    question = next(question for question in drafts.assemble().questions if question.key == "diet")
    assert Option(key="sometimes", label="Some days") in question.options
    assert question.asked == (Criterion(any_of=("who.adult", "who.older")),)
    assert "any of who.adult, who.older" in text(editor.get(reverse("admin:guidance_question_changelist")))


def test_an_option_that_a_rule_reads_is_not_deleted(draft: Guide, editor: Client) -> None:
    there = address("zinc-test")
    data = form(editor.get(there), "question") | {"options-0-DELETE": ["on"]}
    response = editor.post(there, data)
    assert response.status_code == 200
    assert "protected related objects" in text(response)
    assert models.Option.objects.filter(question__key="zinc-test", key="low").exists()


def test_a_new_question_stands_last(draft: Guide, editor: Client) -> None:
    fresh = form(editor.get(reverse("admin:guidance_question_add")), "question")
    assert int(fresh["position"][0]) > max(models.Question.objects.values_list("position", flat=True))
