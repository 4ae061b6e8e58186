"""What the clinicians' pages need to say keys and numbers in words."""

import itertools
from collections.abc import Iterable

from django import template

from guidance.rules.account import Account
from guidance.templatetags.guide import Sources, in_order, outside

register = template.Library()


@register.filter
def plainly(key: str | None) -> str:
    """A key as words: ``not-supported`` as "not supported"."""
    return str(key or "").replace("-", " ")


@register.filter
def thousands(number: int) -> str:
    """1234567 as 1,234,567."""
    return f"{number:,}"


@register.filter
def sources(accounts: Iterable[Account]) -> Sources:
    """Every reference behind these rules and behind the appraisals of their sentences."""
    return in_order(itertools.chain.from_iterable(map(outside, accounts)))


@register.filter
def alone(account: Account) -> list[Account]:
    """One rule, where several are asked for."""
    return [account]
