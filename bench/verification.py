"""What proving a guide costs: every check of the shipped guide, and of generated ones up to 1,200 rules."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import structs

from bench import generated
from guidance.rules import answer_space, comparison, loading, verification
from guidance.rules.answer_space import Uncountable
from guidance.rules.guide import Guide

SHIPPED = Path(__file__).resolve().parent.parent / "fixtures" / "guide.json"
SIZES = ((18, 60), (40, 60), (40, 120), (40, 300), (60, 600), (60, 1_200))
"""Questions and rules. The rules are drawn by lot, so that thousands of them contradict each other."""
PATIENCE = 600.0


def lines() -> Iterator[str]:
    """A table, line by line as it comes about: seconds for all checks, for counting, and for the effect of one rule."""
    yield "Proving a guide: seconds, one run each"
    yield f"{'':<28}{'all checks':>12}{'counting':>10}{'effect':>9}  found"
    yield _line("shipped guide", loading.load(SHIPPED.read_bytes()))
    for questions, rules in SIZES:
        yield _line(f"{questions} questions, {rules:,} rules", generated.guide(rules, questions=questions, seed=3))


def _line(name: str, guide: Guide) -> str:
    start = time.perf_counter()
    problems = verification.problems(guide, seconds=PATIENCE)
    proved = time.perf_counter()
    try:
        answer_space.count(guide)
    except Uncountable:
        name = f"{name} (not counted)"
    counted = time.perf_counter()
    comparison.effect(guide, structs.replace(guide, rules=guide.rules[:-1]))
    compared = time.perf_counter()
    codes = Counter(problem.code for problem in problems).most_common(2)
    found = ", ".join(f"{number} {code}" for code, number in codes) or "nothing"
    return f"{name:<28}{proved - start:>12.2f}{counted - proved:>10.3f}{compared - counted:>9.2f}  {found}"
