"""I/O: statements of the road that peewee writes once and not again for every mail: only their values are new.

Writing a statement costs peewee about ten times what SQLite needs to carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import peewee

from mailticket.store.engine.proxies import database

_Value = TypeVar("_Value")

#: A statement whose length varies is kept in so many lengths; the others are written anew each time.
_FORMS_KEPT = 200


class Hole:
    """Stands in a statement for a value that each run brings: `path` leads to it in that run's values."""

    __slots__ = ("path",)

    def __init__(self, *path: Hashable) -> None:
        self.path = path


class Holes:
    """`holes.name` is the place of the value `name`."""

    def __getattr__(self, name: str) -> Any:
        return Hole(name)

    def each(self, name: str, count: int) -> list[Any]:
        """Places of the `count` values of a list."""
        return [Hole(name, number) for number in range(count)]

    def row(self, name: str, columns: Iterable[str]) -> dict[str, Any]:
        """Places of the values of a mapping from columns."""
        return {column: Hole(name, column) for column in columns}

    def rows(self, name: str, count: int, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Places of the values of a list of such mappings."""
        return [{column: Hole(name, number, column) for column in columns} for number in range(count)]


def padded(values: Iterable[_Value]) -> list[_Value]:
    """The values for an IN list, the last one repeated: it means the same, and few lengths are ever written."""
    found = list(values)
    if not found:
        return found
    length = 1 << (len(found) - 1).bit_length()
    return found + found[-1:] * (length - len(found))


class Prepared:
    """`make(holes, *form)` gives the query; `form` is what its text depends on (a length, column names).

    Calling it with a form and with values gives a query to execute once, like any other of peewee's. The query may
    depend on the database's kind: it is made once for each.
    """

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._kept: dict[Hashable, tuple[Any, Written]] = {}

    def __call__(self, *form: Hashable, **values: Any) -> Any:
        key = (type(database.obj), *form)
        kept = self._kept.get(key)
        if kept is None:
            kept = (self._make(Holes(), *form), Written())
            if len(self._kept) < _FORMS_KEPT:
                self._kept[key] = kept
        query, written = kept
        run = query.clone()
        run.prepared = Run(written, values, id(run))
        return run


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a prepared query: `query_id` is the one object that it belongs to."""

    written: Written
    values: dict[str, Any]
    query_id: int

    def of(self, query: Any) -> Self:
        """Raises RuntimeError for a query that was made of the prepared one: its text would be another."""
        if id(query) != self.query_id:
            raise RuntimeError("a prepared query is complete: what changes it belongs where it is prepared")
        return self


class Written:
    """A statement as the database takes it, once it has been written."""

    __slots__ = ("_places", "sql")

    def __init__(self) -> None:
        self.sql = ""
        self._places: tuple[Any, ...] = ()

    def keep(self, sql: str, places: Sequence[Any]) -> None:
        # In this order, for another thread may look in between.
        self._places = tuple(places)
        self.sql = sql

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """What goes to the driver for these values."""
        return [one.filled(values) if isinstance(one, _Place) else one for one in self._places]


class _Place:
    """Where a hole's value stands among the parameters, and how it is made fit for its column."""

    __slots__ = ("_convert", "_path")

    def __init__(self, hole: Hole, convert: Callable[[Any], Any] | None) -> None:
        self._path = hole.path
        self._convert = convert

    def filled(self, values: dict[str, Any]) -> Any:
        value: Any = values
        for step in self._path:
            value = value[step]
        return self._convert(value) if self._convert else value


class WritingContext(peewee.Context):
    """peewee's writing of a statement, with holes left open."""

    def value(self, value: Any, converter: Any = None, add_param: bool = True) -> Any:
        if not isinstance(value, Hole):
            return super().value(value, converter, add_param)
        convert = self.state.converter if converter is None else converter
        return super().value(_Place(value, convert or None), False, add_param)
