"""The timetable of clock work. It only asks "what is due?"; the only importer of APScheduler. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from mailticket.desk.decided.alarm import tell
from mailticket.desk.office import Office
from mailticket.desk.privacy.erasing import go_on
from mailticket.desk.privacy.retiring import retire
from mailticket.desk.running.ownership import TERMS, UNSHARED, Hold, Terms, hold_on
from mailticket.desk.sweep import (
    forget_calls,
    forget_rejected,
    index_old_entries,
    look_at_idle,
    pack_old_letters,
    remove_leftovers,
    sweep,
)
from mailticket.desk.watching.canary import forget_canaries, send_canaries
from mailticket.desk.watching.probe import probe_accounts, warn_of_secrets

log = logging.getLogger(__name__)

#: This process is looked at so often, in seconds.
WATCH_EVERY = 5

_AT_ONCE = timedelta(0)


def _wake_assigner(office: Office) -> None:
    office.wake("assign")


@dataclass(frozen=True)
class Job:
    """What time does: `every` so often, the first time `first` after the start.

    `is_everyones`: each of several daemons on one database does it; all else does the one that has the clock.
    """

    do: Callable[[Office], object]
    every: timedelta
    first: timedelta = _AT_ONCE
    is_everyones: bool = False


_SECONDS, _MINUTES, _HOURS = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

#: By name.
JOBS: dict[str, Job] = {
    "sweep": Job(sweep, 30 * _SECONDS),
    "assign": Job(_wake_assigner, 60 * _SECONDS, first=60 * _SECONDS, is_everyones=True),
    "alarms": Job(tell, 10 * _SECONDS),
    "index": Job(index_old_entries, 10 * _SECONDS),
    "old letters": Job(pack_old_letters, 10 * _SECONDS),
    "canaries": Job(send_canaries, 60 * _SECONDS),
    "erasures": Job(go_on, 5 * _MINUTES),
    "idle": Job(look_at_idle, 15 * _MINUTES),
    "retention": Job(forget_rejected, 1 * _HOURS),
    "secrets": Job(warn_of_secrets, 6 * _HOURS),
    "old canaries": Job(forget_canaries, 6 * _HOURS, first=6 * _HOURS),
    "old calls": Job(forget_calls, 24 * _HOURS),
    "old cases": Job(retire, 24 * _HOURS),
    # The workers have just logged in themselves.
    "accounts": Job(probe_accounts, 24 * _HOURS, first=30 * _MINUTES),
    # It reads the names of everything that is stored: not while a daemon that was just started has its hands full.
    "leftovers": Job(remove_leftovers, 24 * _HOURS, first=20 * _MINUTES),
}


class Every(IntervalTrigger):
    """So often. After a pause, or a clock that was set ahead by a year, it makes up for nothing that was missed."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        due: datetime = super().get_next_fire_time(previous_fire_time, now)
        return max(due, now)


class Timetable:
    """Runs what time does, beside the workers. `office` gives the one in force; `watch` looks at this process itself.

    Of several daemons on one database one has the clock; what two do at the same moment all the same does no harm.
    """

    def __init__(self, office: Callable[[], Office], watch: Callable[[], None], terms: Terms = TERMS) -> None:
        self._office = office
        self._watch = watch
        self._terms = terms
        self._hold: Hold = UNSHARED
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(_told, EVENT_JOB_ERROR)

    def start(self) -> None:
        now = datetime.now(UTC)
        self._hold = hold_on(self._office(), "clock", self._terms)
        for name, job in JOBS.items():
            turn, every = partial(self._turn, job), Every(seconds=job.every.total_seconds())
            self._scheduler.add_job(turn, every, id=name, next_run_time=now + job.first)
        self._scheduler.add_job(self._watch, Every(seconds=WATCH_EVERY), id="watch", next_run_time=now)
        self._scheduler.start()

    def _turn(self, job: Job) -> None:
        office = self._office()
        if job.is_everyones or self._has_clock(office):
            job.do(office)

    def _has_clock(self, office: Office) -> bool:
        with office.connected():
            return self._hold.take()

    def begin_anew(self) -> None:
        """The clock was set: everything is due now, then as often as ever."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)


def _told(event: JobExecutionEvent) -> None:
    log.error(
        "%s failed and is tried again at its next turn: %s", event.job_id, event.exception, exc_info=event.exception
    )
