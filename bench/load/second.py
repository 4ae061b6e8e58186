"""The release that is published while visitors are under way. A wrong one would show: it tells many of them something
else, and one option that many have chosen by then has another key."""

from pathlib import Path
from typing import Any

import msgspec

from guidance.rules import engine, loading
from guidance.rules.guide import Guide, Verdict

SHIPPED = Path(__file__).resolve().parents[2] / "fixtures" / "guide.json"

VERDICTS = {"magnesium-frequent-night": Verdict.POSSIBLE, "fluids-maintain": Verdict.NOT_INDICATED}
KEYS = {"frequency": {"less": "seldom"}}
"""The new key of an option, by question."""


def guide(first: Guide) -> Guide:
    """``first`` with other verdicts and keys, and its cases as they then come out."""
    document = loading.dump(first).decode()
    for question, keys in KEYS.items():
        for old, new in keys.items():
            for said in (f'"{question}.%s"', f'"{question}": "%s"', '"key": "%s"'):
                assert said % old in document
                document = document.replace(said % old, said % new)
    renamed = loading.load(document.encode())
    rules = tuple(msgspec.structs.replace(rule, verdict=VERDICTS.get(rule.key, rule.verdict)) for rule in renamed.rules)
    changed = msgspec.structs.replace(renamed, rules=rules)
    cases = tuple(
        msgspec.structs.replace(
            case, expected={key: found.status for key, found in engine.assess(changed, case.answers).outcomes.items()}
        )
        for case in changed.cases
    )
    return msgspec.structs.replace(changed, cases=cases)


def answers(given: dict[str, Any]) -> dict[str, Any]:
    """The same answers under the new keys."""
    return {
        question: KEYS.get(question, {}).get(answer, answer) if isinstance(answer, str) else answer
        for question, answer in given.items()
    }
