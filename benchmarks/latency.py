"""I/O: `make bench-latency`: from a mail's arrival to its CSR's letter accepted by the relay, at one mail a second.

With IDLE, on a quiet desk and while 5,000 others wait: in another service, in the same mailbox, there on the server or
taken in already. Beside it the time after which Dovecot tells of a mail at all, and how many of the others were done.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from enum import Enum
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.mailbox import make
from benchmarks.measured import Sampler
from benchmarks.servers import Site, machine, mailticket, site

_READY_WITHIN = 60.0
#: So long the last mail's letter is waited for; what has not come by then is counted as this late.
_PATIENCE = 60.0
_OTHERS = "others@example.com"

#: What a listing of the command line gives.
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Trip:
    """The moments of one mail, in seconds since 1970. `told`: when Dovecot told another client of it."""

    arrived: float
    told: float
    collected: float
    decided: float
    written: float
    accepted: float


class Others(Enum):
    """Where so many others wait when the measured mails come."""

    NOWHERE = "nobody waits"
    ANOTHER_SERVICE = "others wait in another service"
    ON_THE_SERVER = "others wait in the same mailbox"
    TAKEN_IN = "others of the same mailbox are taken in and wait"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=30)
    arguments.add_argument("--waiting", type=int, default=5000)
    arguments.add_argument("--only", choices=[one.name.lower() for one in Others])
    asked = arguments.parse_args()
    print(machine(), flush=True)
    print(f"{'seconds':36}" + "".join(f"{one:>9}" for one in ("median", "95th", "99th", "most")))
    with site() as place:
        for others in Others:
            if asked.only in (None, others.name.lower()):
                _measure(place, others, asked.mails, 0 if others is Others.NOWHERE else asked.waiting)


def _measure(place: Site, others: Others, count: int, waiting: int) -> None:
    """One mail a second comes to a desk on which so many others wait."""
    name = others.name.lower().replace("_", "-")
    user, busy = f"{name}@example.com", f"{name}-{_OTHERS}"
    config = place.desk(name, [user, busy])
    _put(place, config, others, user, busy, make(waiting, []))
    with _running(config) as peak, _Idle(place, user) as idle:
        _until_at_work(place, user if not waiting else "")
        begun, before = time.monotonic(), len(place.sink.letters)
        arrived = _one_a_second(place, user, count)
        accepted = _accepted(place, arrived)
        seconds, letters = time.monotonic() - begun, len(place.sink.letters) - before
        place.sink.letters.clear()
    handled = _asked(config, "inbox", "list")
    trips = list(_joined(config, handled, arrived, idle.told, accepted))
    _tell(f"{waiting} {others.value}" if waiting else others.value, trips)
    left = waiting - sum(bool(one["outcome"]) for one in handled) + len(arrived)
    told = f"{letters / seconds:.1f} letters sent a second, {max(0, left)} others left"
    print(f"{'':4}{told}; peak {peak.peak / 1e6:.0f} MB", flush=True)


def _until_at_work(place: Site, user: str) -> None:
    """The first letter is out: parsers were started, templates compiled. A mail for `user` asks for one."""
    if user:
        place.deliver(user, make(1, []))
    end = time.monotonic() + _PATIENCE
    while not place.sink.letters and time.monotonic() < end:
        time.sleep(0.1)


def _put(place: Site, config: Path, others: Others, user: str, busy: str, mails: Sequence[bytes]) -> None:
    """The mails that wait, where they wait."""
    if others is not Others.TAKEN_IN:
        place.deliver(busy if others is Others.ANOTHER_SERVICE else user, mails)
        return
    folder = config.with_name("mails")
    folder.mkdir()
    for number, mail in enumerate(mails):
        (folder / f"{number:05d}.eml").write_bytes(mail)
    subprocess.run(mailticket(config, "migrate"), capture_output=True, check=True)
    files = sorted(map(str, folder.iterdir()))
    subprocess.run(mailticket(config, "ingest", "--service", "support", *files), capture_output=True, check=True)


@contextmanager
def _running(config: Path) -> Iterator[Sampler]:
    """The daemon, from ready to its end."""
    log = config.with_name("log")
    with log.open("wb") as out:
        process = subprocess.Popen(mailticket(config, "run"), stdout=out, stderr=out)
    try:
        end = time.monotonic() + _READY_WITHIN
        while " ready: " not in log.read_text() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        with Sampler(process.pid) as sampler:
            yield sampler
    finally:
        process.terminate()
        process.wait(60)


def _one_a_second(place: Site, user: str, count: int) -> dict[str, float]:
    """The moment at which each mail was in the mailbox, by what its subject says."""
    arrived: dict[str, float] = {}
    with place.dovecot.client(user) as client:
        for number in range(count):
            client.append("INBOX", _mail(number).as_bytes())
            arrived[f"Urgent matter {number:05d}"] = time.time()
            time.sleep(1.0)
    return arrived


def _mail(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Nora <nora{number}@patient.example>", "support@example.com"
    mail["Subject"], mail["Message-ID"] = f"Urgent matter {number:05d}", f"<{number}.{time.time_ns()}@patient.example>"
    mail["Date"] = "Tue, 03 Mar 2026 10:02:00 +0000"
    mail.set_content("The kettle is broken again. Please tell me what to do.")
    return mail


def _accepted(place: Site, arrived: Collection[str]) -> dict[str, float]:
    """When each CSR's letter was accepted, by its mail's subject; waits for all of them."""
    found: dict[str, float] = {}
    end, seen = time.monotonic() + _PATIENCE, 0
    while len(found) < len(arrived) and time.monotonic() < end:
        letters = place.sink.letters[seen:]
        seen += len(letters)
        for one in letters:
            if one.is_for_csr and "Urgent matter " in one.subject:
                found[one.subject[one.subject.index("Urgent matter ") :]] = one.at
        time.sleep(0.2)
    return found


def _joined(
    config: Path, handled: Rows, arrived: dict[str, float], told: Sequence[float], accepted: dict[str, float]
) -> Iterator[Trip]:
    """What the desk itself noted of each mail, between what we saw from outside."""
    late = time.time()
    inbox = {one["subject"]: one for one in handled if one["subject"] in arrived}
    cases = {one["subject"]: one for one in _asked(config, "case", "list") if one["subject"] in arrived}
    by_id = {one["id"]: subject for subject, one in cases.items()}
    letters = [one for one in _asked(config, "outbox", "list") if one["letter"] == "csr_case"]
    written = {by_id[one["case"]]: one["created_at"] for one in letters if one["case"] in by_id}
    for subject, moment in arrived.items():
        yield Trip(
            moment,
            min((one for one in told if one > moment), default=late),
            _seconds(inbox[subject]["collected_at"]) if subject in inbox else late,
            _seconds(cases[subject]["created_at"]) if subject in cases else late,
            _seconds(written[subject]) if subject in written else late,
            accepted.get(subject, late),
        )


def _asked(config: Path, *words: str) -> Rows:
    done = subprocess.run(mailticket(config, *words, "--json"), capture_output=True, check=True)
    rows: Rows = json.loads(done.stdout)
    return rows


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


class _Idle:
    """Another client in the same mailbox, who notes when the server tells of a mail."""

    def __init__(self, place: Site, user: str) -> None:
        self.told: list[float] = []
        self._client = place.dovecot.client(user)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def _listen(self) -> None:
        self._client.select_folder("INBOX")
        self._client.idle()
        while not self._ended.is_set():
            for number, what, *_ in self._client.idle_check(timeout=1):
                if what == b"EXISTS" and number:
                    self.told.append(time.time())

    def __enter__(self) -> _Idle:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._client.shutdown()


def _tell(what: str, trips: Sequence[Trip]) -> None:
    """Percentiles of the whole way and of its stages."""
    stages = {
        "arrival to the CSR's letter accepted": [one.accepted - one.arrived for one in trips],
        "  Dovecot tells of it (beside)": [one.told - one.arrived for one in trips],
        "  collected": [one.collected - one.arrived for one in trips],
        "  received": [one.decided - one.collected for one in trips],
        "  assigned, letter written": [one.written - one.decided for one in trips],
        "  delivered": [one.accepted - one.written for one in trips],
    }
    print(f"{what}: {len(trips)} mails, one a second")
    for name, seconds in stages.items():
        cuts = quantiles(seconds, n=100, method="inclusive")
        print(f"{name:36}" + "".join(f"{one:9.2f}" for one in (cuts[49], cuts[94], cuts[98], max(seconds))))


if __name__ == "__main__":
    main()
