"""What a check has to say: a problem with a stable code, its place, how to mend it, and an answer set that shows it."""

from collections.abc import Iterable

from msgspec import Struct

from guidance.rules.guide import Answers

ERROR = "error"
WARNING = "warning"


class Problem(Struct, frozen=True):
    """One thing that is wrong with a guide. An error keeps it from being released; a warning must be acknowledged."""

    code: str
    severity: str
    """``error`` or ``warning``."""
    place: str
    """The path in the document, and the key of what stands there: ``rules[3].citations[0] zinc-low-alone``."""
    message: str
    mend: str
    example: Answers | None = None
    """A complete answer set that shows the problem, where one can."""


def error(code: str, place: str, message: str, mend: str, example: Answers | None = None) -> Problem:
    return Problem(code, ERROR, place, message, mend, example)


def warning(code: str, place: str, message: str, mend: str, example: Answers | None = None) -> Problem:
    return Problem(code, WARNING, place, message, mend, example)


def listed(names: Iterable[object]) -> str:
    """Names as one reads them: ``a``, ``a and b``, ``a, b and c``."""
    *most, last = [str(name) for name in names] or [""]
    return f"{', '.join(most)} and {last}" if most else last
