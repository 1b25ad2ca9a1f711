"""The timetable of clock work. It only asks "what is due?"; the only importer of APScheduler. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

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

SWEEP_EVERY = 30
ALARMS_EVERY = 10
ASSIGN_EVERY = 60
IDLE_EVERY = 900
#: The workers have just logged in themselves.
FIRST_PROBE_AFTER = timedelta(minutes=30)
WATCH_EVERY = 5
ERASURES_EVERY = 300
CANARIES_EVERY = 60
INDEX_EVERY = 10
#: It reads the names of everything that is stored: not while a daemon that was just started has its hands full.
LEFTOVERS_AFTER = timedelta(minutes=20)


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
        add = self._scheduler.add_job
        add(self._if_ours(sweep), Every(seconds=SWEEP_EVERY), id="sweep", next_run_time=now)
        add(lambda: self._office().wake("assign"), Every(seconds=ASSIGN_EVERY), id="assign")
        add(self._if_ours(forget_rejected), Every(hours=1), id="retention", next_run_time=now)
        add(self._if_ours(forget_calls), Every(days=1), id="old calls", next_run_time=now)
        add(self._if_ours(retire), Every(days=1), id="old cases", next_run_time=now)
        add(self._if_ours(go_on), Every(seconds=ERASURES_EVERY), id="erasures", next_run_time=now)
        add(self._if_ours(look_at_idle), Every(seconds=IDLE_EVERY), id="idle", next_run_time=now)
        add(self._if_ours(tell), Every(seconds=ALARMS_EVERY), id="alarms", next_run_time=now)
        add(self._if_ours(warn_of_secrets), Every(hours=6), id="secrets", next_run_time=now)
        first = now + FIRST_PROBE_AFTER
        add(self._if_ours(probe_accounts), Every(days=1), id="accounts", next_run_time=first)
        add(self._if_ours(send_canaries), Every(seconds=CANARIES_EVERY), id="canaries", next_run_time=now)
        add(self._if_ours(forget_canaries), Every(hours=6), id="old canaries")
        add(self._if_ours(index_old_entries), Every(seconds=INDEX_EVERY), id="index", next_run_time=now)
        add(self._if_ours(pack_old_letters), Every(seconds=INDEX_EVERY), id="old letters", next_run_time=now)
        later = now + LEFTOVERS_AFTER
        add(self._if_ours(remove_leftovers), Every(days=1), id="leftovers", next_run_time=later)
        add(self._watch, Every(seconds=WATCH_EVERY), id="watch", next_run_time=now)
        self._scheduler.start()

    def _if_ours(self, job: Callable[[Office], object]) -> Callable[[], None]:
        """The job, done by the one daemon that has the clock."""

        def run() -> None:
            office = self._office()
            with office.connected():
                is_ours = self._hold.take()
            if is_ours:
                job(office)

        return run

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
