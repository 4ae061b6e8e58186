"""What the clinicians' pages need to say keys and numbers in words."""

from collections.abc import Iterable

from django import template

from guidance.rules.account import Account
from guidance.rules.guide import Reference

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
def sources(accounts: Iterable[Account]) -> list[Reference]:
    """Every reference behind these rules and behind the appraisals of their sentences, each once."""
    found: dict[str, Reference] = {}
    for account in accounts:
        found |= {reference.key: reference for reference in account.references}
        for quote in account.quotes:
            found |= {reference.key: reference for one in quote.evidence for reference in one.references}
    return list(found.values())


@register.filter
def alone(account: Account) -> list[Account]:
    """One rule, where several are asked for."""
    return [account]
