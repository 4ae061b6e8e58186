"""Guarantees and cases."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from guidance import drafts, models
from guidance.rules.guide import Guide, Status
from tests.admin.conftest import SignIn
from tests.admin.pages import form, text

pytestmark = pytest.mark.django_db


def case(key: str) -> str:
    return reverse("admin:guidance_case_change", args=[models.Case.objects.get(key=key).pk])


def test_a_case_is_filled_in_like_the_questionnaire(draft: Guide, editor: Client) -> None:
    add = reverse("admin:guidance_case_add")
    filled = form(editor.get(case("healthy-night-cramps")), "case")
    filled = {name: values for name, values in filled.items() if not name.startswith("_")}
    data = filled | {
        "key": ["salty"],
        "title": ["Somebody who sweats"],
        "answer-exertion": ["sweat"],
        "expected-potassium": ["relevant"],
    }
    assert editor.post(add, data).status_code == 302
    made = next(case for case in drafts.assemble().cases if case.key == "salty")
    assert made.rules == draft.cases[0].rules
    assert made.answers == {**draft.cases[0].answers, "exertion": "sweat"}
    assert made.expected["potassium"] is Status.RELEVANT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer-timing": [""]}, "This is asked on these answers: answer it."),
        ({"answer-liver-signs": ["none"]}, "This is not asked on these answers: leave it open."),
        ({"answer-emergency": ["none", "chest"]}, "stands alone"),
        ({"answer-diet": ["chocolate"]}, "chocolate is not one of the available choices."),
        ({"expected-zinc": [""]}, "Say what is expected: a case names every intervention."),
    ],
)
def test_a_case_that_nobody_can_answer_is_refused_at_the_question(
    draft: Guide, editor: Client, changes: dict[str, list[str]], said: str
) -> None:
    there = case("healthy-night-cramps")
    response = editor.post(there, form(editor.get(there), "case") | changes)
    assert response.status_code == 200
    assert said in text(response)


def test_the_page_of_a_case_says_whether_it_holds(draft: Guide, editor: Client) -> None:
    there = case("healthy-night-cramps")
    response = editor.get(there)
    assert "It holds: every intervention has the status expected of it, and every rule it names holds." in text(
        response
    )
    changes = {"expected-zinc": ["possible"], "alert": ["routine"], "rules-holding": ["fluids-maintain", "kidney"]}
    editor.post(there, form(response, "case") | changes)
    page = text(editor.get(there))
    assert "zinc: not-supported (something else is expected)" in page
    assert "alert: none (something else is expected)" in page
    assert "kidney (does not hold, and should)" in page
    assert "drink-to-thirst (holds, and the case does not name it)" in page
    assert "fluids-maintain (" not in page


def test_a_case_need_not_name_rules(draft: Guide, editor: Client) -> None:
    there = case("healthy-night-cramps")
    editor.post(there, form(editor.get(there), "case") | {"rules-holding": []})
    assert drafts.assemble().cases[0].rules is None
    assert "which rules hold it does not say" in text(editor.get(there))


def test_cases_take_over_the_rules_that_hold_now(draft: Guide, editor: Client) -> None:
    models.Rule.objects.filter(key="drink-to-thirst").update(key="thirst")
    chosen = models.Case.objects.filter(key__in=["healthy-night-cramps", "calf-swelling", "over-drinking"])
    before = models.Case.objects.get(key="diarrhoea").rules
    data = {"action": "name_rules", "_selected_action": [case.pk for case in chosen]}
    response = editor.post(reverse("admin:guidance_case_changelist"), data, follow=True)
    assert "2 of 3 cases name other rules now." in text(response)
    rules = {case.key: case.rules for case in drafts.assemble().cases}
    assert "thirst" in (rules["healthy-night-cramps"] or ())
    assert "drink-to-thirst" not in (rules["healthy-night-cramps"] or ())
    assert rules["over-drinking"] == next(case.rules for case in draft.cases if case.key == "over-drinking")
    assert list(rules["diarrhoea"] or ()) == before
    said = LogEntry.objects.filter(object_repr="healthy-night-cramps").latest("pk").get_change_message()
    assert said == "Rules no longer named: drink-to-thirst. Rules now named: thirst."


def test_who_may_only_look_takes_nothing_over(draft: Guide, sign_in: SignIn) -> None:
    models.Rule.objects.filter(key="drink-to-thirst").update(key="thirst")
    kept = models.Case.objects.get(key="healthy-night-cramps")
    sign_in("Reviewers").post(
        reverse("admin:guidance_case_changelist"), {"action": "name_rules", "_selected_action": [kept.pk]}
    )
    assert models.Case.objects.get(pk=kept.pk).rules == kept.rules


def test_what_a_case_says_of_lost_options_is_named(draft: Guide, editor: Client) -> None:
    models.Option.objects.filter(question__key="diet", key="regular").update(key="daily")
    page = text(editor.get(case("healthy-night-cramps")))
    assert "The draft does not know diet.regular. Saving leaves this out." in page


def test_a_case_that_names_a_lost_rule_fails_and_says_so(draft: Guide, editor: Client) -> None:
    models.Rule.objects.filter(key="drink-to-thirst").delete()
    page = text(editor.get(case("healthy-night-cramps")))
    assert "drink-to-thirst (does not hold, and should)" in page
    assert "The draft does not know drink-to-thirst. Saving leaves this out." in page


def test_a_case_is_edited_as_it_is_kept_while_the_draft_is_broken(draft: Guide, editor: Client) -> None:
    there = case("healthy-night-cramps")
    models.Guarantee.objects.filter(key="help-first").update(never=["whatever"])
    page = editor.get(there)
    assert "The draft cannot be read as a whole guide just now" in text(page)
    faulty = editor.post(there, form(page, "case") | {"expected": ['{"zinc": "perhaps"}']})
    assert "Invalid enum value 'perhaps' - at `$[...]`" in text(faulty)
    assert editor.post(there, form(page, "case") | {"title": ["Another title"], "expected": ["{}"]}).status_code == 302


def test_a_guarantee_names_what_it_rules_out(draft: Guide, editor: Client) -> None:
    there = reverse("admin:guidance_guarantee_change", args=[models.Guarantee.objects.get(key="child-no-yes").pk])
    data = form(editor.get(there), "guarantee")
    assert editor.post(there, data | {"never": ["relevant"], "interventions": ["zinc", "fluids"]}).status_code == 302
    guarantee = next(guarantee for guarantee in drafts.assemble().guarantees if guarantee.key == "child-no-yes")
    assert guarantee.never == (Status.RELEVANT,)
    assert guarantee.on == ("zinc", "fluids")


def test_a_guarantee_says_never_or_always_but_not_both(draft: Guide, editor: Client) -> None:
    there = reverse("admin:guidance_guarantee_change", args=[models.Guarantee.objects.get(key="child-no-yes").pk])
    data = form(editor.get(there), "guarantee")
    assert "Fill exactly one of never and always." in text(editor.post(there, data | {"always": ["get-help"]}))
