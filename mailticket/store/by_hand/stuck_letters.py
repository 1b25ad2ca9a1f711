"""I/O: letters that do not move by themselves: a dead process had them in hand, or an operator decides on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mailticket.errors import Conflict, Refused
from mailticket.store.outbox import get
from mailticket.store.outbox_ends import FINAL_DOT, deferred, unknown
from mailticket.store.tables.mail_tables import Outbox, is_in

#: What an operator may send (again), and what may still be stopped.
_RETRIABLE = frozenset({"failed", "maybe_sent", "cancelled", "held", "queued"})
_CANCELLABLE = frozenset({"queued", "held", "failed", "maybe_sent"})


def recover(owner_is_dead: Callable[[str], bool] | None, now: datetime) -> int:
    """Letters whose lease ran out or whose owner is dead: queued again, or treated as `unknown` after the final dot.

    Gives their number. An owner may get on with a letter, or die of it, after we looked: each is ended as it was seen,
    and one that is further is looked at the next time.
    """
    rows: Any = Outbox.select(Outbox.id, Outbox.lease_owner, Outbox.attempts, Outbox.phase, Outbox.next_at)
    lost = 0
    for id, owner, attempts, phase, until in rows.where(is_in(Outbox, "sending")).tuples():
        if until > now and not (owner_is_dead and owner_is_dead(owner)):
            continue
        try:
            if phase == FINAL_DOT:
                unknown(
                    id,
                    owner,
                    "The process that sent it ended before the relay's answer was seen.",
                    now,
                    (attempts, phase),
                )
            else:
                deferred(id, owner, "The process that sent it ended before the relay had it.", now, (attempts, phase))
        except Conflict:
            continue  # its owner has just finished it, or is at its last moment
        lost += 1
    return lost


def retry(id: int, now: datetime) -> None:
    """Send it (again) now, by an operator's wish. Refused while it is under way and once it is sent."""
    anew = {"state": "queued", "next_at": now, "phase": "", "lease_owner": ""}
    _by_operator(id, anew, _RETRIABLE, "Only letters that failed, were held or wait can be sent again.")


def cancel(id: int) -> None:
    """It is never sent (again). Refused while it is under way and once it is sent."""
    gone = {"state": "cancelled", "next_at": None}
    _by_operator(id, gone, _CANCELLABLE, "Only letters that wait, were held or failed can be cancelled.")


def _by_operator(id: int, values: dict[str, Any], allowed: frozenset[str], fix: str) -> None:
    if not Outbox.update(values).where((Outbox.id == id) & Outbox.state.in_(sorted(allowed))).execute():
        raise Refused(f"Letter {id} is {get(id).state}.", fix)
