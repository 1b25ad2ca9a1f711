"""`make soak`: the desk is killed a thousand times and more, in every way that we know; prints what became of the mail.

python -m tests.road.soak --kills 1000 --seed 1 --lanes 2 --only "system call"
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mailticket.failpoints import ROAD
from tests.road.desk import Desk
from tests.road.hatchery import WITH_SCRIBE, Hatchery
from tests.road.kills import AtFailpoint, AtMoment, AtSystemCall, why_no_strace
from tests.road.power import Disk, PowerCut, why_no_disk
from tests.road.siege import Kill, Siege
from tests.road.tally import HEADER, Tally
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp_sink import SmtpSink

#: So many kills to one desk, then a fresh one.
_A_DESK = 30
#: A pass ends after about so many system calls.
_SYSTEM_CALLS = 420
#: Where a power cut hurts most: the world has changed, and the database has only just been told.
_CUT_AT = [
    "collect.stored", "blobs.renamed", "collect.committed", "receive.committed", "imap.moved", "tidy.noted",
    "deliver.final_dot", "smtp.dot_sent", "deliver.recorded",
]  # fmt: skip
_POSTGRES = "failpoint, PostgreSQL"
_POWER = "power cut"

#: How the desk is killed -> its share of all kills.
SHARES = {"failpoint": 0.5, _POSTGRES: 0.12, "system call": 0.2, "some moment": 0.1, _POWER: 0.08}


@dataclass(frozen=True)
class Campaign:
    """One desk and its kills. `how` is the line of the table that it counts for."""

    number: int
    how: str
    kills: list[Kill]


@dataclass
class Field:
    """Where the sieges are: the servers that all share. `folder` keeps what was broken."""

    folder: Path
    dovecot: Dovecot
    seed: int
    postgres: Postgres | None = None


def main() -> int:
    asked = _asked()
    began = time.monotonic()
    print(f"seed {asked.seed}, commit {_commit()}, {asked.kills} kills, {asked.lanes} lanes", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        campaigns = [one for one in _campaigns(asked.kills, asked.seed, folder) if asked.only in ("", one.how)]
        random.Random(asked.seed).shuffle(campaigns)
        field = Field(folder, Dovecot(), asked.seed)
        stack.callback(field.dovecot.remove)
        field.dovecot.start()
        if any(one.how == _POSTGRES for one in campaigns):
            field.postgres = Postgres()
            stack.callback(field.postgres.stop)
            field.postgres.start()
        found = _carried_out(field, campaigns, asked.lanes, began + asked.minutes * 60)
    return _report(found, time.monotonic() - began)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=1000, help="about so many in all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--lanes", type=int, default=2, help="so many desks at a time")
    parser.add_argument("--minutes", type=float, default=1e6, help="no fresh desk is besieged after so many")
    parser.add_argument("--only", choices=list(SHARES), default="", help="one way of killing")
    return parser.parse_args()


def _campaigns(total: int, seed: int, folder: Path) -> Iterator[Campaign]:
    """All kills in a random order, cut into desks of _A_DESK. What cannot be done here is said, and left out."""
    rand = random.Random(seed)
    number = 0
    for how, share in SHARES.items():
        why_not = _why_not(how, folder)
        if why_not:
            print(f"{how}: left out, {why_not}", flush=True)
            continue
        kills = list(_kills(how, max(1, round(total * share)), rand))
        rand.shuffle(kills)
        for start in range(0, len(kills), _A_DESK):
            number += 1
            yield Campaign(number, how, kills[start : start + _A_DESK])


def _why_not(how: str, folder: Path) -> str:
    checks: dict[str, Callable[[Path], str]] = {"system call": why_no_strace, _POWER: why_no_disk}
    return checks[how](folder) if how in checks else ""


def _kills(how: str, count: int, rand: random.Random) -> Iterator[Kill]:
    points = _CUT_AT if how == _POWER else list(ROAD)
    for number in range(count):
        if how == "system call":
            yield AtSystemCall(1 + number * _SYSTEM_CALLS // count)
        elif how == "some moment":
            yield AtMoment(rand.uniform(0.05, 2.5))
        else:
            # Letters to people go first: the later ones are automatic.
            yield AtFailpoint(points[number % len(points)], nth=rand.choice((1, 1, 2, 3)))


def _carried_out(field: Field, campaigns: list[Campaign], lanes: int, until: float) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    waiting = iter(campaigns)

    def lane(_number: int) -> None:
        hatchery = Hatchery()
        os.environ[WITH_SCRIBE] = "1"
        hatchery.start()
        try:
            for campaign in waiting:
                if time.monotonic() > until:
                    break
                tally = _besieged(field, campaign, hatchery)
                found[campaign.how] = found.get(campaign.how, Tally()).plus(tally)
                told = f"desk {campaign.number} of {len(campaigns)}: {tally.kills} kills ({campaign.how})"
                print("\n  ".join([told, *tally.violations[:5]]), flush=True)
        finally:
            hatchery.stop()

    with ThreadPoolExecutor(lanes) as threads:
        list(threads.map(lane, range(lanes)))
    return found


def _besieged(field: Field, campaign: Campaign, hatchery: Hatchery) -> Tally:
    folder = field.folder / str(campaign.number)
    folder.mkdir()
    with ExitStack() as stack:
        sink = SmtpSink()
        stack.callback(sink.stop)
        sink.start()
        desk = Desk(field.dovecot, sink, folder, f"desk{campaign.number}@example.com")
        if campaign.how == _POSTGRES:
            assert field.postgres is not None
            desk.database = field.postgres.fresh(f"soak_{campaign.number}")
        kills = campaign.kills
        if campaign.how == _POWER:
            disk = Disk(folder, folder / "data")
            disk.plug_in()
            stack.callback(disk.unplug)
            kills = [PowerCut(one, disk) for one in kills]
        siege = Siege(desk, hatchery, field.seed + campaign.number)
        siege.begin()
        for kill in kills:
            siege.round(kill)
        siege.settle()
        tally = Tally()
        tally.add(siege)
    return tally


def _report(found: dict[str, Tally], seconds: float) -> int:
    whole = Tally()
    print(f"\n{HEADER}")
    for how in [one for one in SHARES if one in found]:
        print(found[how].line(f"at {how}"))
        whole = whole.plus(found[how])
    print(whole.line("**together**"))
    print(f"\n{seconds / 60:.1f} minutes; taken up again by hand after four kills in a row: {whole.retried}")
    print("\n".join(whole.violations))
    return int(bool(whole.violations) or not whole.kills)


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
