"""How the time of some work grows with its input, as a ratio within one run: machines differ, ratios do not."""

from __future__ import annotations

import time
from collections.abc import Callable

SIZE = 10_000  # characters of the smaller input
TIMES = 8  # how much larger the other one is
_UNMEASURABLE = 0.03  # seconds; clocks and caches are too coarse for less


def is_linear(work: Callable[[str], object], piece: str) -> bool:
    """Whether eight times the input takes about eight times the time; sixty-four times it would, were it quadratic.

    Between the two lies a factor of three either way, and two measurements of at most three must agree, so that neither
    a busy moment nor a lucky one decides.
    """
    first, second = _is_linear_now(work, piece), _is_linear_now(work, piece)
    return first if first is second else _is_linear_now(work, piece)


def _is_linear_now(work: Callable[[str], object], piece: str) -> bool:
    small, large = (_least(work, piece * (size // len(piece) + 1)) for size in (SIZE, SIZE * TIMES))
    return large < 3 * TIMES * small + _UNMEASURABLE


def _least(work: Callable[[str], object], text: str) -> float:
    """The shorter of two runs, in seconds of this process's own time."""
    spans = []
    for _ in range(2):
        begun = time.process_time()
        work(text)
        spans.append(time.process_time() - begun)
    return min(spans)
