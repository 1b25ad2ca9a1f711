"""Elapsed: seconds by a clock that nobody sets, and that goes on while the machine sleeps or is moved. I/O."""

from __future__ import annotations

import time

# CLOCK_MONOTONIC stands still in suspend (clock_gettime(2)), so whoever slept for an hour would think its lease young.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """Since some moment: only differences mean anything."""
    return time.clock_gettime(_CLOCK)
