"""Pressure: when no more mail is collected, since it could not be kept or dealt with; it waits on the server. I/O."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from mailticket.config.models import Config
from mailticket.desk.office import Office
from mailticket.domain.times.spans import shown_size
from mailticket.health import Wrong
from mailticket.store.operation import figures

#: Collecting stops below this free space, or below three mails of max_size if that is more.
LEAST_FREE = 512_000_000
MAILS_THAT_FIT = 3
#: What a backlog is called. Behind it only the newest mails that depend on no other are taken in (`newest`).
BACKLOG = "backlog"
#: Collecting stops above so many mails of a service that wait, and when so many of the last 50 were set aside in half
#: an hour.
MOST_WAITING = 500
MOST_SHUNTED, SHUNTED_WITHIN = 10, timedelta(minutes=30)


def why_wait(office: Office, service: str = "") -> Wrong | None:
    """Why no mail is collected now (for this service, or for whichever waits most); None if it is.

    On the caller's database connection. One service's backlog keeps no other one waiting. It goes on by itself: space
    returns, the backlog shrinks, and half an hour after our code broke on too many mails the next ones are tried, so
    that a fault that was mended needs nobody.
    """
    return _disk(office.config) or _backlog(service) or _shunts(office)


def free_space(config: Config) -> int:
    """Bytes, where the data lies."""
    return shutil.disk_usage(_nearest(Path(config.mailticket.data))).free


def least_free(config: Config) -> int:
    """Bytes below which nothing is collected."""
    return max(LEAST_FREE, *(MAILS_THAT_FIT * one.max_size for one in config.service), 0)


def _nearest(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _disk(config: Config) -> Wrong | None:
    free, least = free_space(config), least_free(config)
    if free >= least:
        return None
    data = config.mailticket.data
    return Wrong("disk-low", "", f"{data} has {shown_size(free)} left, less than {shown_size(least)}.")


def _backlog(service: str) -> Wrong | None:
    waiting = {service: figures.waiting_of(service, MOST_WAITING + 1)} if service else figures.backlog()
    fullest = max(waiting, key=waiting.__getitem__, default="")
    if waiting.get(fullest, 0) <= MOST_WAITING:
        return None
    return Wrong(
        BACKLOG,
        fullest,
        f"More than {MOST_WAITING} mails wait for their turn; until they are fewer, only new inquiries are collected.",
    )


def _shunts(office: Office) -> Wrong | None:
    count = figures.shunted_lately(office.clock() - SHUNTED_WITHIN)
    if count <= MOST_SHUNTED:
        return None
    return Wrong("shunt-rate", "", f"{count} of the last 50 mails were set aside.")
