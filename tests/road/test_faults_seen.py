"""Whatever goes wrong on a running desk is seen: /healthz red, one alarm that says what it is, green again after it.

A daemon in this process, with short waits; its mailbox and its relay are at a test's mercy, alarms leave by another.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket import health, jobs, settings
from mailticket.daemon import Daemon
from mailticket.desk import receive
from mailticket.desk.decided import alarm
from mailticket.desk.mailbox import pressure
from mailticket.desk.servers import accounts
from mailticket.desk.watching import canary, trouble
from mailticket.domain import alarms
from mailticket.domain.decision import SendKind
from mailticket.store import inbox, outbox
from mailticket.store.by_hand import stuck_calls, stuck_letters
from mailticket.store.engine import engines
from mailticket.store.operation import calls
from mailticket.workers.worker import Worker
from tests.cast import CARLA
from tests.desk.house import mail
from tests.servers.programs import free_port
from tests.servers.scripted import Line
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import ScriptedSmtp
from tests.store.rows import letter

#: Whoever looks for a state on a busy machine waits so many seconds, in vain only if the test fails.
PATIENCE = 25.0
ADMIN = "root@example.com"

_CONFIG = """
[mailticket]
data = "{data}"
admins = ["root@example.com"]
[web]
listen = "127.0.0.1:{web}"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
"""
_SERVICE = """
[[service]]
name = "{name}"
address = "{name}@example.com"
poll = "1s"
  [service.imap]
  host = "127.0.0.1"
  port = {imap}
  security = "none"
  username = "{name}"
  password = "x"
  [service.smtp]
  host = "127.0.0.1"
  port = {smtp}
  security = "none"
  {more}
"""


class RefusingSmtp(ScriptedSmtp):
    """It lets nobody send."""

    def talk(self, line: Line) -> None:
        line.send(b"220 scripted.test\r\n")
        while command := line.readline().split(b" ")[0].upper().strip():
            line.send(b"535 5.7.8 Who are you?\r\n" if command == b"MAIL" else b"250 scripted.test\r\n")


class Watched:
    """The running desk, and what a fault needs of it."""

    def __init__(self, folder: Path, lines: ExitStack) -> None:
        self.folder, self.path, self.web = folder, folder / "config.toml", free_port()
        self.mailbox = lines.enter_context(ScriptedMailbox())
        self.relay = lines.enter_context(ScriptedSmtp())
        self.spare_relay = lines.enter_context(ScriptedSmtp())
        self.spare = lines.enter_context(ScriptedMailbox())
        self.write()
        self.daemon = Daemon(settings.load(self.path), self.path)
        self.daemon.start()
        self._numbers = itertools.count(1)
        #: Of what kinds admins were told: the same alarm is told once in an hour.
        self.alarmed: set[str] = set()

    def write(self, **changes: Any) -> None:
        """The config with other values for the service that suffers."""
        values = {"imap": self.mailbox.port, "smtp": self.relay.port, "more": ""} | changes
        text = _CONFIG.format(data=self.folder / "data", web=self.web)
        text += _SERVICE.format(name="support", **values)
        self.path.write_text(
            text + _SERVICE.format(name="spare", imap=self.spare.port, smtp=self.spare_relay.port, more="")
        )

    def reload(self, **changes: Any) -> None:
        self.write(**changes)
        self.daemon.reload()

    def ask(self, act: Callable[[], Any]) -> Any:
        with self.daemon.office.connected():
            return act()

    def post(self, kind: SendKind = SendKind.NOTIFY) -> int:
        """A letter to Ann, sent by the service that suffers; its id."""
        number, now = next(self._numbers), self.daemon.office.clock()
        new = replace(letter(kind=kind), idem_key=f"fault:{number}", message_id=f"<{number}@fault.example>")
        new = replace(new, recipient="ann@example.com", not_before=now)
        id: int = self.ask(lambda: outbox.post(new, now))
        return id

    def health(self) -> tuple[int, list[str]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/healthz", timeout=30) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, body = error.code, error.read()
        return status, [one["kind"] for one in json.loads(body)["troubles"]]

    def told(self, title: str) -> int:
        """How many letters to the admin name it."""
        mails = [raw for raw in self.spare_relay.mails + self.relay.mails if f"To: {ADMIN}".encode() in raw]
        return sum(title.encode() in raw.replace(b"=\r\n", b"").replace(b"\r\n", b" ") for raw in mails)

    def until(self, true: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.health()}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as lines:
        for name in ("WATCH_EVERY", "ALARMS_EVERY", "CANARIES_EVERY"):
            patch.setattr(jobs, name, 0.2)
        patch.setattr(health, "FRESH_FOR", 0.1)
        patch.setattr(trouble, "BACKOFF", (0.1,))
        patch.setattr(trouble, "ACCOUNT_BACKOFF", (0.2,))
        patch.setattr(accounts, "RESTS", (timedelta(seconds=0.3),))
        patch.setattr(accounts, "_LOOKS_AGAIN", timedelta(seconds=0.1))
        patch.setattr(alarm, "BRISK_AFTER", timedelta(0))
        patch.setattr(alarm, "BRISK_ROUNDS", 10_000)
        patch.setattr(inbox, "RETRY_AFTER", (timedelta(0),))
        patch.setattr(canary, "LATE_AFTER", timedelta(0))
        patch.setattr(engines, "_WAITS", 0.3)
        patch.setattr(engines, "_PRAGMAS", ("PRAGMA busy_timeout = 300", *engines._PRAGMAS[1:]))
        for kind, one in alarms.KINDS.items():
            patch.setitem(alarms.KINDS, kind, replace(one, rings_after=timedelta(0)))
        found = Watched(tmp_path_factory.mktemp("watched"), lines)
        yield found
        found.daemon.stop()


@contextmanager
def mailbox_away(desk: Watched) -> Iterator[None]:
    desk.reload(imap=free_port())
    yield
    desk.reload()


@contextmanager
def mailbox_refuses(desk: Watched) -> Iterator[None]:
    usual = desk.mailbox.answers["AUTHENTICATE"]
    desk.mailbox.answers["AUTHENTICATE"] = "{tag} NO [AUTHENTICATIONFAILED] no\r\n"
    desk.reload()
    yield
    desk.mailbox.answers["AUTHENTICATE"] = usual


@contextmanager
def relay_away(desk: Watched) -> Iterator[None]:
    desk.reload(smtp=free_port())
    desk.post()
    yield
    desk.reload()


@contextmanager
def relay_refuses(desk: Watched) -> Iterator[None]:
    with RefusingSmtp() as relay:
        desk.reload(smtp=relay.port)
        desk.post()
        yield
        desk.reload()


@contextmanager
def disk_low(desk: Watched) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pressure, "LEAST_FREE", 1 << 60)
        yield


@contextmanager
def database_locked(desk: Watched) -> Iterator[None]:
    path = desk.folder / "data" / "mailticket.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def config_broken(desk: Watched) -> Iterator[None]:
    desk.path.write_text("[mailticket]\nadmin = 1\n")
    desk.daemon.reload()
    yield
    desk.reload()


@contextmanager
def key_file_wrong(desk: Watched) -> Iterator[None]:
    key = desk.folder / "data" / "mailticket.key"
    beside = key.rename(key.with_suffix(".old"))
    desk.daemon.reload()
    yield
    beside.replace(key)
    desk.daemon.reload()


@contextmanager
def mail_set_aside(desk: Watched) -> Iterator[None]:
    def broken(*_: object) -> None:
        raise KeyError("poison")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receive, "decide", broken)
        desk.mailbox.append(mail(CARLA, "Poison"))
        yield
    (row,) = desk.ask(lambda: list(inbox.list_items(state="shunted")))
    desk.ask(lambda: inbox.retry(row.id, desk.daemon.office.clock()))


@contextmanager
def letter_dead(desk: Watched) -> Iterator[None]:
    desk.relay.refuses["ann@example.com"] = "550 5.1.1 Unknown user"
    id = desk.post()
    yield
    desk.relay.refuses.clear()
    desk.ask(lambda: stuck_letters.cancel(id))


@contextmanager
def call_dead(desk: Watched) -> Iterator[None]:
    desk.ask(lambda: calls.post("fault:call", "http://127.0.0.1:9/", "{}", desk.daemon.office.clock()))
    yield
    (one,) = desk.ask(lambda: stuck_calls.list_calls("failed"))
    desk.ask(lambda: stuck_calls.cancel(one.id))


@contextmanager
def canary_overdue(desk: Watched) -> Iterator[None]:
    """The relay takes it and delivers it to nobody; then it turns up late."""
    desk.reload(more='[service.canary]\n  every = "1h"')
    yield
    (last,) = [raw for raw in desk.relay.mails if b"mailticket: a mail to itself" in raw]
    desk.mailbox.append(last)


@contextmanager
def worker_dead(desk: Watched) -> Iterator[None]:
    workers = desk.daemon._desk_workers
    place, dead = next((place, one) for place, one in enumerate(workers) if one.name == "call")
    dead.stop()
    dead.join()
    yield
    workers[place] = Worker("call", dead.turn)
    workers[place].start()


FAULTS = {
    "imap-down": mailbox_away,
    "imap-refused": mailbox_refuses,
    "smtp-down": relay_away,
    "smtp-refused": relay_refuses,
    "disk-low": disk_low,
    "database-away": database_locked,
    "config-refused": config_broken,
    "config-refused, by the key": key_file_wrong,
    "shunted": mail_set_aside,
    "dead-letters": letter_dead,
    "dead-calls": call_dead,
    "canary-lost": canary_overdue,
    "worker-stuck": worker_dead,
}


@pytest.mark.xdist_group("faults seen")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_red_while_it_lasts_tells_admins_once_and_is_green_after(watched: Watched, name: str) -> None:
    kind = name.partition(",")[0]
    title = alarms.KINDS[kind].title
    watched.until(lambda: watched.health() == (200, []), "a well desk")
    told = watched.told(title) + (kind not in watched.alarmed)
    watched.alarmed.add(kind)
    with FAULTS[name](watched):
        watched.until(lambda: watched.health() == (503, [kind]), f"{kind} to be seen")
        if kind != "database-away":  # then nobody can be told before it is back
            watched.until(lambda: watched.told(title) >= told, f"admins to be told of {kind}")
    watched.until(lambda: watched.health() == (200, []), f"{kind} to be over")
    watched.until(lambda: watched.told(title) >= told, f"admins to be told of {kind}")
    assert watched.told(title) == told
