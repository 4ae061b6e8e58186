"""Guides whose questions and options have keys that stand nowhere else, so that a log can be searched for them."""

import json
import re
from typing import Any

from guidance.rules import loading
from guidance.rules.guide import NOT_SURE, Guide

MARK = re.compile(r"marked-(?:question|option)-\d+")
QUIET = {NOT_SURE, "none"}
"""Options that the checks know by name keep theirs."""


def guide(shipped: Guide, generation: int) -> Guide:
    """``shipped`` with marks for keys. From one generation to the next some questions and options have other keys, so
    that answers are lost and questions asked again."""
    document: dict[str, Any] = json.loads(loading.dump(shipped))
    questions: dict[str, str] = {}
    options: dict[str, str] = {}
    for q, question in enumerate(document["questions"]):
        questions[question["key"]] = f"marked-question-{q}{_later(q, generation)}"
        for o, option in enumerate(question["options"]):
            if option["key"] not in QUIET:
                options[f"{question['key']}.{option['key']}"] = f"marked-option-{q}-{o}{_later(q + o, generation)}"

    def name(full: str) -> str:
        question, _, option = full.partition(".")
        return f"{questions[question]}.{options.get(full, option)}"

    def chosen(question: str, answer: Any) -> Any:
        if isinstance(answer, list):
            return [options.get(f"{question}.{option}", option) for option in answer]
        return options.get(f"{question}.{answer}", answer)

    def rename(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if key in ("any_of", "none_of"):
                value[key] = [name(full) for full in inner]
            elif isinstance(inner, dict | list):
                rename(inner)

    rename(document)
    for case in document["cases"]:
        case["answers"] = {questions[key]: chosen(key, answer) for key, answer in case["answers"].items()}
    for question in document["questions"]:
        for option in question["options"]:
            option["key"] = options.get(f"{question['key']}.{option['key']}", option["key"])
        question["key"] = questions[question["key"]]
    return loading.load(json.dumps(document).encode())


def _later(place: int, generation: int) -> str:
    return f"-{generation}" if place % 5 == generation else ""
