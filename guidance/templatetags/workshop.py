"""What the workshop's pages need to show large numbers."""

from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """A large number in groups of three, which do not part at the end of a line."""
    return f"{number:,}".replace(",", "\u202f")
