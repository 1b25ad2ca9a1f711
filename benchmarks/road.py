"""`make bench`: the whole road against the floor, with the same mails in the same run; prints ratios."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mailbox import make
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

_CONFIG = """
[mailticket]
data = "{data}"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
[[csr]]
email = "bo@example.com"
name = "Bo Baker"
[[role]]
name = "support"
members = ["ann@example.com", "bo@example.com"]
[[service]]
name = "support"
address = "support@example.com"
first_level = "support"
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
"""


@dataclass(frozen=True)
class Figures:
    """One measured program. Seconds of wall clock and of processor time; letters that the sink took."""

    mails: int
    wall: float
    cpu: float
    letters: int

    @property
    def rate(self) -> float:
        return self.mails / self.wall


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=1000)
    count = arguments.parse_args().mails
    dovecot, sink = Dovecot(), SmtpSink()
    dovecot.start()
    sink.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), dovecot, sink, count)
    finally:
        sink.stop()
        dovecot.remove()


def _measure(folder: Path, dovecot: Dovecot, sink: SmtpSink, count: int) -> None:
    user = "bench@example.com"
    config = folder / "config.toml"
    places = {"data": folder / "data", "imap": dovecot.port, "smtp": sink.port, "user": user}
    config.write_text(_CONFIG.format(**places, password=dovecot.password))
    # Letters that the replies answer: a first round, not measured.
    _deliver(dovecot, user, make(count * 3 // 10 + 1, []))
    _run(sink, [sys.executable, "-m", "mailticket", "run", "--once", "--config", str(config)], 1)
    letters = [(one.recipient, one.subject, str(one.message["Message-ID"])) for one in sink.mails]
    to_customers = [one for one in letters if not one[0].endswith("@example.com")]
    sizes = [len(one.data) for one in sink.mails] or [0]
    average = sum(sizes) // len(sizes)

    mails = make(count, to_customers)
    print(f"{count} mails, {sum(map(len, mails)) // count // 1000} KB each; letters of {average // 1000} KB")
    _deliver(dovecot, "floor@example.com", mails)
    _deliver(dovecot, user, mails)
    account = (str(dovecot.port), "floor@example.com", dovecot.password)
    program = [sys.executable, "-m", "benchmarks.floor", str(folder), *account]
    floor = _run(sink, [*program, str(sink.port), str(average), str(average)], count)
    road = _run(sink, [sys.executable, "-m", "mailticket", "run", "--once", "--config", str(config)], count)
    print(f"{'':12} {'mails/s':>8} {'CPU ms/mail':>12} {'letters':>8} {'to the floor':>13}")
    for name, one in (("floor", floor), ("mailticket", road)):
        cpu = one.cpu / one.mails * 1000
        print(f"{name:12} {one.rate:8.1f} {cpu:12.1f} {one.letters:8} {one.rate / floor.rate:13.2f}")


def _deliver(dovecot: Dovecot, user: str, mails: list[bytes]) -> None:
    with dovecot.client(user) as client:
        for mail in mails:
            client.append("INBOX", mail)


def _run(sink: SmtpSink, command: list[str], mails: int) -> Figures:
    sink_before = len(sink.mails)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    wall = time.monotonic() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Figures(mails, wall, cpu, len(sink.mails) - sink_before)


if __name__ == "__main__":
    main()
