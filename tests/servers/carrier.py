"""The last mile of a mail: from what a relay has taken into the mailbox that it is for, as an MTA would carry it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

VOUCHED = b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\r\n"


@dataclass
class Carrier:
    """Carries what the relay took into the mailbox, as an MTA would; `spoil` is what it does to a mail on the way."""

    sink: SmtpSink
    dovecot: Dovecot
    user: str
    spoil: Callable[[bytes], bytes] = lambda mail: mail
    folder: str = "INBOX"
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Carrier:
        self.thread = threading.Thread(target=self._carry)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()

    def _carry(self) -> None:
        done = 0
        while not self.stopping.wait(0.05):
            for mail in self.sink.mails[done:]:
                self.dovecot.deliver(self.user, VOUCHED + self.spoil(mail.data), self.folder)
                done += 1
