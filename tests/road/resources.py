"""What a daemon and its children take: memory and open files. The long form: python -m tests.road.resources."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.road.desk import Desk
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

#: So many mails are on their way at a time.
_AT_ONCE = 250


@dataclass(frozen=True)
class Usage:
    """Of a process and all its children at one moment. Bytes; `pss` counts shared pages once."""

    rss: int
    pss: int
    files: int

    def __str__(self) -> str:
        return f"{self.rss / 1e6:.0f} MB resident, {self.pss / 1e6:.0f} MB of its own, {self.files} open files"


def usage(pid: int) -> Usage:
    """`rss` and `files` are those of the process itself, `pss` the sum over its family."""
    family = [pid, *_children(pid)]
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return Usage(_of(pid, "Rss"), sum(_of(one, "Pss") for one in family), files)


def files_at_rest(pid: int, within: float = 5.0) -> int:
    """The fewest open files that a process had: what is open for a moment is no leak, and a leak does not go away."""
    end, fewest = time.monotonic() + within, usage(pid).files
    while time.monotonic() < end:
        time.sleep(0.1)
        fewest = min(fewest, usage(pid).files)
    return fewest


def _children(pid: int) -> Iterator[int]:
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):
            for child in tasks.read_text().split():
                yield int(child)
                yield from _children(int(child))


def _of(pid: int, what: str) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024
    return 0


def plain_mail(number: int) -> EmailMessage:
    """A small mail of a customer of its own."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"customer{number}@customers{number % 97}.example", "support@example.com"
    mail["Subject"], mail["Message-ID"] = f"Question {number}", f"<{number}@many.example>"
    mail["Date"] = "Tue, 03 Mar 2026 10:02:00 +0000"
    mail.set_content("It does not start.")
    return mail


def pass_through(desk: Desk, first: int, count: int) -> None:
    """So many mails come in, and each is acknowledged."""
    with desk.dovecot.client(desk.user) as client:
        for number in range(first, first + count):
            client.append("INBOX", plain_mail(number).as_bytes())
    wanted = first + count
    told = f"{wanted} acknowledgements"
    desk.wait(lambda: sum("customers" in one.recipient for one in desk.sink.mails) >= wanted, 600, told)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=10_000)
    count = arguments.parse_args().mails
    dovecot, sink = Dovecot(), SmtpSink()
    dovecot.start()
    sink.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(dovecot, sink, Path(folder), "many@example.com", sections=BUDGET)
            desk.start()
            for first in range(0, count, _AT_ONCE):
                pass_through(desk, first, min(_AT_ONCE, count - first))
                if first % (_AT_ONCE * 4) == 0:
                    print(f"{first + _AT_ONCE:6} mails: {usage(desk.pid)}", flush=True)
            print(f"{count:6} mails: {usage(desk.pid)}")
            desk.stop()
    finally:
        sink.stop()
        dovecot.remove()


#: Enough acknowledgements an hour for everybody.
BUDGET = "  [service.limits]\n  auto_budget = 1000000\n"

if __name__ == "__main__":
    main()
