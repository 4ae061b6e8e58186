"""What the clinicians' pages need to say keys and numbers in words."""

import itertools
from collections.abc import Iterable, Iterator

from django import template

from guidance.rules.account import Account
from guidance.rules.guide import Reference
from guidance.templatetags.guide import Sources, in_order

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
    return in_order(itertools.chain.from_iterable(map(_references, accounts)))


def _references(account: Account) -> Iterator[Reference]:
    yield from account.references
    for quote in account.quotes:
        for evidence in quote.evidence:
            yield from evidence.references


@register.filter
def alone(account: Account) -> list[Account]:
    """One rule, where several are asked for."""
    return [account]
