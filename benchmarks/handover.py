"""`make bench-handover`: how soon one of two daemons on one PostgreSQL does what another process leaves for it.

A letter that the command line releases, called for and not; and a mail that one daemon settled while the other, which
alone may touch the mailbox, waits in IDLE: until it is moved to Processed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.mailbox import make
from benchmarks.servers import Site, machine, mailticket, postgres, site
from mailticket.domain.decision import SendKind
from mailticket.mime import compose
from mailticket.mime.compose import Skeleton
from mailticket.store import outbox
from mailticket.store.database import Store
from mailticket.store.outbox import NewLetter

_USER, _PATIENCE, _REST = "handover@example.com", 60.0, random.Random(1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=20)
    rounds = arguments.parse_args().rounds
    print(machine(), flush=True)
    with site() as place, postgres() as server:
        url = server.fresh("handover")
        config = place.desk("handover", [_USER], url)
        logs = [config.with_name(f"log-{number}") for number in range(2)]
        running = [_started(config, log) for log in logs]
        try:
            _until(lambda: all(" ready: " in log.read_text() for log in logs))
            store = Store(url, config.with_name("data"))
            store.open()
            found = {
                "a letter, nobody called": [_letter(place, store, f"{one}", "") for one in range(rounds)],
                "a letter, called for": [_letter(place, store, f"{one} called", "deliver") for one in range(rounds)],
                "a mail, until it is moved": [_moved(place, one) for one in make(rounds, [])],
            }
            store.close()
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(30)
    for name, seconds in found.items():
        print(f"{name:28} median {median(seconds) * 1000:7.0f} ms, most {max(seconds) * 1000:7.0f} ms")


def _letter(place: Site, store: Store, name: str, called: str) -> float:
    """Seconds until the relay has it. Between two of them all comes to rest."""
    time.sleep(_REST.uniform(1, 2))
    count, now = len(place.sink.letters), datetime.now(UTC)
    headers = (("From", _USER), ("To", "ann@example.com"), ("Message-ID", f"<{name.replace(' ', '.')}@handover>"))
    skeleton = compose.freeze(Skeleton(headers, "Hello", "", (), "b" * 12))
    plain = NewLetter(
        idem_key=f"handover:{name}",
        kind=SendKind.HUMAN,
        letter="customer_reply",
        service="support",
        case=0,
        entry=0,
        message_id=headers[2][1],
        envelope_from=_USER,
        recipient="ann@example.com",
        csr="",
        skeleton=skeleton,
        files=(),
        not_before=now,
        reason="a benchmark",
    )
    began = time.monotonic()
    with store.connection(), store.transaction():
        outbox.post(plain, now)
        if called:
            store.notify(called)
    _until(lambda: len(place.sink.letters) > count)
    return time.monotonic() - began


def _moved(place: Site, mail: bytes) -> float:
    """Seconds until the mail is in the mailbox no more."""
    time.sleep(_REST.uniform(1, 2))
    with place.dovecot.client(_USER) as client:
        began = time.monotonic()
        client.append("INBOX", mail)
        _until(lambda: client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 0)
        return time.monotonic() - began


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            raise SystemExit("it stands still")
        time.sleep(0.005)


def _started(config: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(mailticket(config, "run"), stdout=out, stderr=out, start_new_session=True)


if __name__ == "__main__":
    main()
