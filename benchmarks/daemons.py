"""`make bench-daemons`: one, two and four daemons on one PostgreSQL; who spends how much processor time on a mail.

Daemons, database, mail server and relay share this machine's cores, so the rates tell little of daemons on machines of
their own. The processor time of each part tells where the next wall is: a part with its own cores bears what they have.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mailbox import make
from benchmarks.servers import Site, machine, mailticket, postgres, site
from tests.servers.postgres import Postgres

#: So many services share the mails.
_MAILBOXES = 4
_LETTERS_A_MAIL = 2
_PATIENCE = 900.0


@dataclass(frozen=True)
class Figures:
    """One run. Seconds of wall clock from the first mail to the last letter, and of processor time by part."""

    daemons: int
    mails: int
    seconds: float
    spent: dict[str, float]

    @property
    def rate(self) -> float:
        return self.mails / self.seconds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mails", type=int, default=400)
    arguments.add_argument("--daemons", type=int, nargs="+", default=[1, 2, 4])
    asked = arguments.parse_args()
    print(machine(), flush=True)
    with site() as place, postgres() as server:
        all_figures = [_measured(count, asked.mails, server, place) for count in asked.daemons]
    print(f"{asked.mails} new inquiries in {_MAILBOXES} mailboxes, {os.cpu_count()} cores for everything")
    print(
        f"{'daemons':>8} {'mails/s':>8} {'to one':>7}   CPU ms a mail: {'daemons':>8} {'PostgreSQL':>11} {'Dovecot':>8}"
    )
    for one in all_figures:
        ours, database, server = (one.spent[part] / one.mails * 1000 for part in ("daemons", "postgres", "dovecot"))
        ratio = one.rate / all_figures[0].rate
        print(f"{one.daemons:8} {one.rate:8.1f} {ratio:7.2f} {'':17} {ours:8.1f} {database:11.1f} {server:8.1f}")


def _measured(daemons: int, mails: int, server: Postgres, place: Site) -> Figures:
    users = [f"mailbox-{number}-of-{daemons}@example.com" for number in range(_MAILBOXES)]
    config = place.desk(f"daemons-{daemons}", users, server.fresh(f"daemons_{daemons}"))
    logs = [config.with_name(f"log-{number}") for number in range(daemons)]
    sent_before = len(place.sink.letters)
    running = [_started(config, log) for log in logs]
    try:
        _await(lambda: all(" ready: " in log.read_text() for log in logs), logs)
        parts = {"postgres": [server.pid], "dovecot": [place.dovecot.pid], "daemons": [one.pid for one in running]}
        before = {part: sum(map(processor_seconds, pids)) for part, pids in parts.items()}
        began = time.monotonic()
        # Of automatic mail nothing is acknowledged, so there is none.
        inquiries = [one for one in make(mails * 2, []) if b"Auto-Submitted" not in one][:mails]
        for number, user in enumerate(users):
            place.deliver(user, inquiries[number::_MAILBOXES])
        _await(lambda: len(place.sink.letters) - sent_before >= mails * _LETTERS_A_MAIL, logs)
        seconds = time.monotonic() - began
        spent = {part: sum(map(processor_seconds, pids)) - before[part] for part, pids in parts.items()}
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)
    return Figures(daemons, mails, seconds, spent)


def _await(done: Callable[[], bool], logs: list[Path]) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise SystemExit("it stands still:\n" + "\n".join(log.read_text()[-2000:] for log in logs))
        time.sleep(0.02)


def _started(config: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(mailticket(config, "run"), stdout=out, stderr=out, start_new_session=True)


def processor_seconds(pid: int) -> float:
    """What a process and all below it spent so far, with those that have ended (proc(5): utime to cstime)."""
    ticks = sum(sum(map(int, fields[11:15])) for fields in map(_stat, _family(pid)) if fields)
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(children).split():
            yield from _family(int(child))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; none if it has ended."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended in this moment
        return ""


if __name__ == "__main__":
    main()
