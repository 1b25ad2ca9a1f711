"""PURE: what a template costs: every turn of a loop, every call of a macro, all text that it builds is paid for.

One budget a rendering, so that no template, however it is nested, keeps the daemon busy or eats its memory. Numbers and
single texts are bounded by themselves, so that conditions, which have no loops, need no budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import Environment, nodes, pass_context, pass_environment, pass_eval_context
from jinja2.filters import FILTERS
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, markup_join, str_join
from jinja2.visitor import NodeTransformer

#: Characters of a text that a template may build, and items of a list. Two copies of the longest text that we read,
#: escaped, stay below.
LONGEST = 20_000_000
#: Turns of loops and calls of macros in one rendering; so many characters built cost one.
MOST_STEPS, _CHARACTERS_OF_A_STEP = 100_000, 1_000
_MOST_DIGITS, _LARGEST = 12, 10**30

_left: ContextVar[int | None] = ContextVar("steps left", default=None)


class TooMuch(Exception):
    """A template wants more than it may have."""


@contextmanager
def budget(steps: int = MOST_STEPS) -> Iterator[None]:
    """What is rendered in the block may cost so much."""
    token = _left.set(steps)
    try:
        yield
    finally:
        _left.reset(token)


def pay(steps: int = 1) -> None:
    """Raises TooMuch when nothing is left."""
    left = _left.get()
    if left is None:
        return
    if steps > left:
        raise TooMuch(f"it takes more than {MOST_STEPS:,} steps; loops within loops, or a macro that calls itself?")
    _left.set(left - steps)


def pay_for_length(length: int) -> None:
    """For a text or list of this length, before it is built."""
    if length > LONGEST:
        raise TooMuch(f"it builds a text of more than {LONGEST:,} characters")
    pay(length // _CHARACTERS_OF_A_STEP)


def operation(operator: str, left: Any, right: Any) -> None:
    """Whether two values may be added or multiplied. Raises TooMuch, or TypeError for what is never possible."""
    is_of_numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if operator == "+" and isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
        pay_for_length(len(left) + len(right))
    elif operator != "+" and (not is_of_numbers or operator == "**"):
        raise TypeError('"**" is not possible' if operator == "**" else f'"{operator}" works between numbers only')
    elif is_of_numbers and max(abs(left), abs(right)) > _LARGEST:
        raise TooMuch("it reckons with numbers of more than thirty digits")


#: What is written here is kept in memory until the end of the block. The rest goes out piece by piece.
_KEPT = (nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock)


class _Priced(NodeTransformer):
    """Puts a payment at the head of all that may run more than once, and bounds `~`."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        super().generic_visit(node, *args, **kwargs)
        if isinstance(node, nodes.For | nodes.Macro | nodes.CallBlock | nodes.Block | nodes.Template):
            step = nodes.Filter(nodes.Const(1), "paid", [], [], None, None, lineno=node.lineno)
            node.body = [nodes.ExprStmt(step, lineno=node.lineno), *node.body]
        elif isinstance(node, nodes.Concat):
            pieces = nodes.List(node.nodes, lineno=node.lineno)
            return nodes.Filter(pieces, "concatenated", [], [], None, None, lineno=node.lineno)
        return node


def priced(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """The template with its payments, for an environment that has these filters."""
    found: nodes.Template = _Priced().visit(tree)
    for kept in found.find_all(_KEPT):
        for output in kept.find_all(nodes.Output):
            output.nodes = [_written_paid(one) for one in output.nodes]
    found.set_environment(environment)
    return found


def _written_paid(node: nodes.Expr) -> nodes.Expr:
    """Once only, for one block may stand in another; a template's own words are short."""
    if isinstance(node, nodes.TemplateData) or (isinstance(node, nodes.Filter) and node.name == "written"):
        return node
    return nodes.Filter(node, "written", [], [], None, None, lineno=node.lineno)


def _written(value: Any) -> Any:
    if isinstance(value, str):
        pay_for_length(len(value))
    return value


# Of the context, so that Jinja does not reckon it out while it compiles.
@pass_context
def _paid(_context: Context, steps: int) -> str:
    pay(steps)
    return ""


@pass_eval_context
def _concatenated(context: EvalContext, pieces: list[Any]) -> str:
    pay_for_length(sum(len(one) for one in pieces if isinstance(one, str)))
    return (markup_join if context.autoescape else str_join)(pieces)


@pass_eval_context
def _replace(context: EvalContext, text: str, old: str, new: str, count: int | None = None) -> str:
    found = str(text).count(old)
    pay_for_length(len(str(text)) + (found if count is None else min(found, count)) * len(new))
    replaced: str = FILTERS["replace"](context, text, old, new, count)
    return replaced


@pass_eval_context
def _join(context: EvalContext, values: Iterable[Any], between: str = "", attribute: str | int | None = None) -> str:
    pieces = list(values)
    pay_for_length(len(pieces) * len(between) + sum(len(one) for one in pieces if isinstance(one, str)))
    joined: str = FILTERS["join"](context, pieces, between, attribute)
    return joined


@pass_environment
def _sum(environment: Environment, values: Iterable[Any], attribute: str | int | None = None) -> Any:
    """Of numbers: each list that is added would be written anew."""
    return FILTERS["sum"](environment, values, attribute)


def _round(value: float, digits: int = 0, method: str = "common") -> float:
    if not 0 <= digits <= _MOST_DIGITS:
        raise TooMuch(f"a number is rounded to 0 to {_MOST_DIGITS} digits")
    rounded: float = FILTERS["round"](value, digits, method)
    return rounded


#: In place of Jinja's own of the same name, and the three that `priced` puts in.
PRICED_FILTERS = {
    "paid": _paid,
    "concatenated": _concatenated,
    "written": _written,
    "replace": _replace,
    "join": _join,
    "sum": _sum,
    "round": _round,
}
