from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from guidance.models import (
    Aside,
    Case,
    Citation,
    Criterion,
    CriterionOption,
    Draft,
    Guarantee,
    Intervention,
    Option,
    Proposal,
    Question,
    Release,
    ReleaseReview,
    Rule,
    RuleIntervention,
    Section,
    SharedResult,
    Source,
    Wording,
    WriteOnceError,
)
from guidance.rules.guide import Status

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def refused() -> Any:
    """What follows is refused by the database, and the test goes on."""
    return _Refused()


class _Refused:
    def __enter__(self) -> None:
        self.point = transaction.atomic()
        self.raises = pytest.raises(IntegrityError)
        self.raises.__enter__()
        self.point.__enter__()

    def __exit__(self, *raised: Any) -> bool:
        self.point.__exit__(*raised)
        return bool(self.raises.__exit__(*raised))


def question(key: str = "timing") -> Question:
    section, _ = Section.objects.get_or_create(key="all", defaults={"label": "All"})
    return Question.objects.create(
        key=key, section=section, choice="one", label="When?", topic="Timing", why="To tell."
    )


def rule(key: str = "care", **fields: Any) -> Rule:
    return Rule.objects.create(
        **{"key": key, "kind": "caution", "heading": "H", "text": "T", "rationale": "R"} | fields
    )


def source(text: str = "A text.", key: str = "article") -> Source:
    made = Source(key=key, title="On Cramps", text=text)
    made.full_clean()
    made.save()
    return made


def proposal(document: str = "{}", **fields: Any) -> Proposal:
    default = {"digest": "0" * 64, "report": "[]", "base": 0, "proposed_by": "editor", "proposed_at": NOW}
    return Proposal.objects.create(document=document, **default | fields)


def release(number: int = 1, **fields: Any) -> Release:
    proposed = fields.pop("proposal", None) or proposal()
    default = {
        "proposal": proposed,
        "document": proposed.document,
        "digest": proposed.digest,
        "report": "[]",
        "proposed_by": "editor",
        "published_by": "reviewer",
        "published_at": NOW,
    }
    return Release.objects.create(number=number, **default | fields)


def raw(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


# The draft


def test_rows_are_listed_by_their_position():
    last = question("last")
    first = question("first")
    last.position, first.position = 2, 1
    last.save()
    first.save()
    assert list(Question.objects.all()) == [first, last]
    for place, status in enumerate(reversed(Status)):
        Wording.objects.create(status=status, label=status, text="", position=place)
    assert Wording.objects.first() == Wording.objects.get(status=Status.NOT_INDICATED)


@pytest.mark.parametrize("key", ["Night", "night cramps", "night_cramps", "-night", "night-", "", "night\n"])
def test_a_key_that_cannot_stand_in_an_address_is_refused_with_an_example(key: str):
    with pytest.raises(ValidationError) as caught:
        Section(key=key, label="All").full_clean()
    assert "key" in caught.value.message_dict


def test_the_refusal_of_a_key_says_how_to_write_one():
    with pytest.raises(ValidationError, match="such as night-cramps"):
        Section(key="Night cramps", label="All").full_clean()
    Section(key="night-cramps-2", label="All").full_clean()


def test_a_key_is_there_once():
    question()
    with refused():
        question()


def test_an_option_is_there_once_in_a_question_and_again_in_another():
    timing, signs = question("timing"), question("signs")
    Option.objects.create(question=timing, key="none", label="None")
    Option.objects.create(question=signs, key="none", label="None")
    with refused():
        Option.objects.create(question=timing, key="none", label="None")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "verdict"}, "A verdict rule needs a verdict"),
        ({"kind": "caution", "verdict": "relevant"}, "no other rule has one"),
        ({"kind": "alert"}, "An alert needs a level"),
        ({"kind": "note", "level": "urgent"}, "no other rule has one"),
    ],
)
def test_a_rule_has_what_its_kind_needs(fields: dict[str, str], message: str):
    unsaved = Rule(**{"key": "care", "heading": "H", "text": "T", "rationale": "R"} | fields)
    with pytest.raises(ValidationError, match=message):
        unsaved.full_clean()
    with refused():
        unsaved.save()


def test_a_criterion_belongs_to_exactly_one_owner():
    timing, care = question(), rule()
    Criterion.objects.create(rule=care)
    with refused():
        Criterion.objects.create()
    with refused():
        Criterion.objects.create(rule=care, question=timing)


def test_a_citation_belongs_to_exactly_one_owner():
    care, aside = rule(), Aside.objects.create(key="background", reason="Background.")
    Citation.objects.create(aside=aside, sentence=1, quote="One.")
    with refused():
        Citation.objects.create(sentence=1, quote="One.")
    with refused():
        Citation.objects.create(rule=care, aside=aside, sentence=1, quote="One.")


def test_an_option_that_a_criterion_names_cannot_be_deleted_nor_can_its_question():
    timing = question()
    night = Option.objects.create(question=timing, key="night", label="At night")
    criterion = Criterion.objects.create(rule=rule(), mode="none")
    CriterionOption.objects.create(criterion=criterion, option=night)
    with pytest.raises(ProtectedError):
        night.delete()
    with pytest.raises(ProtectedError):
        timing.delete()
    assert str(criterion) == "none of timing.night"
    criterion.delete()
    timing.delete()
    assert not Option.objects.exists()


def test_a_rule_is_on_an_intervention_once_and_keeps_it():
    care, zinc = rule(), Intervention.objects.create(key="zinc", label="Zinc", text="", rationale="")
    RuleIntervention.objects.create(rule=care, intervention=zinc)
    with refused():
        RuleIntervention.objects.create(rule=care, intervention=zinc)
    with pytest.raises(ProtectedError):
        zinc.delete()


def test_a_guarantee_promises_one_status_or_rules_some_out():
    promise = {"key": "g", "text": "T"}
    Guarantee(**promise, always="get-help").full_clean()
    Guarantee(**promise, never=["relevant"]).full_clean()
    for wrong in ({}, {"always": "get-help", "never": ["relevant"]}, {"never": ["perhaps"]}):
        with pytest.raises(ValidationError):
            Guarantee(**promise, **wrong).full_clean()


def test_a_case_holds_answers_and_statuses():
    Case(key="c", title="T", answers={"who": "adult", "signs": ["none"]}, expected={"zinc": "possible"}).full_clean()
    with pytest.raises(ValidationError, match="Write"):
        Case(key="c", title="T", answers={"who": 1}).full_clean()
    with pytest.raises(ValidationError, match="Known: get-help"):
        Case(key="c", title="T", expected={"zinc": "perhaps"}).full_clean()


def test_there_is_one_draft():
    article = source()
    Draft.objects.create(title="A guide", source=article)
    with refused():
        Draft.objects.create(title="Another", source=article)
    with refused():
        Draft.objects.bulk_create([Draft(pk=2, title="Another", source=article)])


def test_the_text_of_a_source_never_changes():
    article = source()
    article.title = "A better title"
    article.save()
    article.text = "Another text."
    with pytest.raises(WriteOnceError, match="as a new source"):
        article.save()
    with refused():
        Source.objects.filter(pk=article.pk).update(text="Another text.")
    assert Source.objects.get().text == "A text."


def test_another_text_of_the_same_article_is_its_next_version():
    assert [source(text).number for text in ("One.", "Two.")] == [1, 2]
    assert source("One.", key="other").number == 1
    assert len(source("Three.").sha256) == 64


def test_rows_say_what_they_are():
    care = rule()
    night = Option.objects.create(question=question(), key="night", label="At night")
    said = [str(row) for row in (care, night, Citation(sentence=26, quote="Zinc may."), Wording(status="ask-first"))]
    assert said == ["care", "timing.night", "S26: Zinc may.", "ask first"]


# What is kept for good


def test_a_release_is_neither_changed_nor_deleted_by_the_model():
    made = release()
    made.document = "other"
    with pytest.raises(WriteOnceError, match="Release 1 never changes"):
        made.save()
    with pytest.raises(WriteOnceError, match="can be proposed again"):
        made.delete()
    everything: list[Any] = [
        lambda: Release.objects.update(document="other"),
        lambda: Release.objects.all().delete(),
        lambda: Release.objects.bulk_update([made], ["document"]),
        lambda: Release.objects.bulk_create(
            [made], update_conflicts=True, unique_fields=["number"], update_fields=["document"]
        ),
    ]
    for change in everything:
        with pytest.raises(WriteOnceError):
            change()
    assert Release.objects.get().document == "{}"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE guidance_release SET document = 'other'",
        "UPDATE guidance_release SET number = 2",
        "DELETE FROM guidance_release",
        "UPDATE guidance_proposal SET document = 'other'",
        "UPDATE guidance_proposal SET proposed_by = 'somebody'",
        "DELETE FROM guidance_proposal",
        "UPDATE guidance_releasereview SET statement = 'other'",
        "DELETE FROM guidance_releasereview",
    ],
)
def test_the_database_refuses_to_change_or_delete_what_is_kept(sql: str):
    ReleaseReview.objects.create(
        release=release(), reviewer="A. Clinician", role="GP", statement="Read.", reviewed_on=date(2026, 3, 2)
    )
    with refused():
        raw(sql)


def test_the_models_own_manager_of_django_is_stopped_by_the_database():
    release()
    with refused():
        models.QuerySet(Release).update(document="other")
    with refused():
        models.QuerySet(Release).delete()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows on insert")
def test_a_release_is_not_replaced_by_an_insert():
    made = release()
    columns = "number, proposal_id, document, digest, report, summary, acknowledgement, proposed_by, published_by"
    values = "?, ?, '{}', ?, '[]', '', '', 'editor', 'somebody'".replace("?", "%s")
    for number in (1, 2):
        with refused():
            raw(
                f"INSERT OR REPLACE INTO guidance_release ({columns}, published_at) VALUES ({values}, '2026-03-01')",
                number,
                made.proposal_id,
                made.digest,
            )
    with refused():
        raw("INSERT OR REPLACE INTO guidance_proposal SELECT * FROM guidance_proposal")
    assert Release.objects.get().published_by == "reviewer"


def test_releases_are_numbered_without_a_gap():
    with refused():
        release(2)
    release(1)
    with refused():
        release(3)
    with refused():
        release(1)
    release(2)


def test_a_release_holds_what_was_proposed_and_no_other_document():
    proposed = proposal()
    with refused():
        release(proposal=proposed, document='{"title": "other"}')
    with refused():
        release(proposal=proposed, digest="1" * 64)
    release(proposal=proposed)
    with refused():
        release(2, proposal=proposed)


def test_a_proposal_is_frozen_but_for_its_one_decision():
    proposed = proposal()
    proposed.document = "other"
    with pytest.raises(WriteOnceError, match="Withdraw it"):
        proposed.save()
    with pytest.raises(WriteOnceError):
        proposed.delete()
    assert proposed.decide(Proposal.State.REJECTED, by="reviewer", at=NOW, reason="Not yet.")
    assert not proposed.decide(Proposal.State.PUBLISHED, by="somebody", at=NOW)
    decided = Proposal.objects.get()
    assert (decided.state, decided.decided_by, decided.reason, decided.document) == (
        "rejected", "reviewer", "Not yet.", "{}",
    )  # fmt: skip
    with refused():
        raw("UPDATE guidance_proposal SET state = 'open', decided_at = NULL")


def test_a_release_keeps_its_report_as_it_was():
    made = release(report='[{"code": "unread-option", "example": {"who": "adult"}}]')
    assert made.problems == [{"code": "unread-option", "example": {"who": "adult"}}]


def test_a_review_is_only_added():
    made = release()
    review = ReleaseReview.objects.create(
        release=made, reviewer="A. Clinician", role="GP", statement="Read.", reviewed_on=date(2026, 3, 2)
    )
    review.statement = "Not read."
    with pytest.raises(WriteOnceError):
        review.save()
    assert str(review) == "Review of release 1 by A. Clinician"


def test_a_shared_result_has_its_own_token_and_expires_later():
    made = release()
    kept = {"answers": {"who": "adult"}, "release": made, "created_at": NOW}
    shared = SharedResult.objects.create(token_sha256="a" * 64, expires_at=NOW + timedelta(days=30), **kept)
    with refused():
        SharedResult.objects.create(token_sha256="a" * 64, expires_at=NOW + timedelta(days=30), **kept)
    with refused():
        SharedResult.objects.create(token_sha256="b" * 64, expires_at=NOW, **kept)
    shared.delete()
    assert not SharedResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_emptying_the_whole_database_empties_it_and_the_releases_after_it_are_kept_again():
    release()
    call_command("flush", interactive=False, verbosity=0)
    assert not Release.objects.exists()
    release()
    with refused():
        raw("DELETE FROM guidance_release")
