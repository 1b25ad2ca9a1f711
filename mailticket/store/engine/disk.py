"""I/O: what a failing disk means: full, it is waited for; once it failed to sync, this process may trust nothing.

The kernel reports a failed fsync once and then calls the pages clean, written or not, so trying again proves nothing
(LWN, "PostgreSQL's fsync() surprise", https://lwn.net/Articles/752063/). What is true then is found out by a new start.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from mailticket.errors import StoreTrouble

log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: SQLite's result codes that say that a sync failed. sqlite.org/rescode.html
NOT_SYNCED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC")

_failed = threading.Event()


def has_failed() -> bool:
    """Did a sync fail in this process?"""
    return _failed.is_set()


def leave_if_failed() -> None:
    """Ends this process with exit code 1 if a sync failed in it: systemd starts it anew, and that one looks."""
    if has_failed():
        log.critical("ending, to be started anew: what is not on the disk is taken in or sent again")
        logging.shutdown()
        os._exit(1)


def not_synced(what: str) -> None:
    """A sync failed: told once, loudly."""
    if not _failed.is_set():
        log.critical("The disk did not confirm what was written (%s). Look at the system's log; it may be dying.", what)
    _failed.set()


#: What makes a file the same one: its device and its number on it.
Identity = tuple[int, int]


def identity(path: Path) -> Identity:
    """Which file has this name; (0, 0) if none has."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def refuse_replaced(opened: Mapping[Path, Identity]) -> None:
    """Raises StoreTrouble if one of the files has been deleted, moved or replaced since it was opened.

    What is written to a file without a name is gone with this process (sqlite.org/howtocorrupt.html section 4.2), so
    nothing may be changed on a mail server on the strength of it.
    """
    for path, was in opened.items():
        if identity(path) != was:
            raise StoreTrouble(
                f"{path} is not the file that was opened: it was deleted, moved or replaced while mailticket runs.",
                "Put the file back; or stop mailticket first, then restore a backup, then start it.",
            )


def told(error: OSError, folder: Path, is_read_only: bool = False) -> StoreTrouble:
    """An error of the disk of `folder`, in our words."""
    if error.errno in _FULL:
        return StoreTrouble(f"The disk of {folder} is full.", "Free some space; work goes on by itself.")
    if error.errno == errno.EIO and not is_read_only:
        not_synced(f"{folder}: {error}")
    return StoreTrouble(
        f"{folder} cannot be used ({error.strerror or error}).", "Check the folder, its owner and its disk."
    )
