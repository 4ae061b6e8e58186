"""What a rule says in words, and what it changes: the saved draft beside the live release."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils import timezone
from msgspec import structs

from guidance import drafts, releases, workbench
from guidance.rules import comparison, explanation, loading, verification
from guidance.rules.comparison import Effect
from guidance.rules.explanation import Answered, Condition
from guidance.rules.guide import Answers, Guide, Intervention, Rule, Status
from guidance.rules.problem import Problem

SECONDS = 3.0
"""What counting may take while an editor waits for the page."""


class Unsound(ValueError):
    """The draft is no whole guide just now. ``faults`` says where and why."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Move(NamedTuple):
    """One kind of change to what is told about an intervention."""

    intervention: str
    was: str
    now: str
    number: int | None
    answers: Answers
    answered: tuple[Answered, ...]


class Difference(NamedTuple):
    """What becomes of all possible answer sets between two guides."""

    moves: tuple[Move, ...]
    same: tuple[str, ...]
    """The interventions of which nobody is told anything else."""
    shared: int | None
    finished: bool


class Saying(NamedTuple):
    """A rule of the draft as it reads now, and what it does. ``faults`` where the draft cannot be read as a guide."""

    rule: Rule | None = None
    conditions: tuple[Condition, ...] = ()
    on: tuple[Intervention, ...] = ()
    faults: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Those that name this rule."""
    elsewhere: int = 0
    """How many errors there are in the rest of the draft."""
    release: int | None = None
    as_published: bool = False
    alone: Difference | None = None
    """The live release with this rule alone as it is in the draft; None where it cannot stand there alone."""
    whole: Difference | None = None
    """The whole draft, where more than this rule differs from the live release."""


def sound_draft() -> Guide:
    """The draft as a guide in which every key leads somewhere. Raises `Unsound`."""
    try:
        return workbench.draft().guide
    except loading.GuideError as error:
        raise Unsound(error.faults) from error
    except drafts.NoDraft as error:
        raise Unsound((str(error),)) from error


def saying(key: str) -> Saying:
    """The rule of the draft with this key, in words, with its effect against the live release."""
    try:
        draft = sound_draft()
    except Unsound as unsound:
        return Saying(faults=unsound.faults)
    rule = next((rule for rule in draft.rules if rule.key == key), None)
    if rule is None:
        return Saying(faults=(f"The draft has no rule {key}.",))
    problems = verification.problems(draft, today=timezone.localdate(), seconds=SECONDS)
    own = tuple(problem for problem in problems if _names(problem, key))
    said = Saying(
        problems=own,
        elsewhere=sum(problem.severity == "error" for problem in problems if problem not in own),
        rule=rule,
        conditions=explanation.conditions(draft, rule.criteria),
        on=tuple(intervention for intervention in draft.interventions if intervention.key in rule.on),
    )
    try:
        live = releases.current()
    except releases.NoRelease:
        return said
    published = next((other for other in live.guide.rules if other.key == key), None)
    alone = _with(live.guide, rule)
    sound = not any(loading.reference_faults(alone))
    return said._replace(
        release=live.number,
        as_published=published == rule,
        alone=difference(live.guide, alone) if sound and published != rule else None,
        whole=difference(live.guide, draft) if loading.dump(alone) != loading.dump(draft) else None,
    )


def difference(before: Guide, after: Guide) -> Difference:
    """What becomes of the answer sets that both guides accept, with an example of each kind of change."""
    return laid_out(before, after, comparison.effect(before, after, seconds=SECONDS))


def laid_out(before: Guide, after: Guide, effects: Mapping[str, Effect]) -> Difference:
    """The effects that were found between two guides, as a page shows them."""
    labels = {item.key: item.label for guide in (before, after) for item in guide.interventions}
    shared = [effect.shared for effect in effects.values()]
    return Difference(
        moves=tuple(move for effect in effects.values() for move in _moves(before, after, labels, effect)),
        same=tuple(labels[key] for key, effect in effects.items() if not effect.changed and effect.finished),
        shared=shared[0] if shared else None,
        finished=all(effect.finished for effect in effects.values()),
    )


def _names(problem: Problem, key: str) -> bool:
    """Whether a problem's place is the rule with this key, or something in it."""
    path, _, name = problem.place.partition(" ")
    return path.startswith("rules[") and name == key


def _moves(before: Guide, after: Guide, labels: dict[str, str], effect: Effect) -> Iterator[Move]:
    for change in effect.changes:
        answers: Answers = dict(comparison.known_to(after, change.example))  # type: ignore[arg-type]
        yield Move(
            intervention=labels[effect.intervention],
            was=_told(before, change.before),
            now=_told(after, change.after),
            number=change.number,
            answers=answers,
            answered=explanation.answered(after, answers),
        )


def _told(guide: Guide, status: Status | None) -> str:
    """A status as visitors read it; it need not be worded yet."""
    if status is None:
        return "not in the guide"
    return next((wording.label for wording in guide.wordings if wording.status is status), status.value)


def _with(guide: Guide, rule: Rule) -> Guide:
    """The guide with this rule in the place of the one with its key, or added last."""
    rules = [rule if other.key == rule.key else other for other in guide.rules]
    if rule not in rules:
        rules.append(rule)
    return structs.replace(guide, rules=tuple(rules))
