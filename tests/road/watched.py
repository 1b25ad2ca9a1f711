"""A running desk whose mailbox and relay are at a test's mercy, and what it says of itself; alarms leave by another."""

from __future__ import annotations

import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailticket import settings
from mailticket.daemon import Daemon
from mailticket.desk.watching.watch import Watch
from mailticket.domain.case import Channel
from mailticket.domain.decision import SendKind
from mailticket.store import inbox, outbox
from mailticket.store.files import blobs
from mailticket.store.inbox import Arrival
from mailticket.store.tables.mail_tables import Inbox
from mailticket.workers.worker import Worker
from tests.cast import CARLA
from tests.desk.house import mail
from tests.servers.accounts import ACCOUNTS
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
listen = "127.0.0.1:0"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
"""
_SERVICE = (
    """
[[service]]
name = "{name}"
address = "{name}@example.com"
poll = "1s"
"""
    + ACCOUNTS
    + """  {more}
"""
)


class Watched:
    """The running desk, and what a fault needs of it."""

    def __init__(self, folder: Path, lines: ExitStack) -> None:
        self.folder, self.path = folder, folder / "config.toml"
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
        ours = {"name": "support", "imap": self.mailbox.port, "smtp": self.relay.port, "more": ""} | changes
        spare = {"name": "spare", "imap": self.spare.port, "smtp": self.spare_relay.port, "more": ""}
        text = _CONFIG.format(data=self.folder / "data")
        for one in (ours, spare):
            text += _SERVICE.format(user=one["name"], password="x", **one)
        self.path.write_text(text)

    def reload(self, **changes: Any) -> None:
        self.write(**changes)
        self.daemon.reload()

    def ask(self, act: Callable[[], Any]) -> Any:
        with self.daemon.office.connected():
            return act()

    def worker(self, name: str) -> Worker:
        return next(one for one in self.daemon.workers if one.name == name)

    def take_in(self, count: int, waited: timedelta = timedelta(0), **columns: Any) -> None:
        """So many rows in the inbox of the service that suffers, taken in so long ago."""
        now = self.daemon.office.clock()
        sha256 = self.ask(lambda: blobs.put(mail(CARLA, "One of many")))
        numbers = [f"{next(self._numbers)}" for _ in range(count)]
        rows = [Arrival("drop", one, "support", Channel.MAIL, sha256, 1, now) for one in numbers]
        self.ask(lambda: inbox.take(rows, now - waited))
        if columns:
            self.ask(lambda: Inbox.update(**columns).where(Inbox.source == "drop").execute())

    def post(self, kind: SendKind = SendKind.NOTIFY, waited: timedelta = timedelta(0)) -> int:
        """A letter to Ann, sent by the service that suffers; its id."""
        number, now = next(self._numbers), self.daemon.office.clock() - waited
        new = replace(letter(kind=kind), idem_key=f"fault:{number}", message_id=f"<{number}@fault.example>")
        new = replace(new, recipient="ann@example.com", not_before=now)
        id: int = self.ask(lambda: outbox.post(new, now))
        return id

    def health(self) -> tuple[int, list[str]]:
        """What /healthz says; where nothing serves it any more, what it would say."""
        if self.daemon._web is None or self.daemon._web.has_ended:
            kinds = [one.wrong.kind for one in self.daemon.board.troubles()]
            return (503 if kinds else 200), kinds
        try:
            host, port = self.daemon._web.address
            with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=30) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, body = error.code, error.read()
        return status, [one["kind"] for one in json.loads(body)["troubles"]]

    def has_rung(self, kind: str) -> bool:
        """Has the daemon's own look met it?"""
        watch = self.daemon.timetable._watch
        assert isinstance(watch, Watch)
        return any(key.partition(":")[0] == kind for key in watch._rung_at)

    def told(self, title: str) -> int:
        """How many letters to the admin name it."""
        mails = [raw for raw in self.spare_relay.mails + self.relay.mails if f"To: {ADMIN}".encode() in raw]
        return sum(title.encode() in raw.replace(b"=\r\n", b"").replace(b"\r\n", b" ") for raw in mails)

    def until(self, true: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.health()}"
            time.sleep(0.05)
