"""An SMTP server that takes every mail and delivers none: it remembers them, and refuses where it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition
from typing import TypeVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import programs
from tests.servers.taken import Taken

HOST = "127.0.0.1"
T = TypeVar("T")


@dataclass(frozen=True)
class Received(Taken):
    """One accepted mail, with what its envelope says."""

    envelope_from: str
    at: datetime
    session: int

    @property
    def text(self) -> str:
        """Every text part, decoded, one after the other."""
        parts = [part for part in self.message.walk() if part.get_content_maintype() == "text"]
        return "\n".join(
            bytes(part.get_payload(decode=True) or b"").decode(part.get_content_charset() or "utf-8", "replace")
            for part in parts
        )


@dataclass
class _Order:
    """Answer with `reply` at `phase`, for `recipient` (any, if empty), `left` more times."""

    phase: str
    reply: str
    left: int
    recipient: str


@dataclass
class SmtpSink:
    """The running sink. With a `username` it wants a login. `sessions` counts the connections that greeted."""

    host: str = HOST
    port: int = field(default_factory=programs.free_port)
    mails: list[Received] = field(default_factory=list)
    username: str = ""
    password: str = ""
    sessions: int = 0
    _orders: list[_Order] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)
    _controller: Controller | None = None

    def start(self) -> None:
        self._controller = _Controller(self)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def answer(self, phase: str, reply: str, times: int = 1, recipient: str = "") -> None:
        """Give `reply` ("451 4.7.1 Greylisted") at phase "mail", "rcpt" or "final_dot" the next `times` times."""
        self._orders.append(_Order(phase, reply, times, recipient))

    def wait_for(self, count: int, timeout: float = 10) -> list[Received]:
        """All mails, as soon as there are `count`; fails after `timeout` seconds."""
        return self._await(lambda: self.mails[:] if len(self.mails) >= count else None, timeout, f"{count} mails")

    def wait_for_mail(self, to: str = "", subject_contains: str = "", timeout: float = 10) -> Received:
        """The first mail to `to` whose subject holds `subject_contains`; fails after `timeout` seconds."""

        def wanted() -> Received | None:
            matching = (mail for mail in self.mails if to in ("", mail.recipient))
            return next((mail for mail in matching if subject_contains in mail.subject), None)

        return self._await(wanted, timeout, f"a mail to {to or 'anybody'} with {subject_contains!r} in its subject")

    def to(self, recipient: str) -> list[Received]:
        """The mails that this recipient got so far."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    def clear(self) -> None:
        """Forget the mails and the orders."""
        with self._changed:
            self.mails.clear()
            self._orders.clear()

    def ordered(self, phase: str, recipient: str = "") -> str | None:
        """The reply that somebody ordered for this moment, used up once."""
        for order in self._orders:
            if order.phase == phase and order.left and order.recipient in ("", recipient):
                order.left -= 1
                return order.reply
        return None

    def keep(self, mail: Received) -> None:
        with self._changed:
            self.mails.append(mail)
            self._changed.notify_all()

    def _await(self, wanted: Callable[[], T | None], timeout: float, what: str) -> T:
        end = time.monotonic() + timeout
        with self._changed:
            while (found := wanted()) is None:
                left = end - time.monotonic()
                if left <= 0:
                    got = "\n".join(f"  {mail.recipient}: {mail.subject}" for mail in self.mails) or "  none"
                    pytest.fail(f"waited {timeout:g} s in vain for {what}; there are:\n{got}")
                self._changed.wait(left)
            return found


class _Controller(Controller):
    """aiosmtpd's thread, with logins allowed without TLS: it listens on the loopback only."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        super().__init__(_Handler(sink), hostname=sink.host, port=sink.port)

    def factory(self) -> SMTP:
        def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
            wanted = (self.sink.username.encode(), self.sink.password.encode())
            right = isinstance(given, LoginPassword) and (given.login, given.password) == wanted
            return AuthResult(success=right, handled=False)

        return SMTP(
            self.handler,
            hostname="sink.test",
            enable_SMTPUTF8=True,
            decode_data=False,
            data_size_limit=64 * 1024 * 1024,
            authenticator=login,
            auth_require_tls=False,
        )


class _Handler:
    """aiosmtpd's hooks: one a command."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sink.sessions += 1
        session.number = self.sink.sessions
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.sink.ordered("mail"):
            return reply
        if self.sink.username and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.sink.ordered("rcpt", address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if reply := self.sink.ordered("final_dot", envelope.rcpt_tos[0]):
            return reply
        data = bytes(envelope.content or b"")
        for recipient in envelope.rcpt_tos:
            self.sink.keep(
                Received(recipient, data, (envelope.mail_from or "").strip("<>"), datetime.now(UTC), session.number)
            )
        return f"250 2.0.0 Kept as {len(self.sink.mails)}"
