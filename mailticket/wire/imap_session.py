"""One logged-in IMAP connection: opened safely, every command checked, every failure told in our own words. I/O."""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import select
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError, ProtocolError

from mailticket.errors import AccountTrouble, MailticketError, Permanent, Temporary
from mailticket.wire import tls
from mailticket.wire.imap_settings import ImapSettings
from mailticket.wire.imap_sign_in import sign_in

_CONNECT_TIMEOUT = 30.0
_GOODBYE_TIMEOUT = 5.0
_TOLD_CAP = 300

#: Response codes of a refused login that will pass (RFC 5530 section 3).
_PASSING = re.compile(r"\[(?:UNAVAILABLE|LIMIT|INUSE|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00\r\n]")

#: What the libraries raise on answers that no IMAP server should give.
_GARBLED = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    AssertionError,
    MemoryError,
    RecursionError,
)

# At DEBUG it would write every mail and the lines of a login into our log.
logging.getLogger("imapclient").setLevel(logging.WARNING)


class Declined(Temporary):
    """The server answered NO or BAD; the connection is fine. `told` holds its words."""

    def __init__(self, what: str, told: str) -> None:
        super().__init__(what, "It is tried again.")
        self.told = told


class Session:
    """One connection, used by one thread. After a `Temporary` that is not `Declined` it is closed."""

    def __init__(self, settings: ImapSettings) -> None:
        self.settings = settings
        self._client: Any = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return self._client is not None

    @property
    def account(self) -> str:
        return f"{self.settings.username} on {self.settings.host}"

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do, in upper case: {"IMAP4REV1", "IDLE", ...}."""
        return frozenset(name.decode("ascii", "replace") for name in self.ask("ask for capabilities", "capabilities"))

    def open(self) -> None:
        """Connect, secure, log in. Raises Permanent or AccountTrouble where waiting alone will not help."""
        self.close()
        settings = self.settings
        if settings.security == "none" and not tls.is_loopback(settings.host):
            raise Permanent(
                f"Plain text to {settings.host} is refused: the password could be read on the way.",
                'Set security = "tls" or "starttls".',
            )
        try:
            self._connect()
            sign_in(self, self.settings, self.capabilities)
        except BaseException:
            self.drop()
            raise

    def ask(self, doing: str, command: str, *arguments: object, literal: bytes | None = None) -> Any:
        """Call one method of IMAPClient. `doing` completes "could not ..." in the error.

        `literal` is the last argument, a whole mail: it goes with its length told before, so it is not checked.
        """
        _refuse_line_breaks(arguments)
        if literal is not None:
            arguments = (*arguments, literal)
        if self._client is None:
            raise Temporary(f"Could not {doing} for {self.account}: not connected.", "It is tried again.")
        try:
            return getattr(self._client, command)(*arguments)
        except (IMAPClientError, OSError, *_GARBLED) as error:
            raise self._failure(doing, error) from error

    @contextlib.contextmanager
    def making_sense(self, doing: str) -> Iterator[None]:
        """For what is done with an answer: one that lacks something, or has nonsense there, ends the connection."""
        try:
            yield
        except _GARBLED as error:
            raise self._failure(doing, error) from error

    def is_readable(self, seconds: float) -> bool:
        """Wait until the server has sent something (or hung up), at most so long."""
        poll = select.poll()
        poll.register(self._client.socket().fileno(), select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def tls_facts(self) -> tls.TlsFacts:
        return tls.facts(self._client.socket())

    def abort(self) -> None:
        """Break the connection; the one method that another thread may call."""
        client = self._client
        if client is not None:
            tls.cut(client.socket())

    def close(self) -> None:
        """Log out politely, but do not wait long for it."""
        if self._client is not None:
            with contextlib.suppress(IMAPClientError, OSError, *_GARBLED):
                self._client.socket().settimeout(_GOODBYE_TIMEOUT)
                self._client.logout()
            self.drop()

    def drop(self) -> None:
        """Close the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(IMAPClientError, OSError, *_GARBLED):
                client.shutdown()

    def _connect(self) -> None:
        settings = self.settings
        timeouts = SocketTimeout(min(_CONNECT_TIMEOUT, settings.timeout), settings.timeout)
        try:
            context = tls.context(settings.ca_file) if settings.security != "none" else None
            direct = settings.security == "tls"
            self._client = IMAPClient(settings.host, settings.port, ssl=direct, ssl_context=context, timeout=timeouts)
            tls.tune(self._client.socket())
        except (IMAPClientError, OSError, *_GARBLED) as error:
            raise self._failure("connect", error) from error
        self._client.normalise_times = False
        # IMAPClient has imaplib describe all that it reads, every mail with it, to a log that nobody keeps.
        self._client._imap.debug = 0
        # idle_check() asks the socket first, but what came in one packet with the "+" that starts IDLE is no
        # longer in the socket: it must look at once, and we do the waiting (is_readable).
        self._client._poll_socket = lambda *_: True
        if (self._client.welcome or b"").upper().startswith(b"* PREAUTH"):
            # Someone between us and the server could have said so to keep us from TLS (RFC 9051 section 11.1).
            raise Permanent(f"{settings.host} says that we are logged in before we are.", "Check host and port.")
        if settings.security == "starttls":
            self._start_tls(context)

    def _start_tls(self, context: object) -> None:
        if "STARTTLS" not in self.capabilities:
            raise Permanent(
                f"{self.settings.host}:{self.settings.port} does not offer STARTTLS; the password was not sent.",
                'Use port 993 with security = "tls", and ask your network whether something strips STARTTLS.',
            )
        self.ask("start TLS", "starttls", context)

    def refusal(self, command: str, *arguments: object) -> str:
        """Log in by a command of IMAPClient: the server's words if it refuses, "" once we are in."""
        _refuse_line_breaks(arguments)
        settings = self.settings
        try:
            getattr(self._client, command)(*arguments)
        except (IMAPClientError, OSError, *_GARBLED) as error:
            # LoginError also hides a connection that broke.
            cause = error.__context__ if isinstance(error, LoginError) else error
            if isinstance(cause, (imaplib.IMAP4.abort, OSError, *_GARBLED)):
                raise self._failure("log in", cause) from error
            told = _words(error)
            if _PASSING.search(told):
                raise Temporary(
                    f"{settings.host} lets {settings.username} not in now: {told}", "It is tried again."
                ) from error
            return told
        return ""

    def _failure(self, doing: str, error: BaseException) -> MailticketError:
        settings = self.settings
        told = _words(error)
        match error:
            case CapabilityError():
                return Permanent(f"Could not {doing} for {self.account}: {told}", "The server lacks an extension.")
            case imaplib.IMAP4.abort() | ProtocolError() | EOFError():
                self.drop()
                return Temporary(f"{self.account} broke off while we tried to {doing}: {told}", "It is tried again.")
            case IMAPClientError():
                return Declined(f"{self.account} declined to {doing}: {told}", told)
            case OSError():
                self.drop()
                fault = tls.fault(settings.host, settings.port, error)
                kind = AccountTrouble if fault.lasting else Temporary
                return kind(f"Could not {doing} for {settings.username}. {fault.what}", fault.fix)
        self.drop()
        return Temporary(f"{self.account} gave an answer that nobody can read while we tried to {doing}: {told}")


def _refuse_line_breaks(arguments: Iterable[object]) -> None:
    """A NUL, CR or LF in an argument would start a command of its own: refused before anything is sent."""
    for argument in arguments:
        match argument:
            case str() | bytes():
                text = argument if isinstance(argument, str) else argument.decode("latin-1")
                if _UNSAFE.search(text):
                    raise Permanent(f"Refused to put a line break into an IMAP command: {text[:80]!r}.")
            case list() | tuple():
                _refuse_line_breaks(argument)


def _words(error: BaseException) -> str:
    """What the server or the library said, on one line, printable, of bounded length."""
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
    text = re.sub(r"^b(['\"])(.*)\1$", r"\2", text.rpartition("=> ")[2])
    text = text.replace("socket error: EOF", "the server hung up")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_TOLD_CAP] or type(error).__name__
