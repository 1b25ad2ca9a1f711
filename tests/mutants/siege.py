"""A short siege of whatever build stands in this folder: python -m tests.mutants.siege [--power] FAILPOINT...

Prints what was broken, a promise a line; the exit code is 0 if it held, 3 if not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.road.desk import Desk
from tests.road.hatchery import Hatchery
from tests.road.kills import AtFailpoint
from tests.road.power import Disk, PowerCut
from tests.road.siege import Kill, Siege
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

HELD, BROKEN = 0, 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--power", action="store_true")
    parser.add_argument("points", nargs="+")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutant-")))
        dovecot, sink, hatchery = Dovecot(), SmtpSink(), Hatchery()
        for end, begin in ((dovecot.remove, dovecot.start), (sink.stop, sink.start), (hatchery.stop, hatchery.start)):
            stack.callback(end)
            begin()
        kills: list[Kill] = [AtFailpoint(point) for point in asked.points]
        if asked.power:
            disk = Disk(folder, folder / "data")
            disk.plug_in()
            stack.callback(disk.unplug)
            kills = [PowerCut(kill, disk) for kill in kills]
        siege = Siege(Desk(dovecot, sink, folder, "mutant@example.com"), hatchery)
        siege.begin()
        broken = _besieged(siege, kills)
    print("\n".join(broken))
    return BROKEN if broken else HELD


def _besieged(siege: Siege, kills: list[Kill]) -> list[str]:
    """Ends at the first thing that is broken: a broken build may not be able to settle at all."""
    for kill in kills:
        siege.round(kill)
        if siege.violations:
            return siege.violations
    siege.settle()
    return siege.violations


if __name__ == "__main__":
    sys.exit(main())
