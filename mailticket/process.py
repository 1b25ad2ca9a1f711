"""I/O: `mailticket run` as a process: its signals, its watchdog, its end in time; or a single pass."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mailticket import failpoints, settings
from mailticket.daemon import Daemon
from mailticket.desk import single_pass
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import TERMS, Terms
from mailticket.health import sentence
from mailticket.store.engine import disk
from mailticket.wire import service_manager

log = logging.getLogger(__name__)

#: From SIGTERM to the end, in any state; the unit allows ten seconds more.
STOP_WITHIN = 18.0
#: EX_TEMPFAIL of sysexits.h.
TRY_AGAIN = 75
_SIGNS_OF_LIFE_EVERY = 5.0


def run(config_path: Path, once: bool = False, shadow: bool = False, terms: Terms = TERMS) -> int:
    """`mailticket run`: until SIGTERM or SIGINT; SIGHUP reloads. The exit code."""
    failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
    config = settings.load(config_path)
    if shadow:
        look = partial(single_pass.look_only, tokens=single_pass.tokens_of(config))
        with single_pass.scratch_folder() as scratch:
            return _one_pass(Daemon(single_pass.for_shadow(config, Path(scratch)), config_path), look)
    if once:
        return _one_pass(Daemon(config, config_path), single_pass.run_once)
    daemon = Daemon(config, config_path, terms=terms)
    stopping, reloading = daemon.asked_to_stop, threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    signal.signal(signal.SIGHUP, lambda *_: reloading.set())
    daemon.start()
    log.info("ready: %s", ", ".join(one.address for one in config.service) or "no service is configured")
    service_manager.notify("READY=1", f"STATUS={sentence(daemon.board.last, len(config.service))}")
    _watch(daemon, stopping, reloading)
    service_manager.notify("STOPPING=1")
    _stop_in_time(daemon)
    return 0


def _one_pass(daemon: Daemon, act: Callable[[Office], list[str]]) -> int:
    """0, or 75 if something failed that may work the next time."""
    daemon.open()
    try:
        code = TRY_AGAIN if act(daemon.office) else 0
        disk.leave_if_failed()
        return code
    finally:
        daemon.stop()


def _watch(daemon: Daemon, stopping: threading.Event, reloading: threading.Event) -> None:
    """The main thread: signals, and the watchdog, which is fed only while every worker is well."""
    every = service_manager.watchdog_every() or _SIGNS_OF_LIFE_EVERY
    fed_at, told = 0.0, ""
    while not stopping.wait(0.2):
        disk.leave_if_failed()
        if daemon.clock.look():
            daemon.timetable.begin_anew()
        if reloading.is_set():
            reloading.clear()
            service_manager.reloading()
            daemon.reload()
            service_manager.notify("READY=1")
        status = sentence(daemon.board.last, len(daemon.office.config.service))
        if status != told:
            told = status
            service_manager.notify(f"STATUS={status}")
        if time.monotonic() - fed_at > min(every, _SIGNS_OF_LIFE_EVERY) and daemon.is_well:
            service_manager.notify("WATCHDOG=1")
            fed_at = time.monotonic()


def _stop_in_time(daemon: Daemon) -> None:
    """Stops cleanly; what hangs on a dead network is left behind after STOP_WITHIN: every state survives that."""
    stopper = threading.Thread(target=daemon.stop, name="stop", daemon=True)
    stopper.start()
    stopper.join(STOP_WITHIN)
    if stopper.is_alive():
        busy = ", ".join(one.name for one in daemon.workers if one.is_alive())
        log.warning("not everything came to rest in %.0f s (%s); leaving, nothing is lost by it", STOP_WITHIN, busy)
        logging.shutdown()
        os._exit(0)
