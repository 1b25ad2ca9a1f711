"""The timetable of clock work. It only asks "what is due?"; the only importer of APScheduler. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from mailticket.desk.office import Office
from mailticket.desk.sweep import forget_rejected, sweep

log = logging.getLogger(__name__)

SWEEP_EVERY = 30
ASSIGN_EVERY = 60


class Timetable:
    """Runs what time does, beside the workers. `office` gives the one in force."""

    def __init__(self, office: Callable[[], Office]) -> None:
        self._office = office
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(_told, EVENT_JOB_ERROR)

    def start(self) -> None:
        now = datetime.now(UTC)
        add = self._scheduler.add_job
        add(lambda: sweep(self._office()), "interval", seconds=SWEEP_EVERY, id="sweep", next_run_time=now)
        add(lambda: self._office().wake("assign"), "interval", seconds=ASSIGN_EVERY, id="assign")
        add(lambda: forget_rejected(self._office()), "interval", hours=1, id="retention", next_run_time=now)
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)


def _told(event: JobExecutionEvent) -> None:
    log.error(
        "%s failed and is tried again at its next turn: %s", event.job_id, event.exception, exc_info=event.exception
    )
