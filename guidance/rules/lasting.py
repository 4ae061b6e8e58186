"""What depends on the guide alone: worked out once, and kept as long as the guide lives."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from guidance.rules.guide import Guide

Found = TypeVar("Found")


def per_guide(work_out: Callable[[Guide], Found]) -> Callable[[Guide], Found]:
    """Work something out from a guide only once. It may hold values of the guide, and not the guide itself."""
    kept: dict[int, Found] = {}

    @wraps(work_out)
    def known(guide: Guide) -> Found:
        name = id(guide)
        if name not in kept:
            kept[name] = work_out(guide)
            weakref.finalize(guide, kept.pop, name, None)
        return kept[name]

    return known
