"""How many requests were made: from where to where, and what came back."""

from collections import Counter
from collections.abc import Iterator

AREAS = {
    "api": "the API",
    "shared": "shared results",
    "share": "shared results",
    "preview": "previews",
    "admin": "the workshop",
    "rationale": "clinicians' pages",
    "article": "clinicians' pages",
    "releases": "clinicians' pages",
    "healthz": "health checks",
    "readyz": "health checks",
    **dict.fromkeys(("", "check", "answers", "result", "clear", "accessibility"), "visitors' pages"),
}


class Tally:
    def __init__(self) -> None:
        self.areas: Counter[str] = Counter()
        self.methods: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def count(self, method: str, path: str, status: int) -> None:
        self.areas[AREAS.get(path.lstrip("/").partition("/")[0], "elsewhere")] += 1
        self.methods[method if len(method) < 10 else "a long word"] += 1
        self.statuses[status] += 1

    @property
    def total(self) -> int:
        return self.statuses.total()

    def lines(self) -> Iterator[str]:
        yield f"{self.total:,} requests"
        for counts in (self.areas, self.methods, self.statuses):
            yield "  " + ", ".join(f"{name} {number:,}" for name, number in counts.most_common())
