"""Two editors on one row: the second to save is told what changed and loses nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from guidance import models
from guidance.rules.guide import Guide
from tests.admin.conftest import SignIn
from tests.admin.pages import form, text

pytestmark = pytest.mark.django_db
Data = dict[str, list[str]]


@pytest.fixture
def ben(sign_in: SignIn) -> Client:
    return sign_in("Editors", name="ben")


@pytest.fixture
def there(draft: Guide) -> str:
    return reverse("admin:guidance_rule_change", args=[models.Rule.objects.get(key="zinc-low-alone").pk])


def opened(client: Client, there: str) -> Data:
    return form(client.get(there), "rule")


def rule() -> models.Rule:
    return models.Rule.objects.get(key="zinc-low-alone")


def test_the_second_to_save_is_told_what_changed(there: str, editor: Client, ben: Client) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    was = rule().heading
    ben.post(there, theirs | {"heading": ["Ben’s heading"]})
    response = editor.post(there, mine | {"heading": ["Ana’s heading"]})

    assert response.status_code == 200
    assert rule().heading == "Ben’s heading"
    page = text(response)
    assert "ben saved it on" in page
    assert f"Heading When you opened the page {was} Now Ben’s heading Yours, kept below Ana’s heading" in page
    assert form(response, "rule")["heading"] == ["Ana’s heading"]


def test_saving_again_after_looking_is_enough(there: str, editor: Client, ben: Client) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    ben.post(there, theirs | {"heading": ["Ben’s heading"], "rationale": ["Ben’s reasons."]})
    again = form(editor.post(there, mine | {"heading": ["Ana’s heading"]}), "rule")
    assert editor.post(there, again).status_code == 302
    assert (rule().heading, rule().rationale) == ("Ana’s heading", "Ben’s reasons.")


def test_what_was_not_touched_is_taken_over(there: str, editor: Client, ben: Client) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    ben.post(there, theirs | {"rationale": ["Ben’s reasons."], "criteria-0-mode": ["none"]})
    response = editor.post(there, mine | {"heading": ["Ana’s heading"]})
    page = text(response)
    assert "Criterion 1, holds when chosen is When you opened the page any of Now none of" in page
    assert "Yours, kept below" not in page
    data = form(response, "rule")
    assert data["rationale"] == ["Ben’s reasons."]
    assert data["criteria-0-mode"] == ["none"]
    assert data["heading"] == ["Ana’s heading"]


def test_rows_that_came_and_went_are_told_and_merged(there: str, editor: Client, ben: Client) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    first, second = rule().criteria.all()
    ben.post(
        there,
        theirs
        | {
            "criteria-0-DELETE": ["on"],
            "criteria-2-chosen": ["timing.night"],
            "citations-1-DELETE": ["on"],
        },
    )
    ticked = [*mine["criteria-1-chosen"], "illness.cirrhosis"]
    response = editor.post(there, mine | {"criteria-1-chosen": ticked, "criteria-2-chosen": ["who.adult"]})
    page = text(response)
    assert "Criterion removed" in page
    assert "Criterion added" in page
    assert "Citation removed" in page

    assert editor.post(there, form(response, "rule")).status_code == 302
    named = [sorted(str(option) for option in criterion.options.all()) for criterion in rule().criteria.all()]
    assert first.pk not in rule().criteria.values_list("pk", flat=True)
    assert named == [sorted(ticked), ["timing.night"], ["who.adult"]]
    assert rule().criteria.first() == second
    assert rule().citations.count() == 1


def test_a_row_that_was_changed_here_and_removed_there_comes_back_as_new(
    there: str, editor: Client, ben: Client
) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    ben.post(there, theirs | {"criteria-0-DELETE": ["on"]})
    response = editor.post(there, mine | {"criteria-0-mode": ["none"]})
    assert "Yours, kept below" in text(response)
    assert editor.post(there, form(response, "rule")).status_code == 302
    assert sorted(rule().criteria.values_list("mode", flat=True)) == ["any", "none"]


def test_a_new_list_of_keys_is_told_in_words(there: str, editor: Client, ben: Client) -> None:
    mine, theirs = opened(editor, there), opened(ben, there)
    ben.post(there, theirs | {"gives_way": ["zinc-tested-normal"]})
    page = text(editor.post(there, mine | {"heading": ["Ana’s heading"]}))
    assert "Outranks When you opened the page nothing Now Zinc: zinc-tested-normal" in page


def test_nobody_is_stopped_when_nothing_differs(there: str, editor: Client, ben: Client) -> None:
    mine = opened(editor, there)
    ben.post(there, opened(ben, there))
    assert editor.post(there, mine | {"heading": ["Ana’s heading"]}).status_code == 302


def test_an_error_on_the_way_keeps_what_was_seen(there: str, editor: Client, ben: Client) -> None:
    mine = opened(editor, there)
    faulty = editor.post(there, mine | {"heading": [""]})
    ben.post(there, opened(ben, there) | {"text": ["Ben’s words."]})
    page = text(editor.post(there, form(faulty, "rule") | {"heading": ["Ana’s heading"]}))
    assert "Now Ben’s words." in page


def test_questions_and_their_options_meet_too(draft: Guide, editor: Client, ben: Client) -> None:
    there = reverse("admin:guidance_question_change", args=[models.Question.objects.get(key="timing").pk])
    mine, theirs = (form(client.get(there), "question") for client in (editor, ben))
    ben.post(there, theirs | {"options-0-label": ["In the dark"]})
    response = editor.post(there, mine | {"topic": ["When they come"]})
    assert "Option 1, label" in text(response)
    assert editor.post(there, form(response, "question")).status_code == 302
    question = models.Question.objects.get(key="timing")
    assert (question.topic, question.options.all()[0].label) == ("When they come", "In the dark")


def test_what_was_typed_outlives_a_deletion(there: str, editor: Client, ben: Client) -> None:
    mine = opened(editor, there)
    ben.post(there.replace("change", "delete"), {"post": "yes"})
    response = editor.post(there, mine | {"heading": ["Ana’s heading"]})
    assert "Somebody else deleted this while you had it open" in text(response)
    assert 'action="/admin/guidance/rule/add/"' in response.content.decode()
    assert editor.post("/admin/guidance/rule/add/", form(response, "rule")).status_code == 302
    assert rule().heading == "Ana’s heading"
    assert (rule().criteria.count(), rule().citations.count()) == (2, 2)


def test_rubbish_in_the_hidden_field_does_no_harm(there: str, editor: Client) -> None:
    deep = "[" * 50_000
    for rubbish in (
        "[]",
        "{",
        "null",
        deep,
        '{"heading": ["\\ud800"]}',
        '{"heading": 3}',
        '{"criteria/x/mode": ["any"], "lost/1/x": ["y"], "lost": []}',
    ):
        assert editor.post(there, opened(editor, there) | {"_seen": [rubbish]}).status_code in (200, 302)


def test_a_count_of_rows_that_is_no_number_does_no_harm(there: str, editor: Client) -> None:
    for count in ("9" * 5000, "²", "-1", ""):
        sent = opened(editor, there) | {"citations-TOTAL_FORMS": [count]}
        assert editor.post(there, sent).status_code in (200, 302)
