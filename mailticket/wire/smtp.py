"""Mail handed to an SMTP relay, one recipient each, over a connection that is kept; the final dot told apart. I/O."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

from mailticket import failpoints
from mailticket.mime.outgoing.wire_text import on_the_wire
from mailticket.wire.smtp_replies import (
    AccountRefused,
    Ambiguous,
    Deferred,
    Rejected,
    RelayError,
    Reply,
    judge,
)
from mailticket.wire.smtp_session import Session
from mailticket.wire.smtp_settings import SmtpSettings
from mailticket.wire.tls import TlsFacts

__all__ = [
    "AccountRefused",
    "Ambiguous",
    "Deferred",
    "Moments",
    "Rejected",
    "Relay",
    "RelayError",
    "Reply",
    "SmtpProbe",
    "SmtpSettings",
    "judge",
    "probe",
]

_MAILS_A_CONNECTION = 50
_CONNECTION_KEPT = 300.0
_UNSAFE_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")


def _nothing() -> None:
    """Nobody wants to know."""


class Moments(NamedTuple):
    """What the sender does while a mail is handed in. `last`: all of it is with the server and only the dot is missing;
    if it raises, the server forgets the mail. `kept_waiting`: the server does not answer at once, or not take a large
    mail; it may come at any moment, several times, and must not raise."""

    last: Callable[[], None] = _nothing
    kept_waiting: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class SmtpProbe:
    """What `check` prints about a relay. `max_size` in bytes, 0 if it tells no limit."""

    capabilities: frozenset[str]
    tls: TlsFacts
    max_size: int


class Relay:
    """One relay account, for one thread. Every failure is a RelayError with its `phase` (see smtp_replies)."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._session = Session(settings)
        self._sent = 0
        self._opened = 0.0
        self._is_clean = False

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(
        self,
        envelope_from: str,
        recipient: str,
        data: bytes,
        moments: Moments | None = None,
    ) -> str:
        """Hand in one mail, as `on_the_wire` makes it; the server's words about it. An empty sender is the null sender.

        After its last moment only Ambiguous leaves open what became of the mail.
        """
        text, moments = on_the_wire(data), moments or Moments()
        self._session.kept_waiting = moments.kept_waiting
        self._begin(envelope_from, recipient, text)
        failpoints.reach("smtp.recipient")
        self._session.send("data", text, self.settings.data_timeout)
        self._run(moments.last)
        self._session.send("final_dot", b".\r\n", self.settings.command_timeout)
        failpoints.reach("smtp.dot_sent")
        reply = self._session.hear("final_dot", self.settings.final_dot_timeout)
        self._sent += 1
        self._is_clean = True
        return str(reply)

    def close(self) -> None:
        self._session.close()

    def abort(self) -> None:
        """Break the connection for good: whoever waits on it gets a RelayError at once. Any thread may call this."""
        self._session.abort()

    def _begin(self, envelope_from: str, recipient: str, text: bytes) -> None:
        """Until the server wants the mail: on the kept connection if it is still good for it, else on a new one."""
        worn_out = self._sent >= _MAILS_A_CONNECTION or time.monotonic() - self._opened > _CONNECTION_KEPT
        if self._session.is_open and not worn_out:
            try:
                if not self._is_clean:
                    self._session.ask("helo", "RSET")
                self._ask(envelope_from, recipient, text)
                return
            except RelayError as error:
                # Servers end quiet connections as they like, with or without a 421. Nothing was sent yet.
                is_refusal = error.reply is not None and error.reply.code != 421
                if self._session.is_open or is_refusal or error.phase not in ("helo", "mail"):
                    raise
        self._session.kept_waiting()
        self._session.close()
        self._session.open()
        self._sent, self._opened = 0, time.monotonic()
        self._ask(envelope_from, recipient, text)

    def _ask(self, envelope_from: str, recipient: str, text: bytes) -> None:
        """MAIL, RCPT, DATA."""
        sender, receiver = self._address(envelope_from), self._address(recipient)
        parameters = self._parameters(text, is_international=not (sender + receiver).isascii())
        self._is_clean = False
        try:
            self._session.ask_all(
                ("mail", f"MAIL FROM:<{sender}>{parameters}", "2.."),
                ("rcpt", f"RCPT TO:<{receiver}>", "2.."),
                ("data", "DATA", "354"),
            )
        except Rejected as error:
            reply = error.reply
            # A named sender is the account's own address: refused once, refused always. Only the null sender
            # (and a mail too large) may be refused for one mail's sake.
            is_the_sender = error.phase == "mail" and sender and reply
            if is_the_sender and reply and reply.code != 552 and reply.status != "5.3.4":
                fix = "Let the provider allow this account to send as the service's address."
                raise AccountRefused(error.what, fix, "mail", reply) from error
            raise

    def _parameters(self, text: bytes, *, is_international: bool) -> str:
        offers = self._session.offers
        limit = _number(offers.get("SIZE", ""))
        if limit and len(text) > limit:
            raise Rejected(
                f"The mail has {len(text)} bytes; {self.settings.host} takes {limit}.",
                "Send its files as links.",
                "mail",
            )
        size = f" SIZE={len(text)}" if "SIZE" in offers else ""
        body = " BODY=8BITMIME" if "8BITMIME" in offers and not text.isascii() else ""
        return size + body + (" SMTPUTF8" if is_international else "")

    def _address(self, address: str) -> str:
        """As it stands in the envelope: the host in its ASCII form, the local part in UTF-8 if the relay takes it."""
        local, at, host = address.rpartition("@")
        if address and (not local or not host or _UNSAFE_ADDRESS.search(address)):
            raise Rejected(f"{address!r} is no mail address.", "Correct the address.", "rcpt")
        if not local.isascii() and "SMTPUTF8" not in self._session.offers:
            what = f"{self.settings.host} takes no addresses like {address}: it lacks SMTPUTF8 (RFC 6531)."
            raise Rejected(what, "Use a relay that has it, or another address of this person.", "rcpt")
        try:
            return local + at + (host if host.isascii() else host.encode("idna").decode("ascii"))
        except UnicodeError as error:
            raise Rejected(f"{host!r} is no host name.", "Correct the address.", "rcpt") from error

    def _run(self, last: Callable[[], None]) -> None:
        try:
            last()
        except BaseException:
            # Without its dot the mail is void; the connection waits for that dot and for nothing else.
            self._session.drop()
            raise


def probe(settings: SmtpSettings) -> SmtpProbe:
    """Connect, log in, leave."""
    session = Session(settings)
    session.open()
    try:
        return SmtpProbe(frozenset(session.offers), session.tls_facts(), _number(session.offers.get("SIZE", "")))
    finally:
        session.close()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
