import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from guidance import drafts, models, releases
from guidance.models import Proposal, Release
from guidance.releases import Live, Refused
from guidance.rules import loading, verification
from guidance.rules.guide import Guide
from guidance.rules.loading import GuideError

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READ = "Read one by one."


def titled(guide: Guide, title: str) -> Guide:
    return msgspec.structs.replace(guide, title=title)


def broken(guide: Guide) -> Guide:
    """Without its first verdict rule: some answers are left without a verdict."""
    return msgspec.structs.replace(guide, rules=guide.rules[1:])


def propose(guide: Guide | None, *, by: str = "editor", **fields: Any) -> Proposal:
    return releases.propose(guide, by=by, at=NOW, **{"acknowledgement": READ} | fields)


def publish(proposal: Proposal, *, by: str = "reviewer") -> Release:
    return releases.publish(proposal, by=by, at=NOW)


def queries(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        action()
    return len(found)


# Proposing


def test_what_one_proposes_and_another_publishes_is_current(guide: Guide):
    editor, reviewer = User.objects.create_user("anna"), User.objects.create_user("ben")
    proposal = releases.propose(guide, by=editor, at=NOW, acknowledgement=READ, summary="The first release.")
    releases.publish(proposal, by=reviewer, at=NOW)
    live = releases.current()
    assert live == Live(
        number=1,
        digest=loading.digest(guide),
        document=loading.dump(guide),
        guide=guide,
        summary="The first release.",
        proposed_by="anna",
        published_by="ben",
        published_at=NOW,
        reviewed=False,
    )


def test_the_draft_is_proposed_where_no_guide_is_given_and_may_change_afterwards(guide: Guide):
    drafts.fill(guide)
    proposal = propose(None)
    drafts.fill(titled(guide, "Changed since"))
    publish(proposal)
    assert releases.current().guide == guide


def test_a_proposal_freezes_the_problems_found_in_it(guide: Guide):
    found = verification.problems(guide, today=NOW.date())
    proposal = propose(guide)
    assert [problem["code"] for problem in proposal.problems] == [problem.code for problem in found]
    assert proposal.acknowledgement == READ
    assert publish(proposal).problems == proposal.problems


def test_a_guide_with_an_error_is_not_proposed(guide: Guide):
    with pytest.raises(Refused, match="mend what they name") as caught:
        propose(broken(guide))
    assert {problem.severity for problem in caught.value.problems} == {"error"}
    assert "gap" in {problem.code for problem in caught.value.problems}
    assert not Proposal.objects.exists()


def test_a_guide_with_loose_ends_is_not_proposed(guide: Guide):
    with pytest.raises(GuideError, match="no section"):
        propose(msgspec.structs.replace(guide, sections=()))
    assert not Proposal.objects.exists()


def test_warnings_are_acknowledged_in_writing(guide: Guide):
    with pytest.raises(Refused, match="say in writing") as caught:
        propose(guide, acknowledgement="  ")
    assert {problem.severity for problem in caught.value.problems} == {"warning"}


def test_what_visitors_read_already_is_not_proposed_again(published: Live):
    with pytest.raises(Refused, match="release 1 already"):
        propose(published.guide)


def test_nobody_is_nobody(guide: Guide):
    with pytest.raises(Refused, match="Say who"):
        propose(guide, by=" ")


# Publishing


def test_nobody_publishes_their_own_proposal(guide: Guide):
    proposal = propose(guide, by="anna")
    with pytest.raises(Refused, match="their own proposal"):
        publish(proposal, by="anna")
    proposal.proposed_by = "somebody else"
    with pytest.raises(Refused, match="their own proposal"):
        publish(proposal, by="anna")
    assert not Release.objects.exists()


def test_a_setting_lets_one_person_do_both(guide: Guide, settings: Any):
    settings.GUIDE_SELF_PUBLISH = True
    assert publish(propose(guide, by="anna"), by="anna").number == 1


def test_a_proposal_is_published_once(guide: Guide):
    proposal = propose(guide)
    publish(proposal)
    with pytest.raises(Refused, match="was published by reviewer already"):
        publish(proposal, by="somebody")
    assert [release.number for release in releases.history()] == [1]


def test_a_proposal_made_before_another_release_has_to_be_made_again(guide: Guide):
    first, second = propose(guide), propose(titled(guide, "Second"))
    publish(first)
    with pytest.raises(Refused, match="Release 1 was published after this was proposed"):
        publish(second)
    assert Proposal.objects.get(pk=second.pk).state == "open"
    assert publish(propose(titled(guide, "Second"))).number == 2


def test_going_back_publishes_the_earlier_document_under_a_new_number(guide: Guide):
    publish(propose(guide))
    publish(propose(titled(guide, "Second")))
    publish(propose(releases.get(1).guide, summary="Back to release 1."))
    assert releases.current().number == 3
    assert releases.current().document == releases.get(1).document != releases.get(2).document


def test_a_crash_half_way_leaves_everything_as_it_was(guide: Guide, monkeypatch: pytest.MonkeyPatch):
    proposal = propose(guide)

    def crash(**fields: Any) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr(Release.objects, "create", crash)
    with pytest.raises(RuntimeError):
        publish(proposal)
    assert Proposal.objects.get().state == "open"
    assert not Release.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(guide: Guide):
    proposals = [propose(titled(guide, title)) for title in ("One", "Two", "Three")] * 2
    ready = threading.Barrier(len(proposals))
    outcomes: list[int | None] = []

    def run(proposal: Proposal) -> None:
        try:
            ready.wait()
            outcomes.append(releases.publish(proposal, by="reviewer", at=NOW).number)
        except Refused:
            outcomes.append(None)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[proposal]) for proposal in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [1, None, None, None, None, None]
    assert [release.number for release in releases.history()] == [1]
    assert Proposal.objects.filter(state="published").count() == 1


def test_a_server_is_set_up_by_one_person_and_errors_stand_in_the_way_all_the_same(guide: Guide):
    with pytest.raises(Refused, match="mend"):
        releases.set_up(broken(guide), by="set-up", at=NOW, acknowledgement=READ)
    made = releases.set_up(guide, by="set-up", at=NOW, acknowledgement=READ)
    assert (made.number, made.proposed_by, made.published_by) == (1, "set-up", "set-up")


# Deciding otherwise


def test_a_rejected_proposal_is_not_published(guide: Guide):
    proposal = propose(guide)
    rejected = releases.reject(proposal, by="reviewer", at=NOW, reason="The heading frightens.")
    assert (rejected.state, rejected.decided_by, rejected.reason) == ("rejected", "reviewer", "The heading frightens.")
    with pytest.raises(Refused, match="was rejected by reviewer already"):
        publish(proposal)
    assert not Release.objects.exists()


def test_a_proposal_is_not_rejected_without_a_reason(guide: Guide):
    with pytest.raises(Refused, match="Say why"):
        releases.reject(propose(guide), by="reviewer", at=NOW, reason=" ")


def test_only_the_proposer_withdraws(guide: Guide):
    proposal = propose(guide, by="anna")
    with pytest.raises(Refused, match="Only anna withdraws"):
        releases.withdraw(proposal, by="ben", at=NOW)
    assert releases.withdraw(proposal, by="anna", at=NOW).state == "withdrawn"
    with pytest.raises(Refused, match="was withdrawn by anna already"):
        releases.reject(proposal, by="ben", at=NOW, reason="Late.")


# Reading


def test_without_a_release_there_is_nothing_to_read():
    with pytest.raises(releases.NoRelease):
        releases.current()
    with pytest.raises(releases.NoRelease, match="no release 7"):
        releases.get(7)
    assert releases.history() == ()


def test_reading_the_current_release_takes_one_query_and_opens_its_guide_once(published: Live):
    assert queries(releases.current) == 1
    assert releases.current().guide is published.guide


def test_a_new_release_is_noticed_at_once(published: Live):
    publish(propose(titled(published.guide, "Second")))
    assert releases.current().guide.title == "Second"
    assert queries(releases.current) == 1


def test_the_history_takes_one_query_and_starts_with_the_newest(published: Live):
    publish(propose(titled(published.guide, "Second")))
    assert queries(releases.history) == 1
    assert [release.number for release in releases.history()] == [2, 1]


@pytest.mark.parametrize("document", ["{}", "not even JSON"])
def test_a_release_that_is_no_guide_is_not_shown(document: str):
    kept(document, hashlib.sha256(document.encode()).hexdigest())
    with pytest.raises(releases.BrokenRelease, match="Release 1 cannot be read"):
        releases.current()


def test_a_document_that_is_not_what_was_published_is_not_shown(guide: Guide):
    kept(loading.dump(guide).decode(), "0" * 64)
    with pytest.raises(releases.NoRelease, match="was published with 000"):
        releases.current()


def kept(document: str, digest: str) -> None:
    """A first release as only a fault could leave it."""
    what = {"document": document, "digest": digest, "report": "[]", "proposed_by": "nobody"}
    proposal = Proposal.objects.create(base=0, proposed_at=NOW, **what)
    Release.objects.create(number=1, proposal=proposal, published_by="nobody", published_at=NOW, **what)


# Reviews


def test_a_release_is_reviewed_when_a_clinician_has_signed_it_off(published: Live):
    releases.sign_off(1, reviewer="A. Clinician", role="GP", statement="Read whole.", on=date(2026, 3, 2))
    assert releases.current().reviewed
    assert [release.reviewed for release in releases.history()] == [True]
    publish(propose(titled(published.guide, "Second")))
    assert not releases.current().reviewed
    assert releases.get(1).reviewed


def test_a_review_names_its_reviewer_and_its_release(published: Live):
    signed: dict[str, Any] = {
        "reviewer": "A. Clinician",
        "role": "GP",
        "statement": "Read whole.",
        "on": date(2026, 3, 2),
    }
    with pytest.raises(Refused, match="name, role and statement"):
        releases.sign_off(1, **signed | {"reviewer": " "})
    with pytest.raises(releases.NoRelease):
        releases.sign_off(2, **signed)
    assert not models.ReleaseReview.objects.exists()
