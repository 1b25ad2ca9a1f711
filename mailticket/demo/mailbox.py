"""I/O: one person's mail program: it reads their folders over IMAP and sends over SMTP, as anybody's does."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import make_msgid

from imapclient import SEEN, IMAPClient

from mailticket.demo.mail import Mail, read
from mailticket.demo.servers import HOST, MailServers
from mailticket.demo.writing import Draft, Program, Writer, write
from mailticket.domain.address import Address
from mailticket.errors import Refused, Temporary

_TIMEOUT = 10
_FOLDERS = ("INBOX", "Sent")


class Mailbox:
    """A signed-in mail program. Any thread may call it; one at a time gets through."""

    def __init__(self, owner: Address, program: Program, servers: MailServers) -> None:
        self.writer = Writer(owner, program)
        self._servers = servers
        self._password = servers.accounts[owner.key]
        self._mails: dict[str, Mail] = {}
        self._imap: IMAPClient | None = None
        self._lock = threading.Lock()

    def mails(self) -> list[Mail]:
        """Everything received and sent, the newest first. New mail is fetched first."""
        with self._signed_in() as client:
            for folder in _FOLDERS:
                self._look(client, folder)
            return sorted(self._mails.values(), key=_age, reverse=True)

    def mail(self, mail_id: str) -> Mail:
        """One mail. Raises Refused if there is none of that id."""
        found = self._mails.get(mail_id)
        if found is None:
            raise Refused("That mail is not in this mailbox.", "Reload the page.")
        return found

    def see(self, mail_id: str) -> None:
        """Mark a mail as read."""
        folder, _, uid = self.mail(mail_id).id.partition("-")
        with self._signed_in() as client:
            client.select_folder(folder)
            client.add_flags([int(uid)], [SEEN])

    def send(self, draft: Draft, answered: str = "") -> str:
        """Send a draft, as an answer to the mail of id `answered` if there is one; its Message-ID.

        Raises Refused with the server's words if it refuses a recipient.
        """
        original = self.mail(answered) if answered else None
        message_id = make_msgid(domain=self.writer.address.domain)
        raw = write(self.writer, draft, original, message_id, datetime.now(UTC))
        refused = self._submit(list(dict.fromkeys(one.key for one in (*draft.to, *draft.cc))), raw)
        if refused:
            raise Refused(f"The mail server refused it: {'; '.join(refused)}.", "Correct the address and send again.")
        with self._signed_in() as client:
            client.append("Sent", raw, [SEEN])
        return message_id

    def close(self) -> None:
        """Sign out."""
        with self._lock:
            if self._imap:
                self._imap.logout()
                self._imap = None

    def _submit(self, recipients: list[str], raw: bytes) -> list[str]:
        """Give the mail to the server, to all recipients or to none; what it refused, in its words."""
        with smtplib.SMTP(HOST, self._servers.smtp_port, timeout=_TIMEOUT) as server:
            server.login(self.writer.address.address, self._password)
            server.mail(self.writer.address.address)
            replies = [server.rcpt(recipient) for recipient in recipients]
            refused = [words.decode(errors="replace") for code, words in replies if code >= 400]
            if not refused:
                code, words = server.data(raw)
                refused = [words.decode(errors="replace")] if code >= 400 else []
            return refused

    @contextmanager
    def _signed_in(self) -> Iterator[IMAPClient]:
        """The connection, for one thread at a time; signed in at its first use, and anew after it broke."""
        with self._lock:
            if self._imap is None:
                self._imap = self._sign_in()
            try:
                yield self._imap
            except (IMAPClient.Error, OSError) as trouble:
                self._imap.shutdown()
                self._imap = None
                raise Temporary(f"The demo's mail server did not answer {self.writer.address}: {trouble}") from trouble

    def _sign_in(self) -> IMAPClient:
        client = IMAPClient(HOST, port=self._servers.imap_port, ssl=False, timeout=_TIMEOUT)
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(self.writer.address.address, self._password)
        if not client.folder_exists("Sent"):
            client.create_folder("Sent")
        return client

    def _look(self, client: IMAPClient, folder: str) -> None:
        """Fetch what is new in a folder, and forget what is gone."""
        client.select_folder(folder, readonly=True)
        flags = client.get_flags(client.search())
        is_seen = {f"{folder}-{uid}": SEEN in flags[uid] for uid in flags}
        for mail_id in [one for one in self._mails if one.startswith(f"{folder}-") and one not in is_seen]:
            del self._mails[mail_id]
        new = [uid for uid in flags if self._is_news(f"{folder}-{uid}", is_seen)]
        for uid, parts in client.fetch(new, ["BODY.PEEK[]"]).items() if new else ():
            mail_id = f"{folder}-{uid}"
            self._mails[mail_id] = read(parts[b"BODY[]"], mail_id, folder, is_seen[mail_id])

    def _is_news(self, mail_id: str, is_seen: Mapping[str, bool]) -> bool:
        known = self._mails.get(mail_id)
        return known is None or known.is_seen != is_seen[mail_id]


def _age(mail: Mail) -> tuple[datetime, bool, int]:
    """What to sort by. Dates count whole seconds: what came in during the same one was the answer to what went out."""
    return mail.at, mail.folder == "INBOX", int(mail.id.rpartition("-")[2])
