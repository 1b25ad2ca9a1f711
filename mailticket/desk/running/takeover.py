"""Take over: what a process that died had in hand goes on in another, and what it owned is free. I/O."""

from __future__ import annotations

import hashlib
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
    """place:pid:nanoseconds, never the same twice."""
    return f"{_place()}:{os.getpid()}:{time.time_ns()}"


def _place() -> str:
    """Where a pid means one process: this host, since it was started, in this container.

    Two containers may have the same host name, and each thinks that its daemon is number 1.
    """
    where = f"{_read_boot()} {_read_namespace()}"
    return f"{socket.gethostname()}/{hashlib.sha256(where.encode()).hexdigest()[:12]}"


def _read_boot() -> str:
    """Another one after each start of the machine; "" on systems that do not tell (proc_sys_kernel(5))."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return boot.read_text().strip() if boot.exists() else ""


def _read_namespace() -> str:
    """In which pids are counted; "" on systems that know of none (pid_namespaces(7))."""
    own = Path("/proc/self/ns/pid")
    return str(own.readlink()) if own.is_symlink() else ""


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
    """A process of this place that is no more. Of all others only their leases tell."""
    place, pid, _ = owner.rsplit(":", 2)
    return place == _place() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists())
