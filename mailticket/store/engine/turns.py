"""I/O: a lock whose short holders go before long ones, in the order of asking otherwise; nobody waits for ever."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

#: So long, in seconds, a transaction of several items takes in further ones: the others wait for its end.
TOGETHER = 0.1

#: Who held it for less than this the last time goes before those who held it for longer; but so many at most go before
#: somebody who asked earlier.
SHORT = TOGETHER / 4
MOST_BEFORE = 8


@dataclass(eq=False)
class _Asking:
    """Somebody who waits; `passed`: by how many who asked later."""

    is_short: bool
    lock: threading.Lock = field(default_factory=threading.Lock)
    passed: int = 0


class Turns:
    """Whose turn it is. Whoever waits is woken by whoever ends, and by nobody else.

    A letter's commit takes a hundredth of the time of a batch of mails; in strict order it would wait for two of these.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: list[_Asking] = []
        self._is_taken = False
        self._mine = threading.local()

    def take(self, seconds: float) -> bool:
        """Waits for this thread's turn, so long at most; False if it did not come."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                self._begin()
                return True
            asking = _Asking(getattr(self._mine, "held", 0.0) < SHORT)
            asking.lock.acquire()
            self._waiting.append(asking)
        if not asking.lock.acquire(timeout=seconds):
            with self._guard:
                if asking in self._waiting:
                    self._waiting.remove(asking)
                    return False
        self._begin()  # in time, or at the last moment
        return True

    def _begin(self) -> None:
        self._mine.began = time.monotonic()

    def give(self) -> None:
        """The turn goes to whoever is next. Called by the thread that took it."""
        self._mine.held = time.monotonic() - self._mine.began
        with self._guard:
            if self._waiting:
                self._next().lock.release()
            else:
                self._is_taken = False

    def _next(self) -> _Asking:
        """Takes out the first of those who were passed too often, else the first of the short ones, else the first."""
        chosen = next((one for one in self._waiting if one.passed >= MOST_BEFORE), None)
        chosen = chosen or next((one for one in self._waiting if one.is_short), self._waiting[0])
        place = self._waiting.index(chosen)
        for one in self._waiting[:place]:
            one.passed += 1
        return self._waiting.pop(place)
