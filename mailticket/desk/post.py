"""Post: a decided letter is written and frozen into the outbox, in the case's own transaction. I/O.

A customer's letter is made from PublicEntry alone; a CSR's from all entries. One letter, one recipient, one row: the
bytes of every attempt are decided here.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from functools import cached_property

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, PublicEntry, Words, public
from mailticket.domain.decision import LetterKind, Send
from mailticket.domain.mail import Address
from mailticket.domain.people import Participant
from mailticket.errors import MailticketError, Permanent
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.csr_values import csr_values
from mailticket.letters.occasion import ForCsr, ForCustomer, Occasion
from mailticket.letters.render import Rendered, render
from mailticket.letters.values import Values, customer_values
from mailticket.mime import compose, html_text, outgoing_headers
from mailticket.mime.compose import FileRef, Skeleton
from mailticket.mime.outgoing_headers import Heading
from mailticket.store import cases, entries, outbox, people
from mailticket.store.outbox import NewLetter
from mailticket.tokens import Purpose, conversation_root, loop_seal, message_id
from mailticket.triage.command import help_lines

log = logging.getLogger(__name__)

_EARLIER = 8
_BOUNDARY_BYTES = 12


def post(office: Office, service: Service, case: Case | None, sends: Sequence[Send]) -> None:
    """Writes each letter into the outbox. One that cannot be written becomes an event on the case."""
    desk = _Writing(office, service, case)
    for send in sends:
        try:
            desk.post(send)
        except Permanent as error:
            desk.could_not(send, error)


class _Writing:
    """The letters of one decision: what they share of the case is read once."""

    def __init__(self, office: Office, service: Service, case: Case | None) -> None:
        self.office = office
        self.service = service
        self.case = case
        self.now = office.clock()

    @cached_property
    def entries(self) -> list[Entry]:
        """All of the case, oldest first."""
        return entries.entries(self.case.key, newest_first=False) if self.case else []

    @cached_property
    def earlier(self) -> list[Case]:
        """The customer's other cases, newest first."""
        return cases.of_customer(self.case.customer.address.key, self.case.id, _EARLIER) if self.case else []

    @cached_property
    def away(self) -> frozenset[tuple[str, str]]:
        return people.away()

    def post(self, send: Send) -> None:
        values = self._values(send)
        letter = render(send.letter, values, self.office.book)
        if letter.trouble:
            log.error("ALARM templates: %s", letter.trouble)
        own_id, skeleton = self._frozen(send, letter)
        self._keep(send, letter, own_id, skeleton)

    def could_not(self, send: Send, error: MailticketError) -> None:
        """An event on the case; a CSR whose answer it was is told."""
        log.error("the letter %s to %s could not be written: %s", send.letter, send.to.address, error)
        if self.case is None:
            return
        text = f"No {send.letter} to {send.to.address}: {error}"
        number = self.entries[-1].number + 1 if self.entries else 1
        by = Address("", self.service.address)
        entries.add_entry(self.case, Entry(0, number, EntryKind.EVENT, self.now, by, Words(text)))
        self.__dict__.pop("entries", None)

    def _values(self, send: Send) -> Values:
        if LETTERS[send.letter].reader is Reader.CUSTOMER:
            return self._customer_values(send)
        return self._csr_values(send)

    def _occasion(self, language: str) -> Occasion:
        wanted = language or self.office.config.mailticket.language
        return Occasion(self.office.config, self.service, self.now, self.office.zone, wanted)

    def _customer_values(self, send: Send) -> Values:
        """Nothing but what this one viewer may see comes near the template."""
        if self.case is None:
            raise Permanent(f"A {send.letter} needs a case.")
        viewer = self.case.participant(send.to) or Participant(send.to, False, self.case.entries)
        seen: list[PublicEntry] = []
        if send.letter is LetterKind.CUSTOMER_REPLY:
            ours = self.service.sender.name
            seen = [shown for one in self.entries if (shown := public(one, viewer, ours))]
        writer = next((one.csr for one in self.entries if one.number == send.entry), "")
        letter = ForCustomer(
            self.case,
            viewer,
            seen,
            brings=send.entry,
            csr=self.office.config.csr_at(writer) if writer else None,
            may_echo=bool(send.extra.get("may_echo", True)),
        )
        return customer_values(letter, self._occasion(self.case.language))

    def _csr_values(self, send: Send) -> Values:
        csr = self.office.config.csr_at(send.csr)
        if csr is None:
            raise Permanent(f"{send.csr} is no CSR any more.")
        letter = ForCsr(
            csr,
            self.case,
            self.entries,
            brings=send.entry or self._private_text(send),
            commands=help_lines() if send.letter is LetterKind.CSR_CASE else (),
            earlier=self.earlier,
            away=self.away,
            extra=send.extra,
        )
        return csr_values(letter, self._occasion(csr.language))

    def _private_text(self, send: Send) -> int:
        """The newest word, if it is a CSR's note: what was meant for whoever gets the case next."""
        words = [one for one in self.entries if one.kind is not EntryKind.EVENT]
        is_note = bool(words) and words[-1].kind is EntryKind.NOTE and bool(words[-1].csr)
        return words[-1].number if is_note and send.letter is LetterKind.CSR_CASE else 0

    def _frozen(self, send: Send, letter: Rendered) -> tuple[str, str]:
        """The letter's Message-ID, and its skeleton."""
        keys, domain = self.office.keys, self.service.sender.domain
        is_for_customer = LETTERS[send.letter].reader is Reader.CUSTOMER
        purpose = Purpose.TO_CUSTOMER if is_for_customer else Purpose.TO_CSR
        case_id = self.case.id if self.case else ""
        own_id = message_id(keys, purpose, case_id, send.to.key, secrets.token_bytes(8), domain)
        in_reply_to, references = self._thread(send, is_for_customer)
        heading = Heading(
            sender=self.service.sender if is_for_customer else self._sender_for_csr(),
            to=(send.to if send.extra.get("may_echo", True) else Address("", send.to.address),),
            subject=letter.subject,
            message_id=own_id,
            at=self.now,
            in_reply_to=in_reply_to,
            references=references,
            extra=(*LETTERS[send.letter].headers, ("X-MailTicket-Loop", loop_seal(keys, own_id))),
        )
        files = tuple(FileRef(one.name, one.type, one.sha256, one.inline, one.cid) for one in letter.files)
        boundary = secrets.token_hex(_BOUNDARY_BYTES)
        skeleton = Skeleton(outgoing_headers.written(heading), letter.text, letter.html, files, boundary)
        return own_id, compose.freeze(skeleton)

    def _sender_for_csr(self) -> Address:
        """The customer's name before ours: what a CSR looks for in a full inbox. The address is ours."""
        ours = self.service.sender
        name = self.case.customer.name if self.case else ""
        return Address(f"{name} via {ours.name}" if name and "@" not in name else ours.name, ours.address)

    def _thread(self, send: Send, is_for_customer: bool) -> tuple[str, tuple[str, ...]]:
        """(In-Reply-To, References): one conversation a case. A customer's begins with their own first mail,
        a CSR's with an ID that is made for it and never sent."""
        if self.case is None:
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
            # What a reply to it may quote: clients quote the HTML, whose words differ in places.
            text=f"{letter.text}\n{html_text.text(letter.html)}",
            files=letter.files,
            not_before=self.now,
            reason=send.reason,
        )
        if outbox.post(row, self.now) is None:
            log.info("the letter %s was posted before; it is not posted twice", send.key)
