"""Post: a decided letter is rendered and frozen into the outbox, in the case's own transaction. I/O.

One letter, one recipient, one row: the bytes of every attempt are decided here.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from mailticket.config.models import Service
from mailticket.desk.decided.writing import Writing
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.decision import Alarm, LetterKind, Send
from mailticket.domain.mail import Address
from mailticket.domain.people import Door
from mailticket.errors import MailticketError, Permanent
from mailticket.law.inbound import DESK_TAG
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.enclosures import Way
from mailticket.letters.render import Rendered, render
from mailticket.mime import compose
from mailticket.mime.compose import FileRef, Skeleton
from mailticket.mime.outgoing import outgoing_headers
from mailticket.mime.outgoing.outgoing_headers import Heading
from mailticket.store import entries, outbox
from mailticket.store.outbox import NewLetter
from mailticket.tokens import Purpose, conversation_root, loop_seal, message_id, relayed

log = logging.getLogger(__name__)

_BOUNDARY_BYTES = 12
_NONCE_BYTES = 8


def post(
    office: Office, service: Service, case: Case | None, sends: Sequence[Send], known: Sequence[Entry] | None = None
) -> list[Alarm]:
    """Writes each letter into the outbox. One that cannot be written becomes an event on the case.

    `known`: all entries of the case, where the caller has them. Gives what an admin should know: which of their
    templates failed.
    """
    desk = _Posting(office, service, case)
    if known is not None:
        desk.entries = list(known)
    for send in sends:
        try:
            desk.post(send)
        except Permanent as error:
            desk.could_not(send, error)
    return list(dict.fromkeys(desk.alarms))


class _Posting(Writing):
    """Writes the letters of one decision into the outbox."""

    def __init__(self, office: Office, service: Service, case: Case | None) -> None:
        super().__init__(office, service, case)
        self.alarms: list[Alarm] = []

    def post(self, send: Send) -> None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        values = self.values(send, nonce)
        letter = render(send.letter, values, self.office.book)
        if letter.trouble:
            self.alarms.append(Alarm(f"templates:{self.service.name}", f"{send.letter}: {letter.trouble}"))
        own_id, skeleton = self._frozen(send, letter, nonce)
        self._keep(send, letter, own_id, skeleton)
        if send.letter is LetterKind.CUSTOMER_REPLY and values["files_are"] == Way.LEFT_OUT:
            names = ", ".join(one["name"] for one in values["files"])
            self._event(f"Too large to go by mail, so not sent to {send.to.address}: {names}")

    def could_not(self, send: Send, error: MailticketError) -> None:
        """An event on the case; a CSR whose answer it was is told."""
        log.error("the letter %s to %s could not be written: %s", send.letter, send.to.address, error)
        self._event(f"No {send.letter} to {send.to.address}: {error}")

    def _event(self, text: str) -> None:
        if self.case is None:
            return
        number = self.entries[-1].number + 1 if self.entries else 1
        by = Address("", self.service.address)
        entries.add_entry(self.case, Entry(0, number, EntryKind.EVENT, self.now, by, Words(text), door=Door.DESK))
        self.__dict__.pop("entries", None)

    def _frozen(self, send: Send, letter: Rendered, nonce: bytes) -> tuple[str, str]:
        """The letter's Message-ID, and its skeleton."""
        keys, domain = self.office.keys, self.service.sender.domain
        is_for_customer = LETTERS[send.letter].reader is Reader.CUSTOMER
        purpose = Purpose.TO_CUSTOMER if is_for_customer else Purpose.TO_CSR
        case_id = self.case.id if self.case else ""
        own_id = message_id(keys, purpose, case_id, send.to.key, nonce, domain)
        in_reply_to, references = self._thread(send, is_for_customer)
        heading = Heading(
            sender=self._sender_for_csr() if send.csr else self.service.sender,
            to=(send.to if send.extra.get("may_echo", True) else Address("", send.to.address),),
            subject=letter.subject,
            message_id=own_id,
            at=self.now,
            in_reply_to=in_reply_to,
            references=references,
            extra=(*LETTERS[send.letter].headers, ("X-MailTicket-Loop", self._loop_header(own_id))),
        )
        files = tuple(FileRef(one.name, one.type, one.sha256, one.inline, one.cid) for one in letter.files)
        boundary = secrets.token_hex(_BOUNDARY_BYTES)
        skeleton = Skeleton(outgoing_headers.written(heading), letter.text, letter.html, files, boundary)
        return own_id, compose.freeze(skeleton)

    def _loop_header(self, own_id: str) -> str:
        """Between two desks a case that one of them opened for the other goes no further."""
        seal = loop_seal(self.office.keys, own_id)
        return relayed(seal) if self.case and DESK_TAG in self.case.tags else seal

    def _sender_for_csr(self) -> Address:
        """The customer's name before ours: what a CSR looks for in a full inbox. The address is ours."""
        ours = self.service.sender
        name = self.case.customer.name if self.case else ""
        return Address(f"{name} via {ours.name}" if name and "@" not in name else ours.name, ours.address)

    def _thread(self, send: Send, is_for_customer: bool) -> tuple[str, tuple[str, ...]]:
        """(In-Reply-To, References): one conversation a case. A customer's begins with their own first mail,
        a CSR's with an ID that is made for it and never sent."""
        if self.case is None or not (is_for_customer or send.csr):
            return "", ()
        if not is_for_customer:
            root = conversation_root(self.office.keys, self.case.id, send.csr, self.service.sender.domain)
            return root, (root,)
        theirs = [one for one in self.entries if one.message_id and send.to.key in one.parties]
        ids = tuple(one.message_id for one in theirs if one.kind is EntryKind.CUSTOMER_MAIL)
        return (ids[-1], ids) if ids else ("", ())

    def _keep(self, send: Send, letter: Rendered, own_id: str, skeleton: str) -> None:
        is_automatic = LETTERS[send.letter].sends == "auto"
        row = NewLetter(
            idem_key=send.key,
            kind=send.kind,
            letter=send.letter,
            service=self.service.name,
            case=self.case.key if self.case else 0,
            entry=send.entry,
            message_id=own_id,
            envelope_from="" if is_automatic else self.service.address,
            recipient=outgoing_headers.ascii_address(send.to.address),
            csr=send.csr,
            skeleton=skeleton,
            files=letter.files,
            not_before=send.not_before or self.now,
            reason=send.reason,
            seen=self.case.entries if self.case else 0,
            shows=self.shown(send),
        )
        if outbox.post(row, self.now) is None:
            log.info("the letter %s was posted before; it is not posted twice", send.key)
