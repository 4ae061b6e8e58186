"""Every address of the project as its patterns spell it, the workshop's among them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.urls import URLResolver, get_resolver

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


class Route(NamedTuple):
    name: str
    """Such as ``guidance:question`` or ``admin:guidance_rule_add``; the pattern itself where it has no name."""
    pattern: str
    """Such as ``/check/<slug:key>/``."""

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(ARGUMENT.findall(self.pattern))

    def address(self, arguments: Mapping[str, str]) -> str:
        return ARGUMENT.sub(lambda found: arguments[found[1]], self.pattern)


def routes() -> tuple[Route, ...]:
    return tuple(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns: Iterable[Any], before: str, space: str) -> Iterator[Route]:
    for found in patterns:
        pattern = before + _plain(str(found.pattern))
        if isinstance(found, URLResolver):
            inner = f"{space}{found.namespace}:" if found.namespace else space
            yield from _walk(found.url_patterns, pattern, inner)
        else:
            yield Route(f"{space}{found.name}" if found.name else pattern, pattern)


def _plain(pattern: str) -> str:
    """The two patterns of Django's admin that are regular expressions, written like the others."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).strip("^$")
