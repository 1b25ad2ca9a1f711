"""The wall clock, watched: whether it was set, and whether what time alone decides may be believed. I/O."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mailticket.desk.office import utc_now

log = logging.getLogger(__name__)

#: Less than this between two looks is a busy machine or a clock that is trimmed.
_NOTICED = timedelta(minutes=1)
#: After a jump ahead by more than this, nothing expires for so many seconds: somebody may set the clock right.
_DOUBTFUL_JUMP, _DOUBTFUL_FOR = timedelta(hours=1), 3600.0


class ClockWatch:
    """Compares the wall clock with one that nobody can set. `look` is called from one thread, every few seconds."""

    def __init__(self, wall: Callable[[], datetime] = utc_now, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._began = self._difference()
        self._doubtful_until = float("-inf")

    def look(self) -> timedelta:
        """How far the clock was set since the last look, ahead or (negative) back; nought if it was not."""
        difference = self._difference()
        jump, self._began = difference - self._began, difference
        if abs(jump) < _NOTICED:
            return timedelta(0)
        if jump > _DOUBTFUL_JUMP:
            self._doubtful_until = self._steady() + _DOUBTFUL_FOR
            log.warning("the clock was set ahead by %s; for an hour nothing is given up, closed or deleted by it", jump)
        else:
            log.warning("the clock was set %s by %s", "back" if jump < timedelta(0) else "ahead", abs(jump))
        if jump < -_DOUBTFUL_JUMP:
            self._doubtful_until = float("-inf")
        return jump

    def is_sound(self) -> bool:
        """May something be given up, closed or deleted because of its age? A jump counts before it was looked at."""
        is_far_ahead = self._difference() - self._began > _DOUBTFUL_JUMP
        return not is_far_ahead and self._steady() >= self._doubtful_until

    def _difference(self) -> timedelta:
        return self._wall() - datetime.fromtimestamp(self._steady(), UTC)
