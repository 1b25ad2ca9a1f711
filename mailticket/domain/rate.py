"""PURE: sending limits: at most so many mails in any span, the last fifth of them kept for people's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_RATE = re.compile(r"([1-9]\d{0,5})/(sec|min|hour|day)")
_SPANS = {
    "sec": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What was handed in is counted by the sixtieth of the span in which it was.
_SLOTS = 60
#: One in so many is for answers only, so that no flood of automatic mail keeps a customer waiting.
_KEPT_FOR_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Room:
    """How many letters may go now: `answers` in all, `others` that are no person's answer."""

    answers: int
    others: int


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` mails in any `span`. `used` is always a count by slot, as `counted` returns it."""

    count: int
    span: timedelta

    def room(self, used: Mapping[int, int], now: datetime) -> Room:
        """What is left of the span that ends now."""
        spent = sum(self._within(used, now).values())
        for_others = self.count - self.count // _KEPT_FOR_ANSWERS
        return Room(max(0, self.count - spent), max(0, for_others - spent))

    def counted(self, used: Mapping[int, int], now: datetime) -> dict[int, int]:
        """With one more mail now; what is too old to matter is forgotten."""
        slot = self._slot(now)
        within = self._within(used, now)
        return within | {slot: within.get(slot, 0) + 1}

    def _within(self, used: Mapping[int, int], now: datetime) -> dict[int, int]:
        """The slots that touch the span; a slot of the future (the clock was set back) counts as now."""
        newest = self._slot(now)
        found: dict[int, int] = {}
        for slot, count in used.items():
            if slot >= newest - _SLOTS:
                found[min(slot, newest)] = found.get(min(slot, newest), 0) + count
        return found

    def _slot(self, now: datetime) -> int:
        return (now - _EPOCH) // (self.span / _SLOTS)


def parse_rate(written: str) -> Rate | None:
    """ "25/min" as a Rate, "" as None. Raises ValueError for anything else."""
    if not written:
        return None
    match = _RATE.fullmatch(written)
    if not match:
        raise ValueError(f'"{written}" is not a rate; write for example "25/min" (per sec, min, hour or day)')
    return Rate(int(match[1]), _SPANS[match[2]])


def account_name(username: str, host: str, port: int) -> str:
    """What a provider counts by: who signs in where."""
    return f"{username}@{host}:{port}".lower().removeprefix("@")
