"""One SMTP connection: lines out, replies in, TLS and login before any mail; errors know their phase. I/O."""

from __future__ import annotations

import contextlib
import re
import select
import socket
from collections.abc import Callable

from mailticket.wire import tls
from mailticket.wire.smtp_replies import (
    ERRORS,
    AccountRefused,
    Ambiguous,
    Deferred,
    Phase,
    Rejected,
    RelayError,
    Reply,
    Verdict,
    judge,
)
from mailticket.wire.smtp_settings import SmtpSettings
from mailticket.wire.smtp_sign_in import sign_in

#: RFC 5321 section 4.5.3.1.5 says 512 bytes a line; nobody means more than this by one reply.
_LINE_CAP, _LINES_CAP = 8192, 200
_BLOCK = 64 * 1024
_GOODBYE_TIMEOUT = 5.0
#: Milliseconds after which a server keeps us waiting.
_AT_ONCE = 250
_REPLY = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_UNSAFE = re.compile(r"[\x00\r\n]")


class Session:
    """One connection, used by one thread. After an error without a reply it is closed."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.offers: dict[str, str] = {}
        self._line: socket.socket | None = None
        self._heard = bytearray()
        self._is_aborted = False
        #: Called when a reply does not come at once, or a large mail is not taken at once.
        self.kept_waiting: Callable[[], None] = lambda: None

    @property
    def is_open(self) -> bool:
        return self._line is not None

    def open(self) -> None:
        """Connect, greet, secure, log in."""
        if self._is_aborted:
            raise Deferred("We are stopping; the mail was not sent.", "It is sent after the next start.", "connect")
        try:
            self._connect()
            self._greet()
            if self.settings.security == "starttls":
                self._start_tls()
            if self.settings.username:
                sign_in(self, self.settings, self.offers.get("AUTH", "").split())
        except BaseException:
            self.drop()
            raise

    def ask(self, phase: Phase, line: str, wanted: str = "2..") -> Reply:
        """Send a line, read the reply; a RelayError if its code does not match `wanted` (a regex)."""
        self.send(phase, _as_sent(phase, line), self.settings.command_timeout)
        return self.hear(phase, self.settings.command_timeout, wanted)

    def ask_all(self, *questions: tuple[Phase, str, str]) -> None:
        """Lines with what is wanted as in `ask`, the last of them DATA: in one go where the server has PIPELINING.

        The first refusal is raised when all replies are read (RFC 2920 section 3.1). A server that wants the mail all
        the same is left.
        """
        if "PIPELINING" not in self.offers:
            for question in questions:
                self.ask(*question)
            return
        lines = b"".join(_as_sent(phase, line) for phase, line, _ in questions)
        self.send(questions[0][0], lines, self.settings.command_timeout)
        refusal: RelayError | None = None
        for phase, _, wanted in questions:
            try:
                self.hear(phase, self.settings.command_timeout, wanted)
            except RelayError as error:
                refusal = refusal or error
                if not self.is_open:
                    raise refusal from error
                is_wanted = False
            else:
                is_wanted = True
        if refusal:
            if is_wanted:
                self.drop()
            raise refusal

    def send(self, phase: Phase, data: bytes, timeout: float) -> None:
        """Send bytes as they are, `timeout` seconds for each block. The first fits into the buffers of both ends."""
        try:
            line = self._connected()
            line.settimeout(timeout)
            for start in range(0, len(data), _BLOCK):
                if start and not self._within_a_moment(line, select.POLLOUT):
                    self.kept_waiting()
                line.sendall(data[start : start + _BLOCK])
        except OSError as error:
            raise self._lost(phase, error) from error

    def hear(self, phase: Phase, timeout: float, wanted: str = "2..") -> Reply:
        """Read one reply, of several lines perhaps."""
        try:
            line = self._connected()
            line.settimeout(timeout)
            if not self._answers_at_once(line):
                self.kept_waiting()
            reply = self._read_reply()
        except OSError as error:
            raise self._lost(phase, error) from error
        if not re.fullmatch(wanted, str(reply.code)):
            if reply.code == 421 or reply.code < 400:
                self.drop()
            raise self.refused(phase, reply)
        return reply

    def refused(self, phase: Phase, reply: Reply) -> RelayError:
        """The error for a reply, by the table of smtp_replies."""
        rule = judge(phase, reply)
        what = {
            Verdict.LATER: "put the mail off",
            Verdict.NEVER: "refused the mail",
            Verdict.ACCOUNT: f"refused the account {self.settings.username}".rstrip(),
        }[rule.verdict]
        return ERRORS[rule.verdict](f"{self.settings.host} {what} (at {phase}): {reply}.", rule.fix, phase, reply)

    def tls_facts(self) -> tls.TlsFacts:
        return tls.facts(self._line) if self._line else tls.TlsFacts()

    def abort(self) -> None:
        """Break the connection and open none again; the one method that another thread may call."""
        self._is_aborted = True
        line = self._line
        if line is not None:
            tls.cut(line)

    def close(self) -> None:
        """Say goodbye, but do not wait long for an answer."""
        if self.is_open:
            with contextlib.suppress(RelayError):
                self.send("helo", b"QUIT\r\n", _GOODBYE_TIMEOUT)
                self.hear("helo", _GOODBYE_TIMEOUT)
            self.drop()

    def drop(self) -> None:
        """Close the connection without a word."""
        line, self._line = self._line, None
        self._heard.clear()
        if line is not None:
            with contextlib.suppress(OSError):
                line.close()

    def _connect(self) -> None:
        settings = self.settings
        if settings.security == "none" and not tls.is_loopback(settings.host):
            fix = 'Set security = "tls" or "starttls".'
            raise AccountRefused(f"Plain text to {settings.host} is refused.", fix, "connect")
        try:
            self._line = socket.create_connection((settings.host, settings.port), settings.connect_timeout)
            tls.tune(self._line)
        except OSError as error:
            raise self._lost("connect", error) from error
        if settings.security == "tls":
            self._wrap()
        self.hear("connect", settings.command_timeout)

    def _greet(self) -> None:
        name = self.settings.helo or socket.getfqdn()
        # Some relays want a full name or an address in brackets (RFC 5321 section 4.1.3).
        helo = name if "." in name or name.startswith("[") else "[127.0.0.1]"
        self.offers = {}
        try:
            told = self.ask("helo", f"EHLO {helo}")
        except RelayError as error:
            if error.reply is None or error.reply.code not in (500, 502):
                raise
            self.ask("helo", f"HELO {helo}")
            return
        for line in told.text.split("\n")[1:]:
            keyword, _, parameters = line.strip().replace("=", " ", 1).partition(" ")
            self.offers[keyword.upper()] = parameters.upper()

    def _start_tls(self) -> None:
        if "STARTTLS" not in self.offers:
            raise AccountRefused(
                f"{self.settings.host}:{self.settings.port} does not offer STARTTLS; nothing was sent.",
                'Use port 465 with security = "tls", and ask your network whether something strips STARTTLS.',
                "tls",
            )
        self.ask("tls", "STARTTLS", "220")
        self._wrap()
        self._heard.clear()  # what somebody slipped in before TLS is not read (RFC 3207 section 6)
        self._greet()

    def _wrap(self) -> None:
        try:
            line = self._connected()
            context = tls.context(self.settings.ca_file)
            line.settimeout(self.settings.connect_timeout)
            self._line = context.wrap_socket(line, server_hostname=self.settings.host)
        except OSError as error:
            raise self._lost("tls", error) from error

    def _read_reply(self) -> Reply:
        texts: list[bytes] = []
        while len(texts) < _LINES_CAP:
            line = self._read_line()
            match = _REPLY.fullmatch(line.rstrip())
            if not match:
                raise ConnectionError(f"this is no SMTP reply: {line[:80]!r}")
            texts.append(match[3] or b"")
            if match[2] != b"-":
                return Reply(int(match[1]), "\n".join(map(_printable, texts)))
        raise ConnectionError("a reply without end")

    def _read_line(self) -> bytes:
        line = self._connected()
        while (end := self._heard.find(b"\n", 0, _LINE_CAP)) < 0:
            if len(self._heard) >= _LINE_CAP:
                raise ConnectionError("a line without end")
            more = line.recv(_LINE_CAP)
            if not more:
                raise ConnectionError("the server hung up")
            self._heard += more
        told = bytes(self._heard[: end + 1])
        del self._heard[: end + 1]
        return told

    def _answers_at_once(self, line: socket.socket) -> bool:
        """Has it answered, or does it begin to within a moment?"""
        if b"\n" in self._heard:
            return True
        return self._within_a_moment(line, select.POLLIN)

    def _within_a_moment(self, line: socket.socket, event: int) -> bool:
        """Is there something to read, or room to write?"""
        poll = select.poll()
        poll.register(line, event)
        return bool(poll.poll(_AT_ONCE))

    def _connected(self) -> socket.socket:
        """The line; a break of it becomes the error of the phase that we are in."""
        if self._line is None:
            raise ConnectionError("not connected")
        return self._line

    def _lost(self, phase: Phase, error: OSError) -> RelayError:
        """The line broke: closed, and told what that means at this phase."""
        self.drop()
        fault = tls.fault(self.settings.host, self.settings.port, error)
        if phase == "final_dot":
            what = f"{fault.what} The mail was sent, but whether it was taken is not known."
            return Ambiguous(what, "Answers are sent once more, automatic mail is not.", phase)
        kind = AccountRefused if fault.lasting else Deferred
        where = "." if phase == "connect" else f" (at {phase})."
        return kind(f"{fault.what.removesuffix('.')}{where}", fault.fix, phase)


def _as_sent(phase: Phase, line: str) -> bytes:
    if _UNSAFE.search(line):
        raise Rejected(f"Refused to put a line break into an SMTP command: {line[:80]!r}.", "", phase)
    return line.encode() + b"\r\n"


def _printable(text: bytes) -> str:
    decoded = text.decode("utf-8", "replace").strip()
    return decoded if decoded.isprintable() else "".join(one if one.isprintable() else " " for one in decoded)
