"""I/O: what is put off to the end of a transaction, right before it is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class LastThings:
    """What each thread has put off to the end of its transaction."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def put_off(self, work: Callable[[], object]) -> None:
        """Done when the outermost transaction ends, the first first; at once if there is none."""
        waiting: list[Callable[[], object]] | None = getattr(self._mine, "waiting", None)
        if waiting is None:
            work()
        else:
            waiting.append(work)

    @contextmanager
    def of_transaction(self) -> Iterator[None]:
        """Around the body of a transaction, or of a savepoint in it: what was put off in one that fails is not done."""
        outer: list[Callable[[], object]] | None = getattr(self._mine, "waiting", None)
        if outer is not None:
            begun = len(outer)
            try:
                yield
            except BaseException:
                del outer[begun:]
                raise
            return
        waiting: list[Callable[[], object]] = []
        self._mine.waiting = waiting
        try:
            yield
            for work in waiting:  # what is put off meanwhile is done too
                work()
        finally:
            self._mine.waiting = None
