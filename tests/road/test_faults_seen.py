"""Whatever goes wrong on a running desk is seen: /healthz red, one alarm that says what it is, green again after it.

A daemon in this process, with short waits; its mailbox and its relay are at a test's mercy, alarms leave by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket import health, jobs
from mailticket.desk.decided import alarm
from mailticket.desk.servers import accounts
from mailticket.desk.watching import canary, trouble
from mailticket.domain import alarms
from mailticket.store import inbox_ends
from mailticket.store.engine import sqlite
from tests.road.faults import FAULTS
from tests.road.watched import Watched

#: Whose turns must meet the fault before the desk can know of it, and in how many of them it is met: one failure may
#: be a server that was restarted. The turn that was under way when the fault began is one more.
MET_BY = {
    "imap-down": ("collect support", 2),
    "imap-refused": ("collect support", 1),
    "foreign-desk": ("collect support", 1),
    "smtp-down": ("deliver support", 2),
    "smtp-refused": ("deliver support", 1),
    "database-away": ("receive", 2),
    "worker-failing": ("assign", 1),
    "disk-low": ("", 0),
    "config-refused": ("", 0),
    "web-down": ("", 0),
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as lines:
        patch.setattr(jobs, "WATCH_EVERY", 0.2)
        for name in ("alarms", "canaries"):
            patch.setitem(jobs.JOBS, name, replace(jobs.JOBS[name], every=timedelta(seconds=0.2)))
        patch.setattr(health, "FRESH_FOR", -1.0)  # whoever asks looks
        for kind in trouble.BACKOFFS:
            patch.setitem(trouble.BACKOFFS, kind, (0.1,))
        patch.setattr(accounts, "RESTS", (timedelta(seconds=0.3),))
        patch.setattr(accounts, "_LOOKS_AGAIN", timedelta(seconds=0.1))
        patch.setattr(alarm, "BRISK_AFTER", timedelta(0))
        patch.setattr(alarm, "BRISK_ROUNDS", 10_000)
        patch.setattr(inbox_ends, "RETRY_AFTER", (timedelta(0),))
        patch.setattr(canary, "LATE_AFTER", timedelta(0))
        patch.setattr(sqlite, "_WAITS", 0.3)
        patch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout = 300", *sqlite._PRAGMAS[1:]))
        for name, one in alarms.KINDS.items():
            patch.setitem(alarms.KINDS, name, replace(one, rings_after=timedelta(0)))
        found = Watched(tmp_path_factory.mktemp("watched"), lines)
        yield found
        found.daemon.stop()


def seen(desk: Watched, kind: str) -> None:
    """Waits until /healthz is red. An answer that is green began before the turns that meet the fault had ended."""
    name, met_in = MET_BY.get(kind, ("", None))

    def turns() -> int:
        return desk.worker(name).turns if name else 0

    begun = turns()

    def is_red() -> bool:
        since = turns() - begun
        status, kinds = desk.health()
        if kind in kinds:
            return status == 503
        assert met_in is None or since < met_in + bool(name), f"{since} turns met {kind}, and /healthz is {status}"
        return False

    desk.until(is_red, f"{kind} to be seen")


@pytest.mark.xdist_group("faults seen")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_red_while_it_lasts_tells_admins_once_and_is_green_after(watched: Watched, name: str) -> None:
    kind = name.partition(",")[0]
    title = alarms.KINDS[kind].title
    watched.until(lambda: watched.health() == (200, []), "a well desk")
    told = watched.told(title) + (kind not in watched.alarmed)
    watched.alarmed.add(kind)
    with FAULTS[name](watched):
        seen(watched, kind)
        watched.until(lambda: watched.has_rung(kind), f"{kind} to ring")
        if kind != "database-away":  # then nobody can be told before it is back
            watched.until(lambda: watched.told(title) >= told, f"admins to be told of {kind}")
    watched.until(lambda: watched.health() == (200, []), f"{kind} to be over")
    watched.until(lambda: watched.told(title) >= told, f"admins to be told of {kind}")
    assert watched.told(title) == told
