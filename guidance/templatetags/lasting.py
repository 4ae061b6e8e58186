"""Parts of pages that say nothing of a visitor: rendered once a process, and kept as long as their release is read."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.defaulttags import CsrfTokenNode
from django.template.loader_tags import BlockNode
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe

from guidance.releases import Live

register = template.Library()

RELEASES = 4
"""Releases whose parts are kept at a time."""

PARTS = 4096
"""Parts of one release that are kept at a time: several times as many as the shipped guide has."""

Kept = dict[tuple[Any, ...], Any]


def of(live: Live | None) -> Kept:
    """Where the parts of this release's pages are kept: what ``lasting`` must be in a context for any to be."""
    name = live and (live.number, live.digest, live.published_at, live.reviewed, live.last_review)
    return _kept(name, get_script_prefix())


@lru_cache(maxsize=RELEASES)
def _kept(name: tuple[Any, ...] | None, prefix: str) -> Kept:
    return {}


def known(kept: Kept, name: tuple[Any, ...], render: Callable[[], Any]) -> Any:
    """What was rendered under this name before, or is now."""
    found = kept.get(name)
    if found is None:
        found = render()
        if len(kept) >= PARTS:
            kept.clear()
        kept[name] = found
    return found


@register.tag
def lasting(parser: Parser, token: Token) -> Node:
    """``{% lasting rule=traced.rule %}…{% endlasting %}``: what stands between is rendered once for these values.
    ``{% lasting for source in sources %}…{% endlasting %}``: it is, for each of these.

    Nothing else of the page reaches it, so it cannot hold what it was not handed, such as a token or an answer. The
    values are compared with those it was rendered for: values of a guide, which never change, or plain ones.
    """
    words = token.split_contents()[1:]
    each = len(words) == 4 and (words[0], words[2]) == ("for", "in")
    values = {words[1]: parser.compile_filter(words[3])} if each else token_kwargs(words, parser)
    if words and not each:
        raise TemplateSyntaxError(f"lasting takes names with their values, not '{words[0]}'.")
    nodes = parser.parse(("endlasting",))
    parser.delete_first_token()
    if nodes.get_nodes_by_type(BlockNode) or nodes.get_nodes_by_type(CsrfTokenNode):
        raise TemplateSyntaxError("What is not the same on every page, a block or a token, cannot last.")
    return (LastingEach if each else Lasting)(values, nodes)


class Lasting(Node):
    child_nodelists = ()  # there is no block in it: whoever looks for blocks, on every page, need not look here

    def __init__(self, values: dict[str, FilterExpression], nodes: NodeList) -> None:
        self.names = tuple(values)
        self.values = tuple(values.values())
        self.nodelist = nodes

    def render(self, context: Context) -> SafeString:
        return self.part(context, context.get("lasting"), *[value.resolve(context) for value in self.values])

    def part(self, context: Context, kept: Kept | None, *values: Any) -> SafeString:
        def render() -> SafeString:
            return self.nodelist.render(context.new(dict(zip(self.names, values, strict=True))))

        part: SafeString = render() if kept is None else known(kept, (self, *values), render)
        return part


class LastingEach(Lasting):
    def render(self, context: Context) -> SafeString:
        kept = context.get("lasting")
        [values] = self.values
        return mark_safe("".join([self.part(context, kept, value) for value in values.resolve(context)]))  # noqa: S308
