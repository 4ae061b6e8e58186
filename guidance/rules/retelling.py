"""The same answers told again by another guide: what it would say otherwise, and what it would have to ask first."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guidance.rules import engine, explanation, flow
from guidance.rules.explanation import Answered, Explanation
from guidance.rules.guide import Guide, Intervention, Question, Wording


class Told(NamedTuple):
    """An intervention that has another status, or the same one in other words."""

    intervention: Intervention
    was: Wording | None
    """None where the earlier guide does not know the intervention."""
    now: Wording | None

    @property
    def reworded(self) -> bool:
        return self.was is not None and self.now is not None and self.was.status is self.now.status


class Said(NamedTuple):
    """One thing that a result says: a rule's words, a note, an appraisal."""

    about: str
    """The intervention in words; empty for what is said of the whole result."""
    heading: str
    text: str
    quotes: tuple[str, ...]
    references: tuple[str, ...]
    sentences: tuple[int, ...] = ()
    """For an appraisal: the sentences of the article, among those shown, that it is about."""


class Retelling(NamedTuple):
    """What a later guide makes of answers that were given to an earlier one."""

    missing: tuple[Question, ...]
    """What it asks and has no answer to. Where there are any, nothing else is known."""
    unused: tuple[Answered, ...]
    """Answers that counted then, and that it does not ask for or does not take any more."""
    reworded: tuple[Question, ...]
    """Questions of which the question itself or the chosen answer is put in other words."""
    told: tuple[Told, ...]
    added: tuple[Said, ...]
    removed: tuple[Said, ...]
    changed: tuple[Said, ...]
    """What is said otherwise, as it is said now."""

    @property
    def same(self) -> bool:
        """Whether a visitor with these answers would be told the same."""
        return not (self.missing or self.told or self.added or self.removed or self.changed)


def retell(before: Guide, after: Guide, answers: Mapping[str, Any]) -> Retelling:
    """Compare what two guides say on ``answers``, which are whole and right for ``before``."""
    earlier = explanation.explain(before, engine.assess(before, answers))
    taken = flow.possible(after, answers)
    path = flow.path(after, taken)
    reworded = tuple(_reworded(before, after, path.asked, taken))
    if path.missing:
        missing = tuple(question for question in after.questions if question.key in path.missing)
        unused = tuple(answered for answered in earlier.answers if answered.question.key not in taken)
        return Retelling(missing, unused, reworded, (), (), (), ())
    later = explanation.explain(after, engine.assess(after, taken))
    counted = {answered.question.key for answered in later.answers}
    was, now = dict(_said(earlier)), dict(_said(later))
    return Retelling(
        missing=(),
        unused=tuple(answered for answered in earlier.answers if answered.question.key not in counted),
        reworded=reworded,
        told=tuple(_told(earlier, later)),
        added=tuple(said for key, said in now.items() if key not in was),
        removed=tuple(said for key, said in was.items() if key not in now),
        changed=tuple(said for key, said in now.items() if key in was and was[key] != said),
    )


def _reworded(before: Guide, after: Guide, asked: tuple[str, ...], answers: Mapping[str, Any]) -> Iterator[Question]:
    was = {answered.question.key: answered for answered in explanation.answered(before, answers)}
    for answered in explanation.answered(after, answers):
        key = answered.question.key
        if key in asked and _words(was[key]) != _words(answered):
            yield answered.question


def _words(answered: Answered) -> tuple[Any, ...]:
    return answered.question.label, {option.key: option.label for option in answered.options}


def _told(earlier: Explanation, later: Explanation) -> Iterator[Told]:
    was = {finding.intervention.key: finding for finding in earlier.findings}
    now = {finding.intervention.key: finding for finding in later.findings}
    for key in dict.fromkeys([*now, *was]):
        old, new = was.get(key), now.get(key)
        if old is None or new is None or old.wording != new.wording:
            known = new or old
            assert known is not None
            yield Told(known.intervention, old and old.wording, new and new.wording)


def _said(explained: Explanation) -> Iterator[tuple[tuple[str, str], Said]]:
    """Everything a result says beside its statuses, by whom it is about and its own key."""
    whole = [("", reason) for reason in (*explained.alerts, *explained.notes)]
    each = [
        (finding.intervention.key, reason)
        for finding in explained.findings
        for reason in (*finding.reasons, *finding.cautions, *finding.notes)
    ]
    labels = {finding.intervention.key: finding.intervention.label for finding in explained.findings}
    for about, reason in (*whole, *each):
        rule = reason.rule
        titles = tuple(reference.title for reference in reason.references)
        said = Said(labels.get(about, ""), rule.heading, rule.text, tuple(q.text for q in reason.quotes), titles)
        yield (about, f"rule {rule.key}"), said
    shown = [(quote.sentence, found) for quote in explained.quotes for found in quote.evidence]
    for appraisal, references in {found.appraisal.key: found for _, found in shown}.values():
        titles = tuple(reference.title for reference in references)
        numbers = tuple(sentence for sentence, found in shown if found.appraisal.key == appraisal.key)
        yield ("", f"appraisal {appraisal.key}"), Said("", appraisal.direction, appraisal.text, (), titles, numbers)
    for omission, references in explained.omissions:
        titles = tuple(reference.title for reference in references)
        yield ("", f"omission {omission.key}"), Said("", omission.heading, omission.text, (), titles)
