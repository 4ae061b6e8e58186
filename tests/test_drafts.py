from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import drafts, models
from guidance.rules import engine, loading
from guidance.rules.guide import Criterion, Guide, Option, Reference, Verdict
from guidance.rules.loading import GuideError
from tests.guides import answers, anything, guides
from tests.rules.builders import any_of, caution, guide, many, one, verdict

pytestmark = pytest.mark.django_db

SMALL = guide(
    one("timing", "night day"),
    many("signs", "chest", asked=[any_of("timing.night")]),
    verdict("rule", Verdict.POSSIBLE, any_of("timing.night")),
    caution("care", any_of("signs.chest"), on=["zinc", "fluids"]),
    interventions="zinc fluids",
)


def changed(**fields: Any) -> Guide:
    return msgspec.structs.replace(SMALL, **fields)


def counted(action: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        action()
    return len(queries)


@settings(max_examples=60)
@given(guides(texts=anything))
def test_a_guide_comes_back_from_the_rows_as_the_same_bytes(random_guide: Guide):
    document = loading.dump(random_guide)
    drafts.fill(loading.load(document))
    assert loading.dump(drafts.assemble()) == document


def test_the_shipped_guide_comes_back_as_the_same_bytes(guide: Guide):
    drafts.fill(guide)
    assert loading.dump(drafts.assemble()) == loading.dump(guide)


@settings(max_examples=20)
@given(st.data())
def test_the_guide_that_comes_back_decides_the_same(data: st.DataObject):
    random_guide = data.draw(guides())
    given_answers = data.draw(answers(random_guide, stray=True))
    drafts.fill(random_guide)
    assert engine.assess(drafts.assemble(), given_answers) == engine.assess(random_guide, given_answers)


def test_assembling_takes_the_same_number_of_queries_for_every_guide(guide: Guide):
    drafts.fill(SMALL)
    few = counted(drafts.assemble)
    drafts.fill(guide)
    assert counted(drafts.assemble) == few <= 30


def test_there_is_no_draft_before_one_is_filled_in():
    with pytest.raises(drafts.NoDraft, match="import_guide"):
        drafts.assemble()


def test_filling_in_replaces_the_whole_draft(guide: Guide):
    drafts.fill(guide)
    drafts.fill(SMALL)
    assert drafts.assemble() == SMALL
    assert models.Rule.objects.count() == 2
    assert models.Section.objects.count() == 1
    assert not models.Reference.objects.exists()


def test_rows_keep_their_number_while_their_key_stays():
    drafts.fill(SMALL)
    before = models.Rule.objects.get(key="rule")
    drafts.fill(changed(rules=tuple(reversed(SMALL.rules))))
    after = models.Rule.objects.get(key="rule")
    assert (after.pk, after.position) == (before.pk, 1)
    assert after.version > before.version
    assert [rule.key for rule in drafts.assemble().rules] == ["care", "rule"]


def test_a_rule_with_an_open_form_is_known_to_have_changed_when_it_was_saved():
    drafts.fill(SMALL)
    rule = models.Rule.objects.get(key="rule")
    seen = rule.version
    rule.save()
    rule.save(update_fields=["heading"])
    assert models.Rule.objects.get(key="rule").version == seen + 2


def test_the_same_text_stays_the_same_source():
    drafts.fill(SMALL)
    drafts.fill(changed(source=msgspec.structs.replace(SMALL.source, title="Another title")))
    assert [source.title for source in models.Source.objects.all()] == ["Another title"]
    assert drafts.assemble().source.title == "Another title"


def test_another_text_is_another_source_and_the_earlier_one_stays():
    drafts.fill(SMALL)
    altered = changed(source=msgspec.structs.replace(SMALL.source, text=SMALL.source.text + "More.\n"))
    drafts.fill(altered)
    assert drafts.assemble() == altered
    assert list(models.Source.objects.order_by("number").values_list("number", "text")) == [
        (1, SMALL.source.text),
        (2, altered.source.text),
    ]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"title": "A\0B"}, "title: the character NUL cannot be kept"),
        ({"references": (Reference(key="r", title="", publisher="", year=10**12),)}, "references[0].year: the number"),
        ({"references": (Reference(key="r" * 201, title="", publisher=""),)}, "references[0].key: longer than 200"),
    ],
)
def test_what_no_row_can_hold_is_refused_and_the_draft_stays(fields: dict[str, Any], fault: str):
    drafts.fill(SMALL)
    with pytest.raises(GuideError) as caught:
        drafts.fill(changed(**fields))
    assert any(found.startswith(fault) for found in caught.value.faults), caught.value.faults
    assert drafts.assemble() == SMALL


def test_a_draft_that_editors_left_unfinished_can_be_read_and_its_fault_is_named():
    drafts.fill(SMALL)
    criterion = models.Criterion.objects.get(rule__key="rule")
    models.CriterionOption.objects.filter(criterion=criterion).delete()
    unfinished = drafts.assemble()
    assert unfinished.rules[0].criteria == (Criterion(),)
    with pytest.raises(GuideError, match=r"rules\[0\]\.criteria\[0\]: fill exactly one"):
        loading.load(loading.dump(unfinished))


def test_renaming_an_option_renames_it_in_every_criterion():
    drafts.fill(SMALL)
    option = models.Option.objects.get(question__key="timing", key="night")
    option.key = "dark"
    option.save()
    assembled = drafts.assemble()
    assert assembled.questions[0].options[0] == Option(key="dark", label="night")
    assert assembled.questions[1].asked == (any_of("timing.dark"),)


def test_filling_in_makes_no_account_and_touches_none():
    user = User.objects.create_user("editor")
    drafts.fill(SMALL)
    assert list(User.objects.all()) == [user]
