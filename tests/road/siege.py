"""A desk under siege: mails come in, CSRs answer, and its process is killed again and again at chosen moments."""

from __future__ import annotations

import random
import secrets
import signal
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from tests.road.desk import Desk, as_outlook
from tests.road.hatchery import Hatchery
from tests.road.ledger import Ledger
from tests.road.oracle import CANARY, Injected, Oracle, nonce_of
from tests.servers.smtp_sink import Received

_SERVICE = 'first_run = "ignore"'
_SECTIONS = """
  [service.limits]
  auto_budget = 1000000
[[blacklist]]
address = "*@spam.example"
"""
#: Above this a mail is a file of its own, not a row.
_LARGE = 300_000
_PASSES = 8
#: One more attempt, and a mail would be set aside for its process died each time.
_ATTEMPTS = 2
KILLED = -signal.SIGKILL


def _nonce() -> str:
    """Without digits: sixteen of them look like a card number now and then, and an answer with one is held."""
    return "".join(secrets.choice("abcdef") for _ in range(16))


class Kill(Protocol):
    """How the process comes to its end."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def run(self, siege: Siege) -> int:
        """Starts the desk and sees it end; its exit code."""


@dataclass
class Siege:
    """One desk with one mailbox. `seed` decides everything that is left to chance, but the nonces."""

    desk: Desk
    hatchery: Hatchery
    seed: int = 1
    kills: Counter[str] = field(default_factory=Counter)
    spared: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    retried: int = 0
    _answered: set[str] = field(default_factory=set)
    _rounds: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.desk.service, self.desk.sections = _SERVICE, _SECTIONS
        self.desk.write_config()
        self.ledger = Ledger(self.desk.database, self.desk.folder / "data")
        self.oracle = Oracle(self.desk.dovecot, self.desk.user, self.desk.sink, self.ledger)

    def begin(self) -> None:
        """The decoys are there before the desk is; its first pass finds nothing to do."""
        self.oracle.place_decoys()
        self.pass_in_peace()

    def round(self, kill: Kill) -> bool:
        """Mails come, the desk runs and is killed. Was it?"""
        self._rounds += 1
        if any(row["is_waiting"] and row["attempts"] > _ATTEMPTS for row in self.ledger.mails()):
            self.pass_in_peace()
        self._mails_come(kill.name)
        code = kill.run(self)
        if code not in (0, KILLED):
            raise AssertionError(f"{kill.name}: the desk ended with {code} and said:\n{self.desk.log[-3000:]}")
        (self.kills if code == KILLED else self.spared)[kill.name] += 1
        self.violations += [f"{one} (after {kill.name})" for one in self.oracle.after_a_kill()]
        return code == KILLED

    def run_once(self, failpoint: str = "") -> int:
        """One pass of the real program; its exit code."""
        self.hatchery.begin(self.words("run", "--once"), self.desk.folder / "log", failpoint)
        return self.hatchery.ended()

    def words(self, *words: str) -> list[str]:
        return [*words, "--config", str(self.desk.config)]

    def pass_in_peace(self) -> None:
        """Time has passed, and nobody disturbs."""
        if self._rounds:
            self.ledger.let_time_pass()
        code = self.run_once()
        if code:
            raise AssertionError(f"in peace the desk ended with {code} and said:\n{self.desk.log[-3000:]}")

    def settle(self) -> None:
        """Until nothing is left to do; what was set aside because the process died too often is retried by hand."""
        for _ in range(_PASSES):
            self.pass_in_peace()
            for row in [one for one in self.ledger.mails() if one["state"] == "shunted"]:
                self.desk.ask("inbox", "retry", str(row["id"]))
                self.retried += 1
            is_busy = any(row["is_waiting"] for row in self.ledger.mails())
            if not is_busy and not any(row["state"] in ("queued", "sending") for row in self.ledger.letters()):
                break
        self.violations += self.oracle.at_rest()

    def _mails_come(self, kill: str) -> None:
        """An inquiry each time; answers and notes to what the CSRs got; copies, unwanted and large mails by turns."""
        is_large = "blobs." in kill or "files" in kill or self._rounds % 7 == 0
        self.oracle.put(self._inquiry(b"x" * _LARGE if is_large else b""))
        if "imap.marked" in kill or self._rounds % 6 == 0:
            self.oracle.put(self._mail("rejected", "Robot <robot@spam.example>", "Buy now"))
        if self._rounds % 4 == 0:
            inquiries = [one for one in self.oracle.injected.values() if one.kind == "inquiry"]
            self.oracle.put(self.random.choice(inquiries[-5:]))
        for mail in self.desk.sink.mails[:]:
            message_id, nonce = str(mail.message["Message-ID"]), nonce_of(mail)
            is_notice = mail.recipient.endswith("@example.com") and self.oracle.is_inquiry(nonce)
            if is_notice and message_id not in self._answered:
                self._answered.add(message_id)
                self._answer(mail, nonce)

    def _answer(self, notice: Received, about: str) -> None:
        nonce = _nonce()
        kind = "note" if self.random.random() < 0.2 else "answer"
        text = f"#note\n{CANARY} N{nonce}N, she never pays" if kind == "note" else f"Please pull the plug. N{nonce}N"
        reply = as_outlook(notice, notice.recipient, text)
        reply["X-Oracle"] = nonce
        raw = reply.as_bytes(policy=SMTP)
        self.oracle.put(Injected(nonce, kind, raw, notice.recipient, about))

    def _inquiry(self, file: bytes) -> Injected:
        number = len(self.oracle.injected)
        return self._mail("inquiry", f"Customer {number} <c{number}@customer.example>", "Our printer burns.", file)

    def _mail(self, kind: str, from_: str, text: str, file: bytes = b"") -> Injected:
        nonce = _nonce()
        mail: EmailMessage = self.desk.mail(from_, f"Question {nonce[:6]}", f"{text} N{nonce}N", X_Oracle=nonce)
        if file:
            mail.add_attachment(file + nonce.encode(), maintype="application", subtype="octet-stream", filename="x.bin")
        address = from_.partition("<")[2].rstrip(">")
        return Injected(nonce, kind, mail.as_bytes(policy=SMTP), address)
