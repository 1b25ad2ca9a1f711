"""I/O: what is put off to the end of a transaction, right before it is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

_T = TypeVar("_T")
#: What is done with several things, and one of them.
_PutOff = tuple[Callable[[list[Any]], object], Any]


class LastThings:
    """What each thread has put off to the end of its transaction."""

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

    @contextmanager
    def of_transaction(self) -> Iterator[None]:
        """Around the body of a transaction, or of a savepoint in it: what was put off in one that fails is not done."""
        outer: list[_PutOff] | None = getattr(self._mine, "waiting", None)
        if outer is not None:
            begun = len(outer)
            try:
                yield
            except BaseException:
                del outer[begun:]
                raise
            return
        try:
            self._mine.waiting = []
            yield
            while self._mine.waiting:  # what is put off meanwhile is done too
                due, self._mine.waiting = self._mine.waiting, []
                for work, together in groupby(due, itemgetter(0)):
                    work([thing for _, thing in together])
        finally:
            self._mine.waiting = None
