"""What the workshop's pages need to show numbers and answers."""

from collections.abc import Iterable, Mapping

from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """A large number in groups of three, which do not part at the end of a line."""
    return f"{number:,}".replace(",", "\u202f")


@register.filter
def sent(answers: Mapping[str, str | Iterable[str]]) -> list[tuple[str, list[str]]]:
    """The answers as a form sends them: every question with its values."""
    return [(key, [answer] if isinstance(answer, str) else list(answer)) for key, answer in answers.items()]
