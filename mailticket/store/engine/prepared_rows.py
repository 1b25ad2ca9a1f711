"""I/O: statements with any number of rows, written once, for one row; carried out now or as the transaction ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from mailticket.store.engine.prepared import Holes, Prepared, Written, parameters, parts_of
from mailticket.store.engine.proxies import database

#: By one statement: both databases take some tens of thousands of parameters.
_ROWS_AT_ONCE = 200


class PreparedRows(Prepared):
    """`make(holes)` gives the INSERT (or whatever has VALUES) of one row, whose values are `holes.columns(names)`.

    Called with `rows` (mappings) and the other values it gives the Statement for all of them.
    """

    def put_off(self, rows: Sequence[Any]) -> None:
        """They are written at the end of this thread's transaction, with others of their kind, or when a statement
        names their table. Without a transaction they are written at once."""
        if rows:
            database.obj.last_things.put_off_rows(self.write, rows, self.table)

    def write(self, rows: Sequence[Any], **others: Any) -> None:
        """All of them, in few statements, where nothing is asked back; `others` are what is the same for all."""
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            self(rows=rows[start : start + _ROWS_AT_ONCE], **others).execute()

    def returned(self, rows: Sequence[Any]) -> list[Any]:
        """The same, and what the statements give back."""
        starts = range(0, len(rows), _ROWS_AT_ONCE)
        return [one for start in starts for one in self(rows=rows[start : start + _ROWS_AT_ONCE]).execute()]

    @cached_property
    def table(self) -> str:
        """The name of the table that the rows go into."""
        return str(self._make(Holes()).model._meta.table_name)

    def _written(self) -> Written:
        return _WrittenRows()


class _WrittenRows(Written):
    """The text of a single row, to be repeated: in it stand only marks for parameters, one for each column."""

    __slots__ = ("_after", "_before", "_of_rest", "_of_row", "_row")

    def keep(self, sql: str, places: Sequence[Any]) -> None:
        self._before, _, rest = sql.partition("VALUES (")
        row, _, self._after = rest.partition(")")
        self._row = f"({row})"
        columns = row.count(",") + 1
        self._of_row = tuple(parts_of(places[:columns]))
        self._of_rest = tuple(parts_of(places[columns:]))
        self.sql = sql  # last, for another thread may look in between

    def filled(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        rows = values["rows"]
        sql = f"{self._before}VALUES {', '.join([self._row] * len(rows))}{self._after}"
        of_rows = [value for row in rows for value in parameters(self._of_row, row)]
        return sql, of_rows + parameters(self._of_rest, values)
