"""One cap and what is known about its edge."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Read(NamedTuple):
    """How much of what was given was read, and what was said of the rest."""

    count: int
    said: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A cap by the name of its constant below `mailticket`, or of the pattern whose highest count it is.

    `read(size)` has `size` letters, lines or things read. Of `by` more than the cap so much is read as `beyond` says
    (as much as the cap if it is None), and one of the mail's defects begins with `said`; nothing is said where that is
    "". `most` stands for the constant's value where what it counts differs.
    """

    cap: str
    read: Callable[[int], Read]
    beyond: int | None = None
    said: str = ""
    most: int = 0
    by: int = 1

    @property
    def size(self) -> int:
        if self.most:
            return self.most
        module, _, name = self.cap.rpartition(".")
        value = getattr(importlib.import_module(f"mailticket.{module}"), name)
        return highest_count(value) if isinstance(value, re.Pattern) else int(value)


def highest_count(pattern: re.Pattern[str] | re.Pattern[bytes]) -> int:
    """The highest of a pattern's counts: 998 of "<[^<>]{1,998}>"; 0 without any."""
    return max((int(one) for one in re.findall(r"\{\d*,(\d+)\}", str(pattern.pattern))), default=0)


def either(size: int, is_whole: bool, said: Sequence[str] = ()) -> Read:
    """Of what is read whole or not at all."""
    return Read(size if is_whole else 0, said)


def padded(size: int, start: str, end: str, filler: str = "y") -> str:
    """A text of exactly `size` letters that begins and ends as told."""
    room = size - len(start) - len(end)
    assert room >= 0, f"{size} letters do not hold {start!r} and {end!r}"
    return start + (filler * (room // len(filler) + 1))[:room] + end
