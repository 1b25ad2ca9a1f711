"""`make bench-daemons`: one, two and four daemons on one PostgreSQL; who spends how much processor time on a mail.

Daemons, database, mail server and relay share this machine's cores, so the rates tell little of daemons on machines of
their own. The processor time of each part tells where the next wall is: a part with its own cores bears what they have.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mailbox import make
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp_sink import SmtpSink

SERVICES = ("support", "sales", "repairs", "returns")
_LETTERS_A_MAIL = 2
_PATIENCE = 900.0

_HEAD = """
[mailticket]
data = "{data}"
database = "{database}"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
[[csr]]
email = "bo@example.com"
name = "Bo Baker"
[[role]]
name = "everybody"
members = ["ann@example.com", "bo@example.com"]
"""
_SERVICE = """
[[service]]
name = "{name}"
address = "{name}@example.com"
first_level = "everybody"
first_run = "process"
  [service.imap]
  host = "127.0.0.1"
  port = {imap}
  security = "none"
  username = "{user}"
  password = "{password}"
  [service.smtp]
  host = "127.0.0.1"
  port = {smtp}
  security = "none"
  [service.limits]
  auto_budget = 1000000
"""


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
    with ExitStack() as stack:
        postgres, dovecot = Postgres(), Dovecot()
        stack.callback(postgres.stop)
        postgres.start()
        stack.callback(dovecot.remove)
        dovecot.start()
        all_figures = [_measured(count, asked.mails, postgres, dovecot) for count in asked.daemons]
    print(f"{asked.mails} new inquiries in {len(SERVICES)} mailboxes, {os.cpu_count()} cores for everything")
    print(
        f"{'daemons':>8} {'mails/s':>8} {'to one':>7}   CPU ms a mail: {'daemons':>8} {'PostgreSQL':>11} {'Dovecot':>8}"
    )
    for one in all_figures:
        ours, database, server = (one.spent[part] / one.mails * 1000 for part in ("daemons", "postgres", "dovecot"))
        ratio = one.rate / all_figures[0].rate
        print(f"{one.daemons:8} {one.rate:8.1f} {ratio:7.2f} {'':17} {ours:8.1f} {database:11.1f} {server:8.1f}")


def _measured(daemons: int, mails: int, postgres: Postgres, dovecot: Dovecot) -> Figures:
    sink = SmtpSink()
    sink.start()
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as name:
        try:
            config = _written(Path(name), daemons, postgres, dovecot, sink)
            logs = [Path(name) / f"log-{number}" for number in range(daemons)]
            running = [_started(config, log) for log in logs]
            _await(lambda: all(" ready: " in log.read_text() for log in logs), logs)
            parts = {"postgres": [postgres.pid], "dovecot": [dovecot.pid], "daemons": [one.pid for one in running]}
            before = {part: sum(map(processor_seconds, pids)) for part, pids in parts.items()}
            began = time.monotonic()
            _deliver(daemons, mails, dovecot)
            _await(lambda: len(sink.mails) >= mails * _LETTERS_A_MAIL, logs)
            seconds = time.monotonic() - began
            spent = {part: sum(map(processor_seconds, pids)) - before[part] for part, pids in parts.items()}
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(30)
            sink.stop()
    return Figures(daemons, mails, seconds, spent)


def _await(done: Callable[[], bool], logs: list[Path]) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise SystemExit("it stands still:\n" + "\n".join(log.read_text()[-2000:] for log in logs))
        time.sleep(0.02)


def _written(folder: Path, daemons: int, postgres: Postgres, dovecot: Dovecot, sink: SmtpSink) -> Path:
    """The config file; its database is new."""
    text = _HEAD.format(data=folder / "data", database=postgres.fresh(f"daemons_{daemons}"))
    ports = {"imap": dovecot.port, "smtp": sink.port, "password": dovecot.password}
    text += "".join(_SERVICE.format(name=one, user=_user(one, daemons), **ports) for one in SERVICES)
    config = folder / "config.toml"
    config.write_text(text)
    return config


def _user(service: str, daemons: int) -> str:
    return f"{service}-{daemons}@example.com"


def _deliver(daemons: int, mails: int, dovecot: Dovecot) -> None:
    """As many new inquiries into each mailbox. Of automatic mail nothing is acknowledged, so there is none."""
    inquiries = [one for one in make(mails * 2, []) if b"Auto-Submitted" not in one][:mails]
    for number, service in enumerate(SERVICES):
        with dovecot.client(_user(service, daemons)) as client:
            for mail in inquiries[number :: len(SERVICES)]:
                client.append("INBOX", mail)


def _started(config: Path, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mailticket", "run", "--config", str(config)]
    with log.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)


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
