"""I/O: the demo's mail servers, IMAP (in memory) and SMTP, on free loopback ports in one thread of their own.

What SMTP takes is delivered into the IMAP folders, where whoever idles there sees it at once. The servers do what
a provider does and the desk relies on: they refuse unknown recipients, and they say in Authentication-Results
whether the person in From had signed in (RFC 8601).
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Identity
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from mailticket.errors import Permanent

HOST = "127.0.0.1"
#: The servers' name: their greeting, and the authserv-id in their Authentication-Results.
NAME = "demo.example.com"

_MAX_MAIL = 50_000_000
_PATIENCE = 10.0
# One header field with its continuation lines.
_FIELD = re.compile(rb"[^\r\n]+\r?\n(?:[ \t][^\r\n]*\r?\n)*")


class MailServers:
    """Both servers. `accounts` maps address to password; the ports are known from the start."""

    def __init__(self, accounts: Mapping[str, str]) -> None:
        self.accounts = {address.lower(): password for address, password in accounts.items()}
        self._imap_socket, self._smtp_socket = _loopback_socket(), _loopback_socket()
        self.imap_port = int(self._imap_socket.getsockname()[1])
        self.smtp_port = int(self._smtp_socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, name="demo mail servers", daemon=True)
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._trouble: BaseException | None = None

    def start(self) -> None:
        """Returns when both ports answer. Raises Permanent if they do not come up."""
        self._thread.start()
        if not self._is_up.wait(_PATIENCE) or self._trouble:
            raise Permanent(
                f"The demo's mail servers did not start: {self._trouble or 'no answer'}."
            ) from self._trouble

    def stop(self) -> None:
        """Close both ports and every connection. The mail is gone: it lived in memory."""
        if self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_PATIENCE)
        for one in (self._imap_socket, self._smtp_socket):
            one.close()

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as trouble:  # told to whoever waits in start(): it happened on another thread
            self._trouble = trouble
        finally:
            self._is_up.set()

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        folders = await _Folders.with_accounts(self.accounts)
        imap = await asyncio.start_server(folders.greet, sock=self._imap_socket)
        handler = _Delivery(self.accounts, folders)
        smtp = await self._loop.create_server(lambda: _smtp_connection(handler), sock=self._smtp_socket)
        self._is_up.set()
        await self._stopping.wait()
        # Not `async with`: leaving it would wait for every client to hang up. asyncio.run cancels them instead.
        imap.close()
        smtp.close()


class _Folders:
    """The IMAP side: pymap's in-memory backend behind an accept loop of our own.

    pymap's own loop keeps no reference to its connections' tasks, and Python 3.13 then collects them mid-session.
    """

    def __init__(self, backend: DictBackend, config: Config) -> None:
        self._backend = backend
        self._server = IMAPServer(backend.login, config)

    @classmethod
    async def with_accounts(cls, accounts: Mapping[str, str]) -> _Folders:
        options = Namespace(
            host=HOST, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None,
            inherited_sockets=None, passlib_cfg=None, demo_data=False, demo_user="nobody", demo_password=uuid4().hex,
        )  # fmt: skip
        # The passwords are printed on the screen; hashing them half a million times would only slow each login.
        backend, config = await DictBackend.init(
            options, invalid_user_sleep=0.0, bad_command_limit=None, hash_context=Cleartext()
        )
        config.apply_context()
        folders = cls(backend, config)
        for address, password in accounts.items():
            await folders._owner(address).set(UserMetadata(config, address, password=password))
        return folders

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, from greeting to goodbye."""
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = _WholeResponses(writer.transport, writer.transport.get_protocol(), reader, asyncio.get_running_loop())
        await self._server(reader, whole, SocketInfo.get(writer, None, unique_id=uuid4().bytes))

    async def append(self, address: str, mail: bytes, now: datetime) -> None:
        """Put a mail into this account's INBOX."""
        async with self._owner(address).new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(mail, now)])

    def _owner(self, address: str) -> Identity:
        return Identity(address, self._backend.login, None, frozenset({"admin"}))


class _WholeResponses(asyncio.StreamWriter):
    """Sends a response in one piece. pymap writes it word by word, and an idling client would read half a line."""

    def __init__(self, *of_connection: Any) -> None:
        super().__init__(*of_connection)
        self._written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written += data

    async def drain(self) -> None:
        super().write(bytes(self._written))
        self._written.clear()
        await super().drain()


class _Delivery:
    """The SMTP side: aiosmtpd's hooks, one a command."""

    def __init__(self, accounts: Mapping[str, str], folders: _Folders) -> None:
        self._accounts = accounts
        self._folders = folders

    def sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        """Is this an account's name and password? The session remembers whose."""
        if not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        address, password = given.login.decode(errors="replace").lower(), given.password.decode(errors="replace")
        return AuthResult(success=self._accounts.get(address) == password, handled=False, auth_data=address)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower() not in self._accounts:
            return f"550 5.1.1 <{address}>: nobody of that name lives in the demo"
        envelope.rcpt_tos.append(address.lower())
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        now = datetime.now(UTC)
        mail = bytes(envelope.original_content or b"")
        verdict = self._verdict(mail, str(session.auth_data) if session.authenticated else "")
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            trace = _trace(envelope.mail_from or "", recipient, verdict, now)
            await self._folders.append(recipient, trace + _without_forged_verdicts(mail), now)
        return "250 2.0.0 Delivered"

    def _verdict(self, mail: bytes, signed_in: str) -> str:
        """Authentication-Results as a provider writes it (RFC 8601).

        Pass, if the person in From is the one who had signed in; fail, if From is of a domain that must sign in here.
        """
        author = parseaddr(str(BytesHeaderParser().parsebytes(mail).get("From", "")))[1].lower()
        domain = author.rpartition("@")[2]
        result = "none"
        if any(domain == ours.rpartition("@")[2] for ours in self._accounts):
            result = "pass" if author == signed_in else "fail"
        return f"{NAME}; dmarc={result} header.from={domain or 'unknown'}"


def _trace(envelope_from: str, recipient: str, verdict: str, now: datetime) -> bytes:
    """The lines that a delivery writes on top of a mail (RFC 5321 section 4.4, RFC 8601 section 4.1)."""
    lines = (
        f"Return-Path: <{envelope_from}>",
        f"Delivered-To: {recipient}",
        f"Authentication-Results: {verdict}",
        f"Received: by {NAME} for <{recipient}>; {format_datetime(now)}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("ascii", "replace")


def _without_forged_verdicts(mail: bytes) -> bytes:
    """RFC 8601 section 5: a verdict in our name that we did not give is taken out."""
    end, kept = 0, b""
    while field := _FIELD.match(mail, end):
        end = field.end()
        written = field[0].lower()
        if not (written.startswith(b"authentication-results:") and NAME.encode() in written):
            kept += field[0]
    return kept + mail[end:]


def _smtp_connection(handler: _Delivery) -> Any:
    """One connection. Passwords are allowed without TLS: it never leaves the loopback."""
    return SMTP(
        handler,
        hostname=NAME,
        ident="mailticket demo",
        data_size_limit=_MAX_MAIL,
        enable_SMTPUTF8=True,
        authenticator=handler.sign_in,
        auth_require_tls=False,
        loop=asyncio.get_running_loop(),
    )


def _loopback_socket() -> socket.socket:
    """A socket bound to a free port: nobody can take the port between choosing and listening."""
    bound = socket.socket()
    bound.bind((HOST, 0))
    return bound
