"""Post: decided letters are written and frozen into the outbox, in the case's own transaction. I/O.

One letter, one recipient, one row: the bytes of every attempt are decided here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailticket.children.scribe import Order
from mailticket.config.models import Service
from mailticket.desk.decided.gathering import Gathering
from mailticket.desk.office import Office
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.decision import Alarm, Send
from mailticket.domain.people import Door
from mailticket.errors import Permanent
from mailticket.letters.catalog import LETTERS
from mailticket.mime.outgoing import outgoing_headers
from mailticket.store import entries, outbox
from mailticket.store.outbox import NewLetter
from mailticket.writing.matter import Letter, Matter

log = logging.getLogger(__name__)


def post(
    office: Office,
    service: Service,
    case: Case | None,
    sends: Sequence[Send],
    tell: Callable[[Alarm], None],
    gathering: Gathering | None = None,
) -> None:
    """Has each letter written, and puts it into the outbox when the transaction is about to be committed.

    Until then the scribe writes them, while other mails are decided. One that cannot be written becomes an event on the
    case. `tell` is given what an admin should know: which of their templates failed. `gathering`: where the
    caller knows of the case already.
    """
    gathering = gathering or Gathering(office, service, case)
    for send in sends:
        order = office.scribe.order(gathering.matter(send), office.stationery)
        office.store.before_commit(_put_into_outbox, _Posting(service, case, order, tell))


def _put_into_outbox(letters: Sequence[_Posting]) -> None:
    """Those of a transaction together; then what there is to say about them."""
    # What the scribe has in hand comes last: the others are written here meanwhile.
    places = sorted(range(len(letters)), key=lambda place: letters[place].order.is_on_its_way)
    found = {place: letters[place].letter() for place in places}
    written = [(one, letter) for place, one in enumerate(letters) if (letter := found[place]) is not None]
    rows = [one.row(letter) for one, letter in written]
    posted = outbox.post_many(rows, letters[-1].matter.now)
    told: set[Alarm] = set()
    for (one, letter), id in zip(written, posted, strict=True):
        if id is None:
            log.info("the letter %s was posted before; it is not posted twice", one.matter.send.key)
        alarm = one.trouble_with_template(letter)
        if alarm is not None and alarm not in told:
            one.tell(alarm)
            told.add(alarm)
        if letter.left_out:
            one.add_event(f"Too large to go by mail, so not sent to {one.to}: {', '.join(letter.left_out)}")


@dataclass(frozen=True, slots=True)
class _Posting:
    """One letter on its way into the outbox."""

    service: Service
    case: Case | None
    order: Order
    tell: Callable[[Alarm], None]

    @property
    def matter(self) -> Matter:
        return self.order.matter

    @property
    def to(self) -> str:
        return self.matter.send.to.address

    def letter(self) -> Letter | None:
        """When it is written; None if it cannot be, which is an event on its case."""
        try:
            return self.order.letter()
        except Permanent as error:
            log.error("the letter %s to %s could not be written: %s", self.matter.send.letter, self.to, error)
            self.add_event(f"No {self.matter.send.letter} to {self.to}: {error}")
            return None

    def trouble_with_template(self, letter: Letter) -> Alarm | None:
        if not letter.trouble:
            return None
        return Alarm(f"templates:{self.service.name}", f"{self.matter.send.letter}: {letter.trouble}")

    def row(self, letter: Letter) -> NewLetter:
        send, case = self.matter.send, self.case
        is_automatic = LETTERS[send.letter].sends == "auto"
        return NewLetter(
            idem_key=send.key,
            kind=send.kind,
            letter=send.letter,
            service=self.service.name,
            case=case.key if case else 0,
            entry=send.entry,
            message_id=letter.message_id,
            envelope_from="" if is_automatic else self.service.address,
            recipient=outgoing_headers.ascii_address(send.to.address),
            csr=send.csr,
            skeleton=letter.skeleton,
            files=letter.files,
            not_before=send.not_before or self.matter.now,
            reason=send.reason,
            seen=case.entries if case else 0,
            shows=letter.shows,
        )

    def add_event(self, text: str) -> None:
        if self.case is None:
            return
        last = entries.entries(self.case.key, limit=1)
        number = last[0].number + 1 if last else 1
        by = Address("", self.service.address)
        event = Entry(0, number, EntryKind.EVENT, self.matter.now, by, Words(text), door=Door.DESK)
        entries.add_entry(self.case, event)
