"""I/O: a lock that is given in the order of asking, so that who asks often keeps nobody waiting for ever."""

from __future__ import annotations

import threading
from collections import deque

#: So long, in seconds, a transaction of several items takes in further ones: the others wait for its end.
TOGETHER = 0.2


class Turns:
    """Whose turn it is. Whoever waits is woken by whoever ends, and by nobody else."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> bool:
        """Waits for this thread's turn, so long at most; False if it did not come."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came at the last moment

    def give(self) -> None:
        """The turn goes to whoever has waited the longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
