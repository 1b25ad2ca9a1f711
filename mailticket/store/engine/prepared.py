"""I/O: statements of the road that peewee writes once and not again for every mail: only their values are new.

Writing a statement costs peewee about ten times what SQLite needs to carry it out, and making rows of what comes back
as much again; so both are learnt once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import peewee

from mailticket.store.engine.proxies import database

_Value = TypeVar("_Value")

#: Makes a value fit for its column, or for us.
_Fit = Callable[[Any], Any]

#: A statement whose length varies is kept in so many lengths; the others are written anew each time.
_FORMS_KEPT = 200
#: No list is made longer than this: a stock SQLite takes 32,766 parameters (sqlite.org/limits.html), PostgreSQL 65,535.
_MOST_PADDED = 32_000


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

    def columns(self, columns: Iterable[str]) -> dict[str, Any]:
        """Places of the values of each row of `prepared_rows.PreparedRows`."""
        return {column: Hole(column) for column in columns}


def padded(values: Iterable[_Value]) -> list[_Value]:
    """The values for an IN list, the last one repeated: it means the same, and few lengths are ever written."""
    found = list(values)
    if not found:
        return found
    length = min(1 << (len(found) - 1).bit_length(), _MOST_PADDED)
    return found + found[-1:] * (length - len(found))


class Prepared:
    """`make(holes, *form)` gives the query; `form` is what its text depends on (a length, column names).

    Calling it with a form and with values gives a Statement. The query may depend on the database's kind: it is made
    once for each.
    """

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._kept: dict[Hashable, _Form] = {}

    def __call__(self, *form: Hashable, **values: Any) -> Any:
        key = (type(database.obj), *form)
        kept = self._kept.get(key)
        if kept is None:
            kept = _Form(self._make(Holes(), *form), self._written())
            if len(self._kept) < _FORMS_KEPT:
                self._kept[key] = kept
        return Statement(kept, values)

    def _written(self) -> Written:
        return Written()


class Statement:
    """One run of a prepared query: complete, so that nothing can be added to it.

    Iterated, it is carried out once and gives its rows; `execute` carries it out and gives its rows, or for one that
    has none what peewee gives for it, such as the number of rows it changed.
    """

    __slots__ = ("_form", "_rows", "_values")

    def __init__(self, form: _Form, values: dict[str, Any]) -> None:
        self._form = form
        self._values = values
        self._rows: Any = None

    def execute(self) -> Any:
        return self._form.run(self._values)

    def __iter__(self) -> Iterator[Any]:
        if self._rows is None:
            self._rows = self.execute()
        return iter(self._rows)


class _Form:
    """A query, how it is written, and what is made of the rows that come: all learnt from peewee at its first run."""

    __slots__ = ("_query", "_result", "_written")

    def __init__(self, query: Any, written: Written) -> None:
        asks_nothing = isinstance(query, peewee.Insert) and not getattr(query, "_return_cursor", False)
        self._query: Any = query.as_rowcount() if asks_nothing else query  # else it asks for the key of each new row
        self._written = written
        self._result: Callable[[Any], Any] | None = None

    def run(self, values: dict[str, Any]) -> Any:
        if self._result is None:
            return self._first(values)
        return self._result(self._query._database.execute_sql(*self._written.filled(values)))

    def _first(self, values: dict[str, Any]) -> Any:
        run = self._query.clone()
        run.prepared = Run(self._written, values)
        found = run.execute()
        if isinstance(found, peewee.CursorWrapper):
            found.initialize()  # peewee does that when a row comes, and perhaps none does
            self._result = _reading(found)
            return list(found)
        if isinstance(run, (peewee.Insert, peewee.Update, peewee.Delete)):
            self._result = _changed
        return found


def _changed(cursor: Any) -> int:
    return int(cursor.rowcount)


def _reading(found: Any) -> Callable[[Any], list[Any]] | None:
    """Makes of a cursor the rows that peewee would make of it; None if they are objects of peewee's."""
    read = map(_read, getattr(found, "converters", ()))
    fits = [(place, fit) for place, fit in enumerate(read) if fit is not None]
    if type(found) is peewee.CursorWrapper:  # of a query of no table: rows as the driver gives them
        return partial(_tuples, ())
    if type(found) is peewee.ModelTupleCursorWrapper:
        return partial(_tuples, fits)
    if type(found) is peewee.ModelDictCursorWrapper:
        return partial(_dicts, found.unique_columns, fits)
    return None


def _tuples(fits: Sequence[tuple[int, _Fit]], cursor: Any) -> list[Any]:
    rows: list[Any] = cursor.fetchall()
    return list(map(tuple, _fitted(fits, rows))) if fits else rows


def _dicts(columns: Sequence[str], fits: Sequence[tuple[int, _Fit]], cursor: Any) -> list[Any]:
    return [dict(zip(columns, row, strict=True)) for row in _fitted(fits, cursor.fetchall())]


def _fitted(fits: Sequence[tuple[int, _Fit]], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    made = list(map(list, rows))
    for row in made:
        for place, fit in fits:
            if row[place] is not None:
                row[place] = fit(row[place])
    return made


def _read(converter: _Fit | None) -> _Fit | None:
    """What makes a value of ours of what the driver gives, which is a whole number already where a column has them."""
    fit = _plain(converter)
    return None if fit is int else fit


#: A field's own converters where it has none: they hand what is not NULL to its `adapt`, which may do nothing either.
_ADAPTING = (peewee.Field.db_value, peewee.Field.python_value)


def _plain(converter: _Fit | None) -> _Fit | None:
    """A converter of peewee's without what it does for objects of its own and for NULL, which is never handed to it."""
    field: Any = getattr(converter, "__self__", None)
    if isinstance(field, peewee.FieldAlias):
        field = field.field
    if isinstance(field, peewee.ForeignKeyField):
        field = field.rel_field
    if isinstance(field, peewee.IntegerField):
        return int
    if getattr(converter, "__func__", None) not in _ADAPTING:
        return converter
    return None if type(field).adapt is peewee.Field.adapt else field.adapt


@dataclass(frozen=True, slots=True)
class Run:
    """What the engine is to carry out instead of the query that brings it."""

    written: Written
    values: dict[str, Any]


class Written:
    """A statement as the database takes it, once it has been written."""

    __slots__ = ("_parts", "sql")

    def __init__(self) -> None:
        self.sql = ""
        self._parts: tuple[Part, ...] = ()

    def keep(self, sql: str, places: Sequence[Any]) -> None:
        # In this order, for another thread may look in between.
        self._parts = tuple(parts_of(places))
        self.sql = sql

    def filled(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        """The text and the parameters that go to the driver for these values."""
        return self.sql, parameters(self._parts, values)


def parameters(parts: Iterable[Part], values: Mapping[str, Any]) -> list[Any]:
    """What goes to the driver for these values."""
    filled: list[Any] = []
    for part in parts:
        filled += part(values)
    return filled


#: Gives some parameters, in their order, of a run's values.
Part = Callable[[Mapping[str, Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a hole's value stands among the parameters, and what makes it fit for its column."""

    hole: Hole
    fit: _Fit | None


def parts_of(places: Iterable[Any]) -> Iterator[Part]:
    """Neighbours that lie in one mapping or list are taken out of it together: a row's values, an IN list."""
    for way, stretch in groupby(places, lambda one: one.hole.path[:-1] if isinstance(one, _Place) else None):
        if way is None:
            yield partial(_as_written, list(stretch))
        else:
            found = list(stretch)
            names = [one.hole.path[-1] for one in found]
            # For a single name itemgetter would give the value alone.
            take = itemgetter(*names) if len(names) > 1 else partial(_only, names[0])
            yield partial(_taken, way, take, [one.fit for one in found])


def _as_written(values: Sequence[Any], _of_run: Mapping[str, Any]) -> Sequence[Any]:
    return values


def _only(name: Hashable, values: Any) -> tuple[Any]:
    return (values[name],)


def _taken(way: Sequence[Hashable], take: _Fit, fits: Sequence[_Fit | None], values: Any) -> list[Any]:
    for step in way:
        values = values[step]
    return [
        value if fit is None or value is None else fit(value) for fit, value in zip(fits, take(values), strict=True)
    ]


class WritingContext(peewee.Context):
    """peewee's writing of a statement, with holes left open."""

    def value(self, value: Any, converter: Any = None, add_param: bool = True) -> Any:
        if not isinstance(value, Hole):
            return super().value(value, converter, add_param)
        convert = self.state.converter if converter is None else converter
        return super().value(_Place(value, _plain(convert or None)), False, add_param)
