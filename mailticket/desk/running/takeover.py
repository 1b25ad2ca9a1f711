"""Take over: what a process that died had in hand goes on in another, and what it owned is free. I/O."""

from __future__ import annotations

import logging
import os
import socket
import time
from datetime import timedelta
from pathlib import Path

from mailticket.desk.office import Office
from mailticket.store import inbox_claims
from mailticket.store.by_hand import stuck_letters
from mailticket.store.operation import leases

log = logging.getLogger(__name__)

#: The lease rows of processes that died so long ago are removed.
_FORGOTTEN_AFTER = timedelta(days=1)


def name_of_this_process() -> str:
    """host:pid:nanoseconds, never the same twice."""
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}"


def take_over_from_the_dead(office: Office) -> int:
    """Ends the leases of the dead, so that nobody waits until they run out. Gives the number of mails and letters."""
    with office.connected():
        for owner in leases.owners() if office.store.is_postgres else ():
            if owner != office.owner and _is_gone(owner):
                leases.end_life(owner)
        mails = inbox_claims.recover(lambda owner: is_dead(office, owner), office.clock())
        letters = stuck_letters.recover(lambda owner: is_dead(office, owner), office.clock())
        leases.bury(_FORGOTTEN_AFTER)
    if mails or letters:
        log.warning("taken over from a process that died: %d mails, %d letters", mails, letters)
        office.wake("receive")
        office.wake("deliver")
    return mails + letters


def is_dead(office: Office, owner: str) -> bool:
    """SQLite has one daemon, and that is us. On PostgreSQL: gone from this host, or silent for as long as a lease.

    Who was only slow or stopped finds that its rows are not its own any more, and writes nothing.
    """
    if owner == office.owner:
        return False
    return not office.store.is_postgres or _is_gone(owner) or leases.is_dead(owner)


def _is_gone(owner: str) -> bool:
    """A process of this host that is no more. Of other hosts' processes only their leases tell."""
    host, pid, _ = owner.rsplit(":", 2)
    # In a container every process that ever ran had our number.
    return host == socket.gethostname() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists())
