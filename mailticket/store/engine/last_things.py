"""I/O: what is put off to the end of a transaction, right before it is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

_T = TypeVar("_T")
#: What is done with several things, and one of them.
_PutOff = tuple[Callable[[list[Any]], object], Any]


#: What writes rows, and some of them.
_Rows = tuple[Callable[[list[Any]], object], Sequence[Any]]


class LastThings:
    """What each thread has put off to the end of its transaction: rows first, then other things.

    Nobody needs to know which rows those are: before any statement that could meet them they are written.
    """

    def __init__(self) -> None:
        self._mine = threading.local()

    def put_off(self, work: Callable[[list[_T]], object], thing: _T) -> None:
        """Done when the outermost transaction ends, the first first; at once if there is none.

        `work` gets all things at once that were put off for it one after the other.
        """
        waiting: list[_PutOff] | None = getattr(self._mine, "waiting", None)
        if waiting is None:
            work([thing])
        else:
            waiting.append((work, thing))

    def put_off_rows(self, write: Callable[[list[_T]], object], rows: Sequence[_T], *tables: str) -> None:
        """Written when the outermost transaction ends, those of one `write` together; at once if there is none.

        Earlier if a statement names one of the `tables` that they go into.
        """
        if getattr(self._mine, "waiting", None) is None:
            write(list(rows))
        else:
            self._mine.rows.append((write, rows))
            self._mine.tables.update(tables)

    def before(self, statement: str) -> None:
        """Writes the rows that were put off so far if this statement may read or change them, or what they hang on."""
        tables: set[str] | None = getattr(self._mine, "tables", None)
        if tables and (statement.startswith("DELETE") or any(map(statement.__contains__, tables))):
            self.write_rows()

    def write_rows(self) -> None:
        """Writes the rows that were put off so far, and those that their writing puts off."""
        while waiting := getattr(self._mine, "rows", None):
            self._mine.rows, self._mine.tables = [], set()
            together: dict[Callable[[list[Any]], object], list[Any]] = {}
            for write, rows in waiting:
                together.setdefault(write, []).extend(rows)
            for write, all_rows in together.items():
                write(all_rows)

    @contextmanager
    def of_transaction(self) -> Iterator[None]:
        """Around the body of a transaction, or of a savepoint in it: what was put off in one that fails is not done."""
        outer: list[_PutOff] | None = getattr(self._mine, "waiting", None)
        if outer is not None:
            begun, rows_begun = len(outer), len(self._mine.rows)
            try:
                yield
            except BaseException:
                del outer[begun:]
                del self._mine.rows[rows_begun:]
                raise
            return
        try:
            self._mine.waiting, self._mine.rows, self._mine.tables = [], [], set()
            yield
            while self._mine.waiting or self._mine.rows:  # what is put off meanwhile is done too
                self.write_rows()
                due, self._mine.waiting = self._mine.waiting, []
                for work, together in groupby(due, itemgetter(0)):
                    work([thing for _, thing in together])
        finally:
            self._mine.waiting, self._mine.rows, self._mine.tables = None, [], set()
