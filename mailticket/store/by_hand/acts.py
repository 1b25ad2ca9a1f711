"""I/O: what a human did to a mail: who, when, what and why. Written with the act itself, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.store.tables.watch_tables import OperatorAct


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `act` is the verb ("discard"), `by` who did it, `why` in their words ("" if they gave none)."""

    at: datetime
    by: str
    act: str
    why: str


def record(item: str, act: str, by: str, why: str, now: datetime) -> None:
    """In the act's own transaction. `item` is "inbox:12" or "outbox:12"."""
    OperatorAct.insert(item=item, act=act, by=by, why=why, at=now).execute()


def of(item: str) -> list[Act]:
    """What was done to it, the oldest first."""
    rows: Any = OperatorAct.select().where(OperatorAct.item == item).order_by(OperatorAct.id).dicts()
    return [Act(row["at"], row["by"], row["act"], row["why"]) for row in rows]
