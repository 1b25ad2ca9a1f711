"""I/O: alarms that rang and wait to be told, one row a trouble, so that no crash loses one and none rings all day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.store.engine.locking import locked
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.tables.watch_tables import Alarm, AlarmRound


@dataclass(frozen=True, slots=True)
class Rung:
    """A trouble that was not told yet. It rang `times` times, first at `rung_at`; `text` is its latest word."""

    key: str
    service: str
    text: str
    rung_at: datetime
    times: int


def ring(key: str, service: str, text: str, now: datetime) -> None:
    """In the caller's transaction: one more ring of this trouble."""
    is_new = Alarm.untold == 0
    Alarm.insert(key=key, service=service, text=text, rung_at=now, untold=1).on_conflict(
        conflict_target=[Alarm.key],
        update={
            Alarm.service: service,
            Alarm.text: text,
            Alarm.rung_at: peewee.Case(None, [(is_new, peewee.Value(now, Alarm.rung_at.db_value))], Alarm.rung_at),
            Alarm.untold: Alarm.untold + 1,
        },
    ).execute()


def untold(told_before: datetime) -> list[Rung]:
    """Those to tell now, the oldest first: told never, or before this moment. Locked until the transaction ends."""
    return [Rung(*row) for row in _untold(told_before=told_before)]


@Prepared
def _untold(holes: Holes) -> Any:
    is_due = Alarm.told_at.is_null() | (Alarm.told_at < holes.told_before)
    rows = Alarm.select(Alarm.key, Alarm.service, Alarm.text, Alarm.rung_at, Alarm.untold)
    return locked(rows.where((Alarm.untold > 0) & is_due).order_by(Alarm.rung_at, Alarm.key)).tuples()


def told(keys: Iterable[str], now: datetime) -> int:
    """They are told now, in one round; its number."""
    wanted: Sequence[str] = list(keys)
    Alarm.update(untold=0, told_at=now).where(Alarm.key.in_(wanted)).execute()
    return int(AlarmRound.insert(told_at=now, alarms=len(wanted)).execute())


def rounds_since(moment: datetime) -> list[datetime]:
    """When admins were told since then, the newest first."""
    return [at for (at,) in _rounds(moment=moment)]


@Prepared
def _rounds(holes: Holes) -> Any:
    rounds = AlarmRound.select(AlarmRound.told_at).where(AlarmRound.told_at > holes.moment)
    return rounds.order_by(AlarmRound.told_at.desc()).tuples()


def has_rung(key: str) -> bool:
    """Did this trouble ever ring?"""
    return bool(Alarm.select().where(Alarm.key == key).exists())


def rang_since(moment: datetime) -> list[tuple[str, str]]:
    """(key, service) of every alarm that rang or was told since then."""
    is_recent = (Alarm.rung_at > moment) | (Alarm.told_at > moment)
    rows: Any = Alarm.select(Alarm.key, Alarm.service).where(is_recent).tuples()
    return list(rows)
