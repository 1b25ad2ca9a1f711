"""I/O: letters from before there was packing are packed by and by, all of them, and their bytes stay the same."""

from __future__ import annotations

from typing import Any

from mailticket.store.engine.locking import locked
from mailticket.store.tables.mail_tables import Outbox, PackingProgress


def pack(limit: int) -> int:
    """Packs the oldest of them, in the caller's transaction; the number of them, 0 at the end.

    Killed in between, it goes on where it was: how far it came is written with what it did.
    """
    done, last = _progress()
    if done >= last:
        return 0
    is_old = (Outbox.id > done) & (Outbox.id <= last)
    # Locked, so that nothing is put back that was masked in this moment; the lowest first, as masking has it.
    rows: Any = locked(Outbox.select(Outbox.id, Outbox.skeleton).where(is_old).order_by(Outbox.id).limit(limit))
    letters = list(rows.tuples())
    for id, skeleton in letters:
        Outbox.update(skeleton=skeleton).where(Outbox.id == id).execute()
    reached = letters[-1][0] if len(letters) == limit else last
    PackingProgress.update(done=reached).execute()
    return len(letters)


def _progress() -> tuple[int, int]:
    rows: Any = PackingProgress.select(PackingProgress.done, PackingProgress.last).tuples()
    return next(((int(done), int(last)) for done, last in rows), (0, 0))
