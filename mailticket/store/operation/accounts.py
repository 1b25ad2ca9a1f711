"""I/O: relay accounts: what was handed in lately, and whether the account rests because it was refused.

One row an account, so that every daemon and every service that uses it counts together and rests together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.domain.rate import Rate, Room
from mailticket.store.engine.locking import committed, locked
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.tables.mail_tables import Account


@dataclass(frozen=True, slots=True)
class Rest:
    """An account that was refused: since `since`, `refusals` times in a row; nothing is tried before `until`."""

    account: str
    why: str
    since: datetime
    until: datetime
    refusals: int


def room(account: str, rate: Rate, now: datetime) -> Room:
    """How many letters may go now. Others may take it first: `take` decides."""
    return rate.room(_used(Account.get_or_none(Account.name == account)), now)


def take(account: str, rate: Rate, is_answer: bool, now: datetime) -> bool:
    """Count one more letter, committed when it returns; False if there is no room for it."""
    with committed():
        row = _locked(account)
        left = rate.room(_used(row), now)
        if not (left.answers if is_answer else left.others):
            return False
        used = rate.counted(_used(row), now)
        counts = {str(slot): str(count) for slot, count in used.items()}
        Account.update(used=counts).where(Account.name == account).execute()
        return True


def pause(account: str, why: str, rests: Sequence[timedelta], now: datetime) -> Rest:
    """It was refused: it rests for the first of `rests`, then the second, the last again and again."""
    with committed():
        row = _locked(account)
        if row.rests_until and now < row.rests_until <= now + rests[-1]:
            return _rest(row)  # another daemon was refused at the same moment
        after = {
            "why": why,
            "refused_since": row.refused_since or now,
            "rests_until": now + rests[min(row.refusals, len(rests) - 1)],
            "refusals": row.refusals + 1,
        }
        Account.update(after).where(Account.name == account).execute()
        return _rest(_locked(account))


def rest(account: str) -> Rest | None:
    """Why it rests, or rested until a moment ago; None if it was not refused."""
    return next((_rest(row) for row in _refused(account=account)), None)


@Prepared
def _refused(holes: Holes) -> Any:
    return Account.select().where((Account.name == holes.account) & (Account.refusals > 0))


def resting() -> list[Rest]:
    """Every account that was refused the last time, by name."""
    return [_rest(row) for row in Account.select().where(Account.refusals > 0).order_by(Account.name)]


def resume(account: str) -> None:
    """It works (again), or shall be tried at once."""
    well = {"why": "", "refused_since": None, "rests_until": None, "refusals": 0}
    Account.update(well).where((Account.name == account) & (Account.refusals > 0)).execute()


def _locked(account: str) -> Any:
    """The account's row, made if it is missing, locked until the transaction ends."""
    Account.insert(name=account).on_conflict(action="NOTHING", conflict_target=[Account.name]).execute()
    return locked(Account.select().where(Account.name == account)).get()


def _used(row: Any) -> dict[int, int]:
    return {int(slot): int(count) for slot, count in row.used.items()} if row else {}


def _rest(row: Any) -> Rest:
    return Rest(row.name, row.why, row.refused_since, row.rests_until, row.refusals)
