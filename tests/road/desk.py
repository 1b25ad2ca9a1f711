"""A running desk: `mailticket run` as a process of its own, between a real Dovecot and an SMTP server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.servers.accounts import ACCOUNTS
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink
from tests.servers.taken import Taken

ANN, BO, EVE = "ann@example.com", "bo@example.com", "eve@example.com"
CARLA = "Carla Customer <carla@customer.example>"
DIRK = "Dirk Driver <dirk@customer.example>"
MALLORY = "Mallory <mallory@elsewhere.example>"
READY_WITHIN = 30.0
#: A busy machine takes that much longer than a quiet one. Only a test that fails waits so long.
PATIENCE = 3

_CONFIG = (
    """
[mailticket]
data = "{data}"
database = "{database}"

[[csr]]
email = "ann@example.com"
name = "Ann Archer"

[[csr]]
email = "bo@example.com"
name = "Bo Baker"

[[csr]]
email = "eve@example.com"
name = "Eve Expert"

[[role]]
name = "support"
members = ["ann@example.com", "bo@example.com"]

[[role]]
name = "experts"
members = ["eve@example.com"]

[[service]]
name = "support"
address = "support@example.com"
from_name = "Example Support"
first_level = "support"
second_level = "experts"
poll = "{poll}"
authserv_ids = ["mx.example.com"]
{service}
"""
    + ACCOUNTS
    + """{sections}
"""
)


@dataclass
class Desk:
    """One desk with a mailbox of its own. `poll` is ten minutes: whatever comes quicker was woken by IDLE."""

    dovecot: Dovecot
    sink: SmtpSink
    folder: Path
    user: str
    poll: str = "10m"
    service: str = ""
    sections: str = ""
    database: str = "sqlite"
    #: Of the daemon, beside what this process has.
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None)
    _numbers: int = 0

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def pid(self) -> int:
        """Of the running daemon."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self.log_from(0)

    def log_from(self, byte: int) -> str:
        """What the daemon said from this byte of its log on."""
        return (self.folder / "log").read_bytes()[byte:].decode("utf-8", "replace")

    def write_config(self, **changes: str) -> None:
        """The config file; `changes` replace what stands in its places."""
        values = {
            "data": str(self.folder / "data"),
            "database": self.database,
            "poll": self.poll,
            "service": self.service,
            "sections": self.sections,
            "user": self.user,
            "password": self.dovecot.password,
            "imap": str(self.dovecot.port),
            "smtp": str(self.sink.port),
        }
        self.config.write_text(_CONFIG.format(**values | changes))

    def start(self) -> None:
        """Start the daemon, and wait until it says ready: only then is the moment of activation in the database."""
        if not self.config.exists():
            self.write_config()
        with (self.folder / "log").open("ab") as log:
            said_before = log.tell()
            self._process = subprocess.Popen(
                self._command("run"),
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )
        self.wait(lambda: " ready: " in self.log_from(said_before), READY_WITHIN, "the daemon to be ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the daemon; its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(30)
        self._process = None
        return code

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def hang_up(self) -> None:
        """SIGHUP: read the config again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def ask(self, *words: str, code: int = 0) -> Any:
        """What a command of the CLI says with --json."""
        command = self._command(*words, "--json")
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr.decode()
        return json.loads(done.stdout or b"null")

    def run(self, *words: str) -> str:
        """Runs a command to its end; what it said on both streams."""
        done = subprocess.run(self._command(*words), capture_output=True, timeout=90, check=False)
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, told
        return told

    def arrive(self, mail: EmailMessage) -> None:
        """A mail comes into the watched mailbox."""
        self.dovecot.deliver(self.user, mail.as_bytes())

    def mail(self, from_: str, subject: str, text: str, **headers: str) -> EmailMessage:
        """A mail to support@, with a Message-ID of its own. `in_reply_to="<...>"` becomes In-Reply-To."""
        self._numbers += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = from_, "support@example.com", subject
        mail["Message-ID"] = f"<{self._numbers}.{time.monotonic_ns()}@mail.example>"
        mail["Date"] = "Tue, 03 Mar 2026 10:02:00 +0000"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        return mail

    def case(self, number: int = 0) -> dict[str, Any]:
        """The case that was opened as the `number`th, oldest first."""
        listed = sorted(self.ask("case", "list"), key=lambda one: one["created_at"])
        shown = self.ask("case", "show", listed[number]["id"])
        assert isinstance(shown, dict)
        return shown

    def wait(self, true: Callable[[], object], seconds: float, what: str) -> None:
        """Until it is true; fails with the daemon's log after `seconds` of a quiet machine."""
        end = time.monotonic() + seconds * PATIENCE
        while not true():
            ended = self._process is not None and self._process.poll() is not None
            if time.monotonic() > end or ended:
                raise AssertionError(f"waited in vain for {what}; the daemon said:\n{self.log}")
            time.sleep(0.05)

    def settled(self, count: int) -> list[dict[str, Any]]:
        """The inbox once `count` mails have an outcome, oldest first."""
        self.wait(
            lambda: len([one for one in self.ask("inbox", "list") if one["outcome"]]) >= count, 20, f"{count} outcomes"
        )
        return sorted(self.ask("inbox", "list"), key=lambda one: one["id"])

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mailticket", *words, "--config", str(self.config)]


def as_outlook(letter: Taken, from_: str, text: str, attribution: str = "From:") -> EmailMessage:
    """What Outlook sends when somebody presses Reply on this letter and types above it."""
    original = letter.message
    reply = EmailMessage()
    subject = str(letter.subject)
    reply["From"], reply["To"] = from_, str(original["Reply-To"] or original["From"])
    reply["Subject"] = subject if subject.upper().startswith("RE:") else f"RE: {subject}"
    reply["Message-ID"] = f"<{time.monotonic_ns()}@outlook.example>"
    reply["In-Reply-To"] = str(original["Message-ID"])
    reply["References"] = " ".join(filter(None, (str(original["References"] or ""), str(original["Message-ID"]))))
    reply["Date"] = "Tue, 03 Mar 2026 11:30:00 +0000"
    body = original.get_payload() if not original.is_multipart() else ""
    first_text = next((part for part in original.walk() if part.get_content_type() == "text/plain"), original)
    body = bytes(first_text.get_payload(decode=True) or b"").decode("utf-8")
    reply.set_content(
        f"{text}\n\n________________________________\n"
        f"{attribution} {original['From']}\nSent: Tuesday, 3 March 2026 10:02\nTo: {letter.recipient}\n"
        f"Subject: {subject}\n\n{body}"
    )
    return reply
