"""I/O: `make bench-start`: how soon the desk is ready and the command line answers, and the memory that a desk takes.

With compiled modules, as pip leaves them. Memory is the PSS of the daemon and all its children: what is shared is
counted once.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.daemons import processor_seconds
from benchmarks.mailbox import make
from benchmarks.measured import Sampler, usage_or_none
from benchmarks.servers import Site, machine, mailticket, site
from tests.road.resources import usage

_READY_WITHIN = 120.0
_WORDS = (("--help",), ("case", "--help"), ("--version",))


@dataclass(frozen=True)
class Start:
    """Seconds of wall clock, and of processor time, which tells more on a busy machine."""

    wall: float
    cpu: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=5, help="so often each start is timed; the median counts")
    arguments.add_argument("--services", type=int, default=20, help="mailboxes of the large desk")
    arguments.add_argument("--mails", type=int, default=300, help="mails that it takes in at full load")
    asked = arguments.parse_args()
    subprocess.run([sys.executable, "-m", "compileall", "-q", "mailticket"], check=True)
    print(machine(), flush=True)
    with site() as place:
        for words in _WORDS:
            _tell(f"mailticket {' '.join(words)}", [_timed(words) for _ in range(asked.times)])
        one = place.desk("one", ["one@example.com"])
        _tell("start to ready, a new desk", [_until_ready(one)])
        _tell("start to ready, one service", [_until_ready(one) for _ in range(asked.times)])
        _measure(place, one, ["one@example.com"], asked.mails)
        users = [f"many{number}@example.com" for number in range(asked.services)]
        many = place.desk("many", users)
        _tell(f"start to ready, {asked.services} services", [_until_ready(many)])
        _measure(place, many, users, asked.mails)


def _measure(place: Site, config: Path, users: Sequence[str], count: int) -> None:
    """Idle at first, then while so many mails come in, spread over the mailboxes."""
    with _running(config) as process:
        time.sleep(5)
        idle = usage(process.pid)
        mails = make(count, [], first=int(time.time()) % 1000 * 100_000)
        wanted = len(place.sink.letters) + count
        with Sampler(process.pid) as sampler:
            for number, user in enumerate(users):
                place.deliver(user, mails[number :: len(users)])
            end = time.monotonic() + 300
            while len(place.sink.letters) < wanted and time.monotonic() < end:
                time.sleep(0.2)
        what = f"{len(users)} service{'s' if len(users) > 1 else ''}"
        threads = len(list(Path(f"/proc/{process.pid}/task").iterdir()))
        print(f"{what + ', idle':36} {idle.pss / 1e6:7.0f} MB  ({threads} threads, {idle.files} open files)")
        print(f"{what + ', full load':36} {sampler.peak / 1e6:7.0f} MB")
        time.sleep(5)
        print(f"{what + ', idle afterwards':36} {usage_or_none(process.pid) / 1e6:7.0f} MB", flush=True)


def _timed(words: Sequence[str]) -> Start:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "mailticket", *words], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Start(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _until_ready(config: Path) -> Start:
    began = time.monotonic()
    with _running(config) as process:
        return Start(time.monotonic() - began, processor_seconds(process.pid))


@contextmanager
def _running(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, from the moment at which it says ready."""
    log = config.with_name("log")
    with log.open("wb") as out:
        process = subprocess.Popen(mailticket(config, "run"), stdout=out, stderr=out)
    try:
        end = time.monotonic() + _READY_WITHIN
        while " ready: " not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(log.read_text())
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _tell(what: str, starts: Sequence[Start]) -> None:
    wall, cpu = median(one.wall for one in starts), median(one.cpu for one in starts)
    print(f"{what:36} {wall:7.2f} s   {cpu:7.2f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
