"""I/O: how many things a worker does in one turn: as many as a third of a second is enough for.

What comes in meanwhile waits until the turn is over; but a turn has costs of its own, so it is not shorter than needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds that a turn is to last.
TURN = 0.3


class Pace:
    """Between `least` and `most` things a turn, by how long those of the last turn took; the least at first."""

    def __init__(self, least: int, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._least = least
        self._most = most
        self._clock = clock
        self.size = least

    def turn(self, verb: Callable[[int], int]) -> int:
        """Runs the verb with the number of things that it may do; gives the number of those that it did."""
        begun = self._clock()
        done = verb(self.size)
        if done:
            fitting = done * TURN / max(self._clock() - begun, 1e-6)
            self.size = max(self._least, min(self._most, int(fitting)))
        return done
