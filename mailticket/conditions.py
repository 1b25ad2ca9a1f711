"""PURE: the conditions of an admin's rules: one Jinja expression each, checked word by word before it ever runs.

A condition reads plain values and answers yes or no. It has no loops, calls nothing but a few methods of text, builds
no text, and its length is bounded; so what it costs is bounded too, whatever a customer wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateError, nodes
from jinja2.parser import Parser

from mailticket.domain.near_names import hint
from mailticket.sandbox import environment

#: Letters of a condition; parts of it; letters of each text that it reads.
MOST_LETTERS, MOST_PARTS, MOST_READ = 1000, 200, 20_000

FILTERS = frozenset("abs capitalize count default first float int last length lower round trim upper wordcount".split())
TESTS = frozenset("defined undefined none true false string number odd even in eq ne lt le gt ge".split())
METHODS = frozenset("count endswith find isdigit lower startswith strip title upper".split())
_ALLOWED = (
    nodes.Const, nodes.Name, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.List, nodes.Tuple, nodes.CondExpr, nodes.Call, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.Neg, nodes.Pos,
)  # fmt: skip
_TOO_DEEP = "it is nested too deeply; make several rules of it"
_COLUMN = re.compile(r" at (\d+)$")

#: What a condition may name: a value by its name, or a table of further names.
Names = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A value that is always one of certain names, or a list of such. `stray` tells of a word that is none of them,
    for the end of a sentence, "" for one that is."""

    stray: Callable[[str], str]
    is_list: bool = False


class ConditionMistake(Exception):
    """A condition that cannot be used, or failed as it ran: why, in words for the admin who wrote it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was checked."""

    source: str
    _answer: Callable[..., Any]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Does it hold for these values? Raises ConditionMistake where they do not fit it."""
        try:
            return bool(self._answer(**values))
        except Exception as error:  # an expression may raise whatever Python raises
            raise ConditionMistake(f"{self.source}: {error or type(error).__name__}") from error


def mistakes_in(source: str, names: Names) -> Iterator[str]:
    """Everything wrong with a condition, before it runs."""
    try:
        tree = _parsed(source)
    except ConditionMistake as mistake:
        yield str(mistake)
        return
    parts = [tree, *tree.find_all(nodes.Expr)]
    if len(parts) > MOST_PARTS:
        yield f"it has more than {MOST_PARTS} parts; make several rules of it"
        return
    methods = [one.node for one in parts if isinstance(one, nodes.Call)]
    told = [what for one in parts for what in _wrong(one, names, any(one is method for method in methods))]
    yield from dict.fromkeys(told or _uncompilable(source))


def _uncompilable(source: str) -> Iterator[str]:
    try:
        compiled(source)
    except ConditionMistake as mistake:
        yield str(mistake)


@lru_cache(maxsize=1024)
def compiled(source: str) -> Condition:
    """A condition that has no mistakes; "" always holds. Raises ConditionMistake."""
    _parsed(source)
    try:
        return Condition(source, _environment().compile_expression(source or "true", undefined_to_none=False))
    except TemplateError as error:
        raise ConditionMistake(error.message or "it cannot be read") from error
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ConditionMistake(_TOO_DEEP) from error


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment(lambda _file: None)


def _parsed(source: str) -> nodes.Expr:
    if len(source) > MOST_LETTERS:
        raise ConditionMistake(f"it is longer than {MOST_LETTERS} letters; make several rules of it")
    text = source or "true"
    parser: Parser | None = None
    try:
        parser = Parser(_environment(), text, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise ConditionMistake(f"it should end before {_place(text, parser)}")
    except TemplateError as error:
        message = _COLUMN.sub("", error.message or "it cannot be read").replace("end of template", "end")
        raise ConditionMistake(f"{message} ({_place(text, parser)})") from error
    except RecursionError as error:
        raise ConditionMistake(_TOO_DEEP) from error
    return tree


def _place(text: str, parser: Parser | None) -> str:
    """Where it went wrong, as an admin counts: 'column 8, at "=="'."""
    pieces: list[tuple[int, str, str]] = []
    try:
        pieces.extend(_environment().lexer.tokeniter(text, None, None, state="variable"))
    except TemplateError:  # what comes next is no word of the language
        return _column(text, sum(len(word) for _line, _kind, word in pieces))
    left = sum(1 for _ in parser.stream) if parser else 0
    tokens = [place for place, (_line, kind, _word) in enumerate(pieces) if kind != "whitespace"]
    if not left:
        return "at its end"
    return _column(text, sum(len(word) for _line, _kind, word in pieces[: tokens[-left]]))


def _column(text: str, column: int) -> str:
    return f'column {column + 1}, at "{text[column : column + 12]}"'


def _wrong(part: nodes.Expr, names: Names, is_method: bool) -> Iterator[str]:
    if not isinstance(part, _ALLOWED):
        yield f'"{type(part).__name__.lower()}" is not possible in a condition'
    elif isinstance(part, nodes.Name) and part.name not in names:
        yield f'there is no value "{part.name}"{hint(part.name, sorted(names))}'
    elif isinstance(part, nodes.Filter) and part.name not in FILTERS:
        yield f'there is no filter "{part.name}"{hint(part.name, sorted(FILTERS))}'
    elif isinstance(part, nodes.Test) and part.name not in TESTS:
        yield f'there is no test "{part.name}"{hint(part.name, sorted(TESTS))}'
    elif isinstance(part, nodes.Call):
        yield from _wrong_call(part)
    elif isinstance(part, nodes.Compare):
        yield from _wrong_words(part, names)
    elif isinstance(part, nodes.Getattr | nodes.Getitem) and not is_method:
        yield from _wrong_name(part, names)


def _wrong_call(part: nodes.Call) -> Iterator[str]:
    method = part.node.attr if isinstance(part.node, nodes.Getattr) else ""
    if method not in METHODS:
        yield f'"{method}()" cannot be called here{hint(method, sorted(METHODS))}'
    elif part.kwargs or part.dyn_args or part.dyn_kwargs:
        yield f'"{method}()" takes plain values only'


def _wrong_words(part: nodes.Compare, names: Names) -> Iterator[str]:
    """Words that a value is compared with and never is: the rule would wait for them in vain."""
    left = part.expr
    for operand in part.ops:
        right, op = operand.expr, operand.op
        if op in ("eq", "ne"):
            yield from _stray(left, [right], names, in_list=False)
            yield from _stray(right, [left], names, in_list=False)
        elif op in ("in", "notin"):
            items = right.items if isinstance(right, nodes.List | nodes.Tuple) else []
            yield from _stray(left, items, names, in_list=False)
            yield from _stray(right, [left], names, in_list=True)
        left = right


def _stray(value: nodes.Expr, words: Sequence[nodes.Expr], names: Names, *, in_list: bool) -> Iterator[str]:
    known = _table(value, names)
    for one in words if isinstance(known, Named) and known.is_list is in_list else ():
        word = one.value if isinstance(one, nodes.Const) else ""
        if isinstance(word, str) and word and (what := known.stray(word)):
            verb = "never has" if in_list else "is never"
            yield f'{".".join(_path(value))} {verb} "{word}"{what}'


def _wrong_name(part: nodes.Getattr | nodes.Getitem, names: Names) -> Iterator[str]:
    """A name of a table that has none such; what is not named by a plain text is only known as it runs."""
    table, key = _table(part.node, names), _key(part)
    if isinstance(table, Mapping):
        if key is None:
            yield "a value is named by a plain text"
        elif key not in table:
            yield f'{".".join(_path(part.node))} has no "{key}"{hint(key, sorted(table))}'
    elif key is not None and _is_known(part, names):
        yield f'"{key}" of {".".join(_path(part.node)) or "this"} is no value'


def _is_known(node: nodes.Getattr | nodes.Getitem, names: Names) -> bool:
    """Is nothing wrong below it, or is it no path at all?"""
    return not _path(node.node) or _table(node.node, names) is not None


def _table(node: nodes.Expr, names: Names) -> Any:
    """What stands at this place of the names: a table, a value, or None for what is no path."""
    if isinstance(node, nodes.Name):
        return names.get(node.name)
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        table, key = _table(node.node, names), _key(node)
        return table.get(key) if isinstance(table, Mapping) and key is not None else None
    return None


def _key(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def _path(node: nodes.Expr) -> tuple[str, ...]:
    if isinstance(node, nodes.Name):
        return (node.name,)
    return (*_path(node.node), _key(node) or "?") if isinstance(node, nodes.Getattr | nodes.Getitem) else ()
