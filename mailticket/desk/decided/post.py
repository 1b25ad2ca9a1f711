"""Post: decided letters are written and frozen into the outbox, in the case's own transaction. I/O.

One letter, one recipient, one row: the bytes of every attempt are decided here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from mailticket.children.scribe import Order
from mailticket.config.models import Service
from mailticket.desk.decided.gathering import Gathering
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.decision import Alarm, Send
from mailticket.domain.mail import Address
from mailticket.domain.people import Door
from mailticket.errors import Permanent
from mailticket.letters.catalog import LETTERS
from mailticket.mime.outgoing import outgoing_headers
from mailticket.store import entries, outbox
from mailticket.store.outbox import NewLetter
from mailticket.writing.matter import Letter

log = logging.getLogger(__name__)


def post(
    office: Office,
    service: Service,
    case: Case | None,
    sends: Sequence[Send],
    tell: Callable[[Alarm], None],
    known: Sequence[Entry] | None = None,
) -> None:
    """Has each letter written, and puts it into the outbox when the transaction is about to be committed.

    Until then the scribe writes them, while other mails are decided. One that cannot be written becomes an event on the
    case. `tell` is given what an admin should know: which of their templates failed. `known`: all entries of the case,
    where the caller has them.
    """
    gathering, posting = Gathering(office, service, case, known), _Posting(office, service, case, tell)
    for send in sends:
        order = office.scribe.order(gathering.matter(send), office.stationery)
        office.store.before_commit(partial(posting.post, order))


class _Posting:
    """Puts the letters of one decision into the outbox."""

    def __init__(self, office: Office, service: Service, case: Case | None, tell: Callable[[Alarm], None]) -> None:
        self._office = office
        self._service = service
        self._case = case
        self._tell = tell
        self._told: set[Alarm] = set()

    def post(self, order: Order) -> None:
        """This letter, when it is written."""
        send, now = order.matter.send, order.matter.now
        try:
            letter = order.letter()
            posted = outbox.post(self._row(send, letter, now), now)
        except Permanent as error:
            log.error("the letter %s to %s could not be written: %s", send.letter, send.to.address, error)
            self._event(f"No {send.letter} to {send.to.address}: {error}", now)
            return
        if posted is None:
            log.info("the letter %s was posted before; it is not posted twice", send.key)
        if letter.trouble:
            self._ring(Alarm(f"templates:{self._service.name}", f"{send.letter}: {letter.trouble}"))
        if letter.left_out:
            names = ", ".join(letter.left_out)
            self._event(f"Too large to go by mail, so not sent to {send.to.address}: {names}", now)

    def _row(self, send: Send, letter: Letter, now: datetime) -> NewLetter:
        is_automatic = LETTERS[send.letter].sends == "auto"
        return NewLetter(
            idem_key=send.key,
            kind=send.kind,
            letter=send.letter,
            service=self._service.name,
            case=self._case.key if self._case else 0,
            entry=send.entry,
            message_id=letter.message_id,
            envelope_from="" if is_automatic else self._service.address,
            recipient=outgoing_headers.ascii_address(send.to.address),
            csr=send.csr,
            skeleton=letter.skeleton,
            files=letter.files,
            not_before=send.not_before or now,
            reason=send.reason,
            seen=self._case.entries if self._case else 0,
            shows=letter.shows,
        )

    def _event(self, text: str, now: datetime) -> None:
        if self._case is None:
            return
        last = entries.entries(self._case.key, limit=1)
        number = last[0].number + 1 if last else 1
        by = Address("", self._service.address)
        entries.add_entry(self._case, Entry(0, number, EntryKind.EVENT, now, by, Words(text), door=Door.DESK))

    def _ring(self, alarm: Alarm) -> None:
        """Once for a decision, however many letters have it."""
        if alarm not in self._told:
            self._told.add(alarm)
            self._tell(alarm)
