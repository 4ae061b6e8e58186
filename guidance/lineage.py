"""Where the rules come from: what each release did to each rule."""

from datetime import datetime
from typing import NamedTuple

from guidance import releases
from guidance.rules import comparison
from guidance.rules.comparison import Difference
from guidance.rules.guide import Guide


class Stage(NamedTuple):
    """What one release did to a rule."""

    release: int
    published_at: datetime
    differences: tuple[Difference, ...]
    """None in the release that brought the rule."""


def of_rules(upto: int | None = None) -> dict[str, tuple[Stage, ...]]:
    """By rule, also of one that is gone: the releases that brought, changed or removed it, oldest first."""
    found: dict[str, tuple[Stage, ...]] = {}
    before: Guide | None = None
    for heading in sorted(releases.history(), key=lambda release: release.number):
        if upto is not None and heading.number > upto:
            break
        guide = releases.get(heading.number).guide
        changed: dict[str, list[Difference]] = {rule.key: [] for rule in guide.rules if rule.key not in found}
        for difference in comparison.differences(before, guide) if before else ():
            known = difference.what != "added" or difference.key in found
            if difference.noun == "rule" and difference.key and known:
                changed.setdefault(difference.key, []).append(difference)
        for key, differences in changed.items():
            stage = Stage(heading.number, heading.published_at, tuple(differences))
            found[key] = (*found.get(key, ()), stage)
        before = guide
    return found
