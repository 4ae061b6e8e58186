"""The same rules as a decision table of zen-engine, for its `ZenEngine.evaluate`.

One row a rule; its criteria are one expression over the options that were chosen, each a name that is true; the table
collects the rules that hold. Of the forms tried (a column a question, a column a criterion, every option named true or
false, answers as JSON) this is its fastest from 60 rules to 1,200. Choosing among verdicts, statuses, the path through
the questions and checking the answers, all of which `engine.assess` does too, are left out: the rival does less.
"""

import json
from collections.abc import Mapping
from typing import Any

import zen

from guidance.rules.guide import Criterion, Guide

GUIDE = "guide"


def engine(guide: Guide) -> zen.ZenEngine:
    """An engine with one decision, named `GUIDE`."""
    return zen.ZenEngine({"loader": {"type": "static", "content": {GUIDE: decision(guide)}}})


def decision(guide: Guide) -> dict[str, Any]:
    """The rules in zen-engine's own format: input, table, output."""
    rows = [
        {"_id": rule.key, "when": " and ".join(map(_expression, rule.criteria)), "rule": json.dumps(rule.key)}
        for rule in guide.rules
    ]
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "answers", "name": "answers", "type": "inputNode", "content": {}},
            {"id": "table", "name": "rules", "type": "decisionTableNode", "content": content},
            {"id": "result", "name": "result", "type": "outputNode", "content": {}},
        ],
        "edges": [
            {"id": "first", "sourceId": "answers", "targetId": "table", "type": "edge"},
            {"id": "second", "sourceId": "table", "targetId": "result", "type": "edge"},
        ],
    }


def prepared(answers: Mapping[str, Any]) -> dict[str, bool]:
    """Answers as the options chosen. This is not timed."""
    return {
        _name(f"{question}.{option}"): True
        for question, answer in answers.items()
        for option in ([answer] if isinstance(answer, str) else answer)
    }


def holding(result: Any) -> set[str]:
    """The keys of the rules in what was evaluated."""
    return {row["rule"] for row in result["result"]}


def _expression(criterion: Criterion) -> str:
    either = " or ".join(f"{_name(option)} == true" for option in criterion.options)
    return f"({either})" if criterion.any_of else f"not ({either})"


def _name(option: str) -> str:
    """An option as a word of the expression language, which takes a hyphen for a minus."""
    return option.replace(".", "__").replace("-", "_")
