"""Customers who write to two services, and CSRs who answer every mail that tells them of a case."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from imapclient import IMAPClient

from tests.road.desk import as_outlook
from tests.servers.accounts import ACCOUNTS
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import Received, SmtpSink

SERVICES = ("support", "sales")
CSRS = tuple(f"csr{number}@example.com" for number in range(12))
LIMIT = 3
#: So many mails are on their way at a time; customers wait no longer than that.
_UNDER_WAY = 60
_NONCE = re.compile(r"(MAIL|ANSWER)-(\d+)-")
_ACTIVE = ["new", "opened", "escalated", "reopened"]

_HEAD = """
[mailticket]
data = "{data}"
database = "{url}"
[[role]]
name = "all"
members = [{members}]
"""
_CSR = """
[[csr]]
email = "{0}"
name = "{1}"
"""
_SERVICE = (
    """
[[service]]
name = "{name}"
address = "{name}@example.com"
first_level = "all"
first_run = "process"
"""
    + ACCOUNTS
    + """  [service.assignment]
  new_case = "limit"
  limit = {limit}
  [service.cases]
  after_reply = "resolved"
  [service.limits]
  auto_budget = 1000000
"""
)


@dataclass
class Crowd:
    """What was sent in, by its number; `name` makes the mailboxes its own."""

    dovecot: Dovecot
    sink: SmtpSink
    url: str
    count: int
    name: str
    mails: dict[int, bytes] = field(default_factory=dict)
    answers: dict[int, bytes] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    most_active: int = 0
    retried: int = 0
    _read: int = 0
    _looked_at: float = 0.0
    _doors: dict[str, IMAPClient] = field(default_factory=dict)
    _database: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        self._doors = {one: self.dovecot.client(self.user(one)) for one in SERVICES}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for door in self._doors.values():
            door.logout()
        if self._database:
            self._database.close()

    def user(self, service: str) -> str:
        return f"{service}-{self.name}@example.com"

    def customer(self, number: int) -> str:
        return f"customer{number}@customers{number % 50}.example"

    def service(self, number: int) -> str:
        return SERVICES[number % len(SERVICES)]

    def config(self, folder: Path, url: str) -> Path:
        """The config file that all daemons read."""
        path = folder / "config.toml"
        members = ", ".join(f'"{one}"' for one in CSRS)
        text = _HEAD.format(data=folder / "data", url=url, members=members)
        text += "".join(_CSR.format(one, one.partition("@")[0].title()) for one in CSRS)
        places = {"imap": self.dovecot.port, "smtp": self.sink.port, "password": self.dovecot.password, "limit": LIMIT}
        text += "".join(_SERVICE.format(name=one, user=self.user(one), **places) for one in SERVICES)
        path.write_text(text)
        return path

    def live(self) -> None:
        """Customers write while not too many wait; CSRs answer what came to them."""
        while len(self.mails) < self.count and len(self.mails) - len(self.answered) < _UNDER_WAY:
            self._write(len(self.mails))
        new = self.sink.mails[self._read :]
        self._read += len(new)
        for one in new:
            self._take(one)
        if time.monotonic() - self._looked_at > 0.3:
            self._look()

    def is_content(self) -> bool:
        """Every customer has an answer, and nothing is left to be done."""
        if len(self.answered) < self.count:
            return False
        waits = "SELECT (SELECT count(*) FROM inbox WHERE is_waiting) + (SELECT count(*) FROM outbox WHERE state IN"
        waits += " ('queued', 'sending')) + (SELECT count(*) FROM inbox WHERE server_state IN ('waiting', 'todo'))"
        return bool(self.ask(waits)[0][0] == 0)

    def is_nearly_content(self) -> bool:
        """The last mails are answered in peace, so that each run ends."""
        return len(self.answered) >= self.count - 2

    def ask(self, statement: str, *values: Any) -> list[Any]:
        if self._database is None:
            self._database = psycopg.connect(self.url, autocommit=True)
        return self._database.execute(statement.encode(), values).fetchall()

    def state(self) -> str:
        """Where everything stands, for whoever has to find out why it stands still."""
        counts = "SELECT 'inbox', state, count(*) FROM inbox GROUP BY 2 UNION ALL SELECT 'outbox', state, count(*)"
        counts += " FROM outbox GROUP BY 2 UNION ALL SELECT 'cases', status, count(*) FROM cases GROUP BY 2"
        return (
            f"{len(self.mails)} mails, {len(self.answers)} answers, {len(self.answered)} answered; {self.ask(counts)}"
        )

    def _write(self, number: int) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.customer(number), f"{self.service(number)}@example.com"
        mail["Subject"] = f"Question {number}"
        mail["Message-ID"] = f"<{number}.{self.name}@customers.example>"
        mail["Date"] = "Tue, 03 Mar 2026 10:02:00 +0000"
        mail["X-Oracle"] = str(number)
        mail.set_content(f"What about MAIL-{number}-{hashlib.sha256(str(number).encode()).hexdigest()[:12]}?")
        self.mails[number] = self._deliver(number, mail)

    def _take(self, letter: Received) -> None:
        """A CSR's mail is answered, once; a customer's answer is noted."""
        nonces = {(kind, int(number)) for kind, number in _NONCE.findall(letter.text)}
        if letter.recipient in CSRS:
            numbers = {number for kind, number in nonces if kind == "MAIL"}
            if len(numbers) == 1 and (number := numbers.pop()) not in self.answers:
                answer = as_outlook(letter, letter.recipient, f"Do this: ANSWER-{number}-{letter.recipient[:5]}.")
                self.answers[number] = self._deliver(number, answer)
        else:
            self.answered |= {number for kind, number in nonces if kind == "ANSWER"}

    def _deliver(self, number: int, mail: EmailMessage) -> bytes:
        raw = mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self._doors[self.service(number)].append("INBOX", raw)
        return raw

    def _look(self) -> None:
        """How many active cases the busiest CSR has; and whoever has to wait 15 minutes for certainty, waits less."""
        self._looked_at = time.monotonic()
        if not self.ask("SELECT to_regclass('outbox') IS NOT NULL AND to_regclass('cases') IS NOT NULL")[0][0]:
            return
        most = "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM cases WHERE csr <> '' AND status = ANY(%s)"
        self.most_active = max(self.most_active, int(self.ask(most + " GROUP BY csr) AS busy", _ACTIVE)[0][0]))
        self.ask(
            "UPDATE outbox SET next_at = created_at WHERE state = 'queued' AND unknowns > 0"
            " AND next_at > created_at RETURNING id"
        )
        self._retry()

    def _retry(self) -> None:
        """What an operator does with a mail that was in the hands of four processes that were killed."""
        aside = (
            "UPDATE inbox SET state = 'new', is_waiting = true, attempts = 0, next_at = NULL WHERE state = 'shunted'"
        )
        self.retried += len(self.ask(aside + " AND error LIKE 'The process that handled it died%%' RETURNING id"))
